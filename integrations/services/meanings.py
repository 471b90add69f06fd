"""What the state of a document means: in one sentence, what happened, and for the money.

Truthful for every state and situation: nothing is called booked, released or certain before that
is proven (DECISIONS A2, A4).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.utils import timezone
from django.utils.translation import gettext as _

from core import audit
from core.formats import write_moment
from integrations.afas.refusals import UNKNOWN
from integrations.models import AfasDocument, Asks, Kind, PersonTask, State
from integrations.services import going_live, holdings, refusals
from integrations.services.stories import Story, net_of, released, reserved, waits_for_debtor


def story_of(document: AfasDocument) -> Story:
    """Where a document stands, in the reader's language."""
    return STORIES[State(document.state)](document)


def _waiting(document: AfasDocument) -> Story:
    after = document.after
    state = after.state if after else ""
    money = " ".join((_("Nothing has been sent."), reserved(document)))
    if state == State.REJECTED:
        return Story(
            headline=_("Its customer could not be created in AFAS."),
            happened=_("Solve that, and this goes on by itself."),
            money=money,
            mark="warn",
        )
    if state == State.UNKNOWN:
        return Story(
            headline=_("AFAS did not answer about its customer, so it may have created it."),
            happened=_("This waits until that is certain; then it goes on by itself."),
            money=money,
        )
    headline = _("Its customer is created in AFAS first; then this goes on by itself.")
    return Story(headline=headline, happened=_stuck(document), money=money)


def _stuck(document: AfasDocument) -> str:
    if document.asks != Asks.STUCK:
        return ""
    return _(
        "It has been waiting for over four hours: look at the AFAS settings whether the link works."
    )


def _queued(document: AfasDocument) -> Story:
    headline, happened = _why_queued(document)
    first = _("Nothing is booked in AFAS.") if document.attempts else _("Nothing has left yet.")
    money = reserved(document)
    if document.kind == Kind.DIRECT_INVOICE:
        money = f"{first} {money}"
    is_late = bool(document.connection.closed_at or document.asks)
    text = " ".join(one for one in (happened, _stuck(document)) if one)
    return Story(headline=headline, happened=text, money=money, mark="warn" if is_late else "info")


def _why_queued(document: AfasDocument) -> tuple[str, str]:
    connection = document.connection
    now = timezone.now()
    if connection.closed_at:
        return (
            _("The link it was made for is closed, so it is not sent."),
            _("Cancel it to bill its entries again over the link you have now."),
        )
    if connection.paused_at:
        return _("The link with AFAS is paused."), _("It goes out once the link is resumed.")
    if connection.held_until and connection.held_until > now:
        return (
            _("A backup was put back, so nothing is sent for a while."),
            _("It goes out by itself after %(moment)s, once AFAS was compared with us.")
            % {"moment": write_moment(connection.held_until)},
        )
    if document.not_before > now and document.message:
        return (
            _("AFAS could not be reached or was busy."),
            _("It is tried again by itself: %(moment)s.")
            % {"moment": write_moment(document.not_before)},
        )
    if document.repeats:
        return (
            _("It is sent again, in a moment."),
            _("It is certain that the earlier attempt did not arrive; the reference is the same."),
        )
    return _("It goes out in a moment."), ""


def _sending(document: AfasDocument) -> Story:
    return Story(
        headline=_("It is on its way to AFAS."),
        happened=_("AFAS may take a few minutes to answer."),
        money=reserved(document) if document.kind != Kind.CUSTOMER else waits_for_debtor(),
    )


def _rejected(document: AfasDocument) -> Story:
    refusal = refusals.refusal_of(document)
    said, advice = refusals.said_and_advised(refusal.code, refusal.values)
    return Story(
        headline=said or _as_said(document),
        happened=_why_rejected(document),
        advice=advice,
        money=_refused_money(document),
        mark="bad",
    )


def _as_said(document: AfasDocument) -> str:
    """A refusal that we have no sentence for; ours when it never reached AFAS."""
    if not document.message:
        return _("AFAS refused it.")
    is_afas = document.attempts and document.problem in {"", UNKNOWN}
    return _("AFAS says: “%(said)s”") % {"said": document.message} if is_afas else document.message


def _why_rejected(document: AfasDocument) -> str:
    if document.problem == "look_alike":
        return _(
            "Nothing was sent: a customer who stands in the books twice is hard to repair, so you "
            "decide."
        )
    if not document.attempts:
        return _("It was never sent.")
    if document.ever_unknown:
        return _(
            "An earlier attempt ended without an answer; it is certain by now that AFAS does not "
            "have it."
        )
    return ""


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


def _is_twice(document: AfasDocument) -> bool:
    return document.tasks.filter(what=PersonTask.What.TWICE, resolved_at__isnull=True).exists()


def _twice(document: AfasDocument, headline: str) -> Story:
    return Story(
        headline=headline,
        happened=_("Look for its reference in AFAS, and delete there what should not be."),
        money=_("Its entries, %(net)s, are unbilled here, yet AFAS may hold an invoice of them.")
        % {"net": net_of(document)},
        mark="bad",
    )


def _cancelled(document: AfasDocument) -> Story:
    if _is_twice(document):
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
    if _is_twice(document):
        return _twice(document, _("It was undone, yet AFAS gave another number for it."))
    happened = _("Somebody stated that it was corrected in AFAS.")
    if document.deletions.filter(state=State.CONFIRMED).exists():
        happened = _("AFAS deleted it.")
    elif audit.events_of(document.company, document).filter(action=going_live.ACTION).exists():
        happened = _("It was made in a test environment, and released when you went live.")
    return Story(
        headline=_("The invoicing was undone."), happened=happened, money=released(document)
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
