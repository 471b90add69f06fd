"""Tasks of the background: each opens a door to a service and does nothing else."""

from __future__ import annotations

from celery import shared_task

from accounts.services import idempotency


@shared_task(name="accounts.forget_answers")
def forget_answers() -> None:
    """Throw away the answers to programs that nobody is given any more."""
    idempotency.forget_old()
