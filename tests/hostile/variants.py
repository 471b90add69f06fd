"""Each safety rule, how it is switched off in the shipped code, and the weather that shows it.

A row is: name, mix of hazards, patches (object, attribute, replacement), and what is dropped from
the database. What must then happen is a double or a loss. Those about bookings are in
`book_variants`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
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
from tests.hostile.book_variants import OF_BOOKS
from tests.hostile.rule import Variant, always, mix, never


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


GENERAL: tuple[Variant, ...] = (
    Variant(
        "the quiet time",
        mix("lost", lag=5400.0, sight=5400, rates={"lost": 0.5}),
        ((reconciling, "quiet_time", lambda _connection: timedelta(0)),),
    ),
    Variant(
        "twenty sweeps by a clock that nobody can set",
        mix("late", "jump", rates={"late": 0.6}),
        ((rhythm, "SWEEPS_FOR_ABSENCE", 0),),
    ),
    Variant(
        "three look-ups",
        mix("cut", "misses", "deaf", lag=5.0, rates={"cut": 0.5, "deaf": 0.8, "misses": 0.7}),
        ((rhythm, "LOOKS_FOR_ABSENCE", 1),),
    ),
    Variant(
        "the control row",
        mix("lost", "blind", rates={"lost": 0.5}),
        ((looking, "_absent", lambda _rows: Sight.ABSENT),),
    ),
    Variant(
        "the question directly before the POST",
        mix("sleep", "newcomers", holds=(1500, 3000), rates={"sleep": 0.05}),
        ((claims, "still_ours", always),),
    ),
    Variant(
        "unknown in place of a plain retry",
        mix("lost", "late"),
        ((sending, "outcome_of", _retry_whatever),),
    ),
    Variant(
        "AFAS's own body in a 503",
        mix("proxy"),
        ((sending, "outcome_of", _believe_503),),
    ),
    Variant(
        "the condition and the constraint of the claim",
        mix("stall", "sleep", rates={"stall": 0.05}),
        ((claims, "claim", _claim_whatever),),
        ("one_document_in_flight_per_environment",),
    ),
    Variant(
        "a key that comes late",
        mix("sleep", lookup=False, silent=True, rates={"sleep": 0.1}),
        ((settling, "confirm", _confirm_in_time),),
    ),
    Variant(
        "the look-up of a refusal after doubt",
        mix(
            "late", "busy", "pause", longest=4000.0, dedupes=True, rates={"late": 0.4, "busy": 0.3}
        ),
        ((settling, "refuse", _refuse_for_good),),
    ),
    Variant(
        "the reading before a debtor is created",
        mix("newcomers", "shared"),
        ((lookalikes, "settle_by_reading", never),),
    ),
    Variant(
        "debtors that somebody else is creating",
        mix("newcomers", "shared", lag=1500.0),
        ((lookalikes, "_elsewhere", never),),
    ),
    Variant(
        "release on proof only",
        mix("undo", "busy", rates={"undo": 0.5, "busy": 0.3}),
        ((undoing, "delete_in_afas", _release_at_once),),
    ),
    Variant(
        "the reference before a DELETE",
        mix("undo", "unasked", "reuse", "busy", rates={"undo": 0.5, "busy": 0.3}),
        ((deleting, "settle_by_reading", never),),
    ),
    Variant(
        "answers that count after the quiet time",
        mix("lost", "late", "early", rates={"late": 0.4, "early": 0.8}),
        (
            (answering, "counts_now", always),
            (answering, "_carry_out", _carry_out_at_once),
        ),
    ),
    Variant(
        "reservation and claim of entries",
        mix("stall", holds=(60, 200, 900), rates={"stall": 0.08}),
        ((billing_status, "reserve", _reserve_whatever),),
        ("hour_is_billed_once",),
    ),
)

VARIANTS = (*GENERAL, *OF_BOOKS)
