"""Specification and receipts as a PDF of their own, beside an invoice that AFAS makes.

    annexes_of(invoice, reference)  → bytes, set once and then kept
    has_annexes(invoice)            → whether there is anything to show
    expected_of(rows, …)            → what there would be, before there is an invoice

What was kept is what AFAS got: a repeat sends the very same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from core.errors import DomainError
from invoicing.layout import typesetting
from invoicing.models import Claim, Invoice
from invoicing.services import pdf
from invoicing.services.annexes import Enclosure, enclosures_of, sheets
from invoicing.services.paper import Paper, paper_of
from invoicing.services.printing import Look, annexes_as_printed
from invoicing.services.sifting import supply_of
from invoicing.services.specification import (
    SpecifiedLine,
    covers_hours,
    specification_of,
)
from registration.models import Receipt


@dataclass(frozen=True)
class Annexes:
    """What goes along with an invoice: a specification of hours or not, and how many receipts."""

    specification: bool = False
    receipts: int = 0

    def __bool__(self) -> bool:
        return self.specification or bool(self.receipts)


NONE = Annexes()


def annexes_of(invoice: Invoice, reference: str) -> bytes:
    """The annexes that were chosen for an invoice, in the language of its customer.

    Set and kept when they are first asked for; two who ask at the same moment get the same file.
    Raises DomainError when there are none, UnsettableError when they cannot be set.
    """
    return pdf.stored(invoice) or pdf.keep(invoice, _drawn(invoice, reference))


def has_annexes(invoice: Invoice) -> bool:
    """Whether anything that was chosen for it is there."""
    if invoice.with_specification and specification_of(invoice):
        return True
    return invoice.with_receipts and _receipts_on(invoice)


def _receipts_on(invoice: Invoice) -> bool:
    claims = Claim.objects.filter(line__invoice=invoice, released_at__isnull=True)
    return claims.filter(expense__receipts__isnull=False).exists()


def render_annexes(
    paper: Paper,
    look: Look,
    reference: str,
    specification: Sequence[SpecifiedLine] = (),
    enclosures: Sequence[Enclosure] = (),
) -> bytes:
    """The PDF of plain data: the same data gives the same bytes."""
    data = annexes_as_printed(paper, look, reference, specification)
    annex = sheets(enclosures, paper, look)
    data["receipts"] = annex.pages
    rows = sum(len(line.hours) for line in specification)
    return typesetting.typeset(data, day=paper.invoice_date, files=annex.files, rows=rows)


def _drawn(invoice: Invoice, reference: str) -> bytes:
    specification = specification_of(invoice) if invoice.with_specification else ()
    enclosures = enclosures_of(invoice) if invoice.with_receipts else []
    if not specification and not enclosures:
        raise DomainError(
            _("There are no hours and no receipts to attach any more, so there is no file.")
        )
    look = pdf.look_of(invoice.company)
    return render_annexes(paper_of(invoice), look, reference, specification, enclosures)


def expected_of(
    rows: Sequence[tuple[str, Any]], *, with_specification: bool, with_receipts: bool
) -> Annexes:
    """What would go along with these things on one invoice."""
    specified = with_specification and covers_hours(rows, *supply_of(rows))
    expenses = [row.pk for kind, row in rows if kind == "expense"]
    return Annexes(specified, _count(expenses) if with_receipts and expenses else 0)


def _count(expenses: Iterable[int]) -> int:
    return Receipt.objects.filter(expense__in=expenses).count()
