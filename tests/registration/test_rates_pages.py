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
    CustomerFactory,
    HourFactory,
    MembershipFactory,
    ProjectFactory,
    RateFactory,
    RideFactory,
)

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
    assert at_work.post(reverse("rates"), data).status_code == 302
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
    assert at_work.post(reverse("rate_remove", args=[later.pk])).status_code == 302
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
    response = at_work.post(address, {"customer-hour": "110", "customer-km": ""})
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
    for address in (
        reverse("rates"),
        reverse("customer_rates", args=[customer.pk]),
        reverse("rate_remove", args=[rate.pk]),
    ):
        assert client.post(address, {"company-hour": "1"}).status_code == 403
    assert Rate.objects.get().amount == 100
