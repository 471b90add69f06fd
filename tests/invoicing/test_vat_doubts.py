"""A line that leaves the VAT to the customer is named once the customer pays a rate again."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from invoicing.models import Invoice
from invoicing.services.vat_doubts import vat_doubts
from tests.invoicing.own import Studio, fresh

pytestmark = pytest.mark.django_db


def treated(studio: Studio, code: str) -> None:
    """The customer has this treatment from now on."""
    studio.customer.vat_code, studio.customer.vat_number = code, "NL123456782B90"
    studio.customer.save()


@pytest.fixture
def left(studio: Studio) -> Invoice:
    """A free line of when VAT was reversed to the customer, which is over."""
    treated(studio, "reverse")
    draft = studio.free(("1", "100"))
    treated(studio, "")
    return fresh(draft)


def test_a_free_line_left_on_reverse_charge_is_named_and_blocks_nothing(
    studio: Studio, left: Invoice
) -> None:
    (sentence,) = vat_doubts(left)
    assert sentence.startswith("“Work” asks no VAT (Reverse charge, Netherlands), while the VAT of")
    assert "Bakker B.V. is: High rate" in sentence
    assert studio.finalise(left).vat == 0


@pytest.mark.parametrize("page", ["invoice", "invoice_finalise"])
def test_it_is_said_on_the_draft_and_when_it_becomes_final(
    client_of: Any, studio: Studio, left: Invoice, page: str
) -> None:
    browser = client_of(studio.by, studio.company)
    address = reverse(page, args=[left.pk])
    assert "“Work” asks no VAT" in browser.get(address).content.decode()
    studio.change(left.lines.get(), vat_code="high")
    assert "“Work” asks no VAT" not in browser.get(address).content.decode()


@pytest.mark.parametrize("code", ["reverse", "reverse_eu", "export", "exempt"])
def test_a_customer_that_pays_no_rate_leaves_nothing_to_doubt(
    studio: Studio, left: Invoice, code: str
) -> None:
    treated(studio, code)
    assert vat_doubts(fresh(left)) == []


@pytest.mark.parametrize("code", ["exempt", "outside", "zero", "low"])
def test_what_is_no_reverse_charge_is_not_named(studio: Studio, left: Invoice, code: str) -> None:
    studio.change(left.lines.get(), vat_code=code)
    assert vat_doubts(fresh(left)) == []


def test_a_final_invoice_and_a_credit_note_are_as_they_are(studio: Studio, left: Invoice) -> None:
    final = studio.finalise(left)
    assert vat_doubts(final) == []
    assert vat_doubts(studio.credit(final)) == []
