"""Importing customers from AFAS, in chunks that are committed one by one."""

from __future__ import annotations

from accounts.models import User
from integrations.models import AfasConnection, ImportRun


def fail_stale() -> None:
    """Runs whose heartbeat stopped over ten minutes ago have failed; what they did stays."""


def ring_for_queued() -> None:
    """Ring for runs that wait: a lost ring costs a minute at most."""


def run_queued() -> int:
    """Run what is queued, for a process without a broker; returns how many runs moved."""
    return 0


def request_import(
    *, connection: AfasConnection, trigger: str, by: User | None = None
) -> ImportRun:
    """Queue an import; the open one of this connection when there is one already.

    Raises DomainError when the connection is closed, paused or not complete.
    """
    raise NotImplementedError


def run_import(run_id: int) -> None:
    """Import until done or until this slice of time is over, then ring for the rest."""


def import_due() -> None:
    """Queue the nightly imports whose minute has come."""
