"""Every UBL document that we write keeps to the schema, to EN 16931 and to Peppol, to the cent."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from lxml import etree

from core.money import cents
from core.vat import VatCode
from invoicing.services import ubl
from invoicing.services.paper import Paper
from tests.contract.ubl import peppol_rules, validating
from tests.contract.ubl.papers import BUYER, GERMAN, PAPERS, SELLER, credit_of, line, paper
from tests.contract.ubl.peppol_rules import LINES, SPACES, amount, texts

MANY = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
needs_rules = pytest.mark.skipif(
    not validating.PEPPOL.exists(),
    reason="the rules of Peppol are not here: python -m tests.contract.ubl.fetch",
)
ALL = [line(code) for code in VatCode.values]
KNOWN: dict[str, Paper] = {
    **{code: paper([line(code)]) for code in VatCode.values},
    "every treatment": paper([*ALL, line(discount=Decimal("12.5"), unit_price=Decimal("0.3333"))]),
    "credit note": credit_of(paper(ALL)),
    "lines below zero": paper(
        [line(), line(quantity=Decimal(-1), discount=Decimal(10)), line(unit_price=Decimal("-9.5"))]
    ),
    "reverse charge to Germany": paper([line("reverse_eu")], buyer=GERMAN, language="en"),
    "no IBAN": paper([line()], seller=replace(SELLER, iban="", bic="")),
    "nothing to pay": paper([line(discount=Decimal(100))]),
    "exempt, from a seller without a VAT number": paper(
        [line("exempt"), line("outside")], seller=replace(SELLER, vat_number="")
    ),
    "export to who has a number of another kind": paper(
        [line("export")], buyer=replace(GERMAN, country="US", vat_number="EIN 12-3456789")
    ),
    "a line of nothing that can be read": paper([line(description="\x1b")]),
    "a thousand lines": paper([line() for _ in range(1000)]),
}


PEPPOL = [name for name, one in KNOWN.items() if ubl.is_peppol(one)]


@pytest.mark.parametrize("name", KNOWN)
def test_a_known_invoice_is_valid(name: str) -> None:
    document = ubl.render(KNOWN[name])
    assert validating.by_schema(document) == []
    assert validating.by_norm(document) == []


@pytest.mark.parametrize("name", PEPPOL)
def test_a_known_invoice_is_valid_by_our_words_of_peppol(name: str) -> None:
    assert peppol_rules.broken(ubl.render(KNOWN[name])) == []


def test_nearly_all_known_invoices_are_of_peppol() -> None:
    assert len(PEPPOL) >= len(KNOWN) - 1


@needs_rules
@pytest.mark.parametrize("name", PEPPOL)
def test_a_known_invoice_is_valid_by_peppols_own_rules(name: str) -> None:
    assert validating.by_peppol(ubl.render(KNOWN[name])) == []


@MANY
@given(PAPERS)
def test_any_invoice_is_valid_and_says_what_the_paper_says(one: Paper) -> None:
    document = ubl.render(one)
    assert validating.by_schema(document) == []
    assert validating.by_norm(document) == []
    assert peppol_rules.broken(document) == []
    assert_same_amounts(one, document)


@needs_rules
@MANY
@given(PAPERS)
def test_any_invoice_is_valid_by_peppols_own_rules(one: Paper) -> None:
    assert validating.by_peppol(ubl.render(one)) == []


def assert_same_amounts(one: Paper, document: bytes) -> None:
    """Net, VAT, total and every line, in cents; a line multiplies out exactly."""
    root, sign = etree.fromstring(document), -1 if one.is_credit_note else 1
    total = "cac:LegalMonetaryTotal/cbc:"
    assert amount(root, f"{total}TaxExclusiveAmount") == sign * one.net
    assert amount(root, f"{total}PayableAmount") == sign * one.total
    assert amount(root, "cac:TaxTotal/cbc:TaxAmount") == sign * one.vat
    vat = [Decimal(text) for text in texts(root, "cac:TaxTotal/cac:TaxSubtotal/cbc:TaxAmount")]
    assert sum(vat) == sign * one.vat
    rows = root.xpath(LINES, namespaces=SPACES)
    assert [amount(row, "cbc:LineExtensionAmount") for row in rows] == [
        sign * item.net for item in one.items
    ]
    assert all(_multiplies_out(row) for row in rows)


def _multiplies_out(row: Any) -> bool:
    quantity = amount(row, "cbc:InvoicedQuantity|cbc:CreditedQuantity")
    gross = cents(quantity * amount(row, "cac:Price/cbc:PriceAmount"))
    off = amount(row, "cac:AllowanceCharge/cbc:Amount")
    return gross - off == amount(row, "cbc:LineExtensionAmount")


@pytest.mark.parametrize(
    ("wrong", "right", "rule"),
    [
        (
            'PayableAmount currencyID="EUR">231.11',
            'PayableAmount currencyID="EUR">231.12',
            "BR-CO-16",
        ),
        ('unitCode="HUR"', 'unitCode="UUR"', "BR-CL-23"),
        ("<cbc:ID>S</cbc:ID>", "<cbc:ID>Q</cbc:ID>", "BR-CL-18"),
        ("NL123456782B01", "123456782B01", "BR-CO-09"),
    ],
)
def test_the_norm_objects_to_a_wrong_document(wrong: str, right: str, rule: str) -> None:
    document = ubl.render(KNOWN["high"]).decode()
    broken = document.replace(wrong, right)
    assert broken != document
    assert any(rule in one for one in validating.by_norm(broken.encode()))


@needs_rules
@pytest.mark.parametrize(
    ("wrong", "right", "rule"),
    [
        ('schemeID="0106">12345678</cbc:CompanyID', ">12345678</cbc:CompanyID", "NL-R-003"),
        ("<cbc:PaymentMeansCode>58", "<cbc:PaymentMeansCode>1", "NL-R-008"),
        ("<cbc:CityName>Utrecht</cbc:CityName>", "", "NL-R-002"),
        ('<cbc:EndpointID schemeID="0106">87654321</cbc:EndpointID>', "", "PEPPOL-EN16931-R010"),
        ('PriceAmount currencyID="EUR">95.50', 'PriceAmount currencyID="EUR">95.53', "R120"),
    ],
)
def test_peppol_and_our_words_object_to_the_same(wrong: str, right: str, rule: str) -> None:
    document = ubl.render(KNOWN["high"]).decode()
    broken = document.replace(wrong, right).encode()
    assert broken != document.encode()
    assert any(rule in one for one in validating.by_peppol(broken))
    assert any(rule in one for one in peppol_rules.broken(broken))


def test_the_schema_objects_to_an_element_in_a_wrong_place() -> None:
    document = ubl.render(KNOWN["high"]).replace(b"cbc:IssueDate>", b"cbc:IssueTime>")
    assert validating.by_schema(document)


def test_who_cannot_be_reached_in_peppol_gets_what_keeps_to_the_norm_alone() -> None:
    stranger = replace(BUYER, kvk_number="", vat_number="")
    document = ubl.render(paper([line()], buyer=stranger))
    assert texts(etree.fromstring(document), "cbc:CustomizationID") == [ubl.CORE]
    assert validating.by_schema(document) == []
    assert validating.by_norm(document) == []
