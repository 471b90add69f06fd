"""What AFAS answers to a document of Studio Eik, written straight into the rows: it is history."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from core.models import AuditEvent
from integrations.afas import bookings, documents, subjects
from integrations.models import AfasAttempt, AfasDocument, Kind, State
from integrations.services.following import follow_up
from integrations.services.looking import debtor_and_total
from integrations.services.outcomes import KEYS
from integrations.services.refusals import recognise

NO_SUCH_ITEM = "De ingevulde waarde bij 'Itemcode' bestaat niet."
DEBTOR_BLOCKED = "Debiteur 20005 is geblokkeerd."
NO_PAYMENT_CONDITION = "Vul een waarde in bij 'Betalingsvoorwaarde'."
PERIOD_BLOCKED = "Voor deze administratie is periode {period} van het jaar {year} geblokkeerd."
RECONCILED = "Journaalpost {number} is afgeletterd of betaald en kan niet meer worden verwijderd."
WRONG_TYPE = "Deze bestemming is niet geldig voor dit type dossieritem"
LOG_REFERENCE = "7F3A90D1C5E24B1890AB64D2E81F77C3"
ROOTS = {
    Kind.DIRECT_INVOICE: documents.DIRECT_INVOICE,
    Kind.SALES_BOOKING: bookings.ENTRY,
    Kind.ATTACHMENT: subjects.SUBJECT,
}
"""What AFAS's answer is called."""
SETTLED = 100  # sweeps: enough for any answer to count


def confirms(document: AfasDocument, at: datetime, **keys: str) -> None:
    """It is taken under these numbers of AFAS's, by our columns; a deletion has none."""
    names = KEYS[document.kind]
    given = {names[column][0]: number for column, number in keys.items()}
    answer = {"results": {ROOTS[Kind(document.kind)]: given}} if given else {}
    key = next(iter(keys.values()), "")
    status = 201 if given else 200
    _attempt(document, at, status, answer, outcome="done", key=key, keys=keys)
    _move(document, State.CONFIRMED, **keys, confirmed_at=at)
    AfasDocument.objects.filter(pk=document.pk).update(created_at=at, queued_at=at)
    follow_up(document.pk)
    _backdate(document, at + timedelta(seconds=3))
    document.refresh_from_db()


def refuses(document: AfasDocument, sentence: str, at: datetime) -> None:
    """Nothing is booked; AFAS says why."""
    answer = {"externalMessage": sentence, "profitLogReference": LOG_REFERENCE}
    _attempt(document, at, 500, answer, outcome="refused", message=sentence)
    _move(
        document,
        State.REJECTED,
        problem=recognise(sentence).code,
        message=sentence,
        log_reference=LOG_REFERENCE,
    )


def is_silent(document: AfasDocument, at: datetime, **columns: object) -> None:
    """It was sent, and no answer came."""
    _attempt(document, at, None, {}, outcome="nothing", message="Read timed out.")
    passed = int((timezone.now() - at).total_seconds() // 60)
    _move(
        document,
        State.UNKNOWN,
        ever_unknown=True,
        unknown_since=at,
        sweeps=min(passed, SETTLED),
        **columns,
    )


def shows_another(document: AfasDocument, at: datetime) -> None:
    """A look-up shows our reference on an invoice with another total."""
    debtor, total = debtor_and_total(document.payload) or ("", 0)
    shown = {
        "number": "69990288",
        "invoice_number": "",
        "debtor": debtor,
        "total": str(total + 100),
        "reference": document.reference,
    }
    seen = {"sight": "differs", "shown": [shown], "said": "", "times": 1}
    looked_at = at + timedelta(minutes=4)
    AfasDocument.objects.filter(pk=document.pk).update(
        look="differs",
        looked_at=looked_at,
        detail={"shown": [shown], "looks": [{**seen, "at": looked_at.isoformat()}]},
    )


def looks_alike(document: AfasDocument, at: datetime) -> None:
    """A debtor of AFAS may be this customer, so nothing was sent."""
    _attempt(document, at, None, {}, outcome="settled_by_reading")
    alike = [{"number": "20006", "name": "Fysiotherapie Beter Bewegen", "city": "Eindhoven"}]
    _move(
        document,
        State.REJECTED,
        problem="look_alike",
        message="AFAS has a debtor that looks like this customer. Nothing was sent.",
        detail={"alike": alike},
    )


def puts_off(document: AfasDocument) -> None:
    """AFAS asked to come back later, so it stays in the queue until tomorrow."""
    now = timezone.now()
    _attempt(document, now, 503, {"retry_after": 86400}, outcome="not_started")
    _move(
        document,
        State.QUEUED,
        unsent_returns=1,
        not_before=now + timedelta(days=1),
        queued_at=now,
        message="AFAS is busy and asks to come back later.",
    )


def is_taking(document: AfasDocument) -> None:
    """Sent five minutes ago, so that it keeps the environment busy for half a minute more."""
    since = timezone.now() - timedelta(minutes=5)
    AfasAttempt.objects.create(
        company=document.company, document=document, number=1, request_body=document.payload
    )
    _move(document, State.SENDING, sending_since=since)


def look(*, minutes: int) -> dict[str, Any]:
    """A look-up so many minutes ago that did not show it."""
    at = timezone.now() - timedelta(minutes=minutes)
    return {"sight": "absent", "shown": [], "said": "", "at": at.isoformat(), "times": 1}


def _move(document: AfasDocument, state: State, **columns: object) -> None:
    """The document after its first attempt."""
    AfasDocument.objects.filter(pk=document.pk).update(state=state, attempts=1, **columns)
    document.refresh_from_db()


def _backdate(document: AfasDocument, at: datetime) -> None:
    """What was recorded of it happened then."""
    AuditEvent.objects.filter(
        object_type=document._meta.label_lower, object_id=str(document.pk)
    ).update(at=at)


def _attempt(
    document: AfasDocument, at: datetime, status: int | None, answer: object, **columns: object
) -> None:
    took = timedelta(seconds=120 if columns.get("outcome") == "nothing" else 2)
    attempt = AfasAttempt.objects.create(
        company=document.company,
        document=document,
        number=1,
        request_body=document.payload,
        status=status,
        response_body=json.dumps(answer) if answer else "",
        finished_at=at + took,
        settled_at=at + took,
        **columns,
    )
    AfasAttempt.objects.filter(pk=attempt.pk).update(started_at=at)
