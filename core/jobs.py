"""A doorbell, not a queue: the database holds the work, the ring only hastens it."""

from __future__ import annotations

import logging
from functools import partial

from celery import current_app
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def ring(task: str, *args: object) -> None:
    """Ring for `task`, by its name, once the current transaction is committed.

    Losing a ring costs nothing but time, since the sweep finds the same work; so without a broker
    this is silent, and a broker that is down is a log line and never an error for a person.
    """
    transaction.on_commit(partial(_send, task, args))


def _send(task: str, args: tuple[object, ...]) -> None:
    if not settings.REDIS_URL:
        return
    try:
        current_app.send_task(task, args=args, retry=False)
    except (OperationalError, OSError) as error:
        logger.warning(
            "No answer from the broker for %s (%s); the sweep will find it.", task, error
        )
