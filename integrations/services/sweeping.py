"""The sweep, each minute: whatever crashed, was lost or came late is picked up here.

Lost, repeated or reordered rings are harmless, because everything they would have done is found
again by these questions to the database.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from core.jobs import ring
from integrations.models import AfasDocument, State
from integrations.services import (
    bookings,
    claims,
    comparing,
    documents,
    following,
    importing,
    open_items,
    reconciling,
    seeing,
    sending,
    settling,
)

logger = logging.getLogger(__name__)


def sweep() -> None:
    """Everything that is left over, each kind whether or not another one fails.

    Proof that was stored comes first: what it settles must not be called unknown.
    """
    for step in STEPS:
        try:
            step()
        except Exception:
            logger.exception("The sweep could not do all of %s.", step.__name__)


def end_stale_flights() -> None:
    """Documents that no worker can still be sending are unknown from now on."""
    for document in claims.stale_flights().select_related("company"):
        if settling.make_unknown(document, ""):
            logger.warning("Document %s ended without an answer.", document.reference)


def release_all_waiting() -> None:
    """Documents whose customer is known by now go on."""
    for environment in environments_that_wait():
        try:
            documents.release_waiting(environment)
        except Exception:  # the other environments go on
            logger.exception("Not all that waits in %s could go on.", environment)


def release_free() -> int:
    """Documents that wait for nothing but their file get it and go on; returns how many."""
    free = AfasDocument.objects.filter(state=State.WAITING, after__isnull=True).order_by()
    environments = sorted(set(free.values_list("environment", flat=True)))
    return sum(documents.release_waiting(one) for one in environments)


def ring_for_due() -> None:
    """Wake whoever may send."""
    for environment in claims.due_environments():
        ring("integrations.send_next", environment)


def environments_that_wait() -> list[str]:
    """Where documents wait for their customer."""
    waiting = AfasDocument.objects.filter(state=State.WAITING).order_by()
    return sorted(set(waiting.values_list("environment", flat=True)))


STEPS: tuple[Callable[[], None], ...] = (
    sending.settle_stored,
    end_stale_flights,
    reconciling.count_sweep,
    reconciling.look_for_unknown,
    following.follow_up_all,
    release_all_waiting,
    seeing.see_confirmed,
    comparing.compare_restored,
    comparing.compare_asked,
    reconciling.ask_people,
    importing.RUNS.fail_stale,
    importing.RUNS.ring_for_queued,
    open_items.RUNS.fail_stale,
    open_items.RUNS.ring_for_queued,
    bookings.book_sent,
    ring_for_due,
)
