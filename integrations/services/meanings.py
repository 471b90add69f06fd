"""What the state of a document means: in one sentence, what happened, and for the money.

Truthful for every state and situation: nothing is called booked, released or certain before that
is proven (DECISIONS A2, A4).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.formats import write_moment, write_money
from integrations.afas.refusals import UNKNOWN
from integrations.models import AfasDocument, Asks, Intention, Kind, PersonTask, State
from integrations.selectors import released_of
from integrations.services import looking, refusals, undoing


@dataclass(frozen=True, kw_only=True)
class Story:
    """`headline` says where the document stands, `happened` how it came there or what is to be
    done, `money` what that means for the money; `mark` is the kind of notice."""

    headline: str
    money: str
    happened: str = ""
    mark: str = "info"


def story_of(document: AfasDocument) -> Story:
    """Where a document stands, in the reader's language."""
    return STORIES[State(document.state)](document)


def _net(document: AfasDocument) -> str:
    source = document.target if document.kind == Kind.DELETION else document
    return write_money(source.invoice.net) if source and source.invoice else ""


def _reserved(document: AfasDocument) -> str:
    """What holds while nothing is booked."""
    if document.kind == Kind.CUSTOMER:
        return _("No debtor has been made; invoices that wait for it are not sent.")
    if document.kind == Kind.DELETION:
        return _still_invoiced(document)
    return _("%(net)s stays reserved for it, so nobody can bill its entries twice.") % {
        "net": _net(document)
    }


def _still_invoiced(document: AfasDocument) -> str:
    return _("Its entries, %(net)s, count as invoiced until it is certain that it is gone.") % {
        "net": _net(document)
    }


def _waiting(document: AfasDocument) -> Story:
    after = document.after
    state = after.state if after else ""
    money = f"{_('Nothing has been sent.')} {_reserved(document)}"
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
    money = _reserved(document)
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
        money=_reserved(document) if document.kind != Kind.CUSTOMER else _waits_for_debtor(),
    )


def _waits_for_debtor() -> str:
    return _("Invoices of this customer wait for it, and no second debtor is made.")


def _confirmed(document: AfasDocument) -> Story:
    if document.kind == Kind.CUSTOMER:
        return Story(
            headline=_("The customer is debtor %(number)s in AFAS.")
            % {"number": document.debtor_number},
            money=_("Its invoices go to this debtor."),
            mark="ok",
        )
    if document.kind == Kind.DELETION:
        return Story(
            headline=_("AFAS does not have the invoice any more."),
            money=_released(document),
            mark="ok",
        )
    return _in_afas(document)


def _in_afas(document: AfasDocument) -> Story:
    headline = _("AFAS made invoice %(number)s.") % {"number": document.invoice_number}
    if not document.invoice_number:
        headline = _("AFAS took it as order %(number)s; the invoice number follows in AFAS.") % {
            "number": document.order_number
        }
    money = _invoiced(document)
    happened, mark = "", "ok"
    if document.asks == Asks.UNSEEN:
        mark = "warn"
        happened = _(
            "AFAS gave this number, yet has not shown the invoice for over a day. Look for it "
            "there; when somebody deleted it, undo the invoicing."
        )
    elif undoing.open_deletion(document):
        mark = "info"
        happened = _("Its deletion is not certain yet.")
        money = _still_invoiced_itself(document)
    return Story(headline=headline, happened=happened, money=money, mark=mark)


def _invoiced(document: AfasDocument) -> str:
    released = released_of(document.invoice) if document.invoice else None
    if not released or not document.invoice:
        return _("%(net)s is invoiced in AFAS.") % {"net": _net(document)}
    return _("%(net)s is invoiced; %(released)s more was corrected in AFAS and released here.") % {
        "net": write_money(document.invoice.net - released),
        "released": write_money(released),
    }


def _still_invoiced_itself(document: AfasDocument) -> str:
    return _("%(net)s counts as invoiced until it is certain that AFAS deleted it.") % {
        "net": _net(document)
    }


def _released(document: AfasDocument) -> str:
    return _("Its entries, %(net)s, were released with their approval kept: bill them again.") % {
        "net": _net(document)
    }


