"""Pausing and resuming a connection. While it is paused nothing is sent and nothing is lost."""

from __future__ import annotations

from django.utils import timezone

from accounts.models import User
from core import audit
from core.jobs import ring
from integrations.afas.errors import DeniedReason
from integrations.models import AfasConnection

PAUSE_OF_REASON = {
    DeniedReason.CREDENTIALS: AfasConnection.Pause.CREDENTIALS,
    DeniedReason.IP: AfasConnection.Pause.ADDRESS,
}


def pause(connection: AfasConnection, *, because: str, by: User | None) -> bool:
    """Stop sending over this connection; False when it was paused already."""
    open_ones = AfasConnection.objects.filter(pk=connection.pk, paused_at__isnull=True)
    if by is None:  # a refusal of the old secret must not stop the new one
        open_ones = open_ones.filter(secret_set_at=connection.secret_set_at)
    paused = open_ones.update(paused_at=timezone.now(), paused_because=because)
    if paused:
        change = audit.Change(after={"paused_because": because})
        audit.record(
            company=connection.company,
            by=by,
            action="afas_connection.paused",
            obj=connection,
            change=change,
        )
    return bool(paused)


def pause_for(connection: AfasConnection, reason: DeniedReason) -> bool:
    """Pause because AFAS refuses us altogether."""
    because = PAUSE_OF_REASON.get(reason, AfasConnection.Pause.CREDENTIALS)
    return pause(connection, because=because, by=None)


def resume(connection: AfasConnection, *, by: User | None) -> bool:
    """Go on where it stopped; False when it was not paused."""
    resumed = AfasConnection.objects.filter(pk=connection.pk, paused_at__isnull=False).update(
        paused_at=None, paused_because=""
    )
    if resumed:
        audit.record(
            company=connection.company, by=by, action="afas_connection.resumed", obj=connection
        )
        ring("integrations.send_next", connection.environment)
    return bool(resumed)
