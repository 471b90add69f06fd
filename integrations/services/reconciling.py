"""An unknown outcome ends by proof (DECISIONS A4).

*Found*: AFAS shows our reference with the debtor and total that we sent. *Absent*: the quiet time
is over, three look-ups showed the control row and not the document, and twenty sweeps saw it
unknown, each 55 s after the one before by a clock that nobody can set. All else is for a person.

For a deletion *gone* is an absence and needs all of that; still there after it means: again.
"""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone, translation

from core import audit
from core.jobs import ring
from integrations.models import AfasConnection, AfasDocument, Asks, Intention, Kind, State
from integrations.services import documents, looking, orphans, rhythm, settling
from integrations.services.lists import POSTED
from integrations.services.looking import Look, Sight
from integrations.services.rhythm import quiet_time, scaled

logger = logging.getLogger(__name__)

MOST_LOOKS = 100
LOOKS_TOLD, MOST_LOOKS_TOLD = 8, 30  # how many the page tells one by one, and in all
TIME_FOR_LOOKS = timedelta(seconds=40)
ASKED_BY_SIGHT = {
    Sight.DIFFERS: Asks.DIFFERS,
    Sight.SEVERAL: Asks.SEVERAL,
    Sight.BLIND: Asks.BLIND,
    Sight.FAILED: Asks.FAILING,
}


def count_sweep() -> None:
    """One more sweep saw what is unknown, unless the last one was less than 55 s ago."""
    if rhythm.tick():
        AfasDocument.objects.filter(state=State.UNKNOWN).update(
            sweeps=F("sweeps") + 1,
            changed_at=F("changed_at"),  # nothing that anybody reads
        )


def look_for_unknown() -> None:
    """Look for every unknown document whose time has come, for at most forty seconds.

    What goes wrong with one keeps no other back; a link that does not answer is asked once.
    """
    due = AfasDocument.objects.filter(
        state=State.UNKNOWN, next_look_at__lte=Now(), connection__closed_at__isnull=True
    )
    due = due.select_related("connection", "company", "customer", "target__connection")
    until = time.monotonic() + scaled(TIME_FOR_LOOKS).total_seconds()
    silent: dict[tuple[int, str], Look] = {}
    for document in due.order_by("next_look_at")[:MOST_LOOKS]:
        if looking.can_look(document):
            _look_or_go_on(document, silent)
        if time.monotonic() > until:
            return


def _look_or_go_on(document: AfasDocument, silent: dict[tuple[int, str], Look]) -> None:
    asked = (document.connection_id, looking.connector_for(document))
    try:
        if asked in silent:
            take(document, silent[asked], quiet=is_quiet(document))
        else:
            look = look_now(document)
            if look.sight == Sight.FAILED:
                silent[asked] = look
    except Exception:  # of our own: the others are looked for all the same
        logger.exception("Document %s could not be looked up.", document.reference)
        AfasDocument.objects.filter(_as_read(document)).update(
            next_look_at=Now() + scaled(rhythm.LOOK_AGAIN_WHILE_A_PERSON_IS_ASKED)
        )


def look_now(document: AfasDocument) -> Look:
    """Look for one unknown document and do what follows from it."""
    quiet = is_quiet(document)  # before AFAS is asked: a machine may sleep over its answer
    with translation.override(document.company.language):  # what is kept here, its people read
        look = looking.look_for(document)
        take(document, look, quiet=quiet)
    return look


def take(document: AfasDocument, look: Look, *, quiet: bool) -> None:
    """What one look means for a document; nothing when it was settled meanwhile.

    `quiet` is whether the quiet time was over when AFAS was asked.
    """
    if not _note(document, look):
        return
    if look.sight == Sight.FOUND:
        _there(document, look, quiet=quiet)
    elif look.sight == Sight.ABSENT:
        AfasDocument.objects.filter(_as_read(document), asks__in=ASKED_BY_SIGHT.values()).update(
            asks=""
        )
        if quiet:
            _give_back_if_proven(document)
    elif quiet or look.sight in {Sight.DIFFERS, Sight.SEVERAL}:
        _ask(document, ASKED_BY_SIGHT[look.sight])