def _rejected(document: AfasDocument) -> Story:
    refusal = refusals.refusal_of(document)
    said = refusals.sentence(refusal.code, refusal.values)
    return Story(
        headline=said or _as_said(document),
        happened=_why_rejected(document),
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
    return _("AFAS answered, so this is certain.")


def _refused_money(document: AfasDocument) -> str:
    if document.kind == Kind.CUSTOMER:
        return _("No debtor was made, and invoices that wait for it are not sent.")
    if document.kind == Kind.DELETION:
        return _("Nothing was deleted. Its entries, %(net)s, still count as invoiced.") % {
            "net": _net(document)
        }
    return _(
        "Nothing was booked. %(net)s stays reserved for it until you try again, or cancel it to "
        "release its entries."
    ) % {"net": _net(document)}


DOUBT: Mapping[str, Any] = {
    Kind.DIRECT_INVOICE: gettext_lazy(
        "AFAS did not answer. The invoice may or may not exist there."
    ),
    Kind.CUSTOMER: gettext_lazy("AFAS did not answer. The debtor may or may not exist there."),
    Kind.DELETION: gettext_lazy("AFAS did not answer. The invoice may or may not be deleted."),
}
WHY_A_PERSON: Mapping[str, Any] = {
    Asks.NO_LOOK_UP: gettext_lazy("AFAS shows us no references, so somebody has to look there."),
    Asks.CLOSED: gettext_lazy("Its link is closed, so only a person can look in AFAS."),
    Asks.DIFFERS: gettext_lazy("AFAS shows something else than we sent; compare the two below."),
    Asks.SEVERAL: gettext_lazy("AFAS shows more than one that it may be; compare them below."),
    Asks.BLIND: gettext_lazy(
        "The look-up does not even show what is certainly in AFAS, so it proves nothing; somebody "
        "has to look there."
    ),
    Asks.FAILING: gettext_lazy("AFAS cannot be asked at the moment; somebody has to look there."),
    Asks.REPEATS: gettext_lazy(
        "It was sent five times and never arrived. Ask the AFAS administrator why before it is "
        "sent again."
    ),
}


def _unknown(document: AfasDocument) -> Story:
    headline = str(DOUBT.get(document.kind, DOUBT[Kind.DIRECT_INVOICE]))
    if document.absent_means == State.REJECTED:
        headline = _(
            "AFAS refused it after an attempt without an answer, so it may exist there all the "
            "same."
        )
    parts = (_sent(document), _looks(document), _who_settles(document))
    return Story(
        headline=headline,
        happened=" ".join(one for one in parts if one),
        money=_doubtful_money(document),
        mark="unknown",
    )


def _sent(document: AfasDocument) -> str:
    return _("We sent it %(moment)s and got no answer that proves anything.") % {
        "moment": write_moment(document.unknown_since)
    }


def _looks(document: AfasDocument) -> str:
    if not document.looks:
        return ""
    return ngettext(
        "%(count)d look-up since then did not show it.",
        "%(count)d look-ups since then did not show it.",
        document.looks,
    ) % {"count": document.looks}


def _who_settles(document: AfasDocument) -> str:
    if document.intention:
        kept = Intention(document.intention).label
        return _("%(who)s said that it is not there. Once that is proven: %(what)s.") % {
            "who": document.intention_by or _("Somebody"),
            "what": kept,
        }
    if document.asks:
        return str(WHY_A_PERSON.get(document.asks, ""))
    if looking.can_look(document):
        return _("We look it up by ourselves until it is certain.")
    return str(WHY_A_PERSON[Asks.NO_LOOK_UP])


def _doubtful_money(document: AfasDocument) -> str:
    if document.kind == Kind.CUSTOMER:
        return _waits_for_debtor()
    if document.kind == Kind.DELETION:
        return _still_invoiced(document)
    return _(
        "%(net)s stays reserved: nobody can bill these entries again, and they do not count as "
        "invoiced yet. Nothing is sent twice."
    ) % {"net": _net(document)}


def _is_twice(document: AfasDocument) -> bool:
    return document.tasks.filter(what=PersonTask.What.TWICE, resolved_at__isnull=True).exists()


def _twice(document: AfasDocument, headline: str) -> Story:
    return Story(
        headline=headline,
        happened=_("Look for its reference in AFAS, and delete there what should not be."),
        money=_("Its entries, %(net)s, are unbilled here, yet AFAS may hold an invoice of them.")
        % {"net": _net(document)},
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
        "net": _net(deletion)
    }


def _free(document: AfasDocument) -> str:
    return _("Its entries, %(net)s, were released and can be billed again.") % {
        "net": _net(document)
    }


def _undone(document: AfasDocument) -> Story:
    if _is_twice(document):
        return _twice(document, _("It was undone, yet AFAS gave another number for it."))
    happened = _("Somebody stated that it was corrected in AFAS.")
    if document.deletions.filter(state=State.CONFIRMED).exists():
        happened = _("AFAS deleted it.")
    return Story(
        headline=_("The invoicing was undone."), happened=happened, money=_released(document)
    )


STORIES: Mapping[State, Callable[[AfasDocument], Story]] = {
    State.WAITING: _waiting,
    State.QUEUED: _queued,
    State.SENDING: _sending,
    State.CONFIRMED: _confirmed,
    State.REJECTED: _rejected,
    State.UNKNOWN: _unknown,
    State.CANCELLED: _cancelled,
    State.UNDONE: _undone,
}
