"""Alive, and ready: for whoever watches the process."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection
from django.db.utils import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from integrations.models import AfasDocument, State

PATIENCE = timedelta(minutes=15)


@require_safe
def healthz(_request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(_request: HttpRequest) -> JsonResponse:
    """The database answers and no document has been due for a quarter of an hour."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        late = AfasDocument.objects.filter(
            state=State.QUEUED,
            not_before__lt=timezone.now() - PATIENCE,
            connection__paused_at__isnull=True,
            connection__closed_at__isnull=True,
        ).count()
    except DatabaseError:
        return JsonResponse({"status": "no database"}, status=503)
    return JsonResponse(
        {"status": "late" if late else "ok", "late": late}, status=503 if late else 200
    )
