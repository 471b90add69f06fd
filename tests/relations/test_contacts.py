"""Contacts: what is saved and refused, and whom invoices are mailed to."""

from __future__ import annotations

from typing import Any

import pytest

from core import audit
from core.errors import FieldsError, StaleError
from relations.models import Contact, ContactLink
from relations.selectors.contacts import contacts_of, recipients_of
from relations.services.contacts import ContactData, contact_delete, contact_save
from tests.factories import CompanyFactory, ContactFactory, ContactLinkFactory, CustomerFactory

pytestmark = pytest.mark.django_db


def save(company: Any, contact: Contact | None = None, by: Any = None, **data: Any) -> Contact:
    filled = ContactData(**{"name": "Anna Zon", **data})
    return contact_save(company=company, contact=contact, data=filled, by=by)


def at(customer: Any, **fields: Any) -> Contact:
    """A contact at this customer."""
    contact = ContactFactory(company=customer.company, **fields)
    ContactLinkFactory(contact=contact, customer=customer)
    return contact


class TestSaving:
    def test_a_contact_is_made_tidied_and_recorded(self, company: Any, owner: Any) -> None:
        zon = CustomerFactory(company=company, name="Zon", number="7")
        made = save(company, by=owner, name=" Anna   Zon ", job_title="Buyer", customers=(zon,))
        assert (made.name, list(made.customers.all())) == ("Anna Zon", [zon])
        (event,) = audit.events_of(company, made)
        assert (event.action, event.by, event.after["customers"]) == (
            "contact.created",
            owner,
            ["7 Zon"],
        )

    def test_its_customers_become_exactly_these(self, company: Any) -> None:
        one, two, three = CustomerFactory.create_batch(3, company=company)
        made = save(company, customers=(one, two))
        kept = ContactLink.objects.get(customer=two).pk
        seen = made.changed_at
        save(company, made, customers=(two, three, three))
        made.refresh_from_db()
        assert set(made.customers.all()) == {two, three}
        assert ContactLink.objects.get(customer=two).pk == kept
        assert made.changed_at > seen

    def test_two_customers_of_one_name_are_told_apart(self, company: Any) -> None:
        one, two = CustomerFactory.create_batch(2, company=company, name="Zon")
        made = save(company, customers=(one,))
        save(company, made, customers=(two,))
        assert list(made.customers.all()) == [two]

    def test_saving_the_same_again_records_nothing(self, company: Any) -> None:
        made = save(company, customers=(CustomerFactory(company=company),))
        again = save(company, made, customers=tuple(made.customers.all()))
        assert audit.events_of(company, made).count() == 1
        assert again.changed_at == Contact.objects.get().changed_at

    @pytest.mark.parametrize(
        ("data", "field"),
        [
            ({"name": "  "}, "name"),
            ({"name": "x" * 81}, "name"),
            ({"phone": "1" * 31}, "phone"),
            ({"receives_invoices": True}, "email"),
        ],
    )
    def test_what_is_refused_has_its_sentence(self, company: Any, data: Any, field: str) -> None:
        with pytest.raises(FieldsError) as refusal:
            save(company, **data)
        assert set(refusal.value.errors) == {field}
        assert not Contact.objects.exists()

    def test_a_customer_of_another_company_is_never_linked(self, company: Any) -> None:
        stranger = CustomerFactory(company=CompanyFactory())
        with pytest.raises(ValueError, match="another company"):
            save(company, customers=(stranger,))
        assert not Contact.objects.exists()

    def test_a_contact_of_another_company_is_never_changed(self, company: Any) -> None:
        stranger = ContactFactory(company=CompanyFactory(), name="Bea")
        with pytest.raises(ValueError, match="another company"):
            save(company, stranger)
        stranger.refresh_from_db()
        assert stranger.name == "Bea"

    def test_what_was_added_since_a_person_looked_stays(self, company: Any) -> None:
        one, two, three = CustomerFactory.create_batch(3, company=company)
        made = save(company, customers=(one, two))
        filled = ContactData(name="Anna Zon", customers=(three,))
        contact_save(company=company, contact=made, data=filled, by=None, seen=[one.pk])
        assert set(made.customers.all()) == {two, three}

    def test_an_invoice_goes_to_at_most_ten_addresses(self, company: Any) -> None:
        zon = CustomerFactory(company=company, name="Zon", invoice_email="in@zon.test")
        for number in range(9):
            at(zon, email=f"{number}@zon.test", receives_invoices=True)
        receives = {"email": "anna@zon.test", "receives_invoices": True}
        with pytest.raises(FieldsError, match="Invoices of Zon go to 10 addresses") as refusal:
            save(company, customers=(zon,), **receives)
        assert set(refusal.value.errors) == {"receives_invoices"}
        save(company, customers=(zon,), email="anna@zon.test")
        save(company, customers=(zon,), **{**receives, "email": "IN@zon.test"})
        last = Contact.objects.get(email="8@zon.test")
        save(company, last, name="H", customers=(zon,), email="h@zon.test", receives_invoices=True)

    def test_a_contact_is_at_no_more_customers_than_a_program_may_name(self, company: Any) -> None:
        many = CustomerFactory.create_batch(101, company=company)
        with pytest.raises(FieldsError) as refusal:
            save(company, customers=tuple(many))
        assert set(refusal.value.errors) == {"customers"}
        save(company, customers=tuple(many[1:]))

    @pytest.mark.parametrize("address", ['"a,b"@zon.test', '"a;b"@zon.test'])
    def test_an_address_that_would_be_read_as_two_is_refused(
        self, company: Any, address: str
    ) -> None:
        with pytest.raises(FieldsError) as refusal:
            save(company, email=address)
        assert set(refusal.value.errors) == {"email"}

    def test_a_deleted_contact_is_gone_and_cannot_be_saved(self, company: Any, owner: Any) -> None:
        zon = CustomerFactory(company=company)
        made = save(company, customers=(zon,))
        seen = Contact.objects.get()
        contact_delete(contact=made, by=owner)
        assert not ContactLink.objects.exists()
        assert audit.events_of(company, seen)[0].before["name"] == "Anna Zon"
        for repeat in (lambda: save(company, seen), lambda: contact_delete(contact=seen, by=owner)):
            with pytest.raises(StaleError):
                repeat()


