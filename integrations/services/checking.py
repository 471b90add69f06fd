"""Checks of a link: by whoever saves credentials or presses "Test again", and each night.

A check asks AFAS whether it lets us in, what it grants and until when, and proves anew that
documents can be looked up. Each one is kept as a row, also when it failed.
"""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone, translation

from accounts.models import Company, User
from core.errors import DomainError, FieldsError
from core.secrets import scrub
from integrations.afas.client import AMSTERDAM
from integrations.models import AfasConnection, CheckRun
from integrations.selectors import connection_of
from integrations.services import apps, connecting, granting, pausing, proving
from integrations.services.clients import Credentials, credentials_of

logger = logging.getLogger(__name__)

Trigger = CheckRun.Trigger
NIGHT_BEGINS, NIGHT_ENDS = timedelta(hours=1, minutes=30), timedelta(hours=6)
SPREAD_MINUTES = 30
AGAIN_AFTER = timedelta(hours=1)
SECONDS_FOR_CHECKS = 30.0
"""What one round may take, so that sending does not wait for the checks of many companies."""


def save_credentials(
    *, company: Company, wanted: Credentials, by: User, confirmed: bool = False
) -> AfasConnection:
    """Try credentials and keep them when AFAS lets them in, with what it grants.

    Raises what `connecting.try_credentials` and `connecting.save_credentials` raise.
    """
    started = timezone.now()
    try:
        accepted = connecting.try_credentials(company, wanted)
    except DomainError as error:
        current = connection_of(company)
        if current and (current.participant, current.realm) == (wanted.participant, wanted.realm):
            _note(current, Trigger.SAVED, by, started, error)
        raise
    saved = connecting.save_credentials(
        company=company, accepted=accepted, by=by, confirmed=confirmed
    )
    _finish(saved, accepted, Trigger.SAVED, by, started)
    return saved


def check_again(
    *, connection: AfasConnection, by: User | None, trigger: str = Trigger.BUTTON
) -> AfasConnection:
    """Try the stored credentials again and keep what AFAS says of them.

    A connection that AFAS refused goes on when it is accepted, and pauses when it is refused.
    Raises DomainError with what is wrong; `by` is None for a check that nobody asked for.
    """
    started = timezone.now()
    try:
        accepted = connecting.try_credentials(connection.company, credentials_of(connection))
    except DomainError as error:
        if isinstance(error, FieldsError):
            pausing.pause(connection, because=AfasConnection.Pause.CREDENTIALS, by=None)
        _note(connection, trigger, by, started, error)
        raise
    with transaction.atomic():
        facts = connecting.facts_of(accepted, connection)
        AfasConnection.objects.filter(pk=connection.pk).update(**facts)
        apps.rest_if_app_rests(connection, by)
    connection.refresh_from_db()
    _finish(connection, accepted, trigger, by, started)
    return connection


def check_due() -> None:
    """Check each link once a night, and again after an hour when AFAS could not be asked.

    Each has its own minute from 01:30 (Europe/Amsterdam); what was missed is caught up until 06:00.
    A link that a person paused is left alone. Stops after thirty seconds: the rest is still due.
    """
    until = time.monotonic() + SECONDS_FOR_CHECKS
    for connection in due(timezone.now()):
        _check_by_night(connection)
        if time.monotonic() > until:
            return


def due(now: datetime) -> list[AfasConnection]:
    """The links whose nightly check has not been made, and whose minute has come."""
    local = now.astimezone(AMSTERDAM)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    since = timedelta(hours=local.hour, minutes=local.minute) - NIGHT_BEGINS
    if since < timedelta(0) or since >= NIGHT_ENDS - NIGHT_BEGINS:
        return []
    waiting = _unchecked(since=midnight, now=now).select_related("company").order_by("pk")
    come = (one for one in waiting if timedelta(minutes=minute_of(one)) <= since)
    return [one for one in come if one.has_credentials]


def minute_of(connection: AfasConnection) -> int:
    """The minute after 01:30 of its nightly check, spread so that AFAS is not asked by all."""
    return connection.pk * 37 % SPREAD_MINUTES


def _unchecked(*, since: datetime, now: datetime) -> QuerySet[AfasConnection]:
    """Not checked this night; one that failed without a refusal is tried once an hour."""
    tonight = CheckRun.objects.filter(trigger=Trigger.NIGHTLY, started_at__gte=since)
    enough = tonight.filter(
        Q(accepted=True)
        | Q(started_at__gt=now - AGAIN_AFTER)
        | Q(connection__paused_at__isnull=False)
    )
    usable = AfasConnection.objects.filter(closed_at__isnull=True, checked_at__isnull=False)
    return usable.exclude(paused_because=AfasConnection.Pause.PERSON).exclude(checks__in=enough)


def _check_by_night(connection: AfasConnection) -> None:
    with translation.override(connection.company.language):  # what is kept here, its people read
        try:
            check_again(connection=connection, by=None, trigger=Trigger.NIGHTLY)
        except DomainError as error:
            logger.warning("The nightly check of %s failed: %s", connection, scrub(error.message))
        except Exception:  # one link must not keep the others from their check
            logger.exception("The nightly check of %s broke off.", connection)


def _finish(
    connection: AfasConnection,
    accepted: connecting.Accepted,
    trigger: str,
    by: User | None,
    started: datetime,
) -> None:
    """Prove the look-up with what AFAS said, and keep the row of the check."""
    try:
        proving.prove(connection, connecting.client_for_page(connection), accepted.info)
    finally:
        _note(connection, trigger, by, started)


def _note(
    connection: AfasConnection,
    trigger: str,
    by: User | None,
    started: datetime,
    error: DomainError | None = None,
) -> None:
    """The row of one check; of a check that AFAS did not answer nothing was granted or missing."""
    needed = [] if error else [one for one in granting.list_of(connection) if not one.optional]
    CheckRun.objects.create(
        company=connection.company,
        connection=connection,
        trigger=trigger,
        by=by,
        started_at=started,
        finished_at=timezone.now(),
        accepted=error is None,
        granted=sum(one.granted for one in needed),
        missing=sum(not one.granted for one in needed),
        message=scrub(error.message) if error else "",
    )
