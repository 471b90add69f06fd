"""The UBL of an invoice: what stands in it, for whom, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from lxml import etree

from core.errors import DomainError
from invoicing.models import LineKind
from invoicing.services import ubl
from invoicing.services.paper import Paper, PaperLine, Party
from invoicing.services.ubl_codes import address_of, unit_code, vat_number
from tests.contract.ubl import peppol_rules, validating
from tests.contract.ubl.papers import BUYER, GERMAN, SELLER, credit_of, line, paper
from tests.contract.ubl.peppol_rules import SPACES, texts
from tests.factories import InvoiceFactory, InvoiceLineFactory, InvoiceVatFactory
from tests.invoicing.own import Studio

SUBTOTALS = "cac:TaxTotal/cac:TaxSubtotal"


def document(one: Paper) -> Any:
    """The root of what is written for a paper."""
    return etree.fromstring(ubl.render(one))


def words(kind: str, text: str) -> PaperLine:
    return PaperLine(kind=kind, position=0, description=text)


def groups(root: Any) -> list[tuple[str, str, str]]:
    """Category, ground code and taxable amount of each VAT group."""
    return [
        (
            *texts(one, "cac:TaxCategory/cbc:ID"),
            "".join(texts(one, "cac:TaxCategory/cbc:TaxExemptionReasonCode")),
            *texts(one, "cbc:TaxableAmount"),
        )
        for one in root.xpath(SUBTOTALS, namespaces=SPACES)
    ]


def test_the_same_paper_gives_the_same_bytes() -> None:
    one = paper([line(), line("low", discount=Decimal("7.5"))])
    assert ubl.render(one) == ubl.render(one)


@pytest.mark.parametrize(
    ("code", "category", "ground"),
    [
        ("high", "S", ""),
        ("low", "S", ""),
        ("zero", "Z", ""),
        ("reverse", "AE", "VATEX-EU-AE"),
        ("reverse_eu", "AE", "VATEX-EU-AE"),
        ("export", "G", "VATEX-EU-G"),
        ("exempt", "E", ""),
        ("outside", "E", "VATEX-EU-79-C"),
    ],
)
def test_each_treatment_has_its_category_and_ground(code: str, category: str, ground: str) -> None:
    root = document(paper([line(code)]))
    assert groups(root) == [(category, ground, "191.00")]
    told = texts(root, f"{SUBTOTALS}/cac:TaxCategory/cbc:TaxExemptionReason")
    assert bool(told) == (category in {"AE", "G", "E"})


def test_exempt_and_passed_on_costs_share_the_one_group_that_ubl_allows() -> None:
    root = document(paper([line("exempt"), line("outside"), line()]))
    assert groups(root) == [("S", "", "191.00"), ("E", "", "382.00")]
    (told,) = texts(root, f"{SUBTOTALS}/cac:TaxCategory/cbc:TaxExemptionReason")
    assert told == "Vrijgesteld van btw; Doorberekende kosten, buiten de btw"


def test_a_ground_of_ones_own_for_the_zero_rate_is_not_written() -> None:
    one = paper([line("zero")])
    (group,) = one.vat_groups
    root = document(replace(one, vat_groups=(replace(group, reason="Tabel II"),)))
    assert not texts(root, f"{SUBTOTALS}/cac:TaxCategory/cbc:TaxExemptionReason")


def test_a_price_keeps_its_four_decimals_and_a_discount_is_an_allowance() -> None:
    half = line(quantity=Decimal("3.00"), unit_price=Decimal("0.1234"), discount=Decimal(10))
    root = document(paper([half]))
    row = "cac:InvoiceLine"
    assert texts(root, f"{row}/cac:Price/cbc:PriceAmount") == ["0.1234"]
    assert texts(root, f"{row}/cac:AllowanceCharge/cbc:BaseAmount") == ["0.37"]
    assert texts(root, f"{row}/cac:AllowanceCharge/cbc:Amount") == ["0.04"]
    assert texts(root, f"{row}/cbc:LineExtensionAmount") == ["0.33"]


def test_a_price_below_zero_turns_the_quantity() -> None:
    root = document(paper([line(), line(unit_price=Decimal("-20"))]))
    assert texts(root, "cac:InvoiceLine/cbc:InvoicedQuantity") == ["2.00", "-2.00"]
    assert texts(root, "cac:InvoiceLine/cac:Price/cbc:PriceAmount") == ["95.50", "20.00"]


def test_headings_and_texts_become_notes_of_their_line() -> None:
    rows = [
        words(LineKind.HEADING, "Fase 1"),
        line(),
        words(LineKind.TEXT, "Zoals besproken"),
        line(),
        words(LineKind.HEADING, "Niets meer"),
    ]
    root = document(paper(rows))
    assert texts(root, "cac:InvoiceLine/cbc:Note") == ["Fase 1\nZoals besproken"]
    assert texts(root, "cac:InvoiceLine/cbc:ID") == ["2", "4"]


def test_the_texts_of_the_invoice_are_its_one_note() -> None:
    assert texts(document(paper([line()])), "cbc:Note") == ["Beste klant,\n\nMet dank."]


def test_it_is_paid_to_our_account_under_its_number() -> None:
    means = document(paper([line()])).find("cac:PaymentMeans", SPACES)
    assert texts(means, "cbc:PaymentMeansCode") == ["58"]
    assert texts(means, "cbc:PaymentID") == ["2026-0042"]
    assert texts(means, "cac:PayeeFinancialAccount/cbc:ID") == ["NL91ABNA0417164300"]
    assert texts(means, ".//cac:FinancialInstitutionBranch/cbc:ID") == ["ABNANL2A"]


def test_a_credit_note_names_its_invoice_is_above_zero_and_gives_no_account() -> None:
    root = document(credit_of(paper([line()])))
    assert etree.QName(root).localname == "CreditNote"
    reference = "cac:BillingReference/cac:InvoiceDocumentReference"
    assert texts(root, f"{reference}/cbc:ID") == ["2026-0042"]
    assert texts(root, f"{reference}/cbc:IssueDate") == ["2026-10-31"]
    assert texts(root, "cac:LegalMonetaryTotal/cbc:PayableAmount") == ["231.11"]
    assert texts(root, "cac:CreditNoteLine/cbc:CreditedQuantity") == ["2.00"]
    assert not texts(root, "cac:PaymentMeans/cac:PayeeFinancialAccount/cbc:ID")


@pytest.mark.parametrize(
    ("reference", "attention", "number", "expected"),
    [
        ("PO 1", "Jo", "10", "PO 1"),
        ("", "Jo", "10", "Jo"),
        ("", "", "10", "10"),
        ("", "", "", "Söhne GmbH"),
    ],
)
def test_there_is_always_a_reference_of_the_buyer(
    reference: str, attention: str, number: str, expected: str
) -> None:
    buyer = replace(GERMAN, attention=attention, number=number)
    root = document(paper([line()], buyer=buyer, reference=reference))
    assert texts(root, "cbc:BuyerReference") == [expected]
    assert texts(root, "cac:OrderReference/cbc:ID") == ([reference] if reference else [])


@pytest.mark.parametrize(
    ("country", "vat", "kvk", "scheme", "number"),
    [
        ("NL", "NL123456782B01", "1234 5678", "0106", "12345678"),
        ("NL", "1234.56.782.B01", "", "9944", "NL123456782B01"),
        ("BE", "BE0202239951", "", "0208", "0202239951"),
        ("BE", "BE0202239952", "", "9925", "BE0202239952"),
        ("GR", "123456789", "", "9933", "EL123456789"),
        ("FR", "FR12345678901", "12345678", "9957", "FR12345678901"),
    ],
)
def test_a_party_is_reached_by_kvk_or_vat_number(
    country: str, vat: str, kvk: str, scheme: str, number: str
) -> None:
    found = address_of(Party(name="X", country=country, vat_number=vat, kvk_number=kvk))
    assert found
    assert (found.scheme, found.number) == (scheme, number)


@pytest.mark.parametrize(
    "party",
    [
        Party(name="X", country="NL"),
        Party(name="X", country="NL", kvk_number="1234"),
        Party(name="X", country="US", vat_number="12-3456789"),
    ],
)
def test_who_has_no_number_that_peppol_knows_has_no_address(party: Party) -> None:
    assert address_of(party) is None
    assert not ubl.is_peppol(paper([line()], buyer=party))


@pytest.mark.parametrize(
    "fields", [{"street": ""}, {"postcode": ""}, {"city": ""}, {"kvk_number": ""}]
)
def test_it_claims_peppol_only_where_the_dutch_rules_are_kept(fields: dict[str, str]) -> None:
    assert ubl.is_peppol(paper([line()]))
    assert not ubl.is_peppol(paper([line()], seller=replace(SELLER, **fields)))


def test_a_credit_note_of_no_invoice_does_not_claim_peppol() -> None:
    assert not ubl.is_peppol(replace(credit_of(paper([line()])), credits_number=""))


@pytest.mark.parametrize(
    ("unit", "code"),
    [("uur", "HUR"), ("Hours", "HUR"), ("km", "KMT"), ("st.", "H87"), ("", "C62"), ("?", "C62")],
)
def test_a_unit_that_nobody_knows_is_one(unit: str, code: str) -> None:
    assert unit_code(unit) == code


def test_what_xml_forbids_is_left_out_and_the_rest_is_literal() -> None:
    odd = line(description="a\x0b\x00 <b>&amp; 😀 \ufffe")
    root = document(paper([odd], buyer=replace(BUYER, name="\x01N <& Zn.")))
    assert texts(root, "cac:InvoiceLine/cac:Item/cbc:Name") == ["a <b>&amp; 😀"]
    assert texts(root, ".//cac:AccountingCustomerParty//cbc:RegistrationName") == ["N <& Zn."]


def test_the_printed_invoice_may_lie_in_it() -> None:
    root = etree.fromstring(ubl.render(paper([line()]), pdf=b"%PDF-1.7"))
    (embedded,) = root.iter("{*}EmbeddedDocumentBinaryObject")
    assert (embedded.text, embedded.get("filename")) == ("JVBERi0xLjc=", "2026-0042.pdf")
    assert not list(document(paper([line()])).iter("{*}EmbeddedDocumentBinaryObject"))


def test_words_are_in_the_language_of_the_customer() -> None:
    note = "cac:PaymentTerms/cbc:Note"
    assert texts(document(paper([line()], language="en")), note) == ["Payment within 30 days."]


@pytest.mark.parametrize(
    ("country", "typed", "written"),
    [
        ("US", "EIN 12-3456789", "USEIN123456789"),
        ("CH", "CHE-123.456.789", "CHE123456789"),
        ("GB", "XI123456789", "XI123456789"),
        ("GR", "EL123456789", "EL123456789"),
        ("CH", "DE123456789", "DE123456789"),
        ("", "EIN 12", ""),
    ],
)
def test_a_vat_number_begins_with_a_country_or_is_left_out(
    country: str, typed: str, written: str
) -> None:
    assert vat_number(Party(name="X", country=country, vat_number=typed)) == written


def test_a_vat_number_without_its_country_gets_it() -> None:
    assert vat_number(Party(name="X", country="DE", vat_number="123 456 789")) == "DE123456789"


@pytest.mark.django_db
def test_what_the_pages_make_is_valid_and_its_credit_note_mirrors_it() -> None:
    studio = Studio.ready()
    invoice = studio.finalise(studio.draft([studio.hour(50), studio.hour(95)]))
    note = studio.credit(invoice)
    for one in (invoice, note):
        document = ubl.ubl_of(one)
        assert validating.by_schema(document) == []
        assert validating.by_norm(document) == []
        assert peppol_rules.broken(document) == []
    asked, given = (etree.fromstring(ubl.ubl_of(one)) for one in (invoice, note))
    for path in ("cac:LegalMonetaryTotal/cbc:PayableAmount", "cac:TaxTotal/cbc:TaxAmount"):
        assert texts(asked, path) == texts(given, path)
    assert texts(given, "cac:BillingReference//cbc:ID") == [invoice.number]


@pytest.mark.django_db
def test_a_draft_and_what_afas_makes_have_no_ubl() -> None:
    with pytest.raises(DomainError, match="Finalise the invoice first"):
        ubl.ubl_of(InvoiceFactory(draft=True))
    with pytest.raises(DomainError, match="AFAS makes this invoice"):
        ubl.ubl_of(InvoiceFactory())


@pytest.mark.django_db
def test_a_final_invoice_says_what_was_frozen() -> None:
    invoice = InvoiceFactory(
        ours=True,
        seller=SELLER.as_json(),
        buyer=BUYER.as_json(),
        invoice_date=date(2026, 10, 31),
        due_date=date(2026, 11, 30),
    )
    InvoiceLineFactory(invoice=invoice, vat_code="high", vat_percent=Decimal(21), unit="uur")
    InvoiceVatFactory(invoice=invoice)
    invoice.company.name = "Renamed since"
    root = etree.fromstring(ubl.ubl_of(invoice))
    assert texts(root, "cbc:ID") == [invoice.number]
    assert texts(root, ".//cac:AccountingSupplierParty//cbc:RegistrationName") == [SELLER.name]
    assert texts(root, "cac:LegalMonetaryTotal/cbc:PayableAmount") == ["121.00"]