class TestFinding:
    def test_each_word_must_be_known_of_the_contact_or_its_customers(self, company: Any) -> None:
        zon = CustomerFactory(company=company, name="Bakkerij Zon")
        anna = at(zon, name="Anna", job_title="Buyer")
        ContactLinkFactory(contact=anna, customer=CustomerFactory(company=company, name="Zonder"))
        ContactFactory(company=company, name="Bert", job_title="Buyer")
        assert list(contacts_of(company, search="buyer zon")) == [anna]
        assert list(contacts_of(company, search="buyer maan")) == []

    def test_another_company_has_its_own(self, company: Any) -> None:
        ContactFactory(company=CompanyFactory())
        assert not contacts_of(company)


class TestWhomInvoicesGoTo:
    def test_contacts_that_receive_them_beside_the_address_for_invoices(self, company: Any) -> None:
        zon = CustomerFactory(company=company, email="info@zon.test", invoice_email="in@zon.test")
        at(zon, name="B", email="b@zon.test", receives_invoices=True)
        at(zon, name="A", email="a@zon.test", receives_invoices=True)
        at(zon, name="C", email="c@zon.test")
        assert recipients_of(zon) == ["in@zon.test", "a@zon.test", "b@zon.test"]

    def test_the_general_address_only_where_there_is_no_other(self, company: Any) -> None:
        zon = CustomerFactory(company=company, email="info@zon.test")
        assert recipients_of(zon) == ["info@zon.test"]
        at(zon, email="a@zon.test", receives_invoices=True)
        assert recipients_of(zon) == ["a@zon.test"]

    def test_one_address_counts_once_however_it_is_written(self, company: Any) -> None:
        zon = CustomerFactory(company=company, invoice_email="In@Zon.test")
        at(zon, email="in@zon.test", receives_invoices=True)
        assert recipients_of(zon) == ["In@Zon.test"]

    def test_who_works_at_another_customer_gets_none(self, company: Any) -> None:
        at(CustomerFactory(company=company), email="a@x.test", receives_invoices=True)
        assert recipients_of(CustomerFactory(company=company)) == []
