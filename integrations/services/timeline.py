"""The life of a document as a page tells it, from what was written down while it happened.

Attempts, look-ups, the audit trail, deletions and tasks, in order of time, then what is to come.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import audit
from core.formats import write_money, write_number
from integrations.models import AfasAttempt, AfasDocument, Kind, State
from integrations.services import looking, reconciling, rhythm
from integrations.services.happenings import told
from integrations.services.looking import Sight
from integrations.services.outcomes import Proof

MOST_EVENTS = 300
SAME_MOMENT = timedelta(seconds=10)
NOT_STARTED = {Proof.NOT_STARTED.value, Proof.DENIED.value, "not_sent"}


@dataclass(frozen=True, kw_only=True)
class Moment:
    """One thing that happened, or will: when, how it is marked, what, and by whom.

    `attempt` is there where its bodies can be shown, `document` where another one is meant, and
    `is_future` for what is still to come.
    """

    at: datetime
    title: str
    text: str = ""
    by: str = ""
    mark: str = ""
    attempt: AfasAttempt | None = None
    document: AfasDocument | None = None
    is_future: bool = False


def timeline_of(document: AfasDocument, attempts: Iterable[AfasAttempt]) -> list[Moment]:
    """Everything that happened to a document, the oldest first, and what comes next."""
    attempts = list(attempts)
    past = [
        *_made(document),
        *_events(document, attempts),
        *(moment for one in attempts for moment in _attempt(document, one)),
        *_looks(document),
        *_deletions(document),
        *_attachments(document),
        *_tasks(document),
    ]
    return [*sorted(past, key=lambda one: one.at), *_to_come(document)]


def _made(document: AfasDocument) -> Iterator[Moment]:
    text = _amount(document)
    by = str(document.created_by or "")
    reason = str(document.detail.get("reason", "")) if document.kind == Kind.DELETION else ""
    yield Moment(at=document.created_at, title=_("Made"), text=reason or text, by=by, mark="info")


def _amount(document: AfasDocument) -> str:
    """What it is about, as its own document says: a booking incl. VAT."""
    invoice = document.invoice
    if invoice is None or document.kind == Kind.ATTACHMENT:
        return ""
    return write_money(invoice.total if document.books else invoice.net)


def _events(document: AfasDocument, attempts: list[AfasAttempt]) -> Iterator[Moment]:
    silent = [one.finished_at for one in attempts if one.outcome == Proof.NOTHING]
    for event in audit.events_of(document.company, document)[:MOST_EVENTS]:
        happening = told(event, document)
        if happening is None:
            continue
        if event.action == "afas_document.unknown" and _is_near(event.at, silent):
            continue  # the attempt itself says so
        yield Moment(
            at=event.at,
            title=happening.title,
            text=happening.text,
            by=event.by_name,
            mark=happening.mark,
        )


def _is_near(moment: datetime, others: Iterable[datetime | None]) -> bool:
    return any(other and abs(moment - other) < SAME_MOMENT for other in others)


def _attempt(document: AfasDocument, attempt: AfasAttempt) -> Iterator[Moment]:
    title = _("Sent to AFAS, attempt %(number)s") % {"number": attempt.number}
    if attempt.outcome in {"not_sent", "settled_by_reading"}:
        title = _("To be sent, attempt %(number)s") % {"number": attempt.number}
    yield Moment(at=attempt.started_at, title=title, mark="info", attempt=attempt)
    if attempt.finished_at:
        mark, what = _outcome(document, attempt)
        took = Decimal(str((attempt.finished_at - attempt.started_at).total_seconds()))
        text = _("after %(seconds)s s") % {"seconds": write_number(took, 1)}
        said = _said(attempt)
        text = f"{text} · {said}" if said else text
        yield Moment(at=attempt.finished_at, title=what, text=text, mark=mark)


def _said(attempt: AfasAttempt) -> str:
    """AFAS's words; where nothing answered, what that was, in the reader's language."""
    if attempt.status is None and attempt.outcome == Proof.NOTHING:
        return _("the line broke off, or nothing came in time")
    return attempt.message


def _outcome(document: AfasDocument, attempt: AfasAttempt) -> tuple[str, str]:
    match attempt.outcome:
        case Proof.DONE if document.kind == Kind.DELETION:
            return "ok", _("AFAS deleted it")
        case Proof.DONE:
            return "ok", _("AFAS took it as %(key)s") % {"key": attempt.key}
        case Proof.REFUSED:
            return "bad", _("AFAS refused it")
        case "settled_by_reading":
            return "", _("AFAS was read, and nothing was sent")
        case outcome if outcome in NOT_STARTED:
            return "", _("Provably nothing started in AFAS")
    return "unknown", _("No answer that proves anything")


def _looks(document: AfasDocument) -> Iterator[Moment]:
    for look in document.detail.get("looks", []):
        at = parse_datetime(str(look.get("at", "")))
        if at is not None:
            yield _look(document, at, look)
    if document.seen_at:
        yield Moment(at=document.seen_at, title=_("AFAS shows it"), mark="ok")


def _look(document: AfasDocument, at: datetime, look: dict[str, object]) -> Moment:
    sight, times = str(look.get("sight", "")), int(str(look.get("times", 1)))
    shown = look.get("shown")
    text = "; ".join(_row(one) for one in shown) if isinstance(shown, list) else ""
    if sight == Sight.FAILED:
        text = str(look.get("said", ""))
    elif sight == Sight.ABSENT and not text:
        text = _proves(document, at)
    if times > 1:
        text = f"{_times(times)} {text}".strip()
    mark = "unknown" if sight in {Sight.DIFFERS, Sight.SEVERAL} else ""
    return Moment(at=at, title=_seen(document, sight), text=text, mark=mark)


def _times(times: int) -> str:
    return ngettext("%(count)d look-up.", "%(count)d look-ups.", times) % {"count": times}


def _seen(document: AfasDocument, sight: str) -> str:
    is_deletion = document.kind == Kind.DELETION
    match sight:
        case Sight.FOUND:
            return _("Looked up: it is still there") if is_deletion else _("Looked up: found")
        case Sight.ABSENT:
            return _("Looked up: not there any more") if is_deletion else _("Looked up: not found")
        case Sight.DIFFERS:
            return _("Looked up: something else than we sent")
        case Sight.SEVERAL:
            return _("Looked up: more than one")
        case Sight.BLIND:
            return _("Looked up: even what is certainly there was not shown")
    return _("Looked up: AFAS could not be asked")


def _proves(document: AfasDocument, at: datetime) -> str:
    quiet_from = reconciling.quiet_from(document)
    is_early = document.state == State.UNKNOWN and quiet_from and at < quiet_from
    return _("Too early to be proof") if is_early else ""


def _row(row: object) -> str:
    """What AFAS showed, in a few words."""
    if not isinstance(row, dict):
        return ""
    names = ("number", "invoice_number", "name", "city", "debtor")
    words = [str(row[name]) for name in names if row.get(name)]
    if row.get("total"):
        words.append(write_money(Decimal(str(row["total"]))))
    return " · ".join(words)


def _deletions(document: AfasDocument) -> Iterator[Moment]:
    for deletion in document.deletions.select_related("created_by"):
        yield Moment(
            at=deletion.created_at,
            title=_("AFAS was to delete it"),
            text=str(deletion.detail.get("reason", "")),
            by=str(deletion.created_by or ""),
            mark="info",
            document=deletion,
        )


def _attachments(document: AfasDocument) -> Iterator[Moment]:
    for item in document.attachments.all():
        title = _("The PDF was to go into AFAS's dossier")
        yield Moment(at=item.created_at, title=title, mark="info", document=item)


def _tasks(document: AfasDocument) -> Iterator[Moment]:
    for task in document.tasks.all():
        yield Moment(at=task.created_at, title=task.get_what_display(), text=task.key, mark="bad")


def _to_come(document: AfasDocument) -> Iterator[Moment]:
    now = timezone.now()
    if document.state == State.QUEUED and document.not_before > now:
        yield _coming(document.not_before, _("It goes out, on its own"))
    if document.state != State.UNKNOWN:
        return
    quiet = reconciling.quiet_from(document)
    looks = looking.can_look(document)
    moments = []
    if looks and document.next_look_at and document.next_look_at > now:
        moments.append(_coming(document.next_look_at, _("Next look-up, on its own")))
    if quiet and quiet > now:
        moments.append(_coming(quiet, _("Earliest moment to conclude “not there”"), _why(looks)))
    yield from sorted(moments, key=lambda one: one.at)


def _coming(at: datetime, title: str, text: str = "") -> Moment:
    return Moment(at=at, title=title, text=text, mark="next", is_future=True)


def _why(looks: bool) -> str:  # noqa: FBT001  said of a document, not chosen by a caller
    if not looks:
        return _("from then on your answer counts")
    return _("and after %(looks)s look-ups") % {"looks": rhythm.LOOKS_FOR_ABSENCE}