def _note(document: AfasDocument, look: Look) -> bool:
    """Keep what was seen; of two looks at the same moment only one counts."""
    absent = look.sight == Sight.ABSENT
    detail = {**document.detail, "shown": look.shown, "said": look.message}
    detail["looks"] = _with(document.detail.get("looks", []), look)
    return bool(
        AfasDocument.objects.filter(_as_read(document), looks=document.looks).update(
            look=look.sight,
            looked_at=Now(),
            looks=F("looks") + 1 if absent else F("looks"),
            next_look_at=Now() + _until_next_look(document),
            detail=detail,
        )
    )


def _with(kept: list[dict[str, Any]], look: Look) -> list[dict[str, Any]]:
    """The look-ups as the page tells them; many that showed the same are one, with how often."""
    seen = {"sight": look.sight, "shown": look.shown, "said": look.message}
    last = kept[-1] if kept else {}
    now = timezone.now().isoformat()
    if len(kept) >= LOOKS_TOLD and seen == {name: last.get(name) for name in seen}:
        return [*kept[:-1], {**last, "at": now, "times": last["times"] + 1}]
    return [*kept[-MOST_LOOKS_TOLD:], {**seen, "at": now, "times": 1}]


def _as_read(document: AfasDocument) -> Q:
    """Still the question that was asked: unknown, by the same attempt."""
    return Q(pk=document.pk, state=State.UNKNOWN, attempts=document.attempts)


def is_as_read(document: AfasDocument) -> bool:
    """Whether it is still unknown, by the same attempt as when it was read."""
    return AfasDocument.objects.filter(_as_read(document)).exists()


def quiet_row(document: AfasDocument) -> Q:
    """The row, when nothing that AFAS might still be doing can change the answer any more."""
    return _as_read(document) & Q(
        sweeps__gte=rhythm.SWEEPS_FOR_ABSENCE,
        unknown_since__lte=Now() - quiet_time(document.connection),
    )


def is_quiet(document: AfasDocument) -> bool:
    """Whether an absence, or a person's answer, proves something by now."""
    return AfasDocument.objects.filter(quiet_row(document)).exists()


def quiet_from(document: AfasDocument) -> datetime | None:
    """From when an answer counts, by the clock; the sweeps may take a little longer."""
    if document.unknown_since is None:
        return None
    return document.unknown_since + quiet_time(document.connection)


def _until_next_look(document: AfasDocument) -> timedelta:
    """At 1, 2, 4 and 8 minutes from the claim, then when the quiet time is over, then each minute;
    while a person is asked, every ten."""
    if document.asks:
        return scaled(rhythm.LOOK_AGAIN_WHILE_A_PERSON_IS_ASKED)
    age = timezone.now() - (document.unknown_since or document.created_at)
    moments = [*map(scaled, rhythm.LOOKS_AFTER), quiet_time(document.connection)]
    return next((at - age for at in moments if age < at), scaled(rhythm.LOOK_AGAIN))


def _there(document: AfasDocument, look: Look, *, quiet: bool) -> None:
    if document.kind == Kind.DELETION:
        _still_there(document, quiet=quiet)
    elif _bears_our_key(document) or quiet:
        _confirm(document, look)


def _bears_our_key(document: AfasDocument) -> bool:
    """A debtor that takes AFAS's number shows nothing of ours: another one may still be coming, so
    what is there counts only after the quiet time."""
    return document.kind != Kind.CUSTOMER or bool(document.customer and document.customer.number)


def _confirm(document: AfasDocument, look: Look) -> None:
    try:
        confirmed = settling.found(document, look.keys)
    except IntegrityError:  # the number is another document's
        _ask(document, Asks.DIFFERS)
        return
    if confirmed:
        audit.record(
            company=document.company, by=None, action="afas_document.looked_up", obj=document
        )


def _still_there(document: AfasDocument, *, quiet: bool) -> None:
    """A deletion that did not happen is sent again, once nothing of it can still come."""
    AfasDocument.objects.filter(_as_read(document)).update(looks=0)
    if quiet:
        _give_back(document, quiet_row(document))


def _give_back_if_proven(document: AfasDocument) -> None:
    proven = quiet_row(document) & Q(looks__gte=rhythm.LOOKS_FOR_ABSENCE)
    if not AfasDocument.objects.filter(proven).exists():
        return
    if document.kind == Kind.DELETION:
        settling.found(document, {}, only=proven)
    else:
        _give_back(document, proven)


