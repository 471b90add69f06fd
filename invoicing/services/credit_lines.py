"""What of a line may still be credited, and what a part of it gives back.

A line can be credited in parts; together they never give back more than it asked, and the part that
completes it takes the cents that rounding left over.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from invoicing.models import DocumentStatus, Invoice, InvoiceLine, LineKind
from invoicing.services.pricing import discounted


@dataclass(frozen=True, kw_only=True)
class Left:
    """What is still to be credited of a line: its own signs, quantity in its unit, net in EUR."""

    line: InvoiceLine
    quantity: Decimal
    net: Decimal
    credited: bool

    @property
    def is_nothing(self) -> bool:
        """Whether it has been given back as a whole."""
        return self.credited and not self.quantity

    def holds(self, quantity: Decimal) -> bool:
        """Whether so much, as a credit note writes it (of the other sign), may be given back."""
        if not self.quantity:
            return not quantity and not self.credited
        return Decimal(0) < -quantity / self.quantity <= 1

    def part(self, quantity: Decimal) -> Decimal:
        """The net amount (EUR) of a credit of `quantity`; the last part takes what is left."""
        if quantity == -self.quantity:
            return -self.net
        part = discounted(quantity, self.line.unit_price, self.line.discount)
        return part if abs(part) <= abs(self.net) else -self.net


def left_of(invoice: Invoice, but: Invoice | None = None) -> dict[int, Left]:
    """Per line of a final invoice what its final credit notes have left, `but` not counted."""
    given = _given(invoice, but)
    return {
        line.pk: _left(line, given.get(line.pk, []))
        for line in invoice.lines.filter(kind=LineKind.ITEM).order_by("position")
    }


def _given(invoice: Invoice, but: Invoice | None) -> dict[int, list[tuple[Decimal, Decimal]]]:
    notes = InvoiceLine.objects.filter(
        credits__invoice=invoice, invoice__status=DocumentStatus.FINAL
    ).exclude(invoice=but.pk if but else None)
    given: dict[int, list[tuple[Decimal, Decimal]]] = {}
    for pk, quantity, net in notes.values_list("credits_id", "quantity", "net"):
        given.setdefault(pk, []).append((quantity, net))
    return given


def _left(line: InvoiceLine, given: Iterable[tuple[Decimal, Decimal]]) -> Left:
    parts = list(given)
    return Left(
        line=line,
        quantity=line.quantity + sum((quantity for quantity, _net in parts), Decimal(0)),
        net=line.net + sum((net for _quantity, net in parts), Decimal(0)),
        credited=bool(parts),
    )
