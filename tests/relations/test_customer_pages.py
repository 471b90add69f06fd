"""The pages about customers: who opens them, what they show, and what they save."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from relations.models import Customer
from tests.factories import CustomerFactory, HourFactory, ProjectFactory, RateFactory

pytestmark = pytest.mark.django_db


def page(client: Any, name: str, *args: Any, query: str = "") -> str:
    response = client.get(reverse(name, args=args) + query)
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def at_work(owner: Any, company: Any, client_of: Any) -> Any:
    return client_of(owner, company)


@pytest.fixture
def as_member(member: Any, company: Any, client_of: Any) -> Any:
    return client_of(member, company)


def test_the_list_shows_finds_and_pages(at_work: Any, company: Any) -> None:
    CustomerFactory.create_batch(51, company=company)
    CustomerFactory(company=company, name="Zon & Zo", number="77")
    assert "Zon &amp; Zo" not in page(at_work, "customers")
    assert "Zon &amp; Zo" in page(at_work, "customers", query="?page=2")
    found = page(at_work, "customers", query="?q=zon+77")
    assert "Zon &amp; Zo" in found
    assert "Customer 0" not in found


def queries_of(address: str, client: Any) -> int:
    """How many questions a page asks the database."""
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


def test_the_list_takes_as_many_queries_for_many_as_for_few(at_work: Any, company: Any) -> None:
    CustomerFactory(company=company)
    few = queries_of(reverse("customers"), at_work)
    CustomerFactory.create_batch(40, company=company)
    assert queries_of(reverse("customers"), at_work) == few


def test_an_empty_list_says_what_to_do(at_work: Any, company: Any) -> None:
    assert "No customers yet" in page(at_work, "customers")
    CustomerFactory(company=company, archived=True)
    assert "No customer matches" in page(at_work, "customers")
    assert "Archived" in page(at_work, "customers", query="?state=archived")


def test_a_customer_is_made_and_changed_through_the_form(at_work: Any, company: Any) -> None:
    data = {"name": "Bakkerij Zon", "country": "NL", "language": "nl"}
    response = at_work.post(reverse("customer_new"), data)
    made = Customer.objects.of(company).get()
    assert response.url == reverse("customer", args=[made.pk])
    response = at_work.post(reverse("customer_edit", args=[made.pk]), {**data, "city": "Ede"})
    made.refresh_from_db()
    assert (response.status_code, made.city) == (302, "Ede")


def test_a_refused_form_keeps_what_was_typed_and_says_why(at_work: Any, company: Any) -> None:
    CustomerFactory(company=company, number="7", name="Molen")
    known = CustomerFactory(company=company, name="Zon")
    data = {"name": "Zon B.V.", "number": "7", "country": "NL", "language": "nl"}
    response = at_work.post(reverse("customer_edit", args=[known.pk]), data)
    text = response.content.decode()
    assert response.status_code == 422
    assert "belongs to Molen already" in text
    assert 'value="Zon B.V."' in text
    assert "<h1>Zon</h1>" in text
    known.refresh_from_db()
    assert known.name == "Zon"


def test_numbers_that_differ_in_zeros_give_a_warning_and_are_saved(
    at_work: Any, company: Any
) -> None:
    CustomerFactory(company=company, number="007", name="Molen")
    data = {"name": "Zon", "number": "7", "country": "NL", "language": "nl"}
    response = at_work.post(reverse("customer_new"), data, follow=True)
    assert "Numbers 7 and 007 (Molen) differ only in zeros" in response.content.decode()


def test_a_customer_without_country_says_what_that_costs(at_work: Any, company: Any) -> None:
    known = CustomerFactory(company=company, country="")
    assert "cannot be created in AFAS" in page(at_work, "customer", known.pk)


def test_a_customer_that_leaves_its_vat_to_the_company_says_so(at_work: Any, company: Any) -> None:
    known = CustomerFactory(company=company)
    shown = page(at_work, "customer_edit", known.pk)
    assert "As the company" in shown
    assert "---------" not in shown


def test_archiving_and_bringing_back(at_work: Any, company: Any) -> None:
    known = CustomerFactory(company=company)
    for name, archived in (("customer_archive", True), ("customer_unarchive", False)):
        assert at_work.post(reverse(name, args=[known.pk])).status_code == 302
        known.refresh_from_db()
        assert known.archived is archived
        assert at_work.get(reverse(name, args=[known.pk])).status_code == 405


def test_a_member_reads_and_changes_nothing(as_member: Any, company: Any) -> None:
    known = CustomerFactory(company=company, name="Zon")
    RateFactory(customer=known, amount=123)
    HourFactory(project=ProjectFactory(customer=known))
    text = page(as_member, "customer", known.pk) + page(as_member, "customers")
    assert reverse("customer_edit", args=[known.pk]) not in text
    assert "€" not in text
    for name in ("customer_edit", "customer_archive", "customer_unarchive", "customer_rates"):
        assert as_member.post(reverse(name, args=[known.pk])).status_code == 403
    assert as_member.get(reverse("customer_new")).status_code == 403


def test_the_page_shows_projects_what_is_open_and_rates(at_work: Any, company: Any) -> None:
    known = CustomerFactory(company=company)
    RateFactory(customer=known, amount=123)
    HourFactory(project=ProjectFactory(customer=known, name="Website"), minutes=90)
    text = page(at_work, "customer", known.pk)
    for shown in ("Website", "€\u00a0150,00", "1:30", "€\u00a0123,00"):
        assert shown in text, shown


@pytest.mark.parametrize(
    "name", ["customer", "customer_edit", "customer_archive", "customer_unarchive"]
)
def test_another_companys_customer_is_not_there(at_work: Any, name: str) -> None:
    stranger = CustomerFactory()
    address = reverse(name, args=[stranger.pk])
    assert at_work.post(address, {"name": "X"}).status_code in {404, 405}
    assert at_work.get(address).status_code in {404, 405}
    stranger.refresh_from_db()
    assert not stranger.archived
