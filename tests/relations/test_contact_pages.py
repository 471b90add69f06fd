"""The pages about contacts: what they show, and what they save."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from relations.models import Contact
from tests.factories import CompanyFactory, ContactFactory, ContactLinkFactory, CustomerFactory
from tests.relations.test_customer_pages import page, queries_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def at_work(owner: Any, company: Any, client_of: Any) -> Any:
    return client_of(owner, company)


@pytest.fixture
def as_member(member: Any, company: Any, client_of: Any) -> Any:
    return client_of(member, company)


def test_the_list_shows_finds_and_takes_as_many_queries_for_many(
    at_work: Any, company: Any
) -> None:
    zon = CustomerFactory(company=company, name="Bakkerij Zon")
    ContactLinkFactory(contact=ContactFactory(company=company, name="Anna"), customer=zon)
    few = queries_of(reverse("contacts"), at_work)
    for _each in range(30):
        ContactLinkFactory(contact=ContactFactory(company=company), customer=zon)
    assert queries_of(reverse("contacts"), at_work) == few
    found = page(at_work, "contacts", query="?q=anna+zon")
    assert "Anna" in found
    assert "Bakkerij Zon" in found
    assert "No contact matches" in page(at_work, "contacts", query="?q=nobody")


def test_an_empty_list_says_what_contacts_are_for(at_work: Any) -> None:
    assert "No contacts yet" in page(at_work, "contacts")


def test_a_contact_is_made_from_the_page_of_a_customer(at_work: Any, company: Any) -> None:
    zon = CustomerFactory(company=company, name="Zon")
    assert "Nobody is known here yet" in page(at_work, "customer", zon.pk)
    form = page(at_work, "contact_new", query=f"?customer={zon.pk}")
    assert f'<option value="{zon.pk}" selected>' in form
    data = {"name": "Anna", "email": "a@zon.test", "receives_invoices": "on", "another": zon.pk}
    response = at_work.post(reverse("contact_new"), data)
    made = Contact.objects.of(company).get()
    assert response.url == reverse("contact", args=[made.pk])
    shown = page(at_work, "customer", zon.pk)
    assert "Receives invoices" in shown
    assert "<dt>Invoices to</dt><dd>a@zon.test</dd>" in shown


def test_a_customer_is_unticked_and_another_added(at_work: Any, company: Any) -> None:
    zon, maan = CustomerFactory.create_batch(2, company=company)
    anna = ContactLinkFactory(contact__company=company, customer=zon).contact
    form = page(at_work, "contact_edit", anna.pk)
    assert f'<input type="hidden" name="seen" value="{zon.pk}"' in form
    sent = {"name": "Anna", "another": maan.pk, "seen": [zon.pk]}
    at_work.post(reverse("contact_edit", args=[anna.pk]), sent)
    assert list(anna.customers.all()) == [maan]


def test_a_customer_that_a_colleague_adds_meanwhile_stays(at_work: Any, company: Any) -> None:
    zon, maan = CustomerFactory.create_batch(2, company=company)
    anna = ContactLinkFactory(contact__company=company, customer=zon).contact
    ContactLinkFactory(contact=anna, customer=maan)
    sent = {"name": "Anna", "job_title": "Buyer", "seen": [zon.pk], "customers": [zon.pk]}
    response = at_work.post(reverse("contact_edit", args=[anna.pk]), sent)
    assert response.status_code == 302
    assert set(anna.customers.all()) == {zon, maan}
    del sent["customers"]
    at_work.post(reverse("contact_edit", args=[anna.pk]), sent)
    assert list(anna.customers.all()) == [maan]


@pytest.mark.parametrize("bad", ["9223372036854775808", "x", "-1", "²", "9" * 40, "\x00"])
@pytest.mark.parametrize("name", ["customers", "another", "seen"])
def test_what_is_no_customer_is_refused(at_work: Any, name: str, bad: str) -> None:
    response = at_work.post(reverse("contact_new"), {"name": "Anna", name: [bad]})
    assert response.status_code == 422
    assert not Contact.objects.exists()


def test_a_contact_can_be_added_at_an_archived_customer(at_work: Any, company: Any) -> None:
    zon = CustomerFactory(company=company, archived=True)
    form = page(at_work, "contact_new", query=f"?customer={zon.pk}")
    assert f'<option value="{zon.pk}" selected>' in form
    address = reverse("contact_new") + f"?customer={zon.pk}"
    assert at_work.post(address, {"name": "Anna", "another": zon.pk}).status_code == 302
    assert list(Contact.objects.get().customers.all()) == [zon]


def test_a_refused_form_keeps_what_was_typed(at_work: Any, company: Any) -> None:
    known = ContactFactory(company=company, name="Anna")
    data = {"name": "Anna Zon", "receives_invoices": "on"}
    response = at_work.post(reverse("contact_edit", args=[known.pk]), data)
    text = response.content.decode()
    assert response.status_code == 422
    assert "Type the e-mail address that invoices go to" in text
    assert 'value="Anna Zon"' in text
    assert "<h1>Anna</h1>" in text


def test_a_customer_of_another_company_is_not_offered_nor_taken(at_work: Any) -> None:
    strange = CustomerFactory(company=CompanyFactory(), name="Strange B.V.")
    assert "Strange" not in page(at_work, "contact_new", query=f"?customer={strange.pk}")
    response = at_work.post(reverse("contact_new"), {"name": "Anna", "another": strange.pk})
    assert response.status_code == 422
    assert not Contact.objects.exists()


def test_deleting_goes_back_to_the_list(at_work: Any, company: Any) -> None:
    known = ContactFactory(company=company, name="Anna")
    response = at_work.post(reverse("contact_delete", args=[known.pk]), follow=True)
    assert "Anna is deleted." in response.content.decode()
    assert at_work.get(reverse("contact", args=[known.pk])).status_code == 404


def test_a_member_reads_and_changes_nothing(as_member: Any, company: Any) -> None:
    known = ContactFactory(company=company, name="Anna")
    shown = page(as_member, "contact", known.pk)
    assert "Anna" in shown
    assert "Edit" not in shown
    for name, args in (("contact_new", []), ("contact_edit", [known.pk])):
        assert as_member.get(reverse(name, args=args)).status_code == 403
    assert as_member.post(reverse("contact_delete", args=[known.pk])).status_code == 403
    assert Contact.objects.exists()
