"""Every confirmed invoice is looked up until AFAS shows it (DECISIONS A4).

That measures how long AFAS takes to show what it has confirmed, which an absence must outlast; it
brings the invoice number, where AFAS gives it later than the order number; and it compares AFAS's
total with ours.
"""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Greatest, Now
from django.utils import timezone

from integrations.afas.errors import AfasError
from integrations.afas.posted import PostedInvoice
from integrations.models import AfasConnection, AfasDocument, Asks, Kind, PersonTask, State
from integrations.services import clients, looking, rhythm
from integrations.services.following import invoice_label
from integrations.services.looking import Sight
from integrations.services.rhythm import scaled
from invoicing.services import claiming

AT_ONCE = 8  # references in one question: more would not fit into the URL
MOST = 80
FRESH = timedelta(minutes=3)


def see_confirmed() -> None:
    """Look for confirmed invoices that AFAS has not shown yet, a few in one question."""
    due = AfasDocument.objects.filter(
        Q(connection__lookup_proven_at__isnull=False) | Q(connection__lookup_problem="no_row"),
        kind=Kind.DIRECT_INVOICE,
        state=State.CONFIRMED,
        seen_at__isnull=True,
        next_look_at__lte=Now(),
        connection__closed_at__isnull=True,
    )
    for_connection: dict[AfasConnection, list[AfasDocument]] = defaultdict(list)
    for document in due.select_related("connection", "invoice").order_by("next_look_at")[:MOST]:
        for_connection[document.connection].append(document)
    for connection, unseen in for_connection.items():
        for start in range(0, len(unseen), AT_ONCE):
            _see(connection, unseen[start : start + AT_ONCE])


def see(document: AfasDocument) -> None:
    """Look for one confirmed invoice now, whenever its turn would be."""
    _see(document.connection, [document])


def _see(connection: AfasConnection, documents: list[AfasDocument]) -> None:
    client = clients.credentials_of(connection).client(limits=clients.LOOKS)
    references = [one.reference for one in documents]
    try:
        shown = looking.posted_invoices(client, connection, references, [connection.lookup_control])
    except AfasError:
        sight = Sight.FAILED
        shown = []
    else:
        control_shown = any(one.order_number == connection.lookup_control for one in shown)
        sight = Sight.ABSENT if control_shown else Sight.BLIND
    for document in documents:
        ours = [one for one in shown if one.order_number == document.order_number]
        if ours and ours[0].bears(document.reference):
            _seen(document, ours[0])
        else:
            _not_yet(document, sight)


def _seen(document: AfasDocument, posted: PostedInvoice) -> None:
    with transaction.atomic():
        first = AfasDocument.objects.filter(
            pk=document.pk, state=State.CONFIRMED, seen_at__isnull=True
        ).update(seen_at=Now(), next_look_at=None, look=Sight.FOUND, looked_at=Now(), asks="")
        if not first:
            return
        _measure(document)
        _pin(document)
        _take_number(document, posted)
        _compare(document, posted)


def _measure(document: AfasDocument) -> None:
    """The longest delay counts; a time in which nobody could look tells nothing about AFAS."""
    if document.confirmed_at is None:
        return
    delay = timezone.now() - document.confirmed_at
    if document.look == Sight.ABSENT or delay <= scaled(FRESH):
        AfasConnection.objects.filter(pk=document.connection_id).update(
            sight_seconds=Greatest("sight_seconds", math.ceil(delay.total_seconds()))
        )


def _pin(document: AfasDocument) -> None:
    """The first invoice ever seen proves the look-up of an AFAS that had none at the check."""
    AfasConnection.objects.filter(pk=document.connection_id, lookup_control="").update(
        lookup_control=document.order_number, lookup_proven_at=Now(), lookup_problem=""
    )


def _take_number(document: AfasDocument, posted: PostedInvoice) -> None:
    """AFAS often numbers the invoice later than the order: the entries take the new name."""
    if not posted.invoice_number or posted.invoice_number == document.invoice_number:
        return
    document.invoice_number = posted.invoice_number
    AfasDocument.objects.filter(pk=document.pk).update(invoice_number=posted.invoice_number)
    if document.invoice and document.followed_up_at:
        claiming.mark_invoiced(invoice=document.invoice, label=invoice_label(document))


def _compare(document: AfasDocument, posted: PostedInvoice) -> None:
    if posted.total is None or looking.is_as_sent(document, posted):
        return
    PersonTask.objects.get_or_create(
        what=PersonTask.What.DIFFERS,
        document=document,
        key=document.order_number,
        defaults={
            "company_id": document.company_id,
            "detail": {"total": str(posted.total), "debtor": posted.debtor},
        },
    )


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
