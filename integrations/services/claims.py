"""The claim: which worker may send which document, and for how long that holds.

ADR 0006 and DECISIONS A1. The claim is one conditional update on the document's own columns (with a
joined condition PostgreSQL lets several workers win), committed before anything is sent; a
constraint allows one document in flight per environment, over all companies.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from integrations.models import AfasDocument, State
from integrations.services.rhythm import CLAIM_LIFETIME, FLIGHT_LIFETIME, scaled

BACK_OFF_MINUTES = (1, 2, 4, 8, 16, 32, 60)


def due() -> QuerySet[AfasDocument]:
    """Documents that may be sent now: queued, their time has come, the connection in use."""
    return AfasDocument.objects.filter(
        _open_connection(), state=State.QUEUED, not_before__lte=Now()
    )


def next_due(environment: str) -> AfasDocument | None:
    """The oldest document that may be sent in `environment`."""
    return due().filter(environment=environment).order_by("created_at", "id").first()


def due_environments() -> list[str]:
    """The environments for which something may be sent, none of them busy already."""
    busy = AfasDocument.objects.filter(state=State.SENDING).values("environment")
    waiting = due().exclude(environment__in=busy).order_by()
    return sorted(set(waiting.values_list("environment", flat=True)))


def claim(pk: UUID) -> AfasDocument | None:
    """Take the document for this worker; None when another worker or another document was first."""
    mine = AfasDocument.objects.filter(pk=pk, state=State.QUEUED, not_before__lte=Now())
    try:
        with transaction.atomic(durable=True):  # committed before anything is sent
            taken = mine.update(
                state=State.SENDING, sending_since=Now(), attempts=F("attempts") + 1, asks=""
            )
            # Read while the row is ours: a worker suspended here must not take up a later claim.
            rows = AfasDocument.objects.select_related("connection", "target")
            return rows.get(pk=pk) if taken else None
    except IntegrityError:  # one_document_in_flight_per_environment
        return None


def still_ours(document: AfasDocument) -> bool:
    """Whether the claim holds at this very moment: asked directly before each POST.

    A machine that was suspended after its claim wakes up here and finds it gone; so does a worker
    whose connection was paused, or linked elsewhere, in the meantime.
    """
    return AfasDocument.objects.filter(
        _in_flight(document),
        no_key(),
        _open_connection(),
        sending_since__gte=Now() - scaled(CLAIM_LIFETIME),
        connection__environment=F("environment"),
        connection__administration=F("administration"),
    ).exists()


def put_back(document: AfasDocument, *, seconds: int = 0, message: str = "") -> bool:
    """A document that provably did not leave goes back into the queue, to be tried later.

    The pause is the longer of `seconds` and a delay that doubles up to an hour.
    """
    pause = max(seconds, back_off(document.unsent_returns)) if seconds or message else 0
    return bool(
        AfasDocument.objects.filter(_in_flight(document)).update(
            state=State.QUEUED,
            sending_since=None,
            unsent_returns=F("unsent_returns") + 1,
            not_before=Now() + scaled(timedelta(seconds=pause)),
            message=message,
        )
    )


def postpone(document: AfasDocument, *, message: str) -> None:
    """A queued document waits for a delay that doubles up to an hour."""
    AfasDocument.objects.filter(pk=document.pk, state=State.QUEUED).update(
        not_before=Now() + scaled(timedelta(seconds=back_off(document.unsent_returns))),
        unsent_returns=F("unsent_returns") + 1,
        message=message,
    )


def hold_environment(environment: str, *, seconds: int) -> None:
    """AFAS is away or busy: what else is queued for it need not find out one by one."""
    until = Now() + scaled(timedelta(seconds=seconds))
    AfasDocument.objects.filter(
        environment=environment, state=State.QUEUED, not_before__lt=until
    ).update(not_before=until)


def back_off(returns: int) -> int:
    """Seconds to wait after so many returns: 1, 2, 4 … 60 minutes."""
    return 60 * BACK_OFF_MINUTES[min(returns, len(BACK_OFF_MINUTES) - 1)]


def stale_flights() -> QuerySet[AfasDocument]:
    """Documents claimed so long ago that no worker of ours can still be sending them."""
    return AfasDocument.objects.filter(
        state=State.SENDING, sending_since__lt=Now() - scaled(FLIGHT_LIFETIME)
    )


def _in_flight(document: AfasDocument) -> Q:
    return Q(pk=document.pk, state=State.SENDING, attempts=document.attempts)


def _open_connection() -> Q:
    """In use, neither paused nor closed, and not held after a restored backup (DECISIONS A9)."""
    not_held = Q(connection__held_until__isnull=True) | Q(connection__held_until__lte=Now())
    return not_held & Q(connection__paused_at__isnull=True, connection__closed_at__isnull=True)


def no_key() -> Q:
    """AFAS has given no number of its own yet."""
    return Q(order_number="", debtor_number="", entry_number="", subject_number="")
