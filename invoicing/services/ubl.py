"""An invoice for the books of who receives it: UBL 2.1, Peppol BIS Billing 3, with the Dutch rules.

    ubl_of(invoice)  → of a final invoice of our own
    render(paper)    → pure: the same paper gives the same bytes

It says what the paper says, to the cent. Which rules it is held against, and where the two forms
differ, is in docs/adr/0018-what-of-ubl-is-validated.md.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from lxml import etree

from core.errors import DomainError
from core.money import line_net
from invoicing.models import Channel, Invoice, LineKind
from invoicing.services.paper import Paper, PaperLine, PaperVat, Party, paper_of
from invoicing.services.ubl_codes import (
    GROUNDS,
    KVK,
    address_of,
    category_of,
    kvk_number,
    unit_code,
    vat_number,
)

CORE = "urn:cen.eu:en16931:2017"
PEPPOL = f"{CORE}#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
PROFILE = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
URN = "urn:oasis:names:specification:ubl:schema:xsd:"
CAC, CBC = f"{URN}CommonAggregateComponents-2", f"{URN}CommonBasicComponents-2"
SEPA_TRANSFER, AS_AGREED = "58", "57"
DISCOUNT = "95"
NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def ubl_of(invoice: Invoice) -> bytes:
    """The UBL of a final invoice or credit note of our own.

    Raises DomainError for a draft, and for what AFAS makes.
    """
    if invoice.channel != Channel.OURS:
        raise DomainError(
            _("AFAS makes this invoice, so we have no UBL of it. Ask AFAS for it: open it there.")
        )
    if invoice.is_draft:
        raise DomainError(
            _(
                "A draft has no number yet, so there is no UBL of it: nobody could book it. "
                "Finalise the invoice first."
            )
        )
    return render(paper_of(invoice))


def render(paper: Paper, pdf: bytes = b"") -> bytes:
    """The document as UTF-8. With `pdf` the printed invoice lies in it; for most that is too large.

    Headings and texts between the lines are notes of the line they belong to.
    """
    name = "CreditNote" if paper.is_credit_note else "Invoice"
    spaces: dict[Any, str] = {None: f"{URN}{name}-2", "cac": CAC, "cbc": CBC}
    root = etree.Element(f"{{{URN}{name}-2}}{name}", nsmap=spaces)
    with translation.override(paper.language):
        _head(root, paper)
        _documents(root, paper, pdf)
        _party(root, "AccountingSupplierParty", paper.seller, is_buyer=False)
        _party(root, "AccountingCustomerParty", paper.buyer, is_buyer=True)
        _payment(root, paper)
        _totals(root, paper)
        for line, note in with_notes(paper.lines):
            _line(root, paper, line, note)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def is_peppol(paper: Paper) -> bool:
    """Whether it holds all that Peppol asks beyond the European norm: addresses, and Dutch rules.

    Where it does not, the document says that it keeps to the norm alone, and no more than that.
    """
    return (
        all(address_of(party) and _has_address(party) for party in (paper.seller, paper.buyer))
        and (paper.seller.country != "NL" or kvk_number(paper.seller) != "")
        and (not paper.is_credit_note or paper.credits_number != "")
    )


def _has_address(party: Party) -> bool:
    return party.country != "NL" or all((party.street, party.postcode, party.city))


def with_notes(lines: Sequence[PaperLine]) -> list[tuple[PaperLine, str]]:
    """The lines with an amount, each with the headings above it and the texts below it.

    A text with no line above it goes to the one below, since a note needs a line.
    """
    found: list[tuple[PaperLine, list[str]]] = []
    above: list[str] = []
    for line in lines:
        if line.kind == LineKind.ITEM:
            found.append((line, above))
            above = []
        elif line.kind == LineKind.TEXT and found and not above:
            found[-1][1].append(line.description)
        else:
            above.append(line.description)
    return [(line, "\n".join(notes)) for line, notes in found]


def _head(root: etree._Element, paper: Paper) -> None:
    peppol = is_peppol(paper)
    _add(root, "CustomizationID", PEPPOL if peppol else CORE)
    _add(root, "ProfileID", PROFILE if peppol else "")
    _add(root, "ID", paper.number)
    _add(root, "IssueDate", paper.invoice_date)
    if paper.is_credit_note:
        _add(root, "CreditNoteTypeCode", "381")
    else:
        _add(root, "DueDate", paper.due_date)
        _add(root, "InvoiceTypeCode", "380")
    _add(root, "Note", "\n\n".join(text for text in (paper.intro, paper.closing) if text.strip()))
    _add(root, "DocumentCurrencyCode", "EUR")
    _add(root, "BuyerReference", _buyer_reference(paper))
    if paper.supply_from or paper.supply_until:
        period = _under(root, "InvoicePeriod")
        _add(period, "StartDate", paper.supply_from)
        _add(period, "EndDate", paper.supply_until)


def _buyer_reference(paper: Paper) -> str:
    """Peppol wants one always: theirs, else whom it is for, else how we know them."""
    buyer = paper.buyer
    return paper.reference or buyer.attention or buyer.number or buyer.name


def _documents(root: etree._Element, paper: Paper, pdf: bytes) -> None:
    if paper.reference:
        _add(_under(root, "OrderReference"), "ID", paper.reference)
    if paper.credits_number:
        credited = _under(root, "BillingReference", "InvoiceDocumentReference")
        _add(credited, "ID", paper.credits_number)
        _add(credited, "IssueDate", paper.credits_date)
    if pdf:
        reference = _under(root, "AdditionalDocumentReference")
        _add(reference, "ID", paper.number)
        _add(
            _under(reference, "Attachment"),
            "EmbeddedDocumentBinaryObject",
            base64.b64encode(pdf).decode(),
            mimeCode="application/pdf",
            filename=f"{paper.number}.pdf",
        )


def _party(root: etree._Element, role: str, party: Party, *, is_buyer: bool) -> None:
    element = _under(root, role, "Party")
    if address := address_of(party):
        _add(element, "EndpointID", address.number, schemeID=address.scheme)
    if is_buyer and party.number:
        _add(_under(element, "PartyIdentification"), "ID", party.number)
    _add(_under(element, "PartyName"), "Name", party.name)
    _postal_address(element, party)
    _tax_number(element, party, is_buyer=is_buyer)
    legal = _under(element, "PartyLegalEntity")
    _add(legal, "RegistrationName", party.name)
    _legal_number(legal, party)
    _contact(element, party)


def _tax_number(element: etree._Element, party: Party, *, is_buyer: bool) -> None:
    """Who is exempt may have no VAT number; its KvK number then stands for it (BR-E-02)."""
    number, scheme = vat_number(party), "VAT"
    if not number and not is_buyer:
        number, scheme = kvk_number(party), "TAX"
    if number:
        tax = _under(element, "PartyTaxScheme")
        _add(tax, "CompanyID", number)
        _add(_under(tax, "TaxScheme"), "ID", scheme)


def _postal_address(element: etree._Element, party: Party) -> None:
    address = _under(element, "PostalAddress")
    _add(address, "StreetName", f"{party.street} {party.house_number}".strip())
    _add(address, "CityName", party.city)
    _add(address, "PostalZone", party.postcode)
    if party.country:
        _add(_under(address, "Country"), "IdentificationCode", party.country)


def _legal_number(legal: etree._Element, party: Party) -> None:
    """A KvK number has its scheme; what stands there of a foreigner is a number without one."""
    if kvk := kvk_number(party):
        _add(legal, "CompanyID", kvk, schemeID=KVK)
    elif party.country != "NL":
        _add(legal, "CompanyID", party.kvk_number)


def _contact(element: etree._Element, party: Party) -> None:
    if party.attention or party.phone or party.email:
        contact = _under(element, "Contact")
        _add(contact, "Name", party.attention)
        _add(contact, "Telephone", party.phone)
        _add(contact, "ElectronicMail", party.email)


def _payment(root: etree._Element, paper: Paper) -> None:
    """A credit note gives no account, so that nobody pays it: it is settled as was agreed."""
    iban = re.sub(r"\s", "", paper.seller.iban).upper()
    means = _under(root, "PaymentMeans")
    asks = bool(iban) and not paper.is_credit_note
    _add(means, "PaymentMeansCode", SEPA_TRANSFER if asks else AS_AGREED)
    if asks:
        _add(means, "PaymentID", paper.number)
        account = _under(means, "PayeeFinancialAccount")
        _add(account, "ID", iban)
        _add(account, "Name", paper.seller.name)
        if paper.seller.bic:
            _add(_under(account, "FinancialInstitutionBranch"), "ID", paper.seller.bic)
    _add(_under(root, "PaymentTerms"), "Note", _terms(paper))


def _terms(paper: Paper) -> str:
    if not paper.is_credit_note:
        return _("Payment within %(days)s days.") % {"days": paper.payment_term}
    if not paper.credits_number:
        return _("This amount is paid back or settled.")
    return _("This amount is settled with invoice %(number)s, or paid back.") % {
        "number": paper.credits_number
    }


@dataclass(frozen=True, kw_only=True)
class Subtotal:
    """All VAT groups that are one to UBL: it has one breakdown per category and percentage."""

    category: str
    percent: Decimal
    groups: tuple[PaperVat, ...]

    @property
    def base(self) -> Decimal:
        """EUR excl. VAT."""
        return sum((one.base for one in self.groups), Decimal("0.00"))

    @property
    def vat(self) -> Decimal:
        """EUR of VAT, as worked out for each group."""
        return sum((one.vat for one in self.groups), Decimal("0.00"))

    @property
    def ground_code(self) -> str:
        """The VATEX code, when all its groups have the same one."""
        codes = {GROUNDS.get(one.code, "") for one in self.groups}
        return codes.pop() if len(codes) == 1 and self._needs_ground else ""

    @property
    def ground(self) -> str:
        """What is printed as the ground; nothing where VAT is charged, or where the rate is 0 %."""
        reasons = dict.fromkeys(one.reason for one in self.groups if one.reason)
        return "; ".join(reasons) if self._needs_ground else ""

    @property
    def _needs_ground(self) -> bool:
        return self.category not in {"S", "Z"}


def subtotals(groups: Iterable[PaperVat]) -> list[Subtotal]:
    """The breakdown of VAT as UBL has it, in the order of the paper."""
    found: dict[tuple[str, Decimal], list[PaperVat]] = {}
    for one in groups:
        found.setdefault((category_of(one.code, one.percent), one.percent), []).append(one)
    return [
        Subtotal(category=category, percent=percent, groups=tuple(ones))
        for (category, percent), ones in found.items()
    ]


def _totals(root: etree._Element, paper: Paper) -> None:
    sign = _sign(paper)
    tax = _under(root, "TaxTotal")
    _amount(tax, "TaxAmount", sign * paper.vat)
    for one in subtotals(paper.vat_groups):
        element = _under(tax, "TaxSubtotal")
        _amount(element, "TaxableAmount", sign * one.base)
        _amount(element, "TaxAmount", sign * one.vat)
        category = _category(element, "TaxCategory", one.category, one.percent)
        _add(category, "TaxExemptionReasonCode", one.ground_code)
        _add(category, "TaxExemptionReason", one.ground)
        _add(_under(category, "TaxScheme"), "ID", "VAT")
    total = _under(root, "LegalMonetaryTotal")
    _amount(total, "LineExtensionAmount", sign * paper.net)
    _amount(total, "TaxExclusiveAmount", sign * paper.net)
    _amount(total, "TaxInclusiveAmount", sign * paper.total)
    _amount(total, "PayableAmount", sign * paper.total)


def _line(root: etree._Element, paper: Paper, line: PaperLine, note: str) -> None:
    """A price below zero turns the quantity instead: UBL forbids such prices (BR-27)."""
    sign = _sign(paper)
    turn = -1 if line.unit_price < 0 else 1
    kind, quantity = ("CreditNoteLine", "Credited") if sign < 0 else ("InvoiceLine", "Invoiced")
    element = _under(root, kind)
    _add(element, "ID", str(line.position))
    _add(element, "Note", note)
    _add(
        element,
        f"{quantity}Quantity",
        _figure(sign * turn * line.quantity),
        unitCode=unit_code(line.unit),
    )
    _amount(element, "LineExtensionAmount", sign * line.net)
    _discount(element, line, sign)
    item = _under(element, "Item")
    _add(item, "Name", _legible(line.description) or "–")
    category = category_of(line.vat_code, line.percent)
    vat = _category(item, "ClassifiedTaxCategory", category, line.percent)
    _add(_under(vat, "TaxScheme"), "ID", "VAT")
    price = _add(_under(element, "Price"), "PriceAmount", _price(turn * line.unit_price))
    price.set("currencyID", "EUR")


def _discount(element: etree._Element, line: PaperLine, sign: int) -> None:
    """What is off: the price times the quantity, to the cent, less this is the net amount."""
    gross = line_net(line.quantity, line.unit_price)
    if gross == line.net:
        return
    allowance = _under(element, "AllowanceCharge")
    _add(allowance, "ChargeIndicator", "false")
    _add(allowance, "AllowanceChargeReasonCode", DISCOUNT)
    _add(allowance, "AllowanceChargeReason", _("Discount"))
    if line.discount:
        _add(allowance, "MultiplierFactorNumeric", _figure(line.discount))
    _amount(allowance, "Amount", sign * (gross - line.net))
    if line.discount:
        _amount(allowance, "BaseAmount", sign * gross)


def _category(parent: etree._Element, name: str, category: str, percent: Decimal) -> etree._Element:
    element = _under(parent, name)
    _add(element, "ID", category)
    _add(element, "Percent", _figure(percent))
    return element


def _sign(paper: Paper) -> int:
    """A credit note has its amounts above zero in UBL: its name says that they are given back."""
    return -1 if paper.is_credit_note else 1


def _figure(value: Decimal) -> str:
    """Never with an exponent, nor a nought below zero."""
    return format(value + 0, "f")


def _price(value: Decimal) -> str:
    """At least two decimals, and four where they say something."""
    whole, _point, decimals = _figure(value).partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"


def _under(parent: etree._Element, *names: str) -> etree._Element:
    for name in names:
        parent = etree.SubElement(parent, f"{{{CAC}}}{name}")
    return parent


def _add(
    parent: etree._Element, name: str, value: str | date | None, **attributes: str
) -> etree._Element:
    """A basic element; Peppol forbids empty ones, so nothing is added for nothing."""
    text = _legible(str(value or ""))
    element = etree.Element(f"{{{CBC}}}{name}", attributes)
    if text:
        element.text = text
        parent.append(element)
    return element


def _legible(text: str) -> str:
    """Without what XML cannot hold; that may leave nothing."""
    return NOT_IN_XML.sub("", text).strip()


def _amount(parent: etree._Element, name: str, value: Decimal) -> None:
    _add(parent, name, _figure(value), currencyID="EUR")
