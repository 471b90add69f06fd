"""Each safety rule, how it is switched off in the shipped code, and the weather that shows it.

A row of RULES is: name → mix of hazards, patches (object, attribute, replacement), and what is
dropped from the database. What must then happen is a double or a loss.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from unittest import mock

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from integrations.afas.errors import AfasError
from integrations.models import AfasDocument, Intention, State
from integrations.services import (
    answering,
    claims,
    deleting,
    documents,
    lookalikes,
    looking,
    outcomes,
    reconciling,
    rhythm,
    sending,
    settling,
    undoing,
)
from integrations.services.looking import Sight
from integrations.services.outcomes import Outcome, Proof
from invoicing.services import claiming
from registration.services import billing_status
from registration.services.billing_status import Taken
from tests.hostile.hazards import Mix
from tests.hostile.truth import DOUBLE, LOSS

Patch = tuple[Any, str, Any]


@dataclass(frozen=True)
class Variant:
    """One rule that is off. `budget` is how many seeds it may take to notice."""

    name: str
    mix: Mix
    patches: tuple[Patch, ...] = ()
    dropped: tuple[str, ...] = ()
    expected: tuple[str, ...] = (DOUBLE, LOSS)
    budget: int = 600


def named(name: str) -> Variant:
    """The variant of that name; raises KeyError."""
    return {one.name: one for one in VARIANTS}[name]


@contextmanager
def switched_off(variant: Variant) -> Iterator[None]:
    """The shipped code without that rule."""
    with ExitStack() as stack:
        for where, name, instead in variant.patches:
            stack.enter_context(mock.patch.object(where, name, instead))
        yield


def _mix(*names: str, **more: Any) -> Mix:
    return Mix(frozenset(names), **more)


# ---- what stands in a rule's place


def _retry_whatever(error: AfasError) -> Outcome:
    outcome = outcomes.outcome_of(error)
    if outcome.proof is Proof.NOTHING:
        return replace(outcome, proof=Proof.NOT_STARTED, wait=60)
    return outcome


def _believe_503(error: AfasError) -> Outcome:
    outcome = outcomes.outcome_of(error)
    return replace(outcome, proof=Proof.NOT_STARTED, wait=60) if error.status == 503 else outcome


def _claim_whatever(pk: Any) -> AfasDocument:
    with transaction.atomic():
        AfasDocument.objects.filter(pk=pk).update(
            state=State.SENDING, sending_since=Now(), attempts=F("attempts") + 1
        )
        return AfasDocument.objects.select_related("connection", "target").get(pk=pk)


_confirm = settling.confirm
_delete_in_afas = undoing.delete_in_afas


def _confirm_in_time(document: AfasDocument, attempt: Any, outcome: Outcome) -> None:
    now = AfasDocument.objects.get(pk=document.pk)
    if now.state == State.SENDING and now.attempts == document.attempts:
        _confirm(document, attempt, outcome)


def _refuse_for_good(document: AfasDocument, outcome: Outcome) -> None:
    AfasDocument.objects.filter(
        pk=document.pk, attempts=document.attempts, state__in=(State.SENDING, State.UNKNOWN)
    ).update(
        state=State.REJECTED,
        sending_since=None,
        problem=outcome.problem,
        message=outcome.message,
        **settling.NO_QUESTION,
    )


def _carry_out_at_once(document: AfasDocument, intention: Intention, reason: str, by: Any) -> None:
    now = Q(pk=document.pk, state=State.UNKNOWN, attempts=document.attempts)
    if intention == Intention.CANCEL:
        documents.give_up(document=document, by=by, reason=reason, only=now)
    else:
        reconciling.return_to_queue(document, only=now)


def _release_at_once(*, document: AfasDocument, reason: str, by: Any) -> AfasDocument:
    deletion = _delete_in_afas(document=document, reason=reason, by=by)
    with transaction.atomic():
        claiming.release(invoice=document.invoice, by=by, reason=reason)
    return deletion


def _reserve_whatever(*, company: Any, kind: str, ids: Any) -> Taken:
    rows = billing_status.BILLABLE[kind].objects.of(company).filter(pk__in=ids)
    rows = rows.select_related(*billing_status.RELATED[kind]).order_by("pk")
    found = list(rows)
    rows.order_by().update(billing="reserved")
    return Taken(rows=found, lost=[])


def _always(*_: Any, **__: Any) -> bool:
    return True


def _never(*_: Any, **__: Any) -> bool:
    return False


VARIANTS: tuple[Variant, ...] = (
    Variant(
        "the quiet time",
        _mix("lost", lag=5400.0, sight=5400, rates={"lost": 0.5}),
        ((reconciling, "quiet_time", lambda _connection: timedelta(0)),),
    ),
    Variant(
        "twenty sweeps by a clock that nobody can set",
        _mix("late", "jump", rates={"late": 0.6}),
        ((rhythm, "SWEEPS_FOR_ABSENCE", 0),),
    ),
    Variant(
        "three look-ups",
        _mix("cut", "misses", "deaf", lag=5.0, rates={"cut": 0.5, "deaf": 0.8, "misses": 0.7}),
        ((rhythm, "LOOKS_FOR_ABSENCE", 1),),
    ),
    Variant(
        "the control row",
        _mix("lost", "blind", rates={"lost": 0.5}),
        ((looking, "_absent", lambda _rows: Sight.ABSENT),),
    ),
    Variant(
        "the question directly before the POST",
        _mix("sleep", "newcomers", holds=(1500, 3000), rates={"sleep": 0.05}),
        ((claims, "still_ours", _always),),
    ),
    Variant(
        "unknown in place of a plain retry",
        _mix("lost", "late"),
        ((sending, "outcome_of", _retry_whatever),),
    ),
    Variant(
        "AFAS's own body in a 503",
        _mix("proxy"),
        ((sending, "outcome_of", _believe_503),),
    ),
    Variant(
        "the condition and the constraint of the claim",
        _mix("stall", "sleep", rates={"stall": 0.05}),
        ((claims, "claim", _claim_whatever),),
        ("one_document_in_flight_per_environment",),
    ),
    Variant(
        "a key that comes late",
        _mix("sleep", lookup=False, silent=True, rates={"sleep": 0.1}),
        ((settling, "confirm", _confirm_in_time),),
    ),
    Variant(
        "the look-up of a refusal after doubt",
        _mix(
            "late", "busy", "pause", longest=4000.0, dedupes=True, rates={"late": 0.4, "busy": 0.3}
        ),
        ((settling, "refuse", _refuse_for_good),),
    ),
    Variant(
        "the reading before a debtor is created",
        _mix("newcomers", "shared"),
        ((lookalikes, "settle_by_reading", _never),),
    ),
    Variant(
        "debtors that somebody else is creating",
        _mix("newcomers", "shared", lag=1500.0),
        ((lookalikes, "_elsewhere", _never),),
    ),
    Variant(
        "release on proof only",
        _mix("undo", "busy", rates={"undo": 0.5, "busy": 0.3}),
        ((undoing, "delete_in_afas", _release_at_once),),
    ),
    Variant(
        "the reference before a DELETE",
        _mix("undo", "unasked", "reuse", "busy", rates={"undo": 0.5, "busy": 0.3}),
        ((deleting, "settle_by_reading", _never),),
    ),
    Variant(
        "answers that count after the quiet time",
        _mix("lost", "late", "early", rates={"late": 0.4, "early": 0.8}),
        (
            (answering, "counts_now", _always),
            (answering, "_carry_out", _carry_out_at_once),
        ),
    ),
    Variant(
        "reservation and claim of entries",
        _mix("stall", holds=(60, 200, 900), rates={"stall": 0.08}),
        ((billing_status, "reserve", _reserve_whatever),),
        ("hour_is_billed_once",),
    ),
)
