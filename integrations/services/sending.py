"""Telling AFAS, once: claim → commit → check → POST → keep the proof → settle.

Nothing here repeats a POST. What came of it is decided by what proves what (DECISIONS A2), and
everything that is not proven is *unknown*.
"""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from uuid import UUID

from django.db.models.functions import Now
from django.utils import translation

from core.errors import DomainError
from core.jobs import ring
from integrations.afas.auth import ClientCredentials
from integrations.afas.bookings import SALES_BOOKING
from integrations.afas.client import AfasClient, Answer
from integrations.afas.documents import CUSTOMER, DIRECT_INVOICE
from integrations.afas.errors import AfasError, Denied, Rejected
from integrations.afas.subjects import SUBJECT
from integrations.models import AfasAttempt, AfasDocument, Kind, State
from integrations.services import (
    attaching,
    claims,
    clients,
    deleting,
    lookalikes,
    looking,
    pausing,
    settling,
)
from integrations.services.outcomes import Outcome, Proof, accepted, outcome_of, storable
from integrations.services.refusals import recognise
from integrations.services.rhythm import UNSETTLED, scaled

logger = logging.getLogger(__name__)

MOST_STORED = 500
CONNECTORS = {
    Kind.CUSTOMER: CUSTOMER,
    Kind.DIRECT_INVOICE: DIRECT_INVOICE,
    Kind.SALES_BOOKING: SALES_BOOKING,
    Kind.ATTACHMENT: SUBJECT,
}


def send_next(environment: str) -> bool:
    """Send the oldest due document of an environment and ring for the next.

    Returns False when there is nothing due, or when another worker holds the environment. One
    document a call, so that no task outlives its time limit.
    """
    document = claims.next_due(environment)
    if document is None or not send(document.pk):
        return False
    ring("integrations.send_next", environment)
    return True


def send_due() -> int:
    """Send everything that is due in every environment, one after the other; returns how many.

    What goes wrong in one environment keeps nothing back in the others.
    """
    sent = 0
    for environment in claims.due_environments():
        try:
            while send_next(environment):
                sent += 1
        except Exception:
            logger.exception("Sending to %s broke off; it is tried again.", environment)
    return sent


def send(pk: UUID) -> bool:
    """Try to send one document; False when it was not ours to send or is still to be sent.

    True says that the environment's next document may go: this one left the queue.
    """
    document = AfasDocument.objects.select_related("connection", "company", "target").get(pk=pk)
    with translation.override(document.company.language):  # what is kept here, its people read
        return _send(document)


def _send(document: AfasDocument) -> bool:
    client = _ready_client(document)
    claimed = claims.claim(document.pk) if client else None
    if client is None or claimed is None:
        return False
    try:
        attempt = open_attempt(claimed)
        if not _may_go(client, claimed, attempt):
            return not _is_queued(document.pk)
    except Exception:  # ours, before the POST: calling it unknown would strand it
        claims.put_back(claimed, seconds=60)
        raise
    outcome = post(client, claimed)
    settling.keep_proof(attempt, outcome)
    settling.settle(claimed, attempt, outcome)
    if outcome.proof is Proof.DENIED and claimed.denied:
        _who_is_denied(_reader(client), claimed, connector_of(claimed))
    return outcome.proof is not Proof.NOT_STARTED


def _is_queued(pk: UUID) -> bool:
    return AfasDocument.objects.filter(pk=pk, state=State.QUEUED).exists()


def _ready_client(document: AfasDocument) -> AfasClient | None:
    """A client with a fresh credential, fetched before the claim; None when that fails."""
    credentials = clients.credentials_of(document.connection)
    auth = credentials.auth()
    try:
        if isinstance(auth, ClientCredentials):
            auth.refresh()
    except Denied as error:
        pausing.pause_for(document.connection, error.reason)
    except AfasError as error:
        claims.postpone(document, message=storable(error.message))
    else:
        return credentials.client(auth, clients.WRITES)
    return None


def open_attempt(document: AfasDocument) -> AfasAttempt:
    """Write the attempt down before anything leaves: AFAS keeps no log of what it accepted."""
    return AfasAttempt.objects.create(
        company_id=document.company_id,
        document=document,
        number=document.attempts,
        request_body=document.payload,
    )


