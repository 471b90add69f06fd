"""AFAS and we are compared, both ways: when somebody asks, and after a restored backup (A9).

What AFAS has and we lack is an orphan (`orphans`); what we hold confirmed and AFAS shows no more is
lost, and a person undoes it or finds it; what AFAS shows with another amount or debtor differs.
What AFAS had not shown yet is left to `seeing`, which looks for it. After a restore it is done
twice: at five minutes, and at thirty, when nothing of before can still come.

All that bears a reference of ours is read page by page, list by list, with the control row: a
sweep reads for forty seconds, the next one goes on. As long as the second comparison after a
restore is not made the hold goes on, for two hours at most; then a person is asked to look. Where
AFAS shows us nothing a person is asked from the start.
"""

from __future__ import annotations

import logging
import random
import time
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core import audit
from core.errors import DomainError
from integrations.afas.errors import AfasError
from integrations.models import AfasConnection, Comparison
from integrations.services import looking, orphans, restoring
from integrations.services.lists import LISTS, PostedList, list_for
from integrations.services.readings import Reading
from integrations.services.rhythm import COMPARED_AFTER_RESTORE, scaled

logger = logging.getLogger(__name__)

TIME_FOR_PAGES = timedelta(seconds=40)
HELD_AT_MOST = timedelta(hours=2)
HELD_FOR = timedelta(minutes=3)


@transaction.atomic
def ask(*, connection: AfasConnection, by: User | None) -> list[Comparison]:
    """Compare every list of a link that can be read, as soon as the sweep comes; returns those.

    One that is under way is not begun again. Raises DomainError when no list can be read.
    """
    lists = [of for of in LISTS if looking.can_look_over(connection, of.kind)]
    if not lists:
        raise DomainError(
            _(
                "AFAS shows us neither its invoices nor its bookings, so there is nothing to "
                "compare with. The AFAS settings say which connector to grant."
            )
        )
    audit.record(
        company=connection.company, by=by, action="afas_connection.compared", obj=connection
    )
    return [_asked(connection, of, by) for of in lists]


def _asked(connection: AfasConnection, of: PostedList, by: User | None) -> Comparison:
    comparison, _new = Comparison.objects.get_or_create(
        connection=connection,
        what=of.kind,
        restored_at=None,
        finished_at=None,
        defaults={"company_id": connection.company_id, "began_at": timezone.now(), "by": by},
    )
    return comparison


def compare_asked() -> None:
    """Go on with every comparison that somebody asked for; one that fails keeps no other back."""
    until = time.monotonic() + scaled(TIME_FOR_PAGES).total_seconds()
    not_held = Q(connection__held_until__isnull=True) | Q(connection__held_until__lte=Now())
    waiting = Comparison.objects.filter(
        not_held, restored_at__isnull=True, finished_at__isnull=True, began_at__lte=Now()
    )
    for comparison in waiting.select_related("connection__company").order_by("pk"):
        _go_on_asked(comparison, until)
        if time.monotonic() > until:
            return


def _go_on_asked(comparison: Comparison, until: float) -> None:
    connection, of = comparison.connection, list_for(comparison.what)
    if of is None or not looking.can_look_over(connection, of.kind):
        _end(comparison, "not_granted")
        return
    try:
        Reading.of(comparison, of, until).go()
    except AfasError as error:
        logger.warning("%s was not compared: %s", connection, type(error).__name__)
        _end(comparison, "failing")
    except Exception:  # of our own
        logger.exception("%s could not be compared with AFAS.", connection)
        _end(comparison, "failing")


def _end(comparison: Comparison, problem: str) -> None:
    """It ends without a result: whoever asked sees why, and asks again."""
    Comparison.objects.filter(pk=comparison.pk, finished_at__isnull=True).update(
        finished_at=Now(), problem=problem
    )


def compare_restored() -> None:
    """Compare every link whose time has come; what goes wrong over one keeps no other back."""
    until = time.monotonic() + scaled(TIME_FOR_PAGES).total_seconds()
    for connection in _restored():
        try:
            _go_on(connection, until)
        except AfasError as error:
            logger.warning("%s is compared later: %s", connection, type(error).__name__)
        except Exception:  # of our own
            logger.exception("%s could not be compared with AFAS.", connection)
        if time.monotonic() > until:
            break
    orphans.free_those_without()


def _restored() -> list[AfasConnection]:
    """Links that are not compared yet, in another order each time: a slow one must not be first
    for ever."""
    waiting = AfasConnection.objects.filter(
        restored_at__isnull=False, closed_at__isnull=True, compared__lt=len(COMPARED_AFTER_RESTORE)
    )
    found = list(waiting.select_related("company"))
    random.shuffle(found)
    return found


def _go_on(connection: AfasConnection, until: float) -> None:
    restored_at = connection.restored_at
    if restored_at is None:
        return
    if restoring.needs_a_person(connection):
        restoring.ask_for_period(connection, None)
    lists = [of for of in LISTS if looking.can_look_over(connection, of.kind)]
    if not lists:
        return
    since = timezone.now() - restored_at
    _hold_on(connection, since)
    if since < scaled(COMPARED_AFTER_RESTORE[connection.compared]):
        return
    readings = [_after_restore(connection, of, restored_at) for of in lists]
    for of, comparison in zip(lists, readings, strict=True):
        if comparison.finished_at is None:
            Reading.of(comparison, of, until).go()
    _count_when_all_are_done(connection, restored_at, [one.pk for one in readings])


def _after_restore(connection: AfasConnection, of: PostedList, restored_at: datetime) -> Comparison:
    """Begun, or as far as it came."""
    comparison, _new = Comparison.objects.get_or_create(
        connection=connection,
        what=of.kind,
        restored_at=restored_at,
        number=connection.compared + 1,
        defaults={"company_id": connection.company_id, "began_at": timezone.now()},
    )
    return comparison


def _count_when_all_are_done(
    connection: AfasConnection, restored_at: datetime, readings: list[int]
) -> None:
    open_ones = Comparison.objects.filter(pk__in=readings, finished_at__isnull=True)
    if open_ones.exists():
        return
    AfasConnection.objects.filter(
        pk=connection.pk, restored_at=restored_at, compared=connection.compared
    ).update(compared=F("compared") + 1)


def _hold_on(connection: AfasConnection, since: timedelta) -> None:
    """Nothing leaves before the second comparison, unless AFAS cannot be compared for two hours."""
    if since > scaled(HELD_AT_MOST):
        restoring.ask_for_period(connection, None)
        return
    ends = AfasConnection.objects.filter(pk=connection.pk, held_until__lt=Now() + scaled(HELD_FOR))
    ends.update(held_until=Now() + scaled(HELD_FOR))
