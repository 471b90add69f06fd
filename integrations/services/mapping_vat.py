"""Which treatments of VAT a company has to map, and at which percentages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Company
from core.formats import write_number
from core.vat import VatCode
from integrations.services.ledger_checks import Ledger
from invoicing.models import Channel, DocumentStatus, Invoice, InvoiceLine, InvoiceVat
from invoicing.selectors.settings import VatBook, settings_of
from registration.models import Activity, ExpenseCategory
from relations.models import Customer

LOOK_BACK = timedelta(days=2 * 365)
TWO_PLACES = Decimal("0.01")
Pair = tuple[str, Decimal]


@dataclass(frozen=True)
class Taxed:
    """A treatment at a percentage; `used`: it stands on invoices, or will by what is chosen now."""

    code: str
    percent: Decimal
    used: bool

    @property
    def key(self) -> str:
        """A name for it in forms and files: "vat-high-21.00"."""
        return f"vat-{self.code}-{self.percent.quantize(TWO_PLACES)}"

    @property
    def label(self) -> str:
        """What people call it: "High rate 21 %"."""
        name = str(VatCode(self.code).label)
        return f"{name} {write_number(self.percent)} %" if self.percent else name

    @property
    def is_reversed(self) -> bool:
        """Whether the customer accounts for the VAT."""
        return VatCode(self.code).is_reversed

    @property
    def is_outside(self) -> bool:
        """Whether VAT does not concern it, so that it needs no code."""
        return self.code == VatCode.OUTSIDE

    @property
    def needs(self) -> tuple[str, ...]:
        """What must be known before it can be booked."""
        if self.is_outside:
            return ()
        return ("code", "account") if self.percent else ("code",)


def taxed_by(company: Company, linked: Iterable[Pair]) -> list[Taxed]:
    """Every treatment as it holds today, and what else stands on recent invoices or is `linked`."""
    today = timezone.localdate()
    book = VatBook.of(company)
    now = {(code.value, book.percent(code, today)) for code in VatCode}
    invoiced, chosen = _invoiced(company, today), set(_chosen(company))
    used = invoiced | {pair for pair in now if pair[0] in chosen}
    order = list(VatCode.values)
    pairs = sorted(now | invoiced | set(linked), key=lambda one: (order.index(one[0]), -one[1]))
    return [Taxed(code, percent, (code, percent) in used) for code, percent in pairs]


def _invoiced(company: Company, today: date) -> set[Pair]:
    """What stands on own final invoices of the last two years."""
    recent = Invoice.objects.of(company).filter(
        channel=Channel.OURS, invoice_date__gte=today - LOOK_BACK
    )
    final = recent.exclude(status=DocumentStatus.DRAFT)
    groups = InvoiceVat.objects.of(company).filter(invoice__in=final)
    return set(groups.order_by().values_list("code", "percent").distinct())


def _chosen(company: Company) -> Iterator[str]:
    """The treatments that the next invoices will have: of drafts, and by what is chosen for the
    company, its customers, activities and expense categories."""
    yield settings_of(company).vat_code
    drafts = InvoiceLine.objects.of(company).filter(
        invoice__channel=Channel.OURS, invoice__status=DocumentStatus.DRAFT
    )
    yield from _codes(drafts)
    for model in (Customer, Activity, ExpenseCategory):
        yield from _codes(model.objects.of(company).filter(archived=False))


def _codes(rows: QuerySet) -> Iterator[str]:
    yield from rows.exclude(vat_code="").order_by().values_list("vat_code", flat=True).distinct()


def suggested(ledger: Ledger, taxed: Taxed, code: str) -> dict[str, str]:
    """AFAS's VAT code for a treatment, with the account of its VAT; empty where none is certain.

    `code` is the one that it has. Without one it is that whose percentage alone fits. Treatments
    without VAT are different things with the same percentage, so for them nothing is suggested.
    """
    known = [one for one in (ledger.vat_codes or {}).values() if not one.is_blocked]
    if code:
        found = [one for one in known if one.code.lower() == code.lower()]
    else:
        found = [one for one in known if one.percentage == taxed.percent]
    if len(found) != 1 or not taxed.percent:
        return {}
    return {"code": found[0].code, "account": found[0].account}
