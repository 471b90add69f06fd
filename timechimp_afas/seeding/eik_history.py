"""What AFAS answered Studio Eik, and when: a document in each state, and a history of imports."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import User
from integrations.models import (
    AfasAttempt,
    AfasConnection,
    AfasDocument,
    ImportRow,
    ImportRun,
    InvoicingRun,
    Kind,
    State,
)
from integrations.services import documents, undoing
from integrations.services.following import follow_up

FIRST_ORDER = 69990201  # below the numbers that the pretend AFAS gives
NO_SUCH_ITEM = "De ingevulde waarde bij 'Itemcode' bestaat niet."
NO_PAYMENT_CONDITION = "Vul een waarde in bij 'Betalingsvoorwaarde'."
LOG_REFERENCE = "7F3A90D1C5E24B1890AB64D2E81F77C3"


def take(run: InvoicingRun, moment: datetime) -> None:
    """AFAS takes every invoice of the run, half a minute apart."""
    InvoicingRun.objects.filter(pk=run.pk).update(created_at=moment)
    for place, document in enumerate(run.documents.order_by("created_at")):
        at = moment + timedelta(seconds=30 * place)
        _confirmed(document, str(FIRST_ORDER + place), at)


def undo_one(run: InvoicingRun, owner: User) -> None:
    """One of its invoices was credited in AFAS: its hours are unbilled again."""
    document = run.documents.get(invoice__project__code="HART", kind=Kind.DIRECT_INVOICE)
    undoing.corrected_there(
        document=document,
        reason="Het Groene Hart krijgt deze maand één factuur, van hun nieuwe stichting.",
        by=owner,
        number="CR-2026-0031",
    )


def everything_happens(run: InvoicingRun, owner: User) -> None:
    """One invoice each: refused, unknown, waiting its turn, on its way, cancelled, and waiting.

    What is on its way has no worker any more, so the sweep makes it *unknown* before long.
    """
    moment = timezone.now() - timedelta(days=6)
    InvoicingRun.objects.filter(pk=run.pk).update(created_at=moment)
    by_project = {
        document.invoice.project.code: document
        for document in run.documents.filter(kind=Kind.DIRECT_INVOICE)
        if document.invoice and document.invoice.project
    }
    newcomer = run.documents.get(kind=Kind.CUSTOMER)
    _refused(newcomer, NO_PAYMENT_CONDITION, moment)
    _refused(by_project["HOUT"], NO_SUCH_ITEM, moment)
    _unknown(by_project["ZAAK"], moment)
    _put_off(by_project["HART"])
    _on_its_way(by_project["REDERIJ"])
    documents.cancel(
        document=by_project["KOFFIE"],
        by=owner,
        reason="Zwart Goud krijgt deze maand één factuur; we wachten op de laatste uren.",
    )
    AfasDocument.objects.filter(run=run).update(created_at=moment)


def import_runs(connection: AfasConnection, owner: User) -> None:
    """The first import by hand, a night that failed, and a night with one change."""
    now = timezone.now()
    first = _import(connection, owner, now - timedelta(days=70), new=9, skipped=1)
    ImportRow.objects.create(
        company=connection.company,
        run=first,
        outcome=ImportRow.Outcome.SKIPPED,
        debtor_number="20008",
        name="Failliete Modeketen B.V.",
        reason="blocked",
    )
    failed = _import(connection, None, now - timedelta(days=3))
    ImportRun.objects.filter(pk=failed.pk).update(
        status=ImportRun.Status.FAILED,
        error="AFAS did not answer within 60 seconds. Nothing was changed; it is tried again "
        "the next night.",
    )
    _import(connection, None, now - timedelta(days=1), changed=1, unchanged=9)
    AfasConnection.objects.filter(pk=connection.pk).update(import_cursor=now - timedelta(days=1))


def _import(
    connection: AfasConnection, by: User | None, moment: datetime, **counts: int
) -> ImportRun:
    trigger = ImportRun.Trigger.BUTTON if by else ImportRun.Trigger.NIGHTLY
    run = ImportRun.objects.create(
        company=connection.company,
        connection=connection,
        trigger=trigger,
        by=by,
        status=ImportRun.Status.DONE,
        started_at=moment,
        heartbeat_at=moment + timedelta(seconds=4),
        finished_at=moment + timedelta(seconds=4),
        expected=sum(counts.values()),
        **counts,
    )
    ImportRun.objects.filter(pk=run.pk).update(queued_at=moment)
    return run


def _confirmed(document: AfasDocument, order_number: str, at: datetime) -> None:
    keys = {"order_number": order_number, "invoice_number": ""}
    answer = {"results": {"FbDirectInvoice": {"OrNu": order_number}}}
    _attempt(document, at, 201, answer, outcome="done", key=order_number, keys=keys)
    _move(document, State.CONFIRMED, order_number=order_number, confirmed_at=at)
    AfasDocument.objects.filter(pk=document.pk).update(created_at=at)
    follow_up(document.pk)


def _refused(document: AfasDocument, sentence: str, at: datetime) -> None:
    answer = {"externalMessage": sentence, "profitLogReference": LOG_REFERENCE}
    _attempt(document, at, 500, answer, outcome="refused", message=sentence)
    _move(
        document,
        State.REJECTED,
        problem="refused",
        message=sentence,
        log_reference=LOG_REFERENCE,
    )


def _unknown(document: AfasDocument, at: datetime) -> None:
    _attempt(document, at, None, {}, outcome="nothing", message="Read timed out.")
    _move(document, State.UNKNOWN, ever_unknown=True, unknown_since=at)


def _put_off(document: AfasDocument) -> None:
    """AFAS asked to come back later, so it stays in the queue until tomorrow."""
    now = timezone.now()
    _attempt(document, now, 503, {"retry_after": 86400}, outcome="not_started")
    tomorrow = now + timedelta(days=1)
    _move(document, State.QUEUED, unsent_returns=1, not_before=tomorrow)


def _on_its_way(document: AfasDocument) -> None:
    """Sent five minutes ago, so that it keeps the environment busy for half a minute more."""
    since = timezone.now() - timedelta(minutes=5)
    AfasAttempt.objects.create(
        company=document.company, document=document, number=1, request_body=document.payload
    )
    _move(document, State.SENDING, sending_since=since)


def _move(document: AfasDocument, state: State, **columns: object) -> None:
    """The document after its first attempt."""
    AfasDocument.objects.filter(pk=document.pk).update(state=state, attempts=1, **columns)


def _attempt(
    document: AfasDocument, at: datetime, status: int | None, answer: object, **columns: object
) -> None:
    attempt = AfasAttempt.objects.create(
        company=document.company,
        document=document,
        number=1,
        request_body=document.payload,
        status=status,
        response_body=json.dumps(answer) if answer else "",
        finished_at=at + timedelta(seconds=2),
        settled_at=at + timedelta(seconds=2),
        **columns,
    )
    AfasAttempt.objects.filter(pk=attempt.pk).update(started_at=at)
