"""Every confirmed invoice and booking is looked up until AFAS shows it (DECISIONS A4).

That measures how long AFAS takes to show what it has confirmed, which an absence must outlast; it
brings the invoice number, where AFAS gives it later than the order number; and it compares AFAS's
total with ours.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

from django.db import transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Greatest, Now
from django.utils import timezone

from integrations.afas.errors import AfasError
from integrations.afas.posted import Posted
from integrations.models import AfasConnection, AfasDocument, Asks, Kind, PersonTask, State
from integrations.services import clients, looking, rhythm
from integrations.services.following import invoice_label
from integrations.services.lists import LISTS, PostedList, list_of
from integrations.services.looking import Sight
from integrations.services.rhythm import scaled
from invoicing.services import claiming

logger = logging.getLogger(__name__)

TIME_FOR_LOOKS = timedelta(seconds=40)
MOST = 80
FRESH = timedelta(minutes=3)


def see_confirmed() -> None:
    """Look for confirmed documents that AFAS has not shown yet, a few in one question.

    For at most forty seconds; what goes wrong over one link keeps nothing back over the others.
    """
    until = time.monotonic() + scaled(TIME_FOR_LOOKS).total_seconds()
    for of in LISTS:
        for connection in _with_unseen(of):
            unseen = _unseen(of).filter(connection=connection).order_by("next_look_at")
            _see_in_time(connection, of, list(unseen[:MOST]), until)
            if time.monotonic() > until:
                return


def _see_in_time(
    connection: AfasConnection, of: PostedList, unseen: list[AfasDocument], until: float
) -> None:
    try:
        _see_all(connection, of, unseen, until)
    except Exception:  # of our own
        logger.exception("The documents of %s could not be looked up.", connection)
        for document in unseen:
            _not_yet(document, Sight.FAILED)


def _unseen(of: PostedList) -> QuerySet[AfasDocument]:
    due = AfasDocument.objects.filter(
        kind=of.kind,
        state=State.CONFIRMED,
        seen_at__isnull=True,
        next_look_at__lte=Now(),
    )
    return due.select_related("invoice")


def _with_unseen(of: PostedList) -> QuerySet[AfasConnection]:
    """The links that show such documents, or may once they have one, and lack the sight of one."""
    due = _unseen(of).filter(connection=OuterRef("pk")).order_by("next_look_at")
    shows = Q(**of.columns(proven_at__isnull=False)) | Q(**of.columns(problem="no_row"))
    open_ones = AfasConnection.objects.filter(shows, closed_at__isnull=True)
    longest = Subquery(due.values("next_look_at")[:1])
    return open_ones.annotate(longest=longest).filter(longest__isnull=False).order_by("longest")


def _see_all(
    connection: AfasConnection, of: PostedList, unseen: list[AfasDocument], until: float
) -> None:
    for start in range(0, len(unseen), of.at_once):
        if _see(connection, of, unseen[start : start + of.at_once]) == Sight.FAILED:
            for document in unseen[start + of.at_once :]:
                _not_yet(document, Sight.FAILED)
            return
        if time.monotonic() > until:
            return


def see(document: AfasDocument) -> None:
    """Look for one confirmed document now, whenever its turn would be."""
    if of := list_of(document):
        _see(document.connection, of, [document])


def _see(connection: AfasConnection, of: PostedList, documents: list[AfasDocument]) -> Sight:
    """What the look shows of those that are not there: nothing, and how much that says."""
    client = clients.credentials_of(connection).client(limits=clients.LOOKS)
    references = [one.reference for one in documents]
    control, shown = of.control(connection), []
    sight = Sight.FAILED
    with suppress(AfasError):
        shown = of.read(client, connection, references, [control])
        control_shown = any(one.key == control for one in shown)
        sight = Sight.ABSENT if control_shown else Sight.BLIND
    for document in documents:
        borne = [one for one in shown if one.bears(document.reference)]
        ours = [one for one in borne if one.key == document.list_key]
        if ours:
            _seen(document, ours[0])
        else:
            _not_yet(document, sight)
        report_twins(document, borne)
    return sight


def report_twins(document: AfasDocument, borne: Sequence[Posted]) -> None:
    """Tell of our reference, debtor and total under another number than its own: it is there twice,
    or came in after it was given up, undone, or taken for what somebody made by hand."""
    for one in borne:
        if one.key == document.list_key or not looking.is_as_sent(document, one):
            continue
        PersonTask.objects.get_or_create(
            what=PersonTask.What.TWICE,
            document=document,
            key=one.number,
            defaults={"company_id": document.company_id},
        )


def _seen(document: AfasDocument, posted: Posted) -> None:
    with transaction.atomic():
        first = AfasDocument.objects.filter(
            pk=document.pk, state=State.CONFIRMED, seen_at__isnull=True
        ).update(seen_at=Now(), next_look_at=None, look=Sight.FOUND, looked_at=Now(), asks="")
        if not first:
            return
        _measure(document)
        _pin(document)
        _take_number(document, posted)
        compare(document, posted)


def _measure(document: AfasDocument) -> None:
    """The longest delay counts; a time in which nobody could look tells nothing about AFAS."""
    if document.confirmed_at is None:
        return
    delay = timezone.now() - document.confirmed_at
    if delay > scaled(rhythm.UNSEEN_AFTER):
        return  # a person was told, and what hid it was not AFAS's slowness
    if document.look == Sight.ABSENT or delay <= scaled(FRESH):
        AfasConnection.objects.filter(pk=document.connection_id).update(
            sight_seconds=Greatest("sight_seconds", math.ceil(delay.total_seconds()))
        )


def _pin(document: AfasDocument) -> None:
    """The first one ever seen proves the look-up of an AFAS that had none at the check."""
    if of := list_of(document):
        without = Q(pk=document.connection_id, **of.columns(control=""))
        AfasConnection.objects.filter(without).update(
            **of.columns(control=document.list_key, proven_at=Now(), problem="")
        )


def _take_number(document: AfasDocument, posted: Posted) -> None:
    """AFAS often numbers its invoice later than the order: the entries take the new name."""
    if document.kind != Kind.DIRECT_INVOICE:
        return
    if not posted.invoice_number or posted.invoice_number == document.invoice_number:
        return
    document.invoice_number = posted.invoice_number
    AfasDocument.objects.filter(pk=document.pk).update(invoice_number=posted.invoice_number)
    if document.invoice and document.followed_up_at:
        claiming.mark_invoiced(invoice=document.invoice, label=invoice_label(document))


def compare(document: AfasDocument, posted: Posted) -> bool:
    """Whether AFAS shows the amount and debtor that we sent; if not, a person is asked."""
    if posted.total is None or looking.is_as_sent(document, posted):
        return True
    PersonTask.objects.get_or_create(
        what=PersonTask.What.DIFFERS,
        document=document,
        key=document.key,
        defaults={
            "company_id": document.company_id,
            "detail": {"total": str(posted.total), "debtor": posted.debtor},
        },
    )
    return False


def _not_yet(document: AfasDocument, sight: Sight) -> None:
    """Look again, at ever longer intervals; after a day a person should know."""
    age = timezone.now() - (document.confirmed_at or document.created_at)
    pause = min(max(age, scaled(rhythm.LOOKS_AFTER[0])), scaled(rhythm.SIGHT_AT_MOST_EVERY))
    lost = sight == Sight.ABSENT and age > scaled(rhythm.UNSEEN_AFTER)
    AfasDocument.objects.filter(pk=document.pk, state=State.CONFIRMED, seen_at__isnull=True).update(
        look=sight,
        looked_at=Now(),
        next_look_at=Now() + pause,
        asks=Asks.UNSEEN if lost else document.asks,
    )
