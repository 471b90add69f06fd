"""Customers: what is saved, what is refused, and what a list merged into them does."""

from __future__ import annotations

from typing import Any

import pytest

from core import audit
from core.errors import DomainError, FieldsError
from relations.models import Customer
from relations.selectors.customers import customers_of
from relations.selectors.history import history_of
from relations.services.customers import (
    CustomerData,
    Outcome,
    customer_archive,
    customer_merge,
    customer_save,
    customer_unarchive,
    number_warning,
)
from tests.factories import CustomerFactory

pytestmark = pytest.mark.django_db


def save(company: Any, customer: Customer | None = None, by: Any = None, **data: Any) -> Customer:
    filled = CustomerData(**{"name": "Bakkerij Zon", **data})
    return customer_save(company=company, customer=customer, data=filled, by=by)


def merge(company: Any, number: str, **fields: Any) -> Any:
    return customer_merge(company=company, number=number, fields=fields, by=None)


class TestSavingByHand:
    def test_a_customer_is_made_tidied_and_recorded(self, company: Any, owner: Any) -> None:
        made = save(company, by=owner, name="  Bakkerij   Zon ", kvk_number="12 34 56 78")
        assert (made.name, made.kvk_number, made.number) == ("Bakkerij Zon", "12345678", "")
        (event,) = audit.events_of(company, made)
        assert (event.action, event.by) == ("customer.created", owner)

    def test_a_change_records_only_what_differs(self, company: Any, owner: Any) -> None:
        made = save(company, by=owner, city="Utrecht")
        save(company, made, by=owner, city="Zeist")
        event = audit.events_of(company, made)[0]
        assert (event.before, event.after) == ({"city": "Utrecht"}, {"city": "Zeist"})

    def test_saving_the_same_again_records_nothing(self, company: Any, owner: Any) -> None:
        made = save(company, by=owner)
        save(company, made, by=owner)
        assert audit.events_of(company, made).count() == 1

    @pytest.mark.parametrize("name", ["email", "invoice_email"])
    def test_an_address_that_would_be_read_as_two_is_refused(self, company: Any, name: str) -> None:
        with pytest.raises(FieldsError) as refusal:
            save(company, **{name: '"a,b"@zon.test'})
        assert set(refusal.value.errors) == {name}

    def test_a_taken_number_is_refused_with_the_name_of_who_has_it(self, company: Any) -> None:
        CustomerFactory(company=company, number="10001", name="Molen De Hoop")
        with pytest.raises(FieldsError, match="Molen De Hoop") as refusal:
            save(company, number="10001")
        assert set(refusal.value.errors) == {"number"}
        assert Customer.objects.of(company).count() == 1

    def test_its_own_number_and_another_companys_are_free(self, company: Any) -> None:
        CustomerFactory(number="10001")
        made = save(company, number="10001")
        assert save(company, made, number="10001", city="Ede").city == "Ede"

    def test_two_customers_may_both_have_no_number(self, company: Any) -> None:
        save(company)
        save(company, name="Molen De Hoop")
        assert customers_of(company).count() == 2

    @pytest.mark.parametrize(
        ("data", "field"),
        [
            ({"name": " "}, "name"),
            ({"kvk_number": "1234567"}, "kvk_number"),
            ({"vat_number": "NL12345678B01"}, "vat_number"),
            ({"vat_number": "123", "country": "BE"}, "vat_number"),
            ({"iban": "NL92ABNA0417164300"}, "iban"),
            ({"number": "1" * 17}, "number"),
            ({"name": "x" * 81}, "name"),
        ],
    )
    def test_what_cannot_be_right_is_refused_beside_its_field(
        self, company: Any, data: dict[str, str], field: str
    ) -> None:
        with pytest.raises(FieldsError) as refusal:
            save(company, **data)
        assert set(refusal.value.errors) == {field}
        assert not Customer.objects.exists()

    def test_a_foreign_register_number_keeps_its_own_shape(self, company: Any) -> None:
        assert save(company, country="DE", kvk_number="HRB 1234").kvk_number == "HRB 1234"

    def test_numbers_that_differ_in_zeros_are_saved_with_a_warning(self, company: Any) -> None:
        CustomerFactory(company=company, number="00123", name="Molen De Hoop")
        made = save(company, number="123")
        warning = number_warning(company=company, customer=made)
        assert "00123" in warning
        assert "Molen De Hoop" in warning

    @pytest.mark.parametrize("other", ["1230", "1123", "0124", ""])
    def test_other_numbers_give_no_warning(self, company: Any, other: str) -> None:
        CustomerFactory(company=company, number=other)
        made = save(company, number="123")
        assert number_warning(company=company, customer=made) == ""

    def test_archiving_hides_it_and_bringing_back_shows_it(self, company: Any, owner: Any) -> None:
        made = save(company, by=owner)
        customer_archive(company=company, customer=made, by=owner)
        assert not customers_of(company).exists()
        assert list(customers_of(company, state="archived")) == [made]
        customer_unarchive(company=company, customer=made, by=owner)
        assert list(customers_of(company)) == [made]
        actions = [event.action for event in audit.events_of(company, made)]
        assert actions == ["customer.unarchived", "customer.archived", "customer.created"]

    def test_another_companys_customer_cannot_be_changed(self, company: Any) -> None:
        stranger = CustomerFactory(name="Stranger")
        with pytest.raises(Customer.DoesNotExist):
            save(company, stranger, name="Mine now")
        stranger.refresh_from_db()
        assert stranger.name == "Stranger"


