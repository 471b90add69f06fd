"""Subscriptions: which periods they have, what each costs, and what changes leave alone."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from core import audit
from core.errors import FieldsError
from invoicing.services import claiming
from registration.models import EarlierPrice, Project, SubscriptionPeriod
from registration.services.recurrence import Billed, Span, Terms, parts
from registration.services.subscriptions import SubscriptionData, periods_due, subscription_save
from tests.factories import ClaimFactory, CustomerFactory, ProjectFactory, SubscriptionFactory

pytestmark = pytest.mark.django_db
JANUARY = date(2026, 1, 1)


@pytest.fixture(autouse=True)
def _new_year(monkeypatch: pytest.MonkeyPatch) -> None:
    """Saving makes what is due today, and that is New Year's Day here."""
    monkeypatch.setattr(timezone, "localdate", lambda: JANUARY)


def terms(**wanted: Any) -> Terms:
    return Terms(**{"frequency": "month", "starts_on": JANUARY, "price": Decimal(310), **wanted})


def listed(until: date, billed: Any = (), **wanted: Any) -> list[tuple[str, str, str]]:
    found = parts(terms(**wanted), until, [Billed(Span(*days), Decimal(n)) for *days, n in billed])
    return [(f"{one.span.first:%m-%d}", f"{one.span.last:%m-%d}", str(one.amount)) for one in found]


def subscription(company: Any, **wanted: Any) -> Project:
    customer = CustomerFactory(company=company, language="en", name="Zon")
    project = ProjectFactory(
        customer=customer, name="Hosting", billing_method="subscription", price=Decimal(310)
    )
    SubscriptionFactory(project=project, **{"starts_on": JANUARY, **wanted})
    return project


def save(project: Project, **wanted: Any) -> None:
    project.refresh_from_db()
    known = project.subscription
    names = set(SubscriptionData.__dataclass_fields__) - {"price", "price_from"}
    data = {name: getattr(known, name) for name in names} | {"price": project.price} | wanted
    subscription_save(
        company=project.company, project=project, data=SubscriptionData(**data), by=None
    )


def rows(project: Project) -> list[tuple[str, str, str, str]]:
    found = SubscriptionPeriod.objects.filter(project=project).order_by("starts_on")
    return [
        (f"{one.starts_on:%y-%m-%d}", f"{one.ends_on:%y-%m-%d}", f"{one.amount:.2f}", one.billing)
        for one in found
    ]


def bill(project: Project, starts_on: date, label: str = "2026-0001") -> SubscriptionPeriod:
    found = SubscriptionPeriod.objects.get(project=project, starts_on=starts_on)
    found.billing, found.invoice_label = "invoiced", label
    found.save()
    return found


class TestWhichPeriods:
    def test_a_start_on_the_31st_never_drifts(self) -> None:
        found = parts(terms(starts_on=date(2026, 1, 31)), date(2026, 6, 1))
        assert [f"{one.span.first:%m-%d}" for one in found] == [
            "01-31",
            "02-28",
            "03-31",
            "04-30",
            "05-31",
        ]

    def test_a_leap_day_comes_back_each_leap_year(self) -> None:
        found = parts(terms(starts_on=date(2024, 2, 29), frequency="year"), date(2028, 12, 31))
        assert [str(one.span.first) for one in found] == [
            "2024-02-29",
            "2025-02-28",
            "2026-02-28",
            "2027-02-28",
            "2028-02-29",
        ]

    @pytest.mark.parametrize(
        ("frequency", "second"),
        [
            ("week", "01-08"),
            ("four_weeks", "01-29"),
            ("month", "02-01"),
            ("quarter", "04-01"),
            ("half_year", "07-01"),
            ("year", "01-01"),
        ],
    )
    def test_each_frequency_has_its_length(self, frequency: str, second: str) -> None:
        found = listed(date(2027, 1, 1), frequency=frequency)
        assert found[1][0] == second

    def test_in_arrears_a_period_is_due_on_its_last_day(self) -> None:
        assert listed(date(2026, 2, 27), in_advance=False) == [("01-01", "01-31", "310")]
        assert len(listed(date(2026, 2, 28), in_advance=False)) == 2

    def test_by_calendar_the_first_period_is_broken(self) -> None:
        found = listed(date(2026, 2, 1), starts_on=date(2026, 1, 22), by_calendar=True)
        assert found == [("01-22", "01-31", "100.00"), ("02-01", "02-28", "310")]

    @pytest.mark.parametrize(
        ("frequency", "first", "last"),
        [
            ("week", "05-20", "05-24"),
            ("four_weeks", "05-20", "06-16"),
            ("quarter", "05-20", "06-30"),
            ("half_year", "05-20", "06-30"),
            ("year", "05-20", "12-31"),
        ],
    )
    def test_a_calendar_begins_on_mondays_and_firsts(
        self, frequency: str, first: str, last: str
    ) -> None:
        wanted = {"frequency": frequency, "starts_on": date(2026, 5, 20), "by_calendar": True}
        assert listed(date(2026, 5, 20), **wanted)[0][:2] == (first, last)

    @pytest.mark.parametrize(
        ("broken", "amount"), [("pro_rata", "155.00"), ("full", "310"), ("skip", None)]
    )
    def test_a_broken_last_period_costs_what_was_agreed(
        self, broken: str, amount: str | None
    ) -> None:
        found = listed(
            date(2026, 12, 31), frequency="month", broken=broken, ends_on=date(2026, 4, 15)
        )
        assert [one[2] for one in found] == ["310"] * 3 + ([amount] if amount else [])

    def test_half_a_cent_goes_up(self) -> None:
        found = listed(JANUARY, price=Decimal("0.31"), ends_on=date(2026, 1, 15), broken="pro_rata")
        assert found == [("01-01", "01-15", "0.15")]
        found = listed(
            JANUARY, price=Decimal("0.05"), frequency="four_weeks", ends_on=date(2026, 1, 14)
        )
        assert found == [("01-01", "01-14", "0.03")]

    def test_billed_days_are_billed_by_nothing_else(self) -> None:
        billed = [(date(2026, 1, 11), date(2026, 1, 20), 100)]
        assert listed(date(2026, 1, 31), billed) == [
            ("01-01", "01-10", "100.00"),
            ("01-21", "01-31", "110.00"),
        ]

    def test_a_full_amount_that_was_billed_is_not_asked_again(self) -> None:
        billed = [(date(2026, 1, 1), date(2026, 1, 15), 310)]
        assert listed(date(2026, 1, 31), billed, broken="full") == []


