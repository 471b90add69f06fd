"""The sweep, each minute: whatever crashed, was lost or came late is picked up here.

Lost, repeated or reordered rings are harmless, because everything they would have done is found
again by these questions to the database.
"""

from __future__ import annotations

import logging

from core.jobs import ring
from integrations.models import AfasDocument, State
from integrations.services import claims, documents, following, importing, settling

logger = logging.getLogger(__name__)


def sweep() -> None:
    """Stale flights to unknown, consequences of confirmations, waiting documents, rings."""
    for document in claims.stale_flights().select_related("company"):
        if settling.make_unknown(document, ""):
            logger.warning("Document %s ended without an answer.", document.reference)
    following.follow_up_all()
    for environment in environments_that_wait():
        documents.release_waiting(environment)
    importing.fail_stale()
    importing.ring_for_queued()
    for environment in claims.due_environments():
        ring("integrations.send_next", environment)


def environments_that_wait() -> list[str]:
    """Where documents wait for their customer."""
    waiting = AfasDocument.objects.filter(state=State.WAITING).order_by()
    return sorted(set(waiting.values_list("environment", flat=True)))
