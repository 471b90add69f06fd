"""`/contacts/`: the same contacts, rules and sentences as the pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Company, Role
from relations.models import Contact
from tests.factories import (
    CompanyFactory,
    ContactFactory,
    ContactLinkFactory,
    CustomerFactory,
    MembershipFactory,
)

pytestmark = pytest.mark.django_db


def test_a_contact_is_made_at_its_customers(program: Callable[..., Any], company: Company) -> None:
    zon = CustomerFactory(company=company)
    sent = {"name": " Anna  Zon ", "email": "a@zon.test", "receives_invoices": True}
    answer = program().post("contacts/", {**sent, "customers": [zon.pk, zon.pk]})
    assert answer.status_code == 201
    made = Contact.objects.of(company).get()
    assert answer["Location"].endswith(f"/api/v1/contacts/{made.pk}/")
    assert (answer.json()["name"], answer.json()["customers"]) == ("Anna Zon", [zon.pk])


def test_a_change_leaves_what_was_not_sent(program: Callable[..., Any], company: Company) -> None:
    link = ContactLinkFactory(contact__company=company, customer__company=company)
    answer = program().patch(f"contacts/{link.contact_id}/", {"job_title": "Buyer"})
    assert (answer.status_code, answer.json()["customers"]) == (200, [link.customer_id])
    emptied = program().patch(f"contacts/{link.contact_id}/", {"customers": []})
    assert (emptied.json()["customers"], emptied.json()["job_title"]) == ([], "Buyer")


def test_another_version_is_not_written_over(program: Callable[..., Any], company: Company) -> None:
    known = ContactFactory(company=company, name="Anna")
    seen = program().get(f"contacts/{known.pk}/")["ETag"]
    program().patch(f"contacts/{known.pk}/", {"customers": [CustomerFactory(company=company).pk]})
    late = program().patch(f"contacts/{known.pk}/", {"name": "Bea"}, If_Match=seen)
    assert late.status_code == 412
    assert program().delete(f"contacts/{known.pk}/", If_Match=seen).status_code == 412


def test_who_of_a_customer_receives_invoices(program: Callable[..., Any], company: Company) -> None:
    link = ContactLinkFactory(
        contact__company=company, contact__receives_invoices=True, customer__company=company
    )
    ContactLinkFactory(contact__company=company, customer=link.customer)
    ContactFactory(company=company, receives_invoices=True)
    asked = f"contacts/?customer={link.customer_id}&receives_invoices=true"
    (found,) = program().get(asked).json()["results"]
    assert found["id"] == link.contact_id


def test_refusals_are_those_of_the_page(program: Callable[..., Any]) -> None:
    answer = program().post("contacts/", {"name": "Anna", "receives_invoices": True})
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["field"] == "email"
    assert "invoices go to" in error["detail"]


@pytest.mark.parametrize(
    "customers", ["7", [0], [2**63], ["x"], ["1"], [1.0], [True], [None], [[]], {"a": 1}, None]
)
def test_what_is_no_list_of_ids_is_refused(program: Callable[..., Any], customers: Any) -> None:
    answer = program().post("contacts/", {"name": "Anna", "customers": customers})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"].startswith("customers")
    assert not Contact.objects.exists()


def test_a_customer_of_another_company_is_as_if_it_were_not_there(
    program: Callable[..., Any], company: Company
) -> None:
    ours, theirs = CustomerFactory(company=company), CustomerFactory(company=CompanyFactory())
    answer = program().post("contacts/", {"name": "Anna", "customers": [ours.pk, theirs.pk]})
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["field"] == "customers.1"
    assert not Contact.objects.exists()


def test_deleting_needs_the_right_that_the_page_asks(
    program: Callable[..., Any], company: Company
) -> None:
    known = ContactFactory(company=company)
    member = MembershipFactory(company=company, role=Role.MEMBER)
    assert program(member).delete(f"contacts/{known.pk}/").status_code == 403
    assert program().delete(f"contacts/{known.pk}/").status_code == 204
    assert not Contact.objects.exists()