class TestMakingPeriods:
    def test_what_is_due_is_made_once(self, company: Any) -> None:
        project = subscription(company)
        assert periods_due(company, date(2026, 3, 1)) == 3
        assert periods_due(company, date(2026, 3, 1)) == 0
        assert periods_due(company, date(2026, 4, 30)) == 1
        assert rows(project)[0] == ("26-01-01", "26-01-31", "310.00", "unbilled")

    def test_nothing_to_do_takes_three_questions_at_most(
        self, company: Any, django_assert_num_queries: Any
    ) -> None:
        with django_assert_num_queries(1):
            assert periods_due(company, date(2026, 3, 1)) == 0
        for _number in range(3):
            subscription(company)
        periods_due(company, date(2026, 3, 1))
        with django_assert_num_queries(3):
            assert periods_due(company, date(2026, 3, 1)) == 0

    @pytest.mark.parametrize(
        "fields",
        [{"active": False}, {"customer": None}, {"price": None}, {"billing_method": "none"}],
    )
    def test_a_project_that_bills_no_subscription_makes_none(
        self, company: Any, fields: dict[str, Any]
    ) -> None:
        project = subscription(company)
        Project.objects.filter(pk=project.pk).update(**fields)
        assert periods_due(company, date(2026, 3, 1)) == 0

    def test_a_cut_off_far_away_makes_no_rows_without_end(self, company: Any) -> None:
        subscription(company, starts_on=timezone.localdate())
        assert periods_due(company, date(9999, 12, 31)) == 14

    def test_other_companies_are_left_alone(self, company: Any) -> None:
        other = subscription(ProjectFactory().company)
        assert periods_due(company, date(2026, 3, 1)) == 0
        assert rows(other) == []

    @pytest.mark.parametrize(
        ("language", "expected"),
        [
            ("en", "Zon: Hosting, February 2026 (1 February 2026–28 February 2026)"),
            ("nl", "Zon: Hosting, februari 2026 (1 februari 2026–28 februari 2026)"),
        ],
    )
    def test_its_text_is_in_the_customers_language(
        self, company: Any, language: str, expected: str
    ) -> None:
        project = subscription(
            company,
            starts_on=date(2026, 2, 1),
            template="{customer}: {project}, {period} ({from}–{until})",
        )
        project.customer.language = language
        project.customer.save()
        periods_due(company, date(2026, 2, 1))
        assert SubscriptionPeriod.objects.get().description == expected

    def test_a_broken_period_and_a_year_are_named_by_their_days(self, company: Any) -> None:
        subscription(company, starts_on=date(2026, 1, 15))
        subscription(company, frequency="year")
        subscription(company, frequency="quarter")
        periods_due(company, date(2026, 1, 15))
        texts = SubscriptionPeriod.objects.order_by("pk").values_list("description", flat=True)
        assert list(texts) == [
            "Hosting, 15 January 2026 – 14 February 2026",
            "Hosting, 2026",
            "Hosting, January – March 2026",
        ]


