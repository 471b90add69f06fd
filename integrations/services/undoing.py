"""Undoing what stands in AFAS: an invoice that it made, or the booking of one of ours.

Of an invoice that AFAS made the entries are unbilled again, their approval kept. Of a booking
nothing is released: the invoice stays as it is, and may be booked again. Either AFAS deletes it,
which is a document of its own (DECISIONS A6), or a person states that it was corrected there.
Entries are released on proof only: AFAS's answer, an absence with all that it takes, or that
statement, with a name and a reason.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core import audit
from core.errors import DomainError, StaleError
from integrations.models import AfasConnection, AfasDocument, Kind, State
from integrations.services import documents, holding
from integrations.services.lists import list_of
from invoicing.services import claiming
from registration.services import valuation

NOT_LEFT = (State.WAITING, State.QUEUED, State.REJECTED)


class Way(StrEnum):
    """How an invoice is undone in AFAS."""

    DELETE = "delete"
    CORRECTED = "corrected"


UNDOABLE = (Kind.DIRECT_INVOICE, Kind.SALES_BOOKING)


def can_be_undone(document: AfasDocument) -> bool:
    """Whether there is something to undo: made or booked by AFAS, and nobody undid it."""
    return document.kind in UNDOABLE and document.state == State.CONFIRMED


def why_not_delete(document: AfasDocument) -> str:
    """Why AFAS cannot be asked to delete it; empty when it can."""
    if document.connection.closed_at:
        return _("The link it was sent over is closed, so AFAS cannot be asked to delete it.")
    if sentence := holding.why_held(document.connection):
        return sentence
    deletion = open_deletion(document)
    if deletion and deletion.state == State.REJECTED:
        return _("AFAS refused to delete it before: open that deletion, and try it again there.")
    return _("Its deletion is on its way already.") if deletion else ""


def open_deletion(document: AfasDocument) -> AfasDocument | None:
    """The deletion of this document that is not over yet, with all that follows from it."""
    over = Q(state=State.CANCELLED) | Q(state=State.CONFIRMED, followed_up_at__isnull=False)
    return document.deletions.exclude(over).order_by("-created_at").first()


def delete_in_afas(*, document: AfasDocument, reason: str, by: User) -> AfasDocument:
    """Have AFAS delete the whole invoice, whose entries are released once that is proven, or the
    whole booking.

    Returns the deletion. Raises DomainError when it cannot be deleted, StaleError when somebody was
    first.
    """
    _refuse(document, reason)
    try:
        with transaction.atomic():
            _hold(document)
            if sentence := why_not_delete(document):  # asked once nobody can come in between
                raise DomainError(sentence)
            return documents.make_deletion(target=document, reason=reason, by=by)
    except IntegrityError:
        raise _stale() from None


@transaction.atomic
def corrected_there(
    *,
    document: AfasDocument,
    reason: str,
    by: User,
    number: str = "",
    lines: Collection[int] | None = None,
) -> bool:
    """A person deleted or credited it in AFAS, as `number` if that has one.

    `lines` are the invoice lines that it concerns; None, or all of them, is the whole invoice.
    Returns whether the whole invoice is undone by now. Raises DomainError while a deletion may be
    under way, StaleError when somebody was first.
    """
    _refuse(document, reason)
    valuation.hold(document.company)  # before any row: whoever moves the link takes it first, too
    _hold(document)
    _end_deletion(document, by)
    whole = lines is None or not _claims_beside(document, lines)
    if not whole and lines is not None:
        _release_lines(document, lines, reason, number, by)
        return False
    if not _mark_undone(document):
        raise _stale()
    _release(document, reason, by)
    _record(document, by, "afas_document.undone", reason, {"corrected_as": number})
    return True


def complete(deletion: AfasDocument) -> None:
    """AFAS deleted it, or it is proven gone: the target is undone; the entries of an invoice that
    AFAS made are unbilled.

    Repeatable; in the caller's transaction.
    """
    target = deletion.target
    if target is None:
        return
    valuation.hold(deletion.company)
    if not _mark_undone(target):
        return
    reason = str(deletion.detail.get("reason", ""))
    _release(target, reason, deletion.created_by)
    _record(target, deletion.created_by, "afas_document.undone", reason, {"deleted": True})


def _release(document: AfasDocument, reason: str, by: User | None) -> None:
    """What an invoice of AFAS billed is unbilled; the entries of our own invoice stay on it."""
    if document.kind == Kind.DIRECT_INVOICE and document.invoice:
        claiming.release(invoice=document.invoice, by=by, reason=reason)


def _refuse(document: AfasDocument, reason: str) -> None:
    if not reason.strip():
        raise DomainError(_("Say why, so that a colleague understands it later."))
    if can_be_undone(document):
        return
    if document.kind == Kind.SALES_BOOKING:
        raise DomainError(_("Only a booking that AFAS has, and nobody reversed, can be reversed."))
    raise DomainError(_("Only an invoice that AFAS made, and nobody undid, can be undone."))


def _hold(document: AfasDocument) -> None:
    """Of all who undo this invoice at the same moment one goes first; the others see what it did.

    Inside the caller's transaction. Raises StaleError when somebody undid it meanwhile.
    """
    confirmed = AfasDocument.objects.filter(pk=document.pk, state=State.CONFIRMED)
    if not confirmed.update(changed_at=timezone.now()):
        raise _stale()


def _end_deletion(document: AfasDocument, by: User) -> None:
    """A deletion that has not left is given up; one that may have left has to end first."""
    deletion = open_deletion(document)
    if deletion is None:
        return
    if deletion.state not in NOT_LEFT:
        raise DomainError(
            _(
                "Its deletion is under way, so it is not certain yet what AFAS holds. Wait until "
                "that has ended, or settle it first."
            )
        )
    documents.cancel(document=deletion, by=by, reason=_("It was corrected in AFAS by hand."))


def _claims_beside(document: AfasDocument, lines: Collection[int]) -> bool:
    """Whether something of the invoice stays billed when these lines are released."""
    if document.kind != Kind.DIRECT_INVOICE or document.invoice is None:
        return False
    return claiming.has_claims_beside(document.invoice, lines)


def _release_lines(
    document: AfasDocument, lines: Collection[int], reason: str, number: str, by: User
) -> None:
    """The invoice stays, without these lines."""
    if document.invoice is None:
        raise _stale()
    net = claiming.release_lines(invoice=document.invoice, lines=lines, by=by, reason=reason)
    if net is None:
        raise _stale()
    after: dict[str, object] = {"corrected_as": number, "released": str(net)}
    _record(document, by, "afas_document.partly_undone", reason, after)


def _mark_undone(document: AfasDocument) -> bool:
    undone = AfasDocument.objects.filter(pk=document.pk, state=State.CONFIRMED).update(
        state=State.UNDONE, undone_at=Now(), next_look_at=None, asks=""
    )
    if undone:
        _pass_the_control_on(document)
    return bool(undone)


def _pass_the_control_on(document: AfasDocument) -> None:
    """What was undone cannot be the control row of look-ups any more: the first one that AFAS
    showed us takes its place. Where there is none, look-ups are blind until the next check."""
    of = list_of(document)
    if of is None:
        return
    control = AfasConnection.objects.filter(
        pk=document.connection_id, **of.columns(control=document.list_key)
    )
    if not control.exists():  # nearly always: the question below reads many documents
        return
    seen = AfasDocument.objects.of(document.company).filter(
        connection=document.connection_id,
        kind=document.kind,
        state=State.CONFIRMED,
        seen_at__isnull=False,
        deletions__isnull=True,
    )
    if first := seen.order_by("seen_at").first():
        control.update(**of.columns(control=first.list_key))


def _stale() -> StaleError:
    return StaleError(_("Somebody else undid this meanwhile; look at it again."))


def _record(
    document: AfasDocument, by: User | None, action: str, reason: str, after: dict[str, object]
) -> None:
    change = audit.Change(reason=reason, after=after)
    audit.record(company=document.company, by=by, action=action, obj=document, change=change)