def _may_go(client: AfasClient, document: AfasDocument, attempt: AfasAttempt) -> bool:
    """The last questions before the POST: does AFAS have this debtor already, is what is to be
    deleted still ours, is the file there, is the claim?"""
    reader = _reader(client)
    try:
        if _settled_by_reading(reader, document):
            settling.close_unsent(attempt, "settled_by_reading")
            return False
    except AfasError as error:
        _could_not_look(reader, document, attempt, error)
        return False
    if claims.still_ours(document):
        return True
    claims.put_back(document, seconds=60)
    settling.close_unsent(attempt, "not_sent")
    logger.warning("Document %s was not sent: its claim did not hold any more.", document.reference)
    return False


def _settled_by_reading(reader: AfasClient, document: AfasDocument) -> bool:
    """Whether what AFAS shows makes the call needless or dangerous. Raises AfasError."""
    match document.kind:
        case Kind.CUSTOMER:
            return lookalikes.settle_by_reading(reader, document)
        case Kind.DELETION:
            return deleting.settle_by_reading(reader, document)
        case Kind.ATTACHMENT:
            return _lacks_its_file(document)
    return False


def _lacks_its_file(document: AfasDocument) -> bool:
    """Whether the file of an attachment is gone or another one; then it is refused, unsent."""
    try:
        attaching.body_of(document)
    except DomainError as error:
        outcome = Outcome(proof=Proof.REFUSED, problem="cannot_build", message=error.message)
        settling.refuse(document, outcome)
        return True
    return False


def _reader(client: AfasClient) -> AfasClient:
    return client.within(clients.in_scale(clients.LOOKS))


def _could_not_look(
    reader: AfasClient, document: AfasDocument, attempt: AfasAttempt, error: AfasError
) -> None:
    """Nothing left. AFAS's own refusal of the reading is for a person; the rest is tried again."""
    message = storable(error.message)
    settling.close_unsent(attempt, "not_sent", message)
    if isinstance(error, Rejected):
        outcome = outcome_of(error)
        settling.refuse(document, replace(outcome, problem=outcome.problem or "refused"))
        return
    claims.put_back(document, seconds=60, message=message)
    if isinstance(error, Denied):
        connection = document.connection
        asked = looking.connector_for(document) or connection.debtor_connector
        _who_is_denied(reader, document, asked)


def post(client: AfasClient, document: AfasDocument) -> Outcome:
    """The one POST or DELETE. Any exception of our own counts as *nothing proven*."""
    kind = Kind(document.kind)
    try:
        answer = _tell(client, document)
    except AfasError as error:
        return outcome_of(error)
    except Exception as error:  # the POST may have left; saying otherwise could double a bill
        logger.exception("Sending document %s broke off.", document.reference)
        return Outcome(proof=Proof.NOTHING, message=type(error).__name__)
    return accepted(kind, answer)


def _tell(client: AfasClient, document: AfasDocument) -> Answer:
    connector = connector_of(document)
    if document.kind == Kind.DELETION:
        return client.delete(connector, json.loads(document.payload))
    return client.create(connector, attaching.body_of(document))


def connector_of(document: AfasDocument) -> str:
    """The UpdateConnector that a document goes through; a deletion through that of its target."""
    kind = document.target.kind if document.target else document.kind
    return CONNECTORS[Kind(kind)]


def settle_stored() -> None:
    """Finish what a worker that died between proof and settling left: its answer is in the row."""
    proven = [one.value for one in Proof if one is not Proof.NOTHING]
    left = AfasAttempt.objects.filter(
        outcome__in=proven, settled_at__isnull=True, finished_at__lt=Now() - scaled(UNSETTLED)
    )
    left = left.select_related("document__connection", "document__company")
    for attempt in left.order_by("finished_at")[:MOST_STORED]:
        try:
            _settle_stored(attempt)
        except Exception:  # one that cannot be settled keeps no other back
            logger.exception("What attempt %s brought is still to be settled.", attempt.pk)


def _settle_stored(attempt: AfasAttempt) -> None:
    document = attempt.document
    document.attempts = attempt.number  # what it was when this attempt was made
    outcome = Outcome(
        proof=Proof(attempt.outcome),
        keys=attempt.keys,
        message=attempt.message,
        problem=recognise(attempt.message).code,
        wait=60,
    )
    with translation.override(document.company.language):  # what is kept here, its people read
        settling.settle(document, attempt, outcome)


def _who_is_denied(reader: AfasClient, document: AfasDocument, connector: str) -> None:
    """401 or 403 with a fresh token: it lacks this connector, or it opens nothing any more."""
    try:
        reader.metainfo()
    except Denied as error:
        pausing.pause_for(document.connection, error.reason)
    except AfasError as error:  # not known: try again, but not at once and for ever
        claims.postpone(document, message=storable(error.message))
    else:
        settling.refuse_for_connector(document, connector)
