"""A backup of our database is put back, to be played in a test: AFAS goes on where we were."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any

from django.core.management import call_command
from django.db.models import F

from integrations.models import AfasConnection, AfasDocument, Comparison, PersonTask
from integrations.services.orphans import PERIOD
from tests.integrations.doubt import QUEUED, World, now_of

What = PersonTask.What
LOST_REFERENCE = "TCZZZZZZZZZ9"
AS_IN_THE_BACKUP: dict[str, Any] = {
    "state": QUEUED,
    "order_number": "",
    "invoice_number": "",
    "confirmed_at": None,
    "followed_up_at": None,
    "seen_at": None,
    "next_look_at": None,
    "attempts": 0,
}


def restore() -> str:
    """`manage.py restored`, answered; what it said."""
    said = StringIO()
    call_command("restored", "--yes", stdout=said)
    return said.getvalue()


def minutes(world: World, count: int) -> None:
    """Minutes with their sweeps; the hold and the comparisons see them pass too."""
    for _minute in range(count):
        one = timedelta(minutes=1)
        links = AfasConnection.objects.filter(restored_at__isnull=False)
        links.update(restored_at=F("restored_at") - one, held_until=F("held_until") - one)
        Comparison.objects.update(restored_at=F("restored_at") - one, began_at=F("began_at") - one)
        world.minutes(1)


def as_in_the_backup(document: AfasDocument, **values: Any) -> AfasDocument:
    """The document as it was before it was sent; AFAS goes on with what it has."""
    document.attempt_log.all().delete()
    AfasDocument.objects.filter(pk=document.pk).update(**AS_IN_THE_BACKUP | values)
    return now_of(document)


def orphaned(world: World, document: AfasDocument) -> str:
    """What AFAS made of a document is of another one now, which we lost; its order number."""
    number = document.order_number
    world.change_in_afas(number, RfCs=LOST_REFERENCE)
    return number


def orphans() -> list[PersonTask]:
    return list(PersonTask.objects.filter(what=What.ORPHAN).exclude(key=PERIOD))
