"""The rules of Peppol and of the Netherlands that concern us, in our own words and by their ids.

They are checked offline; Peppol's own text of them runs where it was fetched (see NOTICE.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from lxml import etree

SPACES = {
    name: f"urn:oasis:names:specification:ubl:schema:xsd:Common{kind}Components-2"
    for name, kind in (("cac", "Aggregate"), ("cbc", "Basic"))
}
SELLER, BUYER = "cac:AccountingSupplierParty/cac:Party", "cac:AccountingCustomerParty/cac:Party"
LINES = "cac:InvoiceLine|cac:CreditNoteLine"
SLACK = Decimal("0.02")


def broken(document: bytes) -> list[str]:
    """The ids of the rules that this document breaks."""
    root = etree.fromstring(document)
    rules = (_everywhere, _in_the_netherlands, _lines)
    return [rule for found in rules for rule, kept in found(root) if not kept]


def texts(element: Any, path: str) -> list[str]:
    """The texts at a path."""
    return [one.text or "" for one in element.xpath(path, namespaces=SPACES)]


def amount(element: Any, path: str) -> Decimal:
    """The one amount at a path; nought when there is none."""
    (found,) = texts(element, path) or ["0"]
    return Decimal(found)


def _everywhere(root: Any) -> Iterator[tuple[str, bool]]:
    peppol = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
    yield "PEPPOL-EN16931-R001", bool(texts(root, "cbc:ProfileID"))
    yield "PEPPOL-EN16931-R002", len(texts(root, "cbc:Note")) <= 1
    references = texts(root, "cbc:BuyerReference|cac:OrderReference/cbc:ID")
    yield "PEPPOL-EN16931-R003", bool(references)
    yield "PEPPOL-EN16931-R004", texts(root, "cbc:CustomizationID") == [peppol]
    empty = [one for one in root.iter() if not len(one) and not (one.text or "").strip()]
    yield "PEPPOL-EN16931-R008", not empty
    yield "PEPPOL-EN16931-R010", bool(texts(root, f"{BUYER}/cbc:EndpointID[@schemeID]"))
    yield "PEPPOL-EN16931-R020", bool(texts(root, f"{SELLER}/cbc:EndpointID[@schemeID]"))
    yield "PEPPOL-EN16931-R053", len(root.xpath("cac:TaxTotal", namespaces=SPACES)) == 1


def _in_the_netherlands(root: Any) -> Iterator[tuple[str, bool]]:
    country = "cac:PostalAddress/cac:Country/cbc:IdentificationCode"
    if texts(root, f"{SELLER}/{country}") != ["NL"]:
        return
    if etree.QName(root).localname == "CreditNote":
        referred = texts(root, "cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID")
        yield "NL-R-001", bool(referred)
    yield "NL-R-002", _is_complete(root, SELLER)
    legal = "cac:PartyLegalEntity/cbc:CompanyID"
    yield "NL-R-003", bool(texts(root, f"{SELLER}/{legal}[@schemeID='0106' or @schemeID='0190']"))
    if texts(root, f"{BUYER}/{country}") == ["NL"]:
        yield "NL-R-004", _is_complete(root, BUYER)
        others = texts(root, f"{BUYER}/{legal}[not(@schemeID='0106' or @schemeID='0190')]")
        yield "NL-R-005", not others
    means = texts(root, "cac:PaymentMeans/cbc:PaymentMeansCode")
    asked = amount(root, "cac:LegalMonetaryTotal/cbc:PayableAmount") > 0
    yield "NL-R-007", bool(means) or not asked
    yield "NL-R-008", set(means) <= {"30", "48", "49", "57", "58", "59"}


def _is_complete(root: Any, party: str) -> bool:
    names = ("StreetName", "CityName", "PostalZone")
    return all(texts(root, f"{party}/cac:PostalAddress/cbc:{name}") for name in names)


def _lines(root: Any) -> Iterator[tuple[str, bool]]:
    for line in root.xpath(LINES, namespaces=SPACES):
        quantity = amount(line, "cbc:InvoicedQuantity|cbc:CreditedQuantity")
        gross = quantity * amount(line, "cac:Price/cbc:PriceAmount")
        off = amount(line, "cac:AllowanceCharge/cbc:Amount")
        net = amount(line, "cbc:LineExtensionAmount")
        yield "PEPPOL-EN16931-R120", abs(gross - off - net) <= SLACK
        percent = amount(line, "cac:AllowanceCharge/cbc:MultiplierFactorNumeric")
        base = amount(line, "cac:AllowanceCharge/cbc:BaseAmount")
        yield "PEPPOL-EN16931-R040", not percent or abs(base * percent / 100 - off) <= SLACK
