"""What an invoice says, as plain data: the PDF, the UBL and the preview all print this and no more.

A final invoice says what was frozen; a draft says what it would say if it became final today.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, timedelta
from decimal import Decimal
from typing import Self, TypeVar

from accounts.models import Company
from core.vat import CATEGORIES
from invoicing.models import Invoice, InvoiceLine, InvoiceVat, LineKind
from invoicing.selectors.settings import VatBook
from invoicing.services.drafting import totals_of
from relations.models import Customer

Row = TypeVar("Row", InvoiceLine, InvoiceVat)


@dataclass(frozen=True, kw_only=True)
class Party:
    """The seller or the buyer. `number` is the customer number; a seller has none."""

    name: str
    attention: str = ""
    street: str = ""
    house_number: str = ""
    postcode: str = ""
    city: str = ""
    country: str = ""
    vat_number: str = ""
    kvk_number: str = ""
    iban: str = ""
    bic: str = ""
    email: str = ""
    phone: str = ""
    website: str = ""
    number: str = ""

    @classmethod
    def of(cls, owner: Company | Customer) -> Self:
        """As the company or the customer stands now."""
        return cls(**{one.name: getattr(owner, one.name, "") for one in fields(cls)})

    @classmethod
    def from_json(cls, stored: Mapping[str, str]) -> Self:
        """What `as_json` gave when the invoice became final."""
        known = {one.name for one in fields(cls)}
        return cls(**{name: value for name, value in stored.items() if name in known})

    def as_json(self) -> dict[str, str]:
        """To be frozen on the invoice."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class PaperLine:
    """A printed line; a heading or a text has only its description. Prices are EUR excl. VAT."""

    kind: str
    position: int
    description: str
    quantity: Decimal = Decimal(0)
    unit: str = ""
    unit_price: Decimal = Decimal(0)
    discount: Decimal = Decimal(0)
    net: Decimal = Decimal(0)
    vat_code: str = ""
    percent: Decimal = Decimal(0)

    @property
    def category(self) -> str:
        """UBL's VAT category."""
        return CATEGORIES[self.vat_code]


@dataclass(frozen=True, kw_only=True)
class PaperVat:
    """A printed VAT group, EUR; `reason` is the ground where there is no VAT."""

    code: str
    category: str
    percent: Decimal
    base: Decimal
    vat: Decimal
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Paper:
    """One invoice or credit note as it is printed. A draft has no number; amounts are EUR.

    On a credit note every amount is below zero here; each form prints them as its reader expects.
    `credits_number` and `credits_date` name the invoice that it corrects.
    """

    is_credit_note: bool
    number: str
    invoice_date: date
    due_date: date
    supply_from: date | None
    supply_until: date | None
    reference: str
    language: str
    intro: str
    closing: str
    payment_term: int
    seller: Party
    buyer: Party
    lines: tuple[PaperLine, ...]
    vat_groups: tuple[PaperVat, ...]
    net: Decimal
    vat: Decimal
    total: Decimal
    credits_number: str = ""
    credits_date: date | None = None

    @property
    def items(self) -> tuple[PaperLine, ...]:
        """The lines that have an amount."""
        return tuple(line for line in self.lines if line.kind == LineKind.ITEM)


def paper_of(invoice: Invoice) -> Paper:
    """What this invoice says. Three queries for one that is final; a draft reads its VAT too."""
    [paper] = papers_of([invoice])
    return paper


def papers_of(invoices: Sequence[Invoice]) -> list[Paper]:
    """What each of these invoices of one company says, in no more queries than one takes."""
    lines = _per_invoice(InvoiceLine.objects.filter(invoice__in=invoices).order_by("position"))
    groups = _groups_of(invoices, lines)
    return [_paper(invoice, lines[invoice.pk], groups[invoice.pk]) for invoice in invoices]


def _groups_of(
    invoices: Sequence[Invoice], lines: Mapping[int, Sequence[InvoiceLine]]
) -> dict[int, tuple[PaperVat, ...]]:
    final = [invoice for invoice in invoices if not invoice.is_draft]
    drafts = [invoice for invoice in invoices if invoice.is_draft]
    found = {}
    if final:
        stored = _per_invoice(InvoiceVat.objects.filter(invoice__in=final))
        found = {invoice.pk: _frozen(stored[invoice.pk]) for invoice in final}
    if drafts:
        book = VatBook.of(drafts[0].company)
        found |= {one.pk: _expected(one, lines[one.pk], book) for one in drafts}
    return found


def _per_invoice(rows: Iterable[Row]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.invoice_id].append(row)
    return found


def _paper(invoice: Invoice, lines: Sequence[InvoiceLine], groups: tuple[PaperVat, ...]) -> Paper:
    credited = invoice.credits
    return Paper(
        is_credit_note=invoice.is_credit_note,
        number=invoice.number,
        invoice_date=invoice.invoice_date,
        due_date=invoice.due_date or invoice.invoice_date + timedelta(days=invoice.payment_term),
        supply_from=invoice.supply_from,
        supply_until=invoice.supply_until,
        reference=invoice.reference,
        language=invoice.language,
        intro=invoice.intro,
        closing=invoice.closing,
        payment_term=invoice.payment_term,
        seller=_party(invoice.seller, invoice.company),
        buyer=_party(invoice.buyer, invoice.customer),
        lines=tuple(_line(line) for line in lines),
        vat_groups=groups,
        net=sum((group.base for group in groups), Decimal("0.00")),
        vat=sum((group.vat for group in groups), Decimal("0.00")),
        total=sum((group.base + group.vat for group in groups), Decimal("0.00")),
        credits_number=credited.number if credited else "",
        credits_date=credited.invoice_date if credited else None,
    )


def _party(stored: Mapping[str, str], owner: Company | Customer) -> Party:
    return Party.from_json(stored) if stored else Party.of(owner)


def _line(line: InvoiceLine) -> PaperLine:
    if line.kind != LineKind.ITEM:
        return PaperLine(kind=line.kind, position=line.position, description=line.description)
    return PaperLine(
        kind=line.kind,
        position=line.position,
        description=line.description,
        quantity=line.quantity,
        unit=line.unit,
        unit_price=line.unit_price,
        discount=line.discount,
        net=line.net,
        vat_code=line.vat_code,
        percent=line.vat_percent or Decimal(0),
    )


def _frozen(groups: Sequence[InvoiceVat]) -> tuple[PaperVat, ...]:
    return tuple(
        PaperVat(
            code=group.code,
            category=group.category,
            percent=group.percent,
            base=group.base,
            vat=group.vat,
            reason=group.reason,
        )
        for group in groups
    )


def _expected(
    invoice: Invoice, lines: Sequence[InvoiceLine], book: VatBook
) -> tuple[PaperVat, ...]:
    day = invoice.supply_until or invoice.invoice_date
    return tuple(
        PaperVat(
            code=group.code,
            category=group.category,
            percent=group.percent,
            base=group.base,
            vat=group.vat,
            reason=book.reason(group.code, day, invoice.language),
        )
        for group in totals_of(invoice, lines).groups
    )