class TestChangingTerms:
    def test_another_amount_from_a_day_leaves_earlier_periods_alone(self, company: Any) -> None:
        project = subscription(company)
        periods_due(company, date(2026, 3, 1))
        save(project, price=Decimal(400), price_from=date(2026, 3, 1))
        periods_due(company, date(2026, 4, 1))
        assert [row[2] for row in rows(project)] == ["310.00", "310.00", "400.00", "400.00"]
        save(project, price=Decimal(450), price_from=date(2026, 2, 1))
        assert [row[2] for row in rows(project)] == ["310.00", "450.00", "450.00", "450.00"]
        assert EarlierPrice.objects.count() == 1

    def test_an_amount_without_a_day_corrects_the_one_that_holds(self, company: Any) -> None:
        project = subscription(company)
        periods_due(company, date(2026, 2, 1))
        bill(project, JANUARY)
        save(project, price=Decimal(400))
        assert [row[2] for row in rows(project)] == ["310.00", "400.00"]

    def test_a_changed_period_keeps_its_row_and_gets_a_new_version(self, company: Any) -> None:
        project = subscription(company)
        periods_due(company, JANUARY)
        before = SubscriptionPeriod.objects.get()
        save(project, price=Decimal(400))
        after = SubscriptionPeriod.objects.get()
        assert (after.pk, after.version) == (before.pk, 2)
        save(project, vat_code="low")
        after.refresh_from_db()
        assert after.version == 3

    def test_a_start_before_what_is_billed_bills_only_the_days_between(self, company: Any) -> None:
        project = subscription(company)
        periods_due(company, JANUARY)
        bill(project, JANUARY)
        save(project, starts_on=date(2025, 12, 17))
        periods_due(company, date(2026, 2, 1))
        assert rows(project) == [
            ("25-12-17", "25-12-31", "150.00", "unbilled"),
            ("26-01-01", "26-01-31", "310.00", "invoiced"),
            ("26-02-01", "26-02-16", "160.00", "unbilled"),
        ]

    def test_a_start_after_what_is_billed_is_refused(self, company: Any) -> None:
        project = subscription(company)
        periods_due(company, JANUARY)
        bill(project, JANUARY)
        with pytest.raises(FieldsError, match="on invoice 2026-0001 and begins before"):
            save(project, starts_on=date(2026, 1, 2))
        project.subscription.refresh_from_db()
        assert project.subscription.starts_on == JANUARY

    def test_another_frequency_bills_what_is_left_of_the_quarter(self, company: Any) -> None:
        project = subscription(company)
        periods_due(company, JANUARY)
        bill(project, JANUARY)
        save(project, frequency="quarter", price=Decimal(900))
        periods_due(company, date(2026, 4, 1))
        assert [row[1:3] for row in rows(project)] == [
            ("26-01-31", "310.00"),
            ("26-03-31", "590.00"),
            ("26-06-30", "900.00"),
        ]

    def test_an_earlier_end_shortens_the_last_period_and_drops_the_rest(self, company: Any) -> None:
        project = subscription(company)
        periods_due(company, date(2026, 3, 1))
        save(project, ends_on=date(2026, 2, 14))
        assert rows(project) == [
            ("26-01-01", "26-01-31", "310.00", "unbilled"),
            ("26-02-01", "26-02-14", "155.00", "unbilled"),
        ]
        save(project, ends_on=None)
        periods_due(company, date(2026, 3, 1))
        assert [row[2] for row in rows(project)] == ["310.00"] * 3

    def test_an_end_before_what_is_billed_is_refused(self, company: Any) -> None:
        project = subscription(company)
        periods_due(company, date(2026, 2, 1))
        bill(project, date(2026, 2, 1))
        with pytest.raises(FieldsError, match="Credit that invoice first"):
            save(project, ends_on=date(2026, 2, 14))
        assert len(rows(project)) == 2

    def test_a_credited_period_that_is_planned_no_more_stays_known(self, company: Any) -> None:
        project = subscription(company)
        periods_due(company, date(2026, 2, 1))
        february = SubscriptionPeriod.objects.get(starts_on=date(2026, 2, 1))
        ClaimFactory(
            company=company, hour=None, subscription_period=february, released_at=timezone.now()
        )
        save(project, ends_on=date(2026, 1, 31))
        assert [row[3] for row in rows(project)] == ["unbilled", "not_billable"]
        save(project, ends_on=None)
        assert periods_due(company, date(2026, 2, 1)) == 1
        assert [row[3] for row in rows(project)] == ["unbilled", "unbilled"]

    @pytest.mark.parametrize(
        ("wanted", "match"),
        [
            ({"price": None}, "Type the amount"),
            ({"price": Decimal(-1)}, "below zero"),
            ({"ends_on": date(2025, 1, 1)}, "lies before the first"),
            ({"starts_on": date(1999, 12, 31)}, "from 2000 on"),
        ],
    )
    def test_terms_that_make_no_sense_are_refused(
        self, company: Any, wanted: dict[str, Any], match: str
    ) -> None:
        project = subscription(company)
        with pytest.raises(FieldsError, match=match):
            save(project, **wanted)

    def test_what_changed_is_recorded(self, company: Any) -> None:
        project = subscription(company)
        save(project, price=Decimal(400))
        (event,) = audit.events_of(company, project)
        assert event.action == "project.subscription"
        assert event.after["price"] == "400"


def test_a_period_can_be_claimed(company: Any) -> None:
    project = subscription(company)
    periods_due(company, JANUARY)
    row = SubscriptionPeriod.objects.get(project=project)
    with claiming.billing():
        taken = claiming.reserve(company=company, versions={"subscription_period": {row.pk: 1}})
    assert taken["subscription_period"][0].billing == "reserved"