class TestMergingAList:
    def test_an_unknown_number_becomes_a_customer(self, company: Any) -> None:
        result = merge(company, " 10001 ", name="Bakkerij Zon", city="Utrecht")
        assert (result.outcome, result.warning) == (Outcome.CREATED, "")
        assert (result.customer.number, result.customer.city) == ("10001", "Utrecht")

    def test_a_known_number_gets_the_named_fields_and_keeps_the_rest(self, company: Any) -> None:
        known = CustomerFactory(company=company, number="10001", phone="030 1234567")
        result = merge(company, "10001", name="Bakkerij Zon")
        known.refresh_from_db()
        assert result.outcome == Outcome.CHANGED
        assert (known.name, known.phone) == ("Bakkerij Zon", "030 1234567")

    def test_equal_values_write_nothing_at_all(self, company: Any) -> None:
        made = merge(company, "10001", name="Bakkerij Zon").customer
        again = merge(company, "10001", name="Bakkerij  Zon")
        assert again.outcome == Outcome.UNCHANGED
        made.refresh_from_db()
        assert again.customer.changed_at == made.changed_at
        assert audit.events_of(company, made).count() == 1

    def test_leading_zeros_make_another_customer_with_a_warning(self, company: Any) -> None:
        merge(company, "123", name="Bakkerij Zon")
        result = merge(company, "00123", name="Molen De Hoop")
        assert result.outcome == Outcome.CREATED
        assert "Bakkerij Zon" in result.warning

    def test_a_number_of_an_authority_is_taken_as_it_comes(self, company: Any) -> None:
        result = merge(company, "1", name="Zon", vat_number="unknown", kvk_number="12")
        assert (result.customer.vat_number, result.customer.kvk_number) == ("unknown", "12")

    @pytest.mark.parametrize(
        ("number", "fields", "words"),
        [
            (" ", {"name": "Bakkerij Zon"}, "no number"),
            ("10001", {"name": ""}, "no name"),
            ("10001", {}, "no name"),
            ("10001", {"name": "x" * 81}, "80"),
            ("1" * 17, {"name": "Zon"}, "16"),
        ],
    )
    def test_a_row_that_cannot_be_kept_says_why(
        self, company: Any, number: str, fields: dict[str, str], words: str
    ) -> None:
        with pytest.raises(DomainError, match=words):
            merge(company, number, **fields)
        assert not Customer.objects.exists()

    def test_a_name_never_disappears_from_a_known_customer(self, company: Any) -> None:
        CustomerFactory(company=company, number="10001", name="Bakkerij Zon")
        with pytest.raises(DomainError, match="no name"):
            merge(company, "10001", name="")

    def test_the_same_number_in_another_company_is_somebody_else(self, company: Any) -> None:
        stranger = CustomerFactory(number="10001", name="Stranger")
        assert merge(company, "10001", name="Mine").outcome == Outcome.CREATED
        stranger.refresh_from_db()
        assert stranger.name == "Stranger"

    def test_an_archived_customer_is_updated_and_stays_archived(self, company: Any) -> None:
        CustomerFactory(company=company, number="10001", archived=True)
        assert merge(company, "10001", name="Zon").customer.archived


class TestFinding:
    def test_every_word_must_be_somewhere(self, company: Any) -> None:
        zon = CustomerFactory(
            company=company, name="Bakkerij Zon", city="Utrecht", number="70001", kvk_number="123"
        )
        CustomerFactory(company=company, name="Bakkerij Maan", city="Zeist")
        CustomerFactory(name="Bakkerij Zon")
        for search in ("bakkerij utrecht", "700", "zon 123"):
            assert list(customers_of(company, search=search)) == [zon], search
        assert not customers_of(company, search="zon zeist").exists()

    def test_the_history_says_what_changed_in_words(self, company: Any, owner: Any) -> None:
        made = save(company, by=owner)
        save(company, made, by=owner, blocked=True, language="en")
        changed, created = history_of(company, made, money=True)
        assert (created.what, created.who, created.changes) == ("Created", "Olga Owner", [])
        assert [(one.label, one.before, one.after) for one in changed.changes] == [
            ("document language", "Dutch", "English"),
            ("blocked", "no", "yes"),
        ]
