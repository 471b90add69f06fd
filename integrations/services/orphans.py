"""Invoices and bookings that AFAS has and we lack, mostly after a restored backup (DECISIONS A9).

An orphan bears a reference of our making that no document of ours bears: the document was made
after the backup and went with the restored database, so its entries look unbilled or stand on
another document. Which entries an invoice billed nobody can tell any more: AFAS knows lines, and
our lines are gone. So it is held against open documents by what AFAS does show, debtor and total;
a booking by our invoice number. Equal ones are not sent by themselves any more; a person says
whether they are the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext as _

from accounts.models import User
from core import audit
from core.money import cents
from integrations.afas.posted import Posted
from integrations.models import AfasConnection, AfasDocument, Asks, Kind, PersonTask, State
from integrations.models.documents import REFERENCE_ALPHABET
from integrations.selectors import link_of
from integrations.services import looking, settling
from integrations.services.lists import POSTED, PostedList

PERIOD = "period"
"""The key of the task that asks a person to look at the period since the backup."""
REFERENCE = re.compile(rf"(?<![A-Za-z0-9])TC[{REFERENCE_ALPHABET}]{{10}}(?![A-Za-z0-9])")
NOT_SENT = (State.UNKNOWN, State.WAITING, State.QUEUED, State.REJECTED)


def references_in(text: str) -> list[str]:
    """The words in a text of AFAS that are references as we make them."""
    return REFERENCE.findall(text)


def report(connection: AfasConnection, of: PostedList, posted: Posted, day: str) -> bool:
    """Tell a person of an orphan, and ask about each open document that it may be.

    `day` is its date as AFAS shows it. False when it was told before: what a person decided about
    it stays decided.
    """
    with transaction.atomic():
        task, new = PersonTask.objects.get_or_create(
            what=PersonTask.What.ORPHAN,
            connection=connection,
            document=None,
            key=posted.key,
            defaults={"company_id": connection.company_id, "detail": _shown(of, posted, day)},
        )
        if new:
            for document in _suspects(task):
                _ask(document)
    return new


def stands_in_the_way(document: AfasDocument) -> bool:
    """Whether AFAS has an invoice that may be this document and nobody said what it is."""
    return any(_may_be(document, task.detail) for task in _open_tasks(document))


def free_those_without() -> None:
    """Documents whose orphans are settled go on: they are looked up, and sent if not there."""
    asked = AfasDocument.objects.filter(state=State.UNKNOWN, asks=Asks.ORPHAN)
    for document in asked.select_related("connection", "customer", "invoice"):
        if not stands_in_the_way(document):
            still = AfasDocument.objects.filter(pk=document.pk, asks=Asks.ORPHAN)
            still.update(asks="", next_look_at=Now())


def reference_of(document: AfasDocument, posted: Posted) -> str:
    """The reference that a document takes over when a person says it is this orphan; else "".

    From then on it is looked for, compared and deleted under the reference that AFAS shows.
    """
    tasks = [task for task in _open_tasks(document) if task.key == posted.key]
    if not any(_may_be(document, task.detail) for task in tasks):
        return ""
    return next(iter(references_in(posted.reference)), "")


def taken_over(document: AfasDocument, key: str, by: User) -> None:
    """The orphan of this key is that document: nothing is left to be settled about it."""
    for task in _open_tasks(document):
        open_one = PersonTask.objects.filter(pk=task.pk, key=key, resolved_at__isnull=True)
        note = _("It is document %(reference)s.") % {"reference": document.reference}
        if open_one.update(resolved_at=Now(), resolved_by=by, resolution=note):
            change = audit.Change(reason=note, after={"what": task.what, "key": task.key})
            audit.record(
                company=task.company,
                by=by,
                action="afas_document.task_settled",
                obj=document,
                change=change,
            )


def _shown(of: PostedList, posted: Posted, day: str) -> dict[str, str]:
    return {
        "list": of.kind,
        "number": posted.number,
        "reference": posted.reference,
        "debtor": posted.debtor,
        "total": "" if posted.total is None else str(cents(posted.total)),
        "date": day,
        "invoice_number": posted.invoice_number,
    }


def _kind_of(task: PersonTask) -> str:
    """What the orphan is: an invoice, or a booking."""
    return str(task.detail.get("list", Kind.DIRECT_INVOICE))


def _open_tasks(document: AfasDocument) -> list[PersonTask]:
    """The orphans of its kind in the books that this document is for."""
    if document.kind not in POSTED:
        return []
    tasks = (
        PersonTask.objects.of(document.company_id)
        .filter(
            what=PersonTask.What.ORPHAN,
            resolved_at__isnull=True,
            document__isnull=True,
            connection__environment=document.environment,
            connection__administration=document.administration,
        )
        .exclude(key=PERIOD)
        .select_related("company")
    )
    return [task for task in tasks if _kind_of(task) == document.kind]


def _suspects(task: PersonTask) -> Iterable[AfasDocument]:
    if task.connection is None:
        return []
    unsent = AfasDocument.objects.of(task.company_id).filter(
        kind=_kind_of(task),
        state__in=NOT_SENT,
        environment=task.connection.environment,
        administration=task.connection.administration,
    )
    total = _total(task.detail)
    if _kind_of(task) == Kind.SALES_BOOKING:
        unsent = unsent.filter(invoice__number=task.detail.get("invoice_number", ""))
    elif total is not None:
        unsent = unsent.filter(invoice__net=total)
    related = unsent.select_related("customer", "invoice")
    return [one for one in related if _may_be(one, task.detail)]


def _may_be(document: AfasDocument, shown: Mapping[str, Any]) -> bool:
    """Equal in debtor and total, a booking in our invoice number. While we do not know our debtor
    the total decides, and where AFAS shows no total the debtor: a question too many is better than
    an invoice too many."""
    if document.invoice is None:
        return False
    if document.kind == Kind.SALES_BOOKING:
        return str(shown.get("invoice_number", "")) == document.invoice.number
    if _total(shown) not in {None, document.invoice.net}:
        return False
    debtors = _debtors(document)
    return not debtors or str(shown.get("debtor", "")) in debtors


def _total(shown: Mapping[str, Any]) -> Decimal | None:
    """EUR excl. VAT."""
    try:
        return Decimal(str(shown.get("total", "")))
    except InvalidOperation:
        return None


def _debtors(document: AfasDocument) -> set[str]:
    """Whom it was or would be sent to; empty while AFAS is to give the number."""
    bodies = {document.payload, *document.attempt_log.values_list("request_body", flat=True)}
    sent = {found[0] for body in bodies if (found := looking.debtor_and_total(body))}
    customer = document.customer
    link = link_of(customer, document.environment) if customer else None
    known = link.debtor_number if link else customer.number if customer else ""
    return (sent | {known}) - {""}


def _ask(document: AfasDocument) -> None:
    """It is not sent by itself any more. What was queued again is in doubt again: nothing of it was
    sent since, so what was proven of its own reference holds."""
    unsent = AfasDocument.objects.filter(
        pk=document.pk, state__in=NOT_SENT, attempts=document.attempts
    )
    question = settling.NO_QUESTION | {"asks": Asks.ORPHAN}
    if unsent.filter(state=State.UNKNOWN).update(**question):
        return
    was = State(document.state)
    unsent.filter(state=was).update(
        state=State.UNKNOWN,
        absent_means=was,
        ever_unknown=True,
        unknown_since=Coalesce("unknown_since", Now()),
        next_look_at=Now(),
        **question,
    )
