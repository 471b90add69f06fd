"""What an outcome makes of a document.

Proof is never dropped (DECISIONS A3): it is stored on the attempt, in a transaction of its own,
before anything else is done with it. What follows from a confirmation is done afterwards, one by
one, by `follow_up`; its failure never takes the key away.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.db import IntegrityError, InterfaceError, OperationalError, connection, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Coalesce, Now
from django.utils import timezone
from django.utils.translation import gettext as _

from core import audit
from integrations.afas.errors import DeniedReason
from integrations.models import AfasAttempt, AfasDocument, Asks, Kind, PersonTask, State
from integrations.services import claims, following, pausing
from integrations.services.lists import POSTED
from integrations.services.outcomes import Outcome, Proof
from integrations.services.rhythm import LOOKS_AFTER, scaled

logger = logging.getLogger(__name__)

MAY_CONFIRM = (State.WAITING, State.QUEUED, State.SENDING, State.UNKNOWN, State.REJECTED)
PATIENCE_SECONDS = 120
ALREADY_GONE = ("gone",)
NO_QUESTION: dict[str, Any] = {
    "asks": "",
    "intention": "",
    "intention_by": None,
    "intention_reason": "",
}


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
    if document.kind == Kind.DELETION and outcome.problem in ALREADY_GONE:
        outcome = replace(outcome, proof=Proof.NOTHING)  # gone needs all that absence needs (A6)
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
    a person can settle; so is a number that another document holds: then it is not sent again.
    """
    try:
        confirmed = store_key(document, outcome.keys)
    except IntegrityError:
        _report_twice(document, attempt.key)
        _withdraw(document)
        return
    if confirmed:
        following.follow_up(document.pk)
    else:
        _report_twice(document, attempt.key)


def _withdraw(document: AfasDocument) -> None:
    """AFAS has it under a number that is another's here: wherever it is, it must not leave again.

    Even if it is never seen there it goes to a person, since AFAS gave a number.
    """
    AfasDocument.objects.filter(pk=document.pk, state__in=MAY_CONFIRM).update(
        state=State.UNKNOWN,
        ever_unknown=True,
        unknown_since=Coalesce("sending_since", Now()),
        sending_since=None,
        absent_means=State.REJECTED,
        message=_("AFAS gave a number that another document holds already."),
        **doubt() | {"asks": Asks.DIFFERS},
    )


def found(document: AfasDocument, keys: Mapping[str, str], only: Q | None = None) -> bool:
    """A look-up or a person found it in AFAS: the same as a key in an answer.

    False when it was settled meanwhile, or its row is not as `only` says. Raises IntegrityError
    when another document holds the key.
    """
    if not store_key(document, keys, only):
        return False
    following.follow_up(document.pk)
    return True


def store_key(document: AfasDocument, keys: Mapping[str, str], only: Q | None = None) -> bool:
    """Confirm a document without a key, whatever its state; False when it has one or is over.

    Raises IntegrityError when another document holds the key.
    """
    first_key = claims.no_key() & Q(undone_at__isnull=True) & (only or Q())
    with transaction.atomic():
        return bool(
            AfasDocument.objects.filter(first_key, pk=document.pk, state__in=MAY_CONFIRM).update(
                state=State.CONFIRMED,
                confirmed_at=Now(),
                sending_since=None,
                next_look_at=_first_sight(document),
                looked_at=None,
                look="",
                problem="",
                message="",
                log_reference="",
                **NO_QUESTION,
                **keys,
            )
        )


def _first_sight(document: AfasDocument) -> CombinedExpression | None:
    """Confirmed invoices and bookings are looked up until seen; all else is not."""
    if document.kind not in POSTED:
        return None
    return Now() + scaled(LOOKS_AFTER[0])


def _report_twice(document: AfasDocument, key: str) -> None:
    held = AfasDocument.objects.select_related("target").get(pk=document.pk)
    if held.kind == Kind.DELETION:
        _report_lost(held)
        return
    if key == held.key:  # told already; that it was undone since is no second invoice
        return
    PersonTask.objects.get_or_create(
        what=PersonTask.What.TWICE,
        document=document,
        key=key,
        defaults={"company_id": document.company_id},
    )


def _report_lost(deletion: AfasDocument) -> None:
    """A deletion was given up, and AFAS says now that it was carried out."""
    target = deletion.target
    if deletion.state != State.CANCELLED or target is None or target.state != State.CONFIRMED:
        return
    PersonTask.objects.get_or_create(
        what=PersonTask.What.LOST,
        document=target,
        key=target.key,
        defaults={"company_id": target.company_id, "detail": {"deleted_by": deletion.reference}},
    )


def _current(document: AfasDocument) -> Q:
    """This attempt is still the one that counts: late refusals of an earlier one change nothing."""
    return Q(pk=document.pk, attempts=document.attempts, state__in=(State.SENDING, State.UNKNOWN))


def refuse(document: AfasDocument, outcome: Outcome) -> None:
    """AFAS said no: nothing is booked, and a person must change something.

    After an attempt without an answer it is looked up first: "already exists" may be our own
    success (DECISIONS A4).
    """
    told = {
        "sending_since": None,
        "problem": outcome.problem,
        "message": outcome.message,
        "log_reference": outcome.log_reference,
    }
    _refuse(AfasDocument.objects.filter(_current(document)), **told)


def _refuse(current: QuerySet[AfasDocument], **told: Any) -> None:
    if not current.filter(ever_unknown=False).update(state=State.REJECTED, **told):
        current.update(
            state=State.UNKNOWN,
            unknown_since=Coalesce("sending_since", "unknown_since"),
            absent_means=State.REJECTED,
            **doubt(),
            **told,
        )


def refuse_for_connector(document: AfasDocument, connector: str) -> None:
    """The token works, but not for this connector: an administrator of AFAS must grant it."""
    _refuse(
        AfasDocument.objects.filter(pk=document.pk, state=State.QUEUED),
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
        absent_means=State.QUEUED,
        message=message,
        **doubt(),
    )
    if changed:
        audit.record(
            company=document.company, by=None, action="afas_document.unknown", obj=document
        )
    return bool(changed)


def doubt() -> dict[str, Any]:
    """What absence needs is counted anew from here (DECISIONS A4)."""
    return {
        "looks": 0,
        "sweeps": 0,
        "looked_at": None,
        "look": "",
        "next_look_at": Now() + scaled(LOOKS_AFTER[0]),
        **NO_QUESTION,
    }
