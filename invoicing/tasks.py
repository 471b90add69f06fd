"""Tasks of the background: each opens a door to a service and does nothing else."""

from __future__ import annotations

from celery import shared_task

from core.jobs import ring
from invoicing.services import keeping, sending


@shared_task(name="invoicing.send_mails")
def send_mails() -> None:
    """Send one mail that is due, and ring for the next: one slow server holds up one mail."""
    if sending.send_next():
        ring(sending.TASK)


@shared_task(name="invoicing.sweep_mails")
def sweep_mails() -> None:
    """Doubt mails whose worker is gone, and ring for those that are due."""
    sending.sweep()


@shared_task(name=keeping.TASK)
def keep_papers() -> None:
    """Set the PDFs of what became final, and ring for more while there are."""
    if keeping.keep_papers() == keeping.AT_ONCE:
        ring(keeping.TASK)
