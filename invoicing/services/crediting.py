"""Giving back what a final invoice asked: the only correction there is (DOMAIN §4.1, §8).

A credit note is a draft first, with the credited lines and their quantities below zero. When it
becomes final, lines that are given back as a whole let go of what they billed, and the two
documents settle each other as far as both are open.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core import audit, formats
from core.errors import DomainError, FieldsError
from core.money import cents
from invoicing.models import DocumentStatus, Invoice, InvoiceKind, InvoiceLine, LineKind
from invoicing.services import claiming, paying
from invoicing.services.credit_lines import Left, left_of
from invoicing.services.drafting import retotal, totals_of
from invoicing.services.holding import changing, hold, refuse_draft

FROM_INVOICE = (
    "customer",
    "project",
    "payment_term",
    "supply_from",
    "supply_until",
    "reference",
    "language",
)
FROM_LINE = (
    "description",
    "unit",
    "unit_price",
    "discount",
    "vat_code",
    "vat_percent",
    "activity",
    "category",
    "item_kind",
    "item_code",
    "item_unit",
)


def credit(
    *, invoice: Invoice, lines: Collection[int] | None, reason: str, by: User | None
) -> Invoice:
    """Draw up a credit note over these lines, by key, or over all that is left (None).

    The reason goes into the history, not on paper. Raises FieldsError without a reason or lines,
    DomainError for a draft, a credit note, an invoice that AFAS makes, one that is being credited,
    or a line that was given back already.
    """
    if not reason.strip():
        raise FieldsError({"reason": _("Say why; whoever closes the year will ask.")})
    with changing():
        held = hold(invoice)
        _refuse_uncreditable(held)
        chosen = _chosen(held, lines)
        note = _note_of(held, by)
        InvoiceLine.objects.bulk_create(
            _mirrored(note, position, left) for position, left in enumerate(chosen, start=1)
        )
        retotal(note)
        change = audit.Change(
            reason=reason.strip(),
            after={"net": note.net, "lines": len(chosen), "credits": held.number},
        )
        audit.record(
            company=held.company, by=by, action="invoice.drawn_up", obj=note, change=change
        )
    return note


def credited(invoice: Invoice) -> Decimal:
    """What final credit notes gave back of an invoice, EUR incl. VAT, above zero."""
    notes = invoice.credit_notes.filter(status=DocumentStatus.FINAL)
    return cents(-(notes.aggregate(given=Sum("total"))["given"] or Decimal(0)))


def refuse_too_much(note: Invoice) -> None:
    """Raise DomainError when a held credit note gives back more of a line than is left of it, or
    more altogether than the invoice asked: lines below zero may stay behind.
    """
    original = _original(note)
    left = left_of(original, but=note)
    for line in note.lines.filter(kind=LineKind.ITEM):
        of = left.get(line.credits_id or 0)
        if of is None or not of.holds(line.quantity) or of.part(line.quantity) != line.net:
            raise DomainError(
                _(
                    "“%(line)s” gives back more than is left of it on the invoice, so nothing was "
                    "made final. Remove the line, or delete this credit note and begin again."
                )
                % {"line": line.description}
            )
    if credited(original) - totals_of(note).total > original.total:
        raise DomainError(
            _(
                "Together with earlier credit notes this gives back more than the invoice asked, "
                "which was %(total)s, so nothing was made final. Credit the lines below zero with "
                "it, such as a discount, or credit less."
            )
            % {"total": formats.write_money(original.total)}
        )


def carry_out(note: Invoice, by: User | None) -> None:
    """What a credit note that just became final does to its invoice, which is held too."""
    original = _original(note)
    left = left_of(original)
    touched = note.lines.filter(kind=LineKind.ITEM).values_list("credits_id", flat=True)
    done = sorted(pk for pk in touched if left[pk].is_nothing)
    reason = _("Credit note %(number)s") % {"number": note.number}
    claiming.release_lines(invoice=original, lines=done, by=by, reason=reason)
    settled = paying.settle(original, note, by)
    new: dict[str, Any] = {}
    if all(one.is_nothing for one in left.values()):
        new["status"] = original.status = DocumentStatus.CREDITED
        original.save(update_fields=["status"])
    change = audit.Change(reason=reason, after={**new, "credited": -note.total, "settled": settled})
    audit.record(
        company=note.company, by=by, action="invoice.credited", obj=original, change=change
    )


def _original(note: Invoice) -> Invoice:
    if note.credits is None:
        raise ValueError("A credit note names the invoice that it credits.")
    return note.credits


def _refuse_uncreditable(held: Invoice) -> None:
    refuse_draft(held)
    if held.is_credit_note:
        raise DomainError(
            _(
                "A credit note cannot be credited. Invoice again what should not have been given "
                "back: it is unbilled."
            )
        )
    if held.status == DocumentStatus.CREDITED:
        raise DomainError(
            _("%(number)s was credited as a whole, so there is nothing left to give back.")
            % {"number": held.number}
        )
    if held.credit_notes.filter(status=DocumentStatus.DRAFT).exists():
        raise DomainError(
            _(
                "A credit note for %(number)s is being drawn up already. Finalise or delete that "
                "draft first."
            )
            % {"number": held.number}
        )


def _chosen(held: Invoice, lines: Collection[int] | None) -> Sequence[Left]:
    left = left_of(held)
    if lines is None:
        return [one for one in left.values() if not one.is_nothing]
    wanted = set(lines)
    if not wanted:
        raise FieldsError({"lines": _("Tick the lines that are to be credited.")})
    if wanted - left.keys():
        raise DomainError(
            _("Some of these lines are not on this invoice, so nothing was credited. Look again.")
        )
    for pk in wanted:
        if left[pk].is_nothing:
            raise DomainError(
                _("“%(line)s” was credited already, so nothing was done. Leave it out.")
                % {"line": left[pk].line.description}
            )
    return [one for pk, one in left.items() if pk in wanted]


def _note_of(held: Invoice, by: User | None) -> Invoice:
    note: Invoice = Invoice.objects.create(
        company=held.company,
        channel=held.channel,
        kind=InvoiceKind.CREDIT_NOTE,
        credits=held,
        invoice_date=max(timezone.localdate(), held.invoice_date),
        created_by=by,
        **{name: getattr(held, name) for name in FROM_INVOICE},
    )
    return note


def _mirrored(note: Invoice, position: int, left: Left) -> InvoiceLine:
    return InvoiceLine(
        company=note.company,
        invoice=note,
        position=position,
        credits=left.line,
        quantity=-left.quantity,
        net=-left.net,
        **{name: getattr(left.line, name) for name in FROM_LINE},
    )
