"""What the state of a document means: in one sentence, what happened, and for the money.

Truthful for every state and situation: nothing is called booked, released or certain before that
is proven (DECISIONS A2, A4).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.utils.translation import gettext as _

from integrations.models import AfasDocument, Kind, State
from integrations.services import attachment_meanings, booking_meanings, holdings, standing
from integrations.services.stories import Story, net_of, released, reserved, waits_for_debtor


def story_of(document: AfasDocument) -> Story:
    """Where a document stands, in the reader's language."""
    if document.books:
        return booking_meanings.story_of(document)
    if document.kind == Kind.ATTACHMENT:
        return attachment_meanings.story_of(document)
    return STORIES[State(document.state)](document)


def _waiting(document: AfasDocument) -> Story:
    money = " ".join((_("Nothing has been sent."), reserved(document)))
    return standing.waiting(document).told(money)


def _queued(document: AfasDocument) -> Story:
    first = _("Nothing is booked in AFAS.") if document.attempts else _("Nothing has left yet.")
    money = reserved(document)
    if document.kind == Kind.DIRECT_INVOICE:
        money = f"{first} {money}"
    return standing.queued(document).told(money)


def _sending(document: AfasDocument) -> Story:
    money = reserved(document) if document.kind != Kind.CUSTOMER else waits_for_debtor()
    return standing.sending(document).told(money)


def _rejected(document: AfasDocument) -> Story:
    return standing.rejected(document).told(_refused_money(document))


def _refused_money(document: AfasDocument) -> str:
    if document.kind == Kind.CUSTOMER:
        return _("No debtor was made, and invoices that wait for it are not sent.")
    if document.kind == Kind.DELETION:
        return _("Nothing was deleted. Its entries, %(net)s, still count as invoiced.") % {
            "net": net_of(document)
        }
    return _(
        "Nothing was booked. %(net)s stays reserved for it until you try again, or cancel it to "
        "release its entries."
    ) % {"net": net_of(document)}


def _twice(document: AfasDocument, headline: str) -> Story:
    return Story(
        headline=headline,
        happened=_("Look for its reference in AFAS, and delete there what should not be."),
        money=_("Its entries, %(net)s, are unbilled here, yet AFAS may hold an invoice of them.")
        % {"net": net_of(document)},
        mark="bad",
    )


def _cancelled(document: AfasDocument) -> Story:
    if standing.is_twice(document):
        return _twice(document, _("It was given up, yet AFAS gave a number for it."))
    if document.problem == "linked":
        return Story(
            headline=_("No new debtor was made: the customer is linked to one that AFAS has."),
            happened=document.message,
            money=_("Its invoices go to that debtor."),
        )
    if document.kind == Kind.DELETION:
        return Story(headline=_("The deletion was given up."), money=_kept(document))
    is_debtor = document.kind == Kind.CUSTOMER
    money = _("Invoices that waited for it are refused.") if is_debtor else _free(document)
    return Story(
        headline=_("It was given up and is not in AFAS."), happened=document.message, money=money
    )


def _kept(deletion: AfasDocument) -> str:
    if deletion.target and deletion.target.undone_at:
        return _("The invoice was corrected in AFAS by hand, and its entries were released.")
    return _("AFAS still has the invoice; its entries, %(net)s, count as invoiced.") % {
        "net": net_of(deletion)
    }


def _free(document: AfasDocument) -> str:
    return _("Its entries, %(net)s, were released and can be billed again.") % {
        "net": net_of(document)
    }


def _undone(document: AfasDocument) -> Story:
    if standing.is_twice(document):
        return _twice(document, _("It was undone, yet AFAS gave another number for it."))
    stated = _("Somebody stated that it was corrected in AFAS.")
    return Story(
        headline=_("The invoicing was undone."),
        happened=standing.who_undid(document, stated),
        money=released(document),
    )


STORIES: Mapping[State, Callable[[AfasDocument], Story]] = {
    State.WAITING: _waiting,
    State.QUEUED: _queued,
    State.SENDING: _sending,
    State.CONFIRMED: holdings.confirmed,
    State.REJECTED: _rejected,
    State.UNKNOWN: holdings.unknown,
    State.CANCELLED: _cancelled,
    State.UNDONE: _undone,
}
