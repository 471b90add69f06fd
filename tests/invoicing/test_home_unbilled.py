"""The dashboard says of what is unbilled just what the Unbilled page says today."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Company, User
from invoicing.selectors import unbilled
from invoicing.selectors.unbilled import Scope
from registration.models import BillingMethod, SubscriptionPeriod
from tests.factories import (
    CompanyFactory,
    CustomerFactory,
    ExpenseFactory,
    HourFactory,
    InstalmentFactory,
    ProjectFactory,
    RideFactory,
    SubscriptionFactory,
)

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate


def home(client_of: Any, user: User, company: Company) -> str:
    text: str = client_of(user, company).get("/").content.decode()
    return text


def of_today(company: Company) -> unbilled.Figures:
    return unbilled.total_of(unbilled.rows_of(company, Scope(until=TODAY())))


def subscribed(company: Company) -> Any:
    """A subscription of EUR 300 a month since today, of which no period is there yet."""
    project = ProjectFactory(
        company=company, billing_method=BillingMethod.SUBSCRIPTION, price=Decimal(300)
    )
    return SubscriptionFactory(project=project, starts_on=TODAY())


def test_the_dashboard_says_what_unbilled_says(
    company: Company, biller: User, client_of: Any
) -> None:
    project = ProjectFactory(company=company)
    for make in (HourFactory, ExpenseFactory, RideFactory):
        make(project=project, date=TODAY())
    HourFactory(project=project, date=TODAY() + timedelta(days=1))
    HourFactory(project=ProjectFactory(company=company, only_approved=True))
    HourFactory(project=project, invoiced=True)
    HourFactory(company=CompanyFactory())
    InstalmentFactory(project=project, due_on=TODAY(), amount=500)
    InstalmentFactory(project=project, due_on=TODAY() + timedelta(days=1), amount=900)
    subscribed(company)
    text = home(client_of, biller, company)
    figures = of_today(company)
    assert SubscriptionPeriod.objects.of(company).count() == 1
    assert (figures["instalments"].count, figures["periods"].count) == (1, 1)
    assert figures.total == Decimal("934.20")
    assert '<span class="figure-value">€\xa0934,20</span>' in text


def test_customers_come_largest_first_and_lead_to_unbilled(
    company: Company, biller: User, client_of: Any
) -> None:
    names = [f"Customer {letter}" for letter in "ABCDEFG"]
    for size, name in enumerate(names, 1):
        customer = CustomerFactory(company=company, name=name)
        project = ProjectFactory(company=company, customer=customer)
        InstalmentFactory(project=project, due_on=TODAY(), amount=size * 100)
    text = home(client_of, biller, company)
    places = [text.index(name) for name in reversed(names[2:])]
    assert places == sorted(places)
    assert f"?customer={customer.pk}" in text
    assert "Customer B" not in text
    assert "2 other customers" in text
    assert "€\xa0300,00" in text[text.index("2 other customers") :]


@pytest.mark.parametrize("person", ["member", "manager"])
def test_who_may_not_invoice_is_told_nothing_of_it(
    company: Company, request: pytest.FixtureRequest, client_of: Any, person: str
) -> None:
    InstalmentFactory(company=company, due_on=TODAY(), amount=500)
    text = home(client_of, request.getfixturevalue(person), company)
    assert "500,00" not in text
    assert "Not invoiced" not in text
