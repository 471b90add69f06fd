"""The lines of a draft: adding, changing, moving and removing them.

A line that bills registrations may be worded, counted, priced and taxed otherwise; what each of
them contributes then follows, so that together they are worth the line to the cent. What is removed
becomes unbilled again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Self

from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import User
from core import audit
from core.errors import DomainError, FieldsError, StaleError
from invoicing.models import CLAIMABLE, Claim, Invoice, InvoiceLine, LineKind
from invoicing.selectors.settings import VatBook, settings_of
from invoicing.services import claiming, credit_lines
from invoicing.services.drafting import MOST_LINES
from invoicing.services.holding import changing, hold_draft, refuse_credit_note, save_draft
from invoicing.services.line_rules import check_line, check_net
from invoicing.services.pricing import allocate, discounted, vat_code
from invoicing.services.sifting import supplied_on

FAR = 1_000_000  # a position that no line has
TOLD = ("description", "quantity", "unit", "unit_price", "discount", "vat_code", "net")


@dataclass(frozen=True, kw_only=True)
class LineData:
    """What a person fills in on a line. Prices are EUR excl. VAT, `discount` is a percentage.

    An empty `vat_code` follows the customer, or else the company. A heading or a text has only its
    description.
    """

    description: str
    kind: str = LineKind.ITEM
    quantity: Decimal = Decimal(1)
    unit: str = ""
    unit_price: Decimal = Decimal(0)
    discount: Decimal = Decimal(0)
    vat_code: str = ""

    @classmethod
    def of(cls, line: InvoiceLine) -> Self:
        """A line as it stands, to change something of it."""
        return cls(**{name: getattr(line, name) for name in cls.__dataclass_fields__})


def line_add(
    *, invoice: Invoice, data: LineData, by: User | None, after: int | None = None
) -> InvoiceLine:
    """A free line below position `after`; None: at the end, 0: at the top.

    Raises FieldsError for what does not fit, DomainError for a final invoice, one that is full, or
    an amount on a credit note.
    """
    with changing():
        held = hold_draft(invoice)
        if data.kind == LineKind.ITEM:
            refuse_credit_note(held)
        refuse_too_many(held, 1)
        values = check_line(vars(data))
        last = held.lines.order_by("position").values_list("position", flat=True).last() or 0
        position = last if after is None else min(max(after, 0), last)
        _shift(held, position, 1)
        line = InvoiceLine(company=held.company, invoice=held, position=position + 1)
        _fill(line, values)
        line.save()
        _record(held, by, "invoice.line_added", audit.Change(after=_told(line)))
        line.invoice = save_draft(held)
    return line


def line_change(*, line: InvoiceLine, data: LineData, version: int, by: User | None) -> InvoiceLine:
    """Save a line of the draft that was seen as `version`; its claims share the new net amount.

    Raises FieldsError for what does not fit, StaleError when the draft changed since, DomainError
    for a final invoice. A line of a credit note only changes its words and, downwards, how much.
    """
    with changing():
        held = hold_draft(line.invoice, version)
        row = _line_of(held, line.pk)
        values = check_line(vars(data))
        before = _told(row)
        _refuse_other_kind(row, values)
        if values["kind"] == LineKind.ITEM and not row.credits_id:
            refuse_credit_note(held)
        if row.credits_id:
            _credit_part(held, row, values)
        else:
            _fill(row, values)
        share_out(row)
        row.save()
        change = audit.difference(before, _told(row))
        if change.after:
            _record(held, by, "invoice.line_changed", change)
            save_draft(held)
        row.invoice = held
    return row


def line_remove(*, line: InvoiceLine, by: User | None) -> Invoice:
    """Take a line off a draft; what it billed is unbilled again. Raises DomainError if final."""
    with changing():
        held = hold_draft(line.invoice)
        row = _line_of(held, line.pk)
        before = _told(row)
        given = claiming.give_back(invoice=held, lines=[row.pk], by=by)
        _shift(held, row.position, -1)
        counts = {kind: len(ids) for kind, ids in given.items()}
        _record(held, by, "invoice.line_removed", audit.Change(before=before, after=counts))
        return save_draft(held)


def lines_reorder(*, invoice: Invoice, order: Sequence[int], by: User | None) -> Invoice:
    """Put the lines in the `order` of their keys: each of them once, else StaleError."""
    with changing():
        held = hold_draft(invoice)
        now = list(held.lines.order_by("position").values_list("pk", flat=True))
        if sorted(order) != sorted(now):
            raise StaleError(
                _(
                    "Lines were added or removed since you opened this draft, so the order was not "
                    "saved. Below is how it stands now."
                )
            )
        if list(order) == now:
            return held
        place(held, order)
        _record(held, by, "invoice.reordered", audit.Change(after={"lines": len(now)}))
        return save_draft(held)


def line_move(*, line: InvoiceLine, up: bool, by: User | None) -> Invoice:
    """Change places with the line above or below; at the end of the list nothing happens."""
    with changing():
        held = hold_draft(line.invoice)
        row = _line_of(held, line.pk)
        order = list(held.lines.order_by("position").values_list("pk", flat=True))
        at = order.index(row.pk)
        to = at - 1 if up else at + 1
        if not 0 <= to < len(order):
            return held
        order[at], order[to] = order[to], order[at]
        return lines_reorder(invoice=held, order=order, by=by)


def place(held: Invoice, order: Sequence[int], start: int = 1) -> None:
    """Number these lines from `start`; the others must be out of the way."""
    rows = {row.pk: row for row in held.lines.filter(pk__in=order)}
    held.lines.filter(pk__in=order).update(position=F("position") + FAR)
    for position, pk in enumerate(order, start=start):
        rows[pk].position = position
    InvoiceLine.objects.bulk_update(rows.values(), ["position"], batch_size=500)


def refuse_too_many(held: Invoice, more: int) -> None:
    """Raise DomainError when `more` lines would make an invoice that nobody reads."""
    if held.lines.count() + more > MOST_LINES:
        raise DomainError(
            _(
                "An invoice has at most %(most)s lines, so nothing was added. Put fewer on a line "
                "each, or make a second invoice."
            )
            % {"most": MOST_LINES}
        )


def share_out(line: InvoiceLine) -> None:
    """Let the claims of a line be worth its net amount, each in proportion to what it was worth."""
    claims = list(line.claims.filter(released_at__isnull=True).order_by("pk"))
    if not claims or sum((one.amount for one in claims), Decimal(0)) == line.net:
        return
    weights = [one.quantity * one.rate for one in claims]
    if not sum(weights, Decimal(0)):
        weights = [abs(one.quantity) for one in claims]
    for claim, amount in zip(claims, allocate(line.net, weights), strict=True):
        claim.amount = amount
    Claim.objects.bulk_update(claims, ["amount"], batch_size=500)


def free_line_day(invoice: Invoice) -> date:
    """The day whose VAT holds for what is typed: the last of the supply, else the invoice's."""
    return invoice.supply_until or invoice.invoice_date


