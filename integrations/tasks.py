"""Tasks of the background: each opens a door to a service and does nothing else."""

from __future__ import annotations

from celery import shared_task

from integrations.services import (
    checking,
    documents,
    importing,
    open_items,
    sending,
    sweeping,
    watching,
)


@shared_task(name="integrations.send_next")
def send_next(environment: str) -> None:
    """Send the oldest due document of an environment."""
    sending.send_next(environment)


@shared_task(name="integrations.release")
def release(environment: str) -> None:
    """Let documents of an environment go on that wait for what is there by now."""
    documents.release_waiting(environment)


@shared_task(name="integrations.sweep")
def sweep() -> None:
    """Pick up whatever crashed, was lost or came late."""
    sweeping.sweep()


@shared_task(name="integrations.import_customers")
def import_customers(run_id: int) -> None:
    """Import customers, or the next slice of them."""
    importing.run_import(run_id)


@shared_task(name="integrations.import_due")
def import_due() -> None:
    """Queue the nightly imports whose minute has come."""
    importing.import_due()


@shared_task(name="integrations.read_payments")
def read_payments(run_id: int) -> None:
    """Read what is still to be paid according to AFAS, or the next slice of it."""
    open_items.run(run_id)


@shared_task(name="integrations.read_payments_due")
def read_payments_due() -> None:
    """Queue the readings of payments whose time has come."""
    open_items.read_due()


@shared_task(name="integrations.check_connections")
def check_connections() -> None:
    """Check the links whose nightly minute has come."""
    checking.check_due()


@shared_task(name="integrations.watch")
def watch() -> None:
    """Open and close what the owners should know, and mail it."""
    watching.watch()
