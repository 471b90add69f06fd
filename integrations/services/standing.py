"""What the stories of all kinds of documents share: how one came where it stands, and what next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core import audit
from core.formats import write_moment
from integrations.afas.refusals import UNKNOWN
from integrations.models import AfasDocument, Asks, Intention, Kind, PersonTask, State
from integrations.services import going_live, looking, refusals
from integrations.services.holding import is_restored
from integrations.services.stories import Story, once_closed


class Standing(NamedTuple):
    """The parts of a story that do not speak of money."""

    headline: str
    happened: str = ""
    advice: str = ""
    mark: str = "info"

    def told(self, money: str) -> Story:
        """The whole story, with what it means for the money."""
        return Story(
            headline=self.headline,
            happened=self.happened,
            advice=self.advice,
            money=money,
            mark=self.mark,
        )


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
    Asks.ORPHAN: gettext_lazy(
        "Since a backup was put back AFAS has an invoice that we lack, of the same debtor and "
        "total: see Needs attention. If it bills the same entries, give its number below; if it "
        "is something else, settle it there and this goes on by itself."
    ),
}


def waiting(document: AfasDocument) -> Standing:
    """It waits for its customer, or for the annexes that go before it."""
    after = document.after
    if after and after.kind == Kind.ATTACHMENT:
        return _waiting_for_annexes(after)
    if after is None and document.kind == Kind.ATTACHMENT:
        return Standing(_("Its file is made first; then it goes out by itself."), stuck(document))
    state = after.state if after else ""
    if state == State.REJECTED:
        return Standing(
            _("Its customer could not be created in AFAS."),
            _("Solve that, and this goes on by itself."),
            mark="warn",
        )
    if state == State.UNKNOWN:
        return Standing(
            _("AFAS did not answer about its customer, so it may have created it."),
            _("This waits until that is certain; then it goes on by itself."),
        )
    return Standing(
        _("Its customer is created in AFAS first; then this goes on by itself."), stuck(document)
    )


def _waiting_for_annexes(after: AfasDocument) -> Standing:
    if after.state in {State.REJECTED, State.UNKNOWN} or after.is_stuck:
        return Standing(
            _("Its annexes are not in AFAS's dossier yet."),
            _("Solve that, or cancel them, and this goes on by itself."),
            mark="warn",
        )
    return Standing(_("Its annexes go into AFAS's dossier first; then this goes on by itself."))


def stuck(document: AfasDocument) -> str:
    """That it should have left long ago; empty when it should not."""
    if document.asks != Asks.STUCK:
        return ""
    return _(
        "It has been waiting for over four hours: look at the AFAS settings whether the link works."
    )


def queued(document: AfasDocument) -> Standing:
    """It goes out in a moment, or something keeps it."""
    headline, happened = _why_queued(document)
    is_late = bool(document.connection.closed_at or document.asks)
    text = " ".join(one for one in (happened, stuck(document)) if one)
    return Standing(headline, text, mark="warn" if is_late else "info")


def _why_queued(document: AfasDocument) -> tuple[str, str]:
    connection = document.connection
    now = timezone.now()
    if connection.closed_at:
        return _("The link it was made for is closed, so it is not sent."), once_closed(document)
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


def sending(_document: AfasDocument) -> Standing:
    """It is on its way at this moment."""
    return Standing(_("It is on its way to AFAS."), _("AFAS may take a few minutes to answer."))


def rejected(document: AfasDocument) -> Standing:
    """What AFAS, or we, had against it, and what to do."""
    refusal = refusals.refusal_of(document)
    said, advice = refusals.said_and_advised(refusal.code, refusal.values, document.about.kind)
    headline = said or _as_said(document)
    return Standing(headline, _why_rejected(document), advice, mark="bad")


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


def unknown(document: AfasDocument, headline: str) -> Standing:
    """What is in doubt, and who finds that out; `headline` when AFAS just did not answer."""
    if is_restored(document):
        headline = _("A backup of our database was put back, so AFAS may know more of this.")
    elif document.absent_means == State.REJECTED:
        headline = _(
            "AFAS refused it after an attempt without an answer, so it may exist there all the "
            "same."
        )
    parts = (_sent(document), _looks(document), _who_settles(document))
    return Standing(headline, " ".join(one for one in parts if one), mark="unknown")


def _sent(document: AfasDocument) -> str:
    if is_restored(document):
        return _(
            "What happened after that backup is gone here; it is in doubt since %(moment)s."
        ) % {"moment": write_moment(document.unknown_since)}
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
    if document.asks == Asks.ORPHAN and document.books:
        return _(
            "AFAS has an entry of the same invoice number that we lack: see Needs attention. If it "
            "is this booking, give its number below; if it is something else, settle it there and "
            "this goes on by itself."
        )
    if document.asks:
        return str(WHY_A_PERSON.get(document.asks, ""))
    if looking.can_look(document):
        return _("We look it up by ourselves until it is certain.")
    return str(WHY_A_PERSON[Asks.NO_LOOK_UP])


def is_twice(document: AfasDocument) -> bool:
    """Whether AFAS gave a number for what was over, and nobody settled that."""
    return document.tasks.filter(what=PersonTask.What.TWICE, resolved_at__isnull=True).exists()


def open_tasks(document: AfasDocument) -> set[str]:
    """What a person still has to settle about it."""
    return set(document.tasks.filter(resolved_at__isnull=True).values_list("what", flat=True))


def who_undid(document: AfasDocument, stated: str) -> str:
    """How it came to be undone; `stated` when a person said so."""
    if document.deletions.filter(state=State.CONFIRMED).exists():
        return _("AFAS deleted it.")
    if audit.events_of(document.company, document).filter(action=going_live.ACTION).exists():
        return _("It was made in a test environment, and released when you went live.")
    return stated
