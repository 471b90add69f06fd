"""What customers, the company, activities and categories say about being invoiced."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from accounts.models import Company
from relations.models import Customer
from relations.services.customers import CustomerData, customer_merge, customer_save
from tests.factories import (
    ActivityFactory,
    CustomerFactory,
    ExpenseCategoryFactory,
    HourFactory,
    ProjectFactory,
    RateFactory,
)

pytestmark = pytest.mark.django_db
TERMS = {
    "attention": "Crediteuren",
    "invoice_email": "facturen@zon.test",
    "payment_term": "14",
    "vat_code": "reverse",
    "rounding_rule": "up",
    "rounding_step": "30",
}
BAKERY = {"name": "Bakkerij Zon", "country": "NL", "language": "nl"}


@pytest.fixture
def office(client_of: Any, owner: Any, company: Company) -> Any:
    return client_of(owner, company)


def an_open_hour(customer: Customer) -> Any:
    """Fifty minutes that follow the customer's rounding."""
    project = ProjectFactory(company=customer.company, customer=customer, rounding_rule="inherit")
    hour = HourFactory(company=customer.company, project=project, minutes=50)
    RateFactory(company=customer.company, activity=hour.activity, amount=100)
    return hour


def test_a_customer_keeps_the_terms_that_were_typed(office: Any, company: Company) -> None:
    office.post(reverse("customer_new"), {**BAKERY, **TERMS})
    made = Customer.objects.of(company).get()
    assert (made.attention, made.invoice_email) == ("Crediteuren", "facturen@zon.test")
    assert (made.payment_term, made.vat_code) == (14, "reverse")
    assert (made.rounding_rule, made.rounding_step) == ("up", 30)
    shown = office.get(reverse("customer", args=[made.pk])).content.decode()
    for words in ("Crediteuren", "14 days", "facturen@zon.test", "Reverse charge, Netherlands"):
        assert words in shown


def test_without_terms_a_customer_follows_the_company(office: Any, company: Company) -> None:
    office.post(reverse("customer_new"), BAKERY)
    made = Customer.objects.of(company).get()
    assert (made.payment_term, made.vat_code, made.rounding_rule) == (None, "", "inherit")


@pytest.mark.parametrize(
    ("name", "value"),
    [("payment_term", "400"), ("vat_code", "half"), ("rounding_step", "7"), ("invoice_email", "x")],
)
def test_terms_that_cannot_be_are_refused_beside_their_box(
    office: Any, company: Company, name: str, value: str
) -> None:
    response = office.post(reverse("customer_new"), {**BAKERY, **TERMS, name: value})
    assert (response.status_code, Customer.objects.of(company).count()) == (422, 0)
    assert name in response.context["form"].errors


def test_another_rounding_of_a_customer_rounds_its_open_hours_again(
    office: Any, company: Company
) -> None:
    customer = CustomerFactory(company=company, name="Bakkerij Zon")
    hour = an_open_hour(customer)
    office.post(reverse("customer_edit", args=[customer.pk]), {**BAKERY, **TERMS})
    hour.refresh_from_db()
    assert (hour.minutes, hour.billable_minutes) == (50, 60)


def test_saving_a_customer_without_touching_the_rounding_leaves_hours_alone(
    office: Any, company: Company
) -> None:
    customer = CustomerFactory(company=company, rounding_rule="up", rounding_step=30)
    hour = an_open_hour(customer)
    before = type(hour).objects.get(pk=hour.pk).version
    office.post(reverse("customer_edit", args=[customer.pk]), {**BAKERY, "city": "Ede"})
    customer.refresh_from_db()
    hour.refresh_from_db()
    assert (customer.rounding_rule, customer.rounding_step, hour.version) == ("up", 30, before)


def test_an_import_leaves_the_terms_as_they_are(company: Company) -> None:
    data = CustomerData(name="Zon", number="7", payment_term=14, vat_code="export")
    customer_save(company=company, customer=None, data=data, by=None)
    merged = customer_merge(company=company, number="7", fields={"name": "Zon B.V."}, by=None)
    saved = merged.customer
    assert (saved.name, saved.payment_term, saved.vat_code) == ("Zon B.V.", 14, "export")


def organisation(company: Company, **typed: str) -> dict[str, str]:
    """The form of Settings → Organisation as it stands, with something typed."""
    names = ("name", "country", "time_zone", "language")
    names += ("number_format", "date_format", "duration_format")
    return {name: getattr(company, name) for name in names} | typed


def test_the_organisation_keeps_what_an_invoice_prints(office: Any, company: Company) -> None:
    typed = {"bic": "abna nl2a", "email": "a@b.test", "phone": "020 123", "website": "b.test"}
    assert office.post(reverse("organisation"), organisation(company, **typed)).status_code == 302
    company.refresh_from_db()
    assert (company.bic, company.email) == ("ABNANL2A", "a@b.test")
    assert (company.phone, company.website, company.rounding_rule) == ("020 123", "b.test", "none")


def test_a_bic_that_cannot_be_is_refused(office: Any, company: Company) -> None:
    response = office.post(reverse("organisation"), organisation(company, bic="ABN12"))
    assert response.status_code == 422
    assert "ABNANL2A" in response.content.decode()


def test_another_rounding_of_the_company_rounds_open_hours_again(
    office: Any, company: Company
) -> None:
    hour = an_open_hour(CustomerFactory(company=company))
    typed = organisation(company, rounding_rule="up", rounding_step="60")
    office.post(reverse("organisation"), typed)
    hour.refresh_from_db()
    assert hour.billable_minutes == 60


def test_activities_and_categories_say_how_vat_treats_them(office: Any, company: Company) -> None:
    activity = ActivityFactory(company=company, name="Courses")
    category = ExpenseCategoryFactory(company=company, name="Fees")
    office.post(
        reverse("activity", args=[activity.pk]),
        {"name": "Courses", "vat_code": "exempt", "billable": "on"},
    )
    office.post(
        reverse("category", args=[category.pk]),
        {"name": "Fees", "vat_code": "outside", "billable": "on"},
    )
    activity.refresh_from_db()
    category.refresh_from_db()
    assert (activity.vat_code, category.vat_code) == ("exempt", "outside")
