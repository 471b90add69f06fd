"""Entries are reserved, then priced, then claimed, in one transaction (DECISIONS A8).

    with billing(...):                       # makes a lost race an AlreadyBilled
        entries = reserve(...)               # locked and marked, or AlreadyBilled / StaleError
        lines = pricing.price(...)
        invoice = draw_up(..., lines=lines)  # invoice, lines, claims

What makes billing twice impossible is not this order but the partial unique indexes on Claim; the
order makes sure that what is claimed is what was priced.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, OperationalError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Company, User
from core import audit
from core.errors import DomainError, StaleError
from invoicing.models import Channel, Claim, DocumentStatus, Invoice, InvoiceLine
from invoicing.services.pricing import PricedLine, total
from registration.models import Project
from registration.services import billing_status, valuation
from relations.models import Customer

Versions = Mapping[str, Mapping[int, int]]
"""Per kind ("hour", …) the version of each id, as the person saw it."""


class AlreadyBilledError(DomainError):
    """Somebody else reserved or billed one of the entries first; nothing has been saved."""


@dataclass(frozen=True, kw_only=True)
class InvoiceHead:
    """What stands above the lines. `reference` is the customer's own order number."""

    customer: Customer
    project: Project | None
    invoice_date: date
    reference: str = ""


@contextmanager
def billing() -> Iterator[None]:
    """Around the transaction of one invoice: a lost race is a sentence, never a server error."""
    try:
        yield
    except (IntegrityError, OperationalError) as error:
        raise AlreadyBilledError(
            _(
                "Somebody else was billing the same entries at this very moment, so nothing of "
                "this invoice was saved. Check again: what is left is still unbilled."
            )
        ) from error


def reserve(*, company: Company, versions: Versions) -> dict[str, list[Any]]:
    """Take exactly the entries of `versions`, unchanged since; they come back locked, per kind.

    Raises AlreadyBilledError when one is on its way or billed already, StaleError when one changed
    or disappeared since it was shown. Inside the caller's transaction, which must then end and has
    locked no entry yet: a project that is saved locks itself and then its entries, and an invoice
    refers to its project.
    """
    valuation.hold(company)
    taken: dict[str, list[Any]] = {}
    for kind in billing_status.BILLABLE:
        wanted = versions.get(kind, {})
        if wanted:
            found = billing_status.reserve(company=company, kind=kind, ids=wanted)
            _refuse_lost(found.lost)
            _refuse_changed(found.rows, wanted)
            taken[kind] = found.rows
    return taken


def _refuse_lost(lost: Sequence[Any]) -> None:
    """What was written off meanwhile is no loss to another invoice: it counts as changed."""
    taken = [row for row in lost if row.billing in billing_status.TAKEN]
    if not taken:
        return
    first = taken[0]
    where = first.invoice_label or _("an invoice that is on its way")
    raise AlreadyBilledError(
        _(
            "%(entry)s is already on %(where)s, so nothing of this invoice was made. "
            "Check again without it."
        )
        % {"entry": first, "where": where}
    )


def _refuse_changed(rows: Sequence[Any], wanted: Mapping[int, int]) -> None:
    same = sum(1 for row in rows if row.version == wanted[row.pk])
    changed = len(wanted) - same
    if changed:
        raise StaleError(
            ngettext(
                "%(count)d entry changed since you checked, so nothing of this invoice was made. "
                "Check again to see the new amount.",
                "%(count)d entries changed since you checked, so nothing of this invoice was made. "
                "Check again to see the new amount.",
                changed,
            )
            % {"count": changed}
        )


def draw_up(
    *,
    company: Company,
    head: InvoiceHead,
    channel: Channel,
    lines: Sequence[PricedLine],
    by: User | None,
) -> Invoice:
    """Make the invoice with its lines and claims. The entries on `lines` must be reserved.

    Raises IntegrityError when an entry is claimed already: wrap the transaction in `billing()`.
    """
    invoice = Invoice.objects.create(
        company=company,
        customer=head.customer,
        project=head.project,
        channel=channel,
        invoice_date=head.invoice_date,
        reference=head.reference,
        net=total(lines),
        created_by=by,
    )
    rows = InvoiceLine.objects.bulk_create(
        [_line(invoice, position, line) for position, line in enumerate(lines, start=1)]
    )
    Claim.objects.bulk_create(
        [
            _claim(row, share.billable.kind, share.billable.pk, share)
            for row, line in zip(rows, lines, strict=True)
            for share in line.shares
        ],
        batch_size=500,
    )
    change = audit.Change(after={"net": invoice.net, "lines": len(rows), "channel": channel})
    audit.record(company=company, by=by, action="invoice.drawn_up", obj=invoice, change=change)
    return invoice


