"""Settings, Rates, and the rates of a customer."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from registration.models import Rate
from tests.factories import (
    ActivityFactory,
    CustomerFactory,
    HourFactory,
    MembershipFactory,
    ProjectFactory,
    RateFactory,
    RideFactory,
)
from tests.registration.confirming import confirmed, token_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def at_work(manager: Any, company: Any, client_of: Any) -> Any:
    return client_of(manager, company)


def queries_of(address: str, client: Any) -> int:
    """How many questions a page asks the database."""
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


def test_company_activity_and_employee_rates_are_saved_at_once(at_work: Any, company: Any) -> None:
    trip = RideFactory(company=company, missing="no_rate")
    entry = HourFactory(company=company, missing="no_rate")
    data = {
        "company-hour": "90",
        "company-km": "0,23",
        f"activity-{entry.activity_id}": "105",
        f"person-{entry.membership_id}": "88",
    }
    assert confirmed(at_work, reverse("rates"), data).status_code == 302
    trip.refresh_from_db()
    entry.refresh_from_db()
    assert (trip.rate, entry.rate, Rate.objects.of(company).count()) == (Decimal("0.23"), 105, 4)


def test_one_wrong_box_saves_none(at_work: Any, company: Any) -> None:
    response = at_work.post(reverse("rates"), {"company-hour": "90", "company-km": "-1"})
    assert response.status_code == 422
    assert not Rate.objects.exists()


def test_the_page_shows_what_holds_and_what_begins_later(at_work: Any, company: Any) -> None:
    RateFactory(company=company, amount=90)
    later = RateFactory(company=company, amount=95, valid_from=date(2199, 1, 1))
    text = at_work.get(reverse("rates")).content.decode()
    assert 'value="90,00"' in text
    assert "€\u00a095,00 from 01-01-2199" in text
    assert reverse("rate_remove", args=[later.pk]) in text


def test_a_dated_rate_is_removed_and_entries_valued_again(at_work: Any, company: Any) -> None:
    project = ProjectFactory(company=company, billing_method="hourly_customer")
    entry = HourFactory(project=project, date=date(2026, 6, 1))
    RateFactory(company=company, amount=90)
    later = RateFactory(company=company, amount=100, valid_from=date(2026, 5, 1))
    assert confirmed(at_work, reverse("rate_remove", args=[later.pk]), {}).status_code == 302
    entry.refresh_from_db()
    assert entry.rate == 90


def test_another_companys_rate_cannot_be_removed(at_work: Any) -> None:
    stranger = RateFactory()
    assert at_work.post(reverse("rate_remove", args=[stranger.pk])).status_code == 404
    assert Rate.objects.filter(pk=stranger.pk).exists()


def test_the_page_takes_as_many_queries_for_many_people_as_for_few(
    at_work: Any, company: Any
) -> None:
    few = queries_of(reverse("rates"), at_work)
    for person in MembershipFactory.create_batch(15, company=company):
        RateFactory(membership=person)
    assert queries_of(reverse("rates"), at_work) == few


def test_a_customers_rates_are_saved_on_their_own_page(at_work: Any, company: Any) -> None:
    project = ProjectFactory(company=company, billing_method="hourly_customer")
    entry = HourFactory(project=project, missing="no_rate")
    address = reverse("customer_rates", args=[project.customer_id])
    assert at_work.get(address).status_code == 200
    response = confirmed(at_work, address, {"customer-hour": "110", "customer-km": ""})
    entry.refresh_from_db()
    assert (response.status_code, entry.rate) == (302, 110)
    response = at_work.post(address, {"customer-hour": "x"})
    assert response.status_code == 422


def test_another_companys_customer_has_no_rates_here(at_work: Any) -> None:
    address = reverse("customer_rates", args=[CustomerFactory().pk])
    assert at_work.get(address).status_code == 404
    assert at_work.post(address, {"customer-hour": "1"}).status_code == 404
    assert not Rate.objects.exists()


@pytest.mark.parametrize("rights", [["invoices"], ["admin"], ["all_projects"], []])
def test_rates_are_set_by_whoever_has_costs_and_nobody_else(
    company: Any, client_of: Any, rights: list[str]
) -> None:
    client = client_of(MembershipFactory(company=company, rights=rights).user, company)
    customer, rate = CustomerFactory(company=company), RateFactory(company=company)
    person = MembershipFactory(company=company)
    for address in (
        reverse("employee_rates", args=[person.pk]),
        reverse("rates"),
        reverse("customer_rates", args=[customer.pk]),
        reverse("rate_remove", args=[rate.pk]),
    ):
        assert client.post(address, {"company-hour": "1"}).status_code == 403
    assert Rate.objects.get().amount == 100


class TestLookingBeforeSaving:
    @pytest.fixture
    def entry(self, company: Any) -> Any:
        entry = HourFactory(company=company)
        RateFactory(activity=entry.activity)
        HourFactory(project=entry.project, activity=entry.activity, invoiced=True)
        return entry

    def test_the_first_press_shows_what_changes_and_saves_nothing(
        self, at_work: Any, entry: Any
    ) -> None:
        answer = at_work.post(reverse("rates"), {f"activity-{entry.activity_id}": "120"})
        page = answer.content.decode()
        assert answer.status_code == 200
        for shown in ("Open entries that get another value</dt><dd>1<", "€\u00a0120,00", "keep"):
            assert shown in page
        entry.refresh_from_db()
        assert (entry.rate, Rate.objects.get().amount) == (100, 100)

    def test_a_rate_that_touches_nothing_says_so(self, at_work: Any, company: Any) -> None:
        activity = ActivityFactory(company=company)
        answer = at_work.post(reverse("rates"), {f"activity-{activity.pk}": "120"})
        assert "None: no open entry gets another value." in answer.content.decode()

    def test_an_entry_logged_meanwhile_has_to_be_looked_at_first(
        self, at_work: Any, entry: Any
    ) -> None:
        data = {f"activity-{entry.activity_id}": "120"}
        seen = token_in(at_work.post(reverse("rates"), data))
        HourFactory(project=entry.project, activity=entry.activity)
        answer = at_work.post(reverse("rates"), data | {"seen": seen})
        assert answer.status_code == 409
        assert "Something changed meanwhile" in answer.content.decode()
        assert Rate.objects.get().amount == 100
        again = data | {"seen": token_in(answer)}
        assert at_work.post(reverse("rates"), again).status_code == 302
        assert Rate.objects.get().amount == 120

    def test_another_amount_than_was_seen_is_looked_at_first(
        self, at_work: Any, entry: Any
    ) -> None:
        name = f"activity-{entry.activity_id}"
        seen = token_in(at_work.post(reverse("rates"), {name: "120"}))
        assert at_work.post(reverse("rates"), {name: "220", "seen": seen}).status_code == 409
        assert Rate.objects.get().amount == 100

    def test_nothing_changed_needs_no_look(self, at_work: Any, entry: Any) -> None:
        name = f"activity-{entry.activity_id}"
        untouched = {name: "100,00", f"initial-{name}": "100,00"}
        assert at_work.post(reverse("rates"), untouched).status_code == 302

    def test_a_refused_rate_shows_no_preview(self, at_work: Any, entry: Any) -> None:
        name = f"activity-{entry.activity_id}"
        data = {name: "", f"initial-{name}": "100,00", "starts": "2026-01-01"}
        answer = at_work.post(reverse("rates"), data)
        assert answer.status_code == 422
        assert "cannot end on a day" in answer.content.decode()


class TestWhatAnHourCostsUs:
    def test_the_company_and_a_person_have_a_cost_and_no_entry_changes(
        self, at_work: Any, company: Any
    ) -> None:
        entry = HourFactory(company=company)
        data = {"company-cost": "50", f"cost-{entry.membership_id}": "62,50"}
        shown = at_work.post(reverse("rates"), data)
        assert "for reports only: no entry and no invoice changes" in shown.content.decode()
        assert confirmed(at_work, reverse("rates"), data).status_code == 302
        entry.refresh_from_db()
        assert (entry.rate, entry.version) == (100, 1)
        costs = Rate.objects.of(company).filter(unit="cost").order_by("amount")
        assert [(one.amount, one.membership_id) for one in costs] == [
            (50, None),
            (Decimal("62.5"), entry.membership_id),
        ]

    def test_an_employees_own_page_sets_both(self, at_work: Any, company: Any) -> None:
        entry = HourFactory(
            project=ProjectFactory(company=company, billing_method="hourly_person"),
            missing="no_rate",
        )
        address = reverse("employee_rates", args=[entry.membership_id])
        assert at_work.get(address).status_code == 200
        data = {"person-hour": "90", "person-cost": "45", "starts": ""}
        assert confirmed(at_work, address, data).status_code == 302
        entry.refresh_from_db()
        assert entry.rate == 90

    def test_the_page_of_an_employee_shows_them_to_who_may_see_costs(
        self, owner: Any, company: Any, client_of: Any
    ) -> None:
        person = MembershipFactory(company=company)
        RateFactory(membership=person, unit="cost", amount=Decimal("41.5"))
        address = reverse("employee", args=[person.pk])
        assert "€\u00a041,50" in client_of(owner, company).get(address).content.decode()
        admin = MembershipFactory(company=company, rights=["admin"])
        page = client_of(admin.user, company).get(address).content.decode()
        assert "41,50" not in page

    def test_another_companys_employee_has_no_rates_here(self, at_work: Any) -> None:
        address = reverse("employee_rates", args=[MembershipFactory().pk])
        assert at_work.get(address).status_code == 404
        assert at_work.post(address, {"person-cost": "1"}).status_code == 404
        assert not Rate.objects.exists()