def _give_back(document: AfasDocument, proven: Q) -> None:
    """It is proven what AFAS does not hold: do what was answered before, or let it go again."""
    fresh = AfasDocument.objects.select_related("company", "connection", "invoice").get(
        pk=document.pk
    )
    if fresh.intention == Intention.CANCEL:
        reason = fresh.intention_reason
        documents.give_up(document=fresh, by=fresh.intention_by, reason=reason, only=proven)
    elif _was_sent_too_often(fresh):
        _ask(fresh, Asks.REPEATS)
    elif fresh.intention != Intention.REPEAT and orphans.stands_in_the_way(fresh):
        _ask(fresh, Asks.ORPHAN)
    else:
        return_to_queue(fresh, only=proven)


def _was_sent_too_often(document: AfasDocument) -> bool:
    """A person who wants it sent again was told how often it was."""
    if document.intention == Intention.REPEAT or document.absent_means != State.QUEUED:
        return False
    return document.repeats + 1 >= rhythm.MOST_REPEATS


def return_to_queue(document: AfasDocument, *, only: Q | None = None) -> bool:
    """An unknown document whose absence is proven goes back to where it came from.

    `only` is asked of its row at the same moment; without, that nothing of it can still come.
    A person who wants it begins the repeats anew.
    """
    by_person = only is None or document.intention == Intention.REPEAT
    with transaction.atomic():
        moved = AfasDocument.objects.filter(only or quiet_row(document)).update(
            state=F("absent_means"),  # as it stands: a refusal may have come meanwhile
            repeats=0 if by_person else F("repeats") + 1,
            unsent_returns=0,
            not_before=Now(),
            queued_at=Now(),
            next_look_at=None,
            **settling.NO_QUESTION,
        )
        if moved:
            audit.record(
                company=document.company, by=None, action="afas_document.absent", obj=document
            )
            ring("integrations.send_next", document.environment)
    return bool(moved)


def _ask(document: AfasDocument, why: Asks) -> None:
    """A person is needed; an answer given before does not fit what was seen."""
    asked = AfasDocument.objects.filter(_as_read(document)).exclude(asks=why)
    asked.update(asks=why, intention="", intention_by=None, intention_reason="")


def ask_people() -> None:
    """Mark what nobody but a person can settle, and unmark what can be looked up by now."""
    unknown = AfasDocument.objects.filter(state=State.UNKNOWN).order_by()
    in_doubt = set(unknown.values_list("connection", flat=True))
    for connection in AfasConnection.objects.filter(pk__in=in_doubt):
        for kind in (Kind.CUSTOMER, Kind.ATTACHMENT, *POSTED):
            _ask_of_connection(connection, kind)
    AfasDocument.objects.filter(
        state__in=(State.WAITING, State.QUEUED),
        asks="",
        queued_at__lt=Now() - scaled(rhythm.STUCK_AFTER),
    ).update(asks=Asks.STUCK)


def _ask_of_connection(connection: AfasConnection, kind: Kind) -> None:
    """Documents of a kind, and deletions of such. On the documents' own columns: with a joined
    condition PostgreSQL would also mark what was settled in the meantime."""
    unknown = AfasDocument.objects.filter(connection=connection, state=State.UNKNOWN)
    deleted = AfasDocument.objects.filter(connection=connection, kind=kind)
    unknown = unknown.filter(
        Q(kind=kind) | Q(kind=Kind.DELETION, target__in=deleted.order_by().values("pk"))
    )
    if connection.closed_at:
        unknown.exclude(asks=Asks.CLOSED).update(
            next_look_at=None, **settling.NO_QUESTION | {"asks": Asks.CLOSED}
        )
    elif looking.can_look_over(connection, kind):
        unknown.filter(asks=Asks.NO_LOOK_UP).update(asks="", next_look_at=Now())
        unknown.filter(next_look_at__isnull=True).update(next_look_at=Now())
    else:
        seen_before = ("", *ASKED_BY_SIGHT.values())
        unknown.filter(asks__in=seen_before).update(asks=Asks.NO_LOOK_UP, next_look_at=None)
