"""Entries are reserved, then priced, then claimed, in one transaction (DECISIONS A8).

    with billing(...):                       # makes a lost race an AlreadyBilled
        entries = reserve(...)               # locked and marked, or AlreadyBilled / StaleError
        lines = pricing.price(...)
        invoice = draw_up(..., lines=lines)  # invoice, lines, claims

What makes billing twice impossible is not this order but the partial unique indexes on Claim; the
order makes sure that what is claimed is what was priced.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, OperationalError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Company, User
from core import audit, copying
from core.errors import DomainError, StaleError
from invoicing.models import Channel, Claim, DocumentStatus, Invoice, InvoiceLine
from invoicing.services.pricing import PricedLine, Share, total
from registration.models import Project
from registration.services import billing_status, valuation
from relations.models import Customer

Versions = Mapping[str, Mapping[int, int]]
"""Per kind ("hour", …) the version of each id, as the person saw it."""


class AlreadyBilledError(DomainError):
    """Somebody else reserved or billed one of the entries first; nothing has been saved."""


@dataclass(frozen=True, kw_only=True)
class InvoiceHead:
    """What stands above the lines. `reference` is the customer's own order number.

    `more` are further columns of the invoice, for one of our own: its texts, language and term.
    """

    customer: Customer
    project: Project | None
    invoice_date: date
    reference: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)


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


def reserve_seen(*, company: Company, versions: Versions) -> None:
    """`reserve` for what was read and priced at exactly these `versions`; nothing is read again.

    What changes the worth of an entry changes its version, so while the versions hold, and the rows
    are ours, the lines that were priced from them do too. Raises as `reserve` does.
    """
    valuation.hold(company)
    for kind in billing_status.BILLABLE:
        if wanted := versions.get(kind, {}):
            found = billing_status.reserve_seen(company=company, kind=kind, versions=wanted)
            _refuse_lost(found.lost)
            _refuse_stale(len(wanted) - found.unchanged)


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
    _refuse_stale(len(wanted) - same)


def _refuse_stale(changed: int) -> None:
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
    [invoice] = draw_up_many(company=company, channel=channel, drafts=[(head, lines)], by=by)
    return invoice


def draw_up_many(
    *,
    company: Company,
    channel: Channel,
    drafts: Sequence[tuple[InvoiceHead, Sequence[PricedLine]]],
    by: User | None,
) -> list[Invoice]:
    """`draw_up` for several invoices, each a head with its lines, in as many statements as one."""
    invoices = Invoice.objects.bulk_create(
        Invoice(
            company=company,
            customer=head.customer,
            project=head.project,
            channel=channel,
            invoice_date=head.invoice_date,
            reference=head.reference,
            net=total(lines),
            created_by=by,
            **head.more,
        )
        for head, lines in drafts
    )
    drawn = [(invoice, lines) for invoice, (_head, lines) in zip(invoices, drafts, strict=True)]
    _add_lines(drawn)
    changes = [
        (one, audit.Change(after={"net": one.net, "lines": len(lines), "channel": channel}))
        for one, lines in drawn
    ]
    audit.record_each(company=company, by=by, action="invoice.drawn_up", changes=changes)
    return invoices


def add_lines(invoice: Invoice, lines: Sequence[PricedLine], after: int = 0) -> list[InvoiceLine]:
    """Put `lines` with their claims below position `after`. Their entries must be reserved.

    Raises IntegrityError as `draw_up` does. The invoice's totals are the caller's.
    """
    return _add_lines([(invoice, lines)], after)


def _add_lines(
    drawn: Sequence[tuple[Invoice, Sequence[PricedLine]]], after: int = 0
) -> list[InvoiceLine]:
    placed = [
        (invoice, position, line)
        for invoice, lines in drawn
        for position, line in enumerate(lines, start=after + 1)
    ]
    rows = InvoiceLine.objects.bulk_create(_line(*one) for one in placed)
    _claim(
        (row, share)
        for row, (_invoice, _position, line) in zip(rows, placed, strict=True)
        for share in line.shares
    )
    return rows


def _line(invoice: Invoice, position: int, line: PricedLine) -> InvoiceLine:
    return InvoiceLine(
        company_id=invoice.company_id,
        invoice_id=invoice.pk,
        position=position,
        description=line.description,
        quantity=line.quantity,
        unit=line.unit if invoice.channel == Channel.OURS else line.item.unit,
        unit_price=line.unit_price,
        net=line.net,
        vat_code=line.vat_code,
        vat_percent=line.vat_percent,
        activity_id=line.activity_id,
        category_id=line.category_id,
        item_kind=line.item.kind,
        item_code=line.item.code,
        item_unit=line.item.unit,
    )


def _claim(shares: Iterable[tuple[InvoiceLine, Share]]) -> None:
    """A claim for each share that a thing has in a line."""
    of_kind: dict[str, list[tuple[Any, ...]]] = {}
    for row, share in shares:
        thing = share.billable
        values = (row.company_id, row.pk, thing.pk, share.quantity, thing.price, share.amount)
        of_kind.setdefault(thing.kind, []).append(values)
    for kind, values_of_kind in of_kind.items():
        columns = ("company_id", "line_id", f"{kind}_id", "quantity", "rate", "amount")
        copying.insert(Claim, columns, values_of_kind)


def claimed_ids(invoice: Invoice, lines: Collection[int] | None = None) -> dict[str, list[int]]:
    """Per kind the ids of the things that this invoice, or these lines of it, claim now."""
    claims = Claim.objects.filter(line__invoice=invoice)
    if lines is not None:
        claims = claims.filter(line__in=lines)
    return {kind: sorted(found) for kind, found in _claimed(claims).items()}


def _claimed(claims: QuerySet[Claim]) -> dict[str, dict[int, int]]:
    """Per kind the things of `claims` that are not released, each with the invoice it stands on."""
    found: dict[str, dict[int, int]] = {kind: {} for kind in billing_status.BILLABLE}
    columns = [f"{kind}_id" for kind in found]
    held = claims.filter(released_at__isnull=True).order_by("pk")
    for invoice, *row in held.values_list("line__invoice_id", *columns):
        for kind, pk in zip(found, row, strict=True):
            if pk is not None:
                found[kind][pk] = invoice
    return {kind: things for kind, things in found.items() if things}


def mark_invoiced(*, invoice: Invoice, label: str) -> None:
    """AFAS has the invoice: its entries become invoiced under `label`. Repeatable."""
    mark_entries(company=invoice.company, labels={invoice.pk: label})
    Invoice.objects.filter(pk=invoice.pk, status=DocumentStatus.DRAFT).update(
        status=DocumentStatus.FINAL
    )


def mark_entries(*, company: Company, labels: Mapping[int, str]) -> None:
    """All that invoices claim becomes invoiced. `labels` has, by their keys, what people call them.

    Inside the caller's transaction.
    """
    claims = Claim.objects.filter(line__invoice__in=labels)
    for kind, things in _claimed(claims).items():
        called = {pk: labels[invoice] for pk, invoice in sorted(things.items())}
        billing_status.mark_invoiced(company=company, kind=kind, labels=called)


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


def give_back(*, invoice: Invoice, lines: Collection[int], by: User | None) -> dict[str, list[int]]:
    """Delete these lines of a draft; what they claimed is unbilled again, and comes back per kind.

    A draft was never seen by anybody, so its claims go with it. Inside the caller's transaction,
    which holds the company and the draft.
    """
    given = claimed_ids(invoice, lines)
    for kind, ids in given.items():
        billing_status.release(company=invoice.company, kind=kind, ids=ids, by=by)
    drop_lines(invoice, lines)
    return given


def drop_lines(invoice: Invoice, lines: Collection[int]) -> None:
    """Delete lines of a draft with their claims; their things stay reserved, to be claimed."""
    Claim.objects.filter(line__invoice=invoice, line__in=lines).delete()
    InvoiceLine.objects.filter(invoice=invoice, pk__in=lines).delete()


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
