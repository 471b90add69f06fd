"""Setting a rate: what it refuses, what it records, and which entries it values again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from core import audit
from core.errors import DomainError
from registration.models import Hour, Rate, Ride
from registration.services.rates import EVER, RateSubject, rate_change, rate_set, rates_of
from tests.factories import (
    ActivityFactory,
    CustomerFactory,
    HourFactory,
    ProjectFactory,
    RateFactory,
    RideFactory,
)

pytestmark = pytest.mark.django_db
TODAY = date(2026, 6, 15)


@pytest.fixture
def give(company: Any) -> Callable[..., Rate | None]:
    """Set an hourly rate: `give(80, activity=…)`."""

    def give_rate(amount: Any, unit: str = "hour", since: date = EVER, **subject: Any) -> Any:
        number = None if amount is None else Decimal(str(amount))
        return rate_set(
            company=company,
            by=None,
            subject=RateSubject(**subject),
            unit=unit,
            amount=number,
            valid_from=since,
        )

    return give_rate


def rate_of(entry: Any) -> Decimal | None:
    entry.refresh_from_db()
    return entry.rate


def test_a_rate_is_made_changed_and_taken_away(company: Any, give: Any) -> None:
    activity = ActivityFactory(company=company)
    made = give(80, activity=activity)
    assert give(85, activity=activity).pk == made.pk
    assert list(rates_of(company).values_list("amount", flat=True)) == [85]
    assert give(None, activity=activity) is None
    assert not rates_of(company).exists()


def test_the_same_rate_twice_writes_nothing_the_second_time(company: Any, give: Any) -> None:
    activity = ActivityFactory(company=company)
    give(80, activity=activity)
    give(Decimal("80.0000"), activity=activity)
    give(None, customer=CustomerFactory(company=company))
    assert [event.action for event in audit.events_of(company, activity)] == ["rate.set"]


def test_the_history_of_its_subject_tells_of_a_rate(company: Any, give: Any, owner: Any) -> None:
    activity = ActivityFactory(company=company, name="Design")
    project = ProjectFactory(company=company)
    subject = RateSubject(project=project, activity=activity)
    for amount in (Decimal(80), None):
        rate_set(company=company, by=owner, subject=subject, unit="hour", amount=amount)
    removed, made = audit.events_of(company, project)
    assert (removed.action, made.action, made.by) == ("rate.removed", "rate.set", owner)
    assert made.after == {"unit": "hour", "of": "Design", "rate": "80"}
    assert removed.before["rate"] == "80"


def test_a_rate_of_each_subject_values_its_own_entries_again(company: Any, give: Any) -> None:
    for method, name in (
        ("hourly_activity", "activity"),
        ("hourly_person", "membership"),
        ("hourly_project", "project"),
    ):
        project = ProjectFactory(company=company, billing_method=method)
        entry = HourFactory(project=project)
        other = HourFactory(project=project)
        give(77, **{name: getattr(entry, name)})
        assert rate_of(entry) == 77, method
        assert rate_of(other) == (77 if name == "project" else 100), method


def test_a_customers_rate_and_the_companys_value_their_hours_again(company: Any, give: Any) -> None:
    mine = HourFactory(project=ProjectFactory(company=company, billing_method="hourly_customer"))
    other = HourFactory(project=ProjectFactory(company=company, billing_method="hourly_customer"))
    by_activity = HourFactory(company=company)
    give(60)
    give(70, customer=mine.project.customer)
    assert [rate_of(entry) for entry in (mine, other, by_activity)] == [70, 60, 100]


def test_a_km_rate_values_rides_and_no_hours(company: Any, give: Any) -> None:
    trip, entry = RideFactory(company=company), HourFactory(company=company)
    give("0.25", unit="km")
    assert rate_of(trip) == Decimal("0.25")
    give("0.35", unit="km", customer=trip.project.customer)
    assert rate_of(trip) == Decimal("0.35")
    give("0.45", unit="km", project=trip.project)
    assert rate_of(trip) == Decimal("0.45")
    assert (rate_of(entry), entry.version) == (100, 1)


def test_a_later_rate_leaves_earlier_work_alone(company: Any, give: Any) -> None:
    before = HourFactory(company=company, date=TODAY - timedelta(days=1))
    after = HourFactory(project=before.project, activity=before.activity, date=TODAY)
    give(100, activity=before.activity)
    give(120, since=TODAY, activity=before.activity)
    assert [rate_of(before), rate_of(after)] == [100, 120]
    assert before.version == 1


def test_taking_a_rate_away_lets_the_next_rung_or_nothing_count(company: Any, give: Any) -> None:
    entry = HourFactory(company=company)
    give(80, activity=entry.activity)
    give(90, activity=entry.activity, project=entry.project)
    assert rate_of(entry) == 90
    give(None, activity=entry.activity, project=entry.project)
    assert rate_of(entry) == 80
    give(None, activity=entry.activity)
    assert (rate_of(entry), entry.amount, entry.missing) == (None, None, "no_rate")


@pytest.mark.parametrize("status", ["reserved", "invoiced", "written_off"])
def test_what_is_claimed_keeps_its_value(company: Any, give: Any, status: str) -> None:
    entry = HourFactory(company=company, billing=status)
    give(80, activity=entry.activity)
    assert (rate_of(entry), entry.version) == (100, 1)


@pytest.mark.parametrize("amount", ["-0.01", "1000000", "NaN", "0.00001"])
def test_an_impossible_rate_is_refused_with_a_sentence(
    company: Any, give: Any, amount: str
) -> None:
    with pytest.raises(DomainError, match="nothing was saved"):
        give(amount)
    assert not rates_of(company).exists()


@pytest.mark.parametrize("name", ["customer", "activity", "membership", "project"])
def test_a_subject_of_another_company_is_refused(company: Any, give: Any, name: str) -> None:
    entry = HourFactory()
    subject = entry.project.customer if name == "customer" else getattr(entry, name)
    with pytest.raises(ValueError, match="another company"):
        give(80, **{name: subject})
    assert not Rate.objects.exists()


def test_a_km_rate_of_an_activity_does_not_exist(company: Any, give: Any) -> None:
    with pytest.raises(ValueError, match="no km rate"):
        give(1, unit="km", activity=ActivityFactory(company=company))


class TestABoxOnAPage:
    @pytest.fixture
    def type_in(self, company: Any) -> Callable[..., Rate | None]:
        activity = ActivityFactory(company=company)

        def type_rate(amount: Any, starts: date | None = None) -> Rate | None:
            return rate_change(
                company=company,
                by=None,
                subject=RateSubject(activity=activity),
                unit="hour",
                amount=None if amount is None else Decimal(amount),
                starts=starts,
            )

        return type_rate

    def steps(self, company: Any) -> list[tuple[date, Decimal]]:
        return list(rates_of(company).values_list("valid_from", "amount"))

    def test_without_a_day_the_rate_that_holds_today_is_corrected(
        self, company: Any, type_in: Any
    ) -> None:
        today = timezone.localdate()
        begun, later = today - timedelta(days=30), today + timedelta(days=30)
        type_in(80)
        type_in(90, begun)
        type_in(100, later)
        type_in(95)
        assert self.steps(company) == [(EVER, 80), (begun, 95), (later, 100)]
        type_in(None)
        assert self.steps(company) == [(EVER, 80), (later, 100)]

    def test_with_a_day_a_new_rate_begins_there(self, company: Any, type_in: Any) -> None:
        type_in(80)
        type_in(90, TODAY)
        assert self.steps(company) == [(EVER, 80), (TODAY, 90)]

    def test_an_empty_box_with_a_day_is_refused(self, company: Any, type_in: Any) -> None:
        type_in(80)
        with pytest.raises(DomainError, match="cannot end on a day"):
            type_in(None, TODAY)
        assert self.steps(company) == [(EVER, 80)]


def test_a_rate_that_makes_an_amount_impossible_is_not_kept(company: Any, give: Any) -> None:
    trip = RideFactory(company=company, distance=Decimal("99999.9"), is_return=True)
    with pytest.raises(DomainError, match="nothing was saved"):
        give("999999", unit="km")
    assert not rates_of(company).exists()
    assert rate_of(trip) == Decimal("0.23")


def test_the_rates_of_a_company_come_with_their_subjects_in_one_query(
    company: Any, django_assert_num_queries: Any
) -> None:
    entry = HourFactory(company=company)
    RateFactory(activity=entry.activity, project=entry.project)
    RateFactory(membership=entry.membership, project=entry.project)
    RateFactory()
    with django_assert_num_queries(1):
        rates = list(rates_of(company))
        assert [str(rate.project) for rate in rates] == [entry.project.name] * 2
        assert rates[1].membership.user.name
    assert Hour.objects.count() == 1
    assert not Ride.objects.exists()
