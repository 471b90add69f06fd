"""What the audit trail of a document says, in the reader's words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from core.formats import write_money
from core.models import AuditEvent
from integrations.models import AfasDocument, Kind, PersonTask, State


@dataclass(frozen=True)
class Happening:
    """One event: what happened, more of it, and how it is marked."""

    title: str
    text: str = ""
    mark: str = ""


def told(event: AuditEvent, document: AfasDocument) -> Happening | None:
    """An event in words; None for one that the page tells otherwise."""
    tell = TOLD.get(event.action)
    return tell(event, document) if tell else None


def _retried(event: AuditEvent, _document: AfasDocument) -> Happening:
    return Happening(_("Built anew and queued again"), event.reason, "info")


def _cancelled(event: AuditEvent, document: AfasDocument) -> Happening:
    if document.kind == Kind.DELETION:
        return Happening(_("The deletion was given up"), event.reason)
    if document.kind == Kind.DIRECT_INVOICE:
        return Happening(_("Cancelled; its entries are unbilled again"), event.reason)
    return Happening(_("Cancelled"), event.reason)


def _unknown(_event: AuditEvent, _document: AfasDocument) -> Happening:
    return Happening(_("No answer came; unknown from here on"), mark="unknown")


def _absent(_event: AuditEvent, document: AfasDocument) -> Happening:
    if document.kind == Kind.DELETION:
        title = _("The invoice is still in AFAS; the deletion goes out again")
        if document.books:
            title = _("The entry is still in AFAS; the deletion goes out again")
        return Happening(title, mark="info")
    if document.absent_means == State.REJECTED:
        return Happening(_("It is certain that AFAS does not have it; its refusal stands"))
    return Happening(
        _("It is certain that AFAS does not have it"),
        _("It goes out again, under the same reference."),
        "info",
    )


def _looked_up(_event: AuditEvent, _document: AfasDocument) -> Happening:
    return Happening(_("Found by the look-up"), mark="ok")


def _confirmed(event: AuditEvent, document: AfasDocument) -> Happening:
    key = str(event.after.get("key", ""))
    match document.kind:
        case Kind.DIRECT_INVOICE:
            text = _("Its entries are invoiced as AFAS %(key)s.") % {"key": key}
        case Kind.CUSTOMER:
            text = _("The customer is debtor %(key)s.") % {"key": key}
        case Kind.SALES_BOOKING:
            text = _("The invoice stands in the books as entry %(key)s.") % {"key": key}
        case Kind.ATTACHMENT:
            text = _("AFAS keeps the file as dossier item %(key)s.") % {"key": key}
        case _kind if document.books:
            text = _("The booking is reversed; the invoice can be booked again.")
        case _kind:
            text = _("The invoice is undone; its entries are unbilled again.")
    return Happening(_("Certain, and carried through here"), text, "ok")


def _found(event: AuditEvent, document: AfasDocument) -> Happening:
    if document.kind == Kind.DELETION:
        return Happening(_("Somebody looked: it is gone"), event.reason, "ok")
    number = str(event.after.get("key", ""))
    return Happening(_("Somebody found it in AFAS"), number, "ok")


def _not_there(event: AuditEvent, document: AfasDocument) -> Happening:
    if document.kind == Kind.DELETION:
        return Happening(_("Somebody looked: it is still there"), event.reason, "info")
    return Happening(_("Somebody looked and did not find it"), event.reason, "info")


def _kept_repeat(event: AuditEvent, _document: AfasDocument) -> Happening:
    title = _("“Not there”, so send it again: kept until it is proven")
    return Happening(title, event.reason, "info")


def _kept_cancel(event: AuditEvent, _document: AfasDocument) -> Happening:
    title = _("“Not there”, so cancel it: kept until it is proven")
    return Happening(title, event.reason, "info")


def _undone(event: AuditEvent, document: AfasDocument) -> Happening:
    number = str(event.after.get("corrected_as", "") or "")
    text = " · ".join(one for one in (event.reason, number) if one)
    return Happening(_undone_how(document, is_deleted=bool(event.after.get("deleted"))), text)


def _undone_how(document: AfasDocument, *, is_deleted: bool) -> str:
    if document.books and is_deleted:
        return _("Deleted in AFAS; the invoice can be booked again")
    if document.books:
        return _("Deleted or reversed in AFAS; the invoice can be booked again")
    if is_deleted:
        return _("Deleted in AFAS; its entries are unbilled again")
    return _("Corrected in AFAS; its entries are unbilled again")


def _trial_released(event: AuditEvent, document: AfasDocument) -> Happening:
    title = _("The trial in a test environment is over; its entries are unbilled again")
    if document.books:
        title = _("The trial in a test environment is over; the invoice can be booked again")
    return Happening(title, event.reason)


def _backup_restored(_event: AuditEvent, _document: AfasDocument) -> Happening:
    text = _("What happened to it after that backup is looked up in AFAS.")
    return Happening(_("A backup was put back; unknown from here on"), text, "unknown")


def _partly_undone(event: AuditEvent, _document: AfasDocument) -> Happening:
    number = str(event.after.get("corrected_as", "") or "")
    text = " · ".join(one for one in (event.reason, number) if one)
    net = write_money(Decimal(str(event.after.get("released", "0"))))
    title = _("Part of it was corrected in AFAS; %(net)s is unbilled again") % {"net": net}
    return Happening(title, text)


def _linked(event: AuditEvent, _document: AfasDocument) -> Happening:
    return Happening(_linked_to(event), event.reason, "ok")


def _linked_to(event: AuditEvent) -> str:
    return _("Linked to debtor %(debtor)s") % {"debtor": event.after.get("debtor", "")}


def _not_the_same(event: AuditEvent, _document: AfasDocument) -> Happening:
    debtors = ", ".join(str(one) for one in event.after.get("debtors", []))
    return Happening(_("It is none of the debtors that look alike"), debtors, "info")


def _look_asked(_event: AuditEvent, _document: AfasDocument) -> Happening:
    return Happening(_("Asked to look now"), mark="info")


def _task_settled(event: AuditEvent, _document: AfasDocument) -> Happening:
    what = str(event.after.get("what", ""))
    named = PersonTask.What(what).label if what in PersonTask.What.values else what
    return Happening(_("Settled: %(what)s") % {"what": named}, event.reason, "ok")


Tell = Callable[[AuditEvent, AfasDocument], Happening]
TOLD: Mapping[str, Tell] = {
    "afas_document.retried": _retried,
    "afas_document.cancelled": _cancelled,
    "afas_document.unknown": _unknown,
    "afas_document.absent": _absent,
    "afas_document.looked_up": _looked_up,
    "afas_document.confirmed": _confirmed,
    "afas_document.found": _found,
    "afas_document.not_there": _not_there,
    "afas_document.answered_repeat": _kept_repeat,
    "afas_document.answered_cancel": _kept_cancel,
    "afas_document.undone": _undone,
    "afas_document.partly_undone": _partly_undone,
    "afas_document.trial_released": _trial_released,
    "afas_document.backup_restored": _backup_restored,
    "afas_document.look_asked": _look_asked,
    "afas_document.task_settled": _task_settled,
    "customer.linked": _linked,
    "customer.not_the_same": _not_the_same,
}
