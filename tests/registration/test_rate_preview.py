"""What a rate would change, worked out without changing it; and that saving does just that."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import DomainError, StaleError
from core.models import AuditEvent
from registration.models import BillingMethod, Hour, Rate, Ride
from registration.services.rate_preview import MOST_SHOWN, RatePreview, rate_preview, rates_set
from registration.services.rates import EVER, RateStep, RateSubject, rate_set
from tests.factories import (
    ActivityFactory,
    CompanyFactory,
    EarlierMethodFactory,
    HourFactory,
    MembershipFactory,
    ProjectFactory,
    RateFactory,
    RideFactory,
)

pytestmark = pytest.mark.django_db
TODAY = date(2026, 6, 15)


def step(amount: Any, unit: str = "hour", since: date = EVER, **subject: Any) -> RateStep:
    number = None if amount is None else Decimal(str(amount))
    return RateStep(subject=RateSubject(**subject), unit=unit, amount=number, valid_from=since)


def look(company: Any, *steps: RateStep) -> RatePreview:
    return rate_preview(company=company, steps=steps)


def test_it_counts_what_changes_and_what_is_kept(company: Any) -> None:
    hour = HourFactory(company=company, minutes=90)
    mine = {"project": hour.project, "activity": hour.activity}
    RateFactory(activity=hour.activity, amount=100)
    HourFactory(**mine, rate_override=Decimal(50), usual_rate=Decimal(50))
    for billing in ("reserved", "invoiced", "written_off"):
        HourFactory(**mine, billing=billing)
    HourFactory(**mine, billing="invoiced", rate_override=Decimal(70))
    HourFactory(**mine, billable=False)
    seen = look(company, step(120, activity=hour.activity))
    assert (seen.count, seen.kept) == (1, 3)
    assert (seen.before, seen.after, seen.difference) == (150, 180, 30)
    assert [(one.entry, one.before, one.after) for one in seen.examples] == [(hour, 150, 180)]


def test_nothing_is_written_while_looking(company: Any) -> None:
    hour = HourFactory(company=company)
    with CaptureQueriesContext(connection) as asked:
        look(company, step(120, activity=hour.activity))
    reading = ("SELECT", "DECLARE")
    assert [one["sql"] for one in asked if not one["sql"].startswith(reading)] == []
    hour.refresh_from_db()
    assert (hour.rate, hour.version, Rate.objects.count()) == (100, 1, 0)


def test_a_first_rate_prices_entries_and_a_removed_one_leaves_them_without(company: Any) -> None:
    hour = HourFactory(company=company, missing="no_rate")
    priced = look(company, step(80, activity=hour.activity))
    assert (priced.count, priced.priced, priced.before, priced.after) == (1, 1, 0, 80)
    rate_set(company=company, by=None, **vars(step(80, activity=hour.activity)))
    gone = look(company, step(None, activity=hour.activity))
    assert (gone.count, gone.unpriced, gone.before, gone.after) == (1, 1, 80, 0)


def test_only_the_days_of_the_rate_are_touched(company: Any) -> None:
    first = HourFactory(company=company, date=TODAY)
    for days in (-1, 1, 40):
        mine = {"project": first.project, "activity": first.activity}
        HourFactory(**mine, date=TODAY + timedelta(days=days))
    RateFactory(activity=first.activity, amount=100)
    RateFactory(activity=first.activity, amount=100, valid_from=TODAY + timedelta(days=30))
    assert look(company, step(120, since=TODAY, activity=first.activity)).count == 2


def test_several_rates_are_worked_out_together(company: Any) -> None:
    by_person = ProjectFactory(company=company, billing_method="hourly_person")
    mine, trip = HourFactory(project=by_person), RideFactory(company=company)
    other = HourFactory(company=company)
    seen = look(
        company,
        step(90, membership=mine.membership),
        step(110, activity=other.activity),
        step("0.30", unit="km"),
    )
    assert seen.count == 3
    assert seen.after == 90 + 110 + 12
    assert {one.entry for one in seen.examples} == {mine, other, trip}


def test_a_rate_that_a_higher_rung_hides_changes_nothing(company: Any) -> None:
    hour = HourFactory(company=company)
    RateFactory(activity=hour.activity, project=hour.project, amount=100)
    seen = look(company, step(80, activity=hour.activity))
    assert (seen.count, seen.values_entries) == (0, True)


def test_work_before_the_method_changed_still_follows_the_customers_rate(company: Any) -> None:
    project = ProjectFactory(company=company, billing_method="fixed_project")
    until = TODAY
    EarlierMethodFactory(project=project, method=BillingMethod.HOURLY_CUSTOMER, until=until)
    old = HourFactory(project=project, date=until - timedelta(days=1))
    HourFactory(project=project, date=until, missing="covered")
    assert look(company, step(70)).count == 1
    rate_set(company=company, by=None, **vars(step(70)))
    old.refresh_from_db()
    assert old.rate == 70


def test_a_cost_touches_nothing(company: Any) -> None:
    hour = HourFactory(company=company)
    seen = look(company, step(40, unit="cost", membership=hour.membership))
    assert (seen.count, seen.kept, seen.values_entries) == (0, 0, False)
    rates_set(
        company=company,
        by=None,
        steps=[step(40, unit="cost", membership=hour.membership)],
        seen=seen.token,
    )
    assert Rate.objects.get().unit == "cost"
    assert not AuditEvent.objects.filter(action="entries.revalued").exists()


def test_a_cost_belongs_to_the_company_or_a_person_only(company: Any) -> None:
    with pytest.raises(ValueError, match="no cost rate"):
        look(company, step(40, unit="cost", activity=ActivityFactory(company=company)))


def test_an_impossible_rate_or_amount_is_refused_while_looking(company: Any) -> None:
    RideFactory(company=company, distance=Decimal("99999.9"), is_return=True)
    for amount in ("-1", "999999"):
        with pytest.raises(DomainError, match="nothing was saved"):
            look(company, step(amount, unit="km"))


def test_a_subject_of_another_company_is_refused(company: Any) -> None:
    with pytest.raises(ValueError, match="another company"):
        look(company, step(40, membership=MembershipFactory()))


def test_entries_of_another_company_are_not_counted(company: Any) -> None:
    HourFactory(project=ProjectFactory(billing_method="hourly_customer"))
    assert look(company, step(70)).count == 0


class TestConfirming:
    @pytest.fixture
    def hour(self, company: Any) -> Hour:
        hour = HourFactory(company=company)
        RateFactory(activity=hour.activity, amount=100)
        return hour

    def save(self, company: Any, change: RateStep, token: str) -> None:
        rates_set(company=company, by=None, steps=[change], seen=token)

    def test_what_was_seen_is_saved(self, company: Any, hour: Hour) -> None:
        change = step(120, activity=hour.activity)
        self.save(company, change, look(company, change).token)
        hour.refresh_from_db()
        assert (hour.rate, hour.amount) == (120, 120)

    @pytest.mark.parametrize("what", ["edited", "logged", "invoiced", "rate", "deleted"])
    def test_what_was_not_seen_is_not_saved(self, company: Any, hour: Hour, what: str) -> None:
        change = step(120, activity=hour.activity)
        token = look(company, change).token
        rows = Hour.objects.filter(pk=hour.pk)
        {
            "edited": lambda: rows.update(minutes=30, version=2),
            "logged": lambda: HourFactory(project=hour.project, activity=hour.activity),
            "invoiced": lambda: rows.update(billing="invoiced"),
            "rate": lambda: Rate.objects.update(amount=110),
            "deleted": rows.delete,
        }[what]()
        with pytest.raises(StaleError, match="nothing was saved"):
            self.save(company, change, token)
        assert not Rate.objects.filter(amount=120).exists()

    def test_another_rate_than_was_seen_is_not_saved(self, company: Any, hour: Hour) -> None:
        token = look(company, step(120, activity=hour.activity)).token
        for other in (
            step(121, activity=hour.activity),
            step(120, since=TODAY, activity=hour.activity),
            step(120, activity=hour.activity, project=hour.project),
        ):
            with pytest.raises(StaleError):
                self.save(company, other, token)
        assert Rate.objects.get().amount == 100


def test_a_hundred_times_the_entries_take_as_many_queries(company: Any) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            look(company, step(120, activity=hour.activity))
        return len(queries)

    hour = HourFactory(company=company)
    mine = {"project": hour.project, "activity": hour.activity, "membership": hour.membership}
    HourFactory.create_batch(MOST_SHOWN - 1, **mine)
    few = asked()
    HourFactory.create_batch(100, **mine)
    assert asked() == few
    seen = look(company, step(120, activity=hour.activity))
    assert (seen.count, len(seen.examples)) == (110, MOST_SHOWN)


AMOUNTS = st.one_of(st.none(), st.integers(0, 30000).map(lambda cents: Decimal(cents) / 100))
DAYS = st.sampled_from([EVER, TODAY, TODAY + timedelta(days=20)])
UNITS = st.sampled_from(["hour", "km"])


@settings(max_examples=8, deadline=None, derandomize=True)
@given(changes=st.lists(st.tuples(st.integers(0, 6), AMOUNTS, DAYS, UNITS), min_size=1, max_size=4))
def test_saving_does_exactly_what_was_shown(changes: list[Any]) -> None:
    company = CompanyFactory()
    hours, rides = furnish(company)
    steps = [one for one in (pick(hours, *change) for change in changes) if one]
    unique = {(one.unit, one.subject.key, one.valid_from): one for one in steps}
    seen = look(company, *unique.values())
    worth = {entry: amount(entry) for entry in (*hours, *rides)}
    rates_set(company=company, by=None, steps=list(unique.values()), seen=seen.token)
    changed = {entry: amount(entry) for entry in worth if amount(entry) != worth[entry]}
    difference = sum(changed.values()) - sum(worth[entry] for entry in changed)
    assert difference == seen.difference
    assert look(company, *unique.values()).count == 0


def furnish(company: Any) -> tuple[list[Hour], list[Ride]]:
    hours = []
    for method in BillingMethod.values[1:5]:
        project = ProjectFactory(company=company, billing_method=method)
        for days in (-5, 5, 25):
            mine = {"date": TODAY + timedelta(days=days), "missing": "no_rate"}
            hours.append(HourFactory(project=project, **mine))
    rides = [RideFactory(project=hours[0].project, date=TODAY, missing="no_rate")]
    for customer_rate in (40, 50):
        since = EVER if customer_rate == 40 else TODAY
        change = step(customer_rate, since=since)
        rate_set(company=company, by=None, **vars(change))
    return hours, rides


def pick(hours: list[Hour], which: int, amount: Any, since: date, unit: str) -> RateStep | None:
    hour = hours[(which * 2) % len(hours)]
    subjects: list[dict[str, Any]] = [
        {},
        {"customer": hour.project.customer},
        {"project": hour.project},
        {"activity": hour.activity},
        {"membership": hour.membership},
        {"project": hour.project, "activity": hour.activity},
        {"project": hour.project, "membership": hour.membership},
    ]
    allowed = which < 3 or unit == "hour"
    return step(amount, unit=unit, since=since, **subjects[which]) if allowed else None


def amount(entry: Hour | Ride) -> Decimal:
    entry.refresh_from_db()
    return entry.amount or Decimal(0)