def tax_free_lines(held: Invoice) -> int:
    """Give the lines without registrations the percentages of their day; returns how many changed.

    Lines of a credit note keep those of the invoice.
    """
    book, day = VatBook.of(held.company), free_line_day(held)
    free = held.lines.filter(kind=LineKind.ITEM, claims__isnull=True, credits__isnull=True)
    changed = []
    for line in free:
        percent = book.percent(line.vat_code, day)
        if line.vat_percent != percent:
            line.vat_percent = percent
            changed.append(line)
    InvoiceLine.objects.bulk_update(changed, ["vat_percent"], batch_size=500)
    return len(changed)


def _line_of(held: Invoice, pk: int) -> InvoiceLine:
    line: InvoiceLine | None = held.lines.filter(pk=pk).first()
    if line is None:
        raise StaleError(_("Somebody removed this line meanwhile. Below is how it stands now."))
    line.invoice = held
    return line


def _fill(line: InvoiceLine, values: dict[str, Any]) -> None:
    """Set what was typed, and what follows from it."""
    had = line.vat_code
    for name, value in values.items():
        setattr(line, name, value)
    if line.kind != LineKind.ITEM:
        line.net, line.vat_percent = Decimal(0), None
        return
    if not line.vat_code:
        company, customer = line.invoice.company, line.invoice.customer
        line.vat_code = vat_code(customer=customer.vat_code, company=settings_of(company).vat_code)
    line.net = check_net(discounted(line.quantity, line.unit_price, line.discount))
    if line.vat_percent is None or line.vat_code != had:
        line.vat_percent = VatBook.of(line.company).percent(line.vat_code, _supply_day(line))


def _supply_day(line: InvoiceLine) -> date:
    """The last day on which what the line bills was supplied."""
    claims = line.claims.filter(released_at__isnull=True) if line.pk else Claim.objects.none()
    days = [
        supplied_on(kind, row)[1]
        for one in claims.select_related(*CLAIMABLE)
        for kind in CLAIMABLE
        if (row := getattr(one, kind)) is not None
    ]
    return max(days, default=free_line_day(line.invoice))


def _refuse_other_kind(line: InvoiceLine, values: dict[str, Any]) -> None:
    if values["kind"] != line.kind and (line.credits_id or line.claims.exists()):
        raise FieldsError(
            {
                "kind": _(
                    "This line bills registrations, so it stays a line with an amount. "
                    "Remove it to make them unbilled again."
                )
            }
        )


def _credit_part(held: Invoice, line: InvoiceLine, values: dict[str, Any]) -> None:
    """A credited line gives back at the price it was asked at, at most what is left of it."""
    if held.credits is None or line.credits_id is None:
        raise ValueError("A line that credits stands on a credit note.")
    names = ("unit", "unit_price", "discount")
    same = all(values[name] == getattr(line, name) for name in names)
    if not same or values["vat_code"] not in {"", line.vat_code}:
        raise FieldsError(
            {
                "unit_price": _(
                    "A credit note gives back at the price, discount and VAT of the invoice. "
                    "Change only the quantity, or credit the whole line and invoice it anew."
                )
            }
        )
    left = credit_lines.left_of(held.credits, but=held)[line.credits_id]
    if not left.holds(values["quantity"]):
        raise FieldsError(
            {
                "quantity": _("Of this line at most %(left)s can still be credited.")
                % {"left": -left.quantity}
            }
        )
    line.description, line.quantity = values["description"], values["quantity"]
    line.net = left.part(line.quantity)


def _shift(held: Invoice, below: int, by: int) -> None:
    """Move the lines below a position; in two steps, since no two may ever share a position."""
    held.lines.filter(position__gt=below).update(position=F("position") + FAR)
    held.lines.filter(position__gt=FAR).update(position=F("position") - FAR + by)


def _told(line: InvoiceLine) -> dict[str, Any]:
    return audit.values_of(line, TOLD if line.kind == LineKind.ITEM else ("description",))


def _record(held: Invoice, by: User | None, action: str, change: audit.Change) -> None:
    audit.record(company=held.company, by=by, action=action, obj=held, change=change)
