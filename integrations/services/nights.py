"""The night's work: each link has a minute of its own, so that AFAS is not asked by all at once."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from integrations.afas.client import AMSTERDAM
from integrations.models import AfasConnection

NIGHT_BEGINS, NIGHT_ENDS = 2, 6


def night_began() -> datetime | None:
    """02:00 (Europe/Amsterdam) of this night; None outside it. What was missed is caught up until
    06:00."""
    local = timezone.now().astimezone(AMSTERDAM)
    if not NIGHT_BEGINS <= local.hour < NIGHT_ENDS:
        return None
    return local.replace(hour=NIGHT_BEGINS, minute=0, second=0, microsecond=0, fold=0)


def has_come(connection: AfasConnection) -> bool:
    """Whether the minute of this link has come tonight."""
    local = timezone.now().astimezone(AMSTERDAM)
    return nightly_minute(connection) <= (local.hour - NIGHT_BEGINS) * 60 + local.minute


def nightly_minute(connection: AfasConnection) -> int:
    """The minute after 02:00 (Europe/Amsterdam) of its nightly work, spread over the hour."""
    return connection.pk * 37 % 60