def _line(invoice: Invoice, position: int, line: PricedLine) -> InvoiceLine:
    return InvoiceLine(
        company=invoice.company,
        invoice=invoice,
        position=position,
        description=line.description,
        quantity=line.quantity,
        unit=line.item.unit,
        unit_price=line.unit_price,
        net=line.net,
        activity_id=line.activity_id,
        category_id=line.category_id,
        item_kind=line.item.kind,
        item_code=line.item.code,
        item_unit=line.item.unit,
    )


def _claim(row: InvoiceLine, kind: str, pk: int, share: Any) -> Claim:
    return Claim(
        company=row.company,
        line=row,
        quantity=share.quantity,
        rate=share.billable.price,
        amount=share.amount,
        **{f"{kind}_id": pk},
    )


def claimed_ids(invoice: Invoice) -> dict[str, list[int]]:
    """Per kind the ids of the things that this invoice holds a claim on now."""
    claims = Claim.objects.filter(line__invoice=invoice, released_at__isnull=True)
    found: dict[str, list[int]] = {}
    for kind in billing_status.BILLABLE:
        ids = claims.filter(**{f"{kind}__isnull": False}).order_by(f"{kind}_id")
        if pks := list(ids.values_list(f"{kind}_id", flat=True)):
            found[kind] = pks
    return found


def mark_invoiced(*, invoice: Invoice, label: str) -> None:
    """The invoice exists: its entries become invoiced under `label`. Repeatable."""
    for kind, ids in claimed_ids(invoice).items():
        billing_status.mark_invoiced(company=invoice.company, kind=kind, ids=ids, label=label)
    Invoice.objects.filter(pk=invoice.pk, status=DocumentStatus.DRAFT).update(
        status=DocumentStatus.FINAL
    )


def has_claims_beside(invoice: Invoice, lines: Collection[int]) -> bool:
    """Whether other lines of the invoice than these still hold something billed."""
    held = Claim.objects.filter(line__invoice=invoice, released_at__isnull=True)
    return held.exclude(line__in=lines).exists()


def release_lines(
    *, invoice: Invoice, lines: Collection[int], by: User | None, reason: str
) -> Decimal | None:
    """Entries of these lines alone go back to unbilled, as `release` does it for all.

    Returns the net amount (EUR excl. VAT) of the lines, None when nothing on them was billed still.
    Inside the caller's transaction, which has locked no entry yet.
    """
    valuation.hold(invoice.company)
    held = Claim.objects.filter(line__invoice=invoice, line__in=lines, released_at__isnull=True)
    released = list(held.order_by("pk"))
    if not released:
        return None
    for kind in billing_status.BILLABLE:
        ids = sorted(pk for one in released if (pk := getattr(one, f"{kind}_id")))
        if ids:
            billing_status.release(company=invoice.company, kind=kind, ids=ids, by=by)
    held.update(released_at=timezone.now(), release_reason=reason[:200])
    net = sum((one.amount for one in released), Decimal(0))
    change = audit.Change(reason=reason, after={"released": net, "lines": len(set(lines))})
    audit.record(
        company=invoice.company, by=by, action="invoice.partly_released", obj=invoice, change=change
    )
    return net


def release(*, invoice: Invoice, by: User | None, reason: str) -> Decimal:
    """Give the invoice up: entries back to unbilled, claims released, the invoice void.

    Only for channel afas, and only on proof that AFAS does not hold it. Returns the net amount
    (EUR excl. VAT) that was released, without what `release_lines` released before; entries whose
    rate changed since are valued anew. Inside the caller's transaction, which has locked no entry
    yet.
    """
    if invoice.channel != Channel.AFAS:
        raise DomainError(_("An invoice of our own is corrected by a credit note."))
    valuation.hold(invoice.company)
    for kind, ids in claimed_ids(invoice).items():
        billing_status.release(company=invoice.company, kind=kind, ids=ids, by=by)
    held = Claim.objects.filter(line__invoice=invoice, released_at__isnull=True)
    net = sum(held.values_list("amount", flat=True), Decimal(0))
    held.update(released_at=timezone.now(), release_reason=reason[:200])
    Invoice.objects.filter(pk=invoice.pk).update(status=DocumentStatus.VOID)
    change = audit.Change(reason=reason, after={"released": net})
    audit.record(
        company=invoice.company, by=by, action="invoice.released", obj=invoice, change=change
    )
    return net
