"""What the page of a document shows beside its story: its life, its bodies, and its actions."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from core.formats import write_moment
from integrations.afas.bookings import booked_as, lines_of
from integrations.forms.billing import ReasonForm
from integrations.forms.documents import AbsentForm, FoundForm, NoteForm
from integrations.models import AfasDocument, Asks, Kind, State
from integrations.selectors import attachments_of, billed_on
from integrations.services import answering, looking_again, picking, undoing
from integrations.services.looking import Sight, debtor_and_total
from integrations.services.stories import once_closed
from integrations.services.timeline import timeline_of
from integrations.views.journal_lines import journal_of

MOVING = (State.WAITING, State.QUEUED, State.SENDING)
SOON, LATER = 2, 10  # seconds between two looks of the page at the document
CANCELLABLE = (State.WAITING, State.QUEUED, State.REJECTED)
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


def context_of(document: AfasDocument) -> dict[str, Any]:
    """Everything that the templates of the page need of one document."""
    attempts = list(document.attempt_log.all())
    return {
        **_contents(document),
        "document": document,
        "moments": timeline_of(document, attempts),
        "attempts": attempts,
        "actions": actions_of(document),
        "every": seconds_to_follow(document),
        "followers": document.followers.select_related("customer"),
        "deletion": undoing.open_deletion(document),
        "moving": document.state in MOVING,
        "said": _said(document),
        "shown": _shown(document),
        "sent": debtor_and_total(document.payload),
        "debtor": _debtor(document),
        "reason_form": ReasonForm(auto_id="cancel_%s"),
        "found_form": FoundForm(document),
        "absent_form": AbsentForm(auto_id="absent_%s"),
        "note_form": NoteForm(auto_id="note_%s"),
    }


def _contents(document: AfasDocument) -> dict[str, Any]:
    """What is invoiced, or booked: of a deletion what it deletes is booked still."""
    booking = document.about
    invoice = document.invoice
    if document.books:
        accounts = picking.accounts_at_hand(document.connection)
        lines = lines_of(booking.payload)
        names = {one.number.lower(): one for one in accounts}
        return {
            "journal": journal_of(lines, str(booking.customer), names) if lines else None,
            "booked": booked_as(booking.payload),
            "dossier_item": attachments_of([booking]).get(booking.pk),
            "open_item": getattr(booking, "open_item", None),
        }
    if invoice is None or document.kind == Kind.ATTACHMENT:
        return {}
    return {"lines": invoice.lines.all(), "billed": billed_on(invoice)}


def version_of(document: AfasDocument) -> str:
    """A short text that changes whenever the page would."""
    attempts = document.attempt_log.values_list("number", "outcome")
    after = document.after.state if document.after else ""
    deletions = document.deletions.values_list("pk", "state")
    items = document.attachments.values_list("pk", "state")
    tasks = document.tasks.values_list("pk", "resolved_at")
    row = (document.state, document.asks, document.intention, document.looks, document.looked_at)
    more = (document.followed_up_at, document.not_before, document.message, document.seen_at)
    others = (list(deletions), list(items), list(tasks))
    told = repr((row, more, after, list(attempts), others))
    return hashlib.sha256(told.encode()).hexdigest()[:16]


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


def _was_sent(document: AfasDocument) -> bool:
    """Whether AFAS refused it, rather than we; a deletion that was refused is no doubt."""
    is_ours = document.problem in OURS or document.kind == Kind.DELETION
    return document.attempts > 0 and not is_ours


def _said(document: AfasDocument) -> str:
    """AFAS's own words, to be folded away below ours."""
    is_doubt = document.state == State.UNKNOWN and document.log_reference
    is_refused = document.state == State.REJECTED and _was_sent(document)
    return document.message if is_doubt or is_refused else ""  # else the message is ours


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


def _shown(document: AfasDocument) -> list[dict[str, Any]]:
    """What AFAS showed at the last look, where it is to be compared with what we sent."""
    is_asked = document.state == State.UNKNOWN and document.look in COMPARED
    return list(document.detail.get("shown", [])) if is_asked else []


def _debtor(document: AfasDocument) -> str:
    """The debtor that it was sent to, as AFAS numbers it."""
    source = document.attached_to or document.about
    sent = debtor_and_total(source.payload)
    return document.debtor_number or (sent[0] if sent else "")
