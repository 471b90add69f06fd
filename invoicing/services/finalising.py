"""A draft becomes final: checked, numbered, frozen, and its entries invoiced, in one transaction.

From then on nothing on it changes but delivery and payment; a credit note is the only correction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import groupby

from django.utils import timezone

from accounts.models import User
from core import audit, copying
from core.errors import DomainError
from core.jobs import ring
from invoicing.models import DocumentStatus, Invoice, InvoiceVat
from invoicing.services import claiming, crediting, numbering
from invoicing.services.holding import changing, hold_all, refuse_stale
from invoicing.services.obstacles import Obstacle, obstacles, obstacles_of_paper
from invoicing.services.paper import Paper, papers_of
from invoicing.services.paying import status_of

# So many share a transaction and its statements when many become final at once.
FINAL_TOGETHER = 50
# What is stored of an invoice when it becomes final.
FROZEN = (
    "status",
    "number",
    "due_date",
    "seller",
    "buyer",
    "net",
    "vat",
    "total",
    "payment",
    "finalised_by",
    "finalised_at",
    "version",
)
__all__ = ["FINAL_TOGETHER", "Obstacle", "finalise", "finalise_all", "obstacles"]


def finalise(*, invoice: Invoice, version: int, by: User | None) -> Invoice:
    """Give the draft that was seen as `version` its number, for good; it comes back final.

    One that is final already comes back as it is, so that pressing twice gives one invoice. Raises
    StaleError when the draft changed since, DomainError with every obstacle in the way; then
    nothing is saved and no number is used.
    """
    [final] = finalise_all(seen=[(invoice, version)], by=by)
    return final


def finalise_all(*, seen: Sequence[tuple[Invoice, int]], by: User | None) -> list[Invoice]:
    """`finalise` for drafts of one company, each with the version that was seen, in this order.

    All or none: raises as `finalise` does for the first that is refused, and saves nothing then.
    """
    with changing():
        held = hold_all([invoice for invoice, _version in seen])
        drafts = []
        for invoice, (_seen, version) in zip(held, seen, strict=True):
            if invoice.is_draft:
                refuse_stale(invoice, version)
                drafts.append(invoice)
        for run in _runs(drafts):
            _make_final(run, by)
        if drafts:
            ring("invoicing.keep_papers")
    return held


def _runs(drafts: Sequence[Invoice]) -> Iterator[list[Invoice]]:
    """Invoices that follow each other go together; a credit note looks at those before it."""
    for is_note, following in groupby(drafts, key=lambda one: one.is_credit_note):
        run = list(following)
        yield from ([one] for one in run) if is_note else [run]


def _make_final(drafts: Sequence[Invoice], by: User | None) -> None:
    """Of one company, and held: several invoices, or one credit note."""
    company = drafts[0].company
    notes = [one for one in drafts if one.is_credit_note]
    for note in notes:
        crediting.refuse_too_much(note)
    papers = papers_of(drafts)
    for draft, paper in zip(drafts, papers, strict=True):
        _refuse_blocked(obstacles_of_paper(draft, paper))
    numbers = numbering.give_numbers(company, [(one.kind, one.invoice_date) for one in drafts])
    _freeze_vat(drafts, papers)
    for draft, paper, number in zip(drafts, papers, numbers, strict=True):
        _freeze(draft, paper, number, by)
    _store(drafts)
    claiming.mark_entries(company=company, labels={one.pk: one.number for one in drafts})
    for note in notes:
        crediting.carry_out(note, by)
    changes = [
        (one, audit.Change(after={"number": one.number, "total": one.total})) for one in drafts
    ]
    audit.record_each(company=company, by=by, action="invoice.finalised", changes=changes)


def _refuse_blocked(found: list[Obstacle]) -> None:
    blocking = [one.sentence for one in found if one.blocking]
    if blocking:
        raise DomainError(" ".join(blocking))


def _freeze_vat(drafts: Sequence[Invoice], papers: Sequence[Paper]) -> None:
    InvoiceVat.objects.bulk_create(
        InvoiceVat(
            company_id=draft.company_id,
            invoice_id=draft.pk,
            code=group.code,
            category=group.category,
            percent=group.percent,
            base=group.base,
            vat=group.vat,
            reason=group.reason,
        )
        for draft, paper in zip(drafts, papers, strict=True)
        for group in paper.vat_groups
    )


def _freeze(draft: Invoice, paper: Paper, number: str, by: User | None) -> None:
    """The invoice says what its paper says, and will for ever; it is not stored yet."""
    draft.status, draft.number = DocumentStatus.FINAL, number
    draft.due_date = draft.invoice_date + timedelta(days=draft.payment_term)
    draft.seller, draft.buyer = paper.seller.as_json(), paper.buyer.as_json()
    draft.net, draft.vat, draft.total = paper.net, paper.vat, paper.total
    draft.payment = status_of(paper.total, draft.paid)
    draft.finalised_by, draft.finalised_at = by, timezone.now()
    draft.version += 1


def _store(drafts: Sequence[Invoice]) -> None:
    """They are held, and were drafts when they were: another count than theirs is a fault here."""
    made = copying.change(Invoice, FROZEN, drafts, only={"status": DocumentStatus.DRAFT})
    if made != len(drafts):
        message = f"{len(drafts)} drafts were held, {made} could be made final."
        raise RuntimeError(message)
