"""What can be done with a document now, why something cannot, and what AFAS said and showed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from core.formats import write_moment
from integrations.models import AfasDocument, Asks, Kind, State
from integrations.services import answering, looking_again, undoing
from integrations.services.documents import CANCELLABLE
from integrations.services.looking import Sight
from integrations.services.stories import once_closed

MOVING = (State.WAITING, State.QUEUED, State.SENDING)
SOON, LATER = 2, 10  # seconds between two looks at a document that moves
OURS = ("look_alike", "cannot_build", "connector_missing", "number_reused")
COMPARED = (Sight.DIFFERS, Sight.SEVERAL)


@dataclass(frozen=True, kw_only=True)
class Actions:
    """What can be done with a document now; a sentence says why something cannot.

    `absent_kept` says that an answer of absence is kept until it is proven.
    """

    look: bool
    why_not_look: str
    there: bool
    why_not_there: str
    absent: bool
    why_not_absent: str
    absent_kept: str
    retry: bool
    why_not_retry: str
    choose: bool
    cancel: bool
    undo: bool


def seconds_to_follow(document: AfasDocument) -> int:
    """How often the page looks whether something changed; 0 when only a person changes it."""
    if document.state == State.QUEUED and document.not_before > timezone.now():
        return LATER
    if document.state in MOVING:
        is_held = document.connection.paused_at or document.connection.closed_at
        return LATER if is_held else SOON
    if document.state == State.CONFIRMED and document.followed_up_at is None:
        return SOON
    looks_itself = document.state == State.UNKNOWN and document.next_look_at
    return LATER if looks_itself or undoing.open_deletion(document) else 0


def actions_of(document: AfasDocument) -> Actions:
    """What can be done now, and why something cannot."""
    state, kind = State(document.state), Kind(document.kind)
    is_unknown, is_refused = state == State.UNKNOWN, state == State.REJECTED
    unseen = state == State.CONFIRMED and document.asks == Asks.UNSEEN
    opens = answering.opens_at(document) if is_unknown else None
    may_prove = is_unknown and answering.may_prove(document)
    choose = is_refused and document.problem == "look_alike" and bool(document.detail.get("alike"))
    return Actions(
        look=is_unknown or unseen,
        why_not_look=looking_again.why_not(document) if is_unknown or unseen else "",
        there=is_unknown or (is_refused and _was_sent(document)),
        why_not_there=_not_before(opens) if opens and kind == Kind.DELETION else "",
        absent=is_unknown,
        why_not_absent=_not_before(opens) if opens and not may_prove else "",
        absent_kept=_kept(document, opens) if may_prove else "",
        retry=is_refused and not choose,
        why_not_retry=_closed(document) if is_refused else "",
        choose=choose,
        cancel=state in CANCELLABLE,
        undo=undoing.can_be_undone(document),
    )


def said_by_afas(document: AfasDocument) -> str:
    """AFAS's own words, to be folded away below ours."""
    is_doubt = document.state == State.UNKNOWN and document.log_reference
    is_refused = document.state == State.REJECTED and _was_sent(document)
    return document.message if is_doubt or is_refused else ""  # else the message is ours


def shown_by_afas(document: AfasDocument) -> list[dict[str, Any]]:
    """What AFAS showed at the last look, where it is to be compared with what we sent."""
    is_asked = document.state == State.UNKNOWN and document.look in COMPARED
    return list(document.detail.get("shown", [])) if is_asked else []


def _was_sent(document: AfasDocument) -> bool:
    """Whether AFAS refused it, rather than we; a deletion that was refused is no doubt."""
    is_ours = document.problem in OURS or document.kind == Kind.DELETION
    return document.attempts > 0 and not is_ours


def _not_before(opens: datetime) -> str:
    return _(
        "from %(moment)s on. Until then AFAS may still be working on it, so what nobody sees there "
        "now may come yet."
    ) % {"moment": write_moment(opens)}


def _kept(document: AfasDocument, opens: datetime | None) -> str:
    if answering.counts_now(document):
        return ""
    if opens is None:
        return _("We keep your answer and look once more by ourselves; then it is carried out.")
    return _(
        "Say “not there” before %(moment)s and we keep your answer, look again by ourselves, and "
        "carry it out once it is proven."
    ) % {"moment": write_moment(opens)}


def _closed(document: AfasDocument) -> str:
    if not document.connection.closed_at:
        return ""
    if not document.bills:
        return " ".join((_("The link it was made for is closed."), once_closed(document)))
    return _("The link it was made for is closed. Cancel it, then bill its entries again.")
