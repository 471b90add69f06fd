"""What an outcome makes of a document.

Proof is never dropped (DECISIONS A3): it is stored on the attempt, in a transaction of its own,
before anything else is done with it. What follows from a confirmation is done afterwards, one by
one, by `follow_up`; its failure never takes the key away.
"""

from __future__ import annotations

import logging
import time

from django.db import IntegrityError, InterfaceError, OperationalError, connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from core import audit
from integrations.afas.errors import DeniedReason
from integrations.models import AfasAttempt, AfasDocument, PersonTask, State
from integrations.services import claims, following, pausing
from integrations.services.outcomes import Outcome, Proof

logger = logging.getLogger(__name__)

MAY_CONFIRM = (State.WAITING, State.QUEUED, State.SENDING, State.UNKNOWN, State.REJECTED)
PATIENCE_SECONDS = 120


def keep_proof(attempt: AfasAttempt, outcome: Outcome) -> None:
    """Store what came back, again and again while the database is locked or away.

    Gives up after two minutes: then the document stays *sending*, the sweep makes it *unknown*, and
    the log holds the key.
    """
    key = next((value for value in outcome.keys.values() if value), "")
    until = time.monotonic() + PATIENCE_SECONDS
    pause = 0.1
    while True:
        try:
            AfasAttempt.objects.filter(pk=attempt.pk).update(
                finished_at=timezone.now(),
                status=outcome.status,
                response_body=outcome.body,
                outcome=outcome.proof.value,
                message=outcome.message,
                key=key,
                keys=outcome.keys,
            )
        except (OperationalError, InterfaceError):
            logger.exception("Key %s of attempt %s is not stored yet.", key or "(none)", attempt.pk)
            if time.monotonic() > until:
                raise
            connection.close()
            time.sleep(pause)
            pause = min(pause * 2, 10)
        else:
            attempt.key, attempt.keys, attempt.outcome = key, outcome.keys, outcome.proof.value
            return


def close_unsent(attempt: AfasAttempt, outcome: str, message: str = "") -> None:
    """The attempt ended before its POST."""
    AfasAttempt.objects.filter(pk=attempt.pk).update(
        finished_at=timezone.now(), settled_at=timezone.now(), outcome=outcome, message=message
    )


def settle(document: AfasDocument, attempt: AfasAttempt, outcome: Outcome) -> None:
    """Move the document to where the outcome says it is.

    Refusals and returns only count while this attempt is the current one; a key counts always.
    """
    match outcome.proof:
        case Proof.DONE:
            confirm(document, attempt, outcome)
        case Proof.REFUSED:
            refuse(document, outcome)
        case Proof.NOT_STARTED:
            claims.put_back(document, seconds=outcome.wait, message=outcome.message)
            claims.hold_environment(document.environment, seconds=outcome.wait)
        case Proof.DENIED:
            _deny(document, outcome)
        case Proof.NOTHING:
            make_unknown(document, outcome.message)
            if outcome.problem == "address_refused":
                pausing.pause_for(document.connection, DeniedReason.IP)
    AfasAttempt.objects.filter(pk=attempt.pk).update(settled_at=timezone.now())


def confirm(document: AfasDocument, attempt: AfasAttempt, outcome: Outcome) -> None:
    """A key: the document is in AFAS, whatever we thought of it meanwhile.

    A second key, or one for a document that was cancelled or undone, is *twice in AFAS*, which only
    a person can settle; so is a number that another document holds.
    """
    first_key = Q(order_number="", debtor_number="", entry_number="", undone_at__isnull=True)
    try:
        with transaction.atomic():
            confirmed = AfasDocument.objects.filter(
                first_key, pk=document.pk, state__in=MAY_CONFIRM
            ).update(
                state=State.CONFIRMED,
                confirmed_at=Now(),
                sending_since=None,
                problem="",
                message="",
                log_reference="",
                **outcome.keys,
            )
    except IntegrityError:
        _report_twice(document, attempt.key)
        make_unknown(document, _("AFAS gave a number that another document holds already."))
        return
    if confirmed:
        following.follow_up(document.pk)
    else:
        _report_twice(document, attempt.key)


def _report_twice(document: AfasDocument, key: str) -> None:
    held = AfasDocument.objects.get(pk=document.pk)
    if key and key == held.key and held.state == State.CONFIRMED:
        return
    PersonTask.objects.get_or_create(
        what=PersonTask.What.TWICE,
        document=document,
        key=key,
        defaults={"company_id": document.company_id},
    )


def _current(document: AfasDocument) -> Q:
    """This attempt is still the one that counts: late refusals of an earlier one change nothing."""
    return Q(pk=document.pk, attempts=document.attempts, state__in=(State.SENDING, State.UNKNOWN))


def refuse(document: AfasDocument, outcome: Outcome) -> None:
    """AFAS said no: nothing is booked, and a person must change something."""
    AfasDocument.objects.filter(_current(document)).update(
        state=State.REJECTED,
        sending_since=None,
        problem=outcome.problem,
        message=outcome.message,
        log_reference=outcome.log_reference,
    )


def refuse_for_connector(document: AfasDocument, connector: str) -> None:
    """The token works, but not for this connector: an administrator of AFAS must grant it."""
    AfasDocument.objects.filter(pk=document.pk, state=State.QUEUED).update(
        state=State.REJECTED,
        problem="connector_missing",
        message=_(
            "The token lacks the connector %(connector)s, so nothing was booked. Have it added to "
            "the app connector in AFAS, test the link, and try again."
        )
        % {"connector": connector},
    )


def _deny(document: AfasDocument, outcome: Outcome) -> None:
    """401: not started. Back to the queue for one more claim with a fresh token."""
    if claims.put_back(document):
        AfasDocument.objects.filter(pk=document.pk, state=State.QUEUED).update(
            denied=True, message=outcome.message
        )


def make_unknown(document: AfasDocument, message: str = "") -> bool:
    """AFAS may hold it: it is never sent again by itself, and its entries stay claimed."""
    changed = AfasDocument.objects.filter(
        pk=document.pk, attempts=document.attempts, state=State.SENDING
    ).update(
        state=State.UNKNOWN,
        ever_unknown=True,
        unknown_since=F("sending_since"),
        sending_since=None,
        message=message,
    )
    if changed:
        audit.record(
            company=document.company, by=None, action="afas_document.unknown", obj=document
        )
    return bool(changed)
