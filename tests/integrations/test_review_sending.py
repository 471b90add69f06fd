"""What must hold when a worker dies, AFAS is half away, or two things happen at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone

from integrations.afas.client import Answer
from integrations.afas.errors import Uncertain
from integrations.models import (
    AfasAttempt,
    AfasConnection,
    AfasDocument,
    InvoicingRun,
    Kind,
    PersonTask,
    State,
)
from integrations.services import (
    claims,
    clients,
    lookalikes,
    outcomes,
    sending,
    settling,
    sweeping,
)
from registration.models import BillingStatus
from relations.models import Customer
from sandbox import seed
from tests.factories import (
    AfasConnectionFactory,
    AfasDocumentFactory,
    CompanyFactory,
)
from tests.integrations.conftest import text_of

pytestmark = pytest.mark.django_db(transaction=True)
Make = Callable[..., Any]
LATER = timedelta(minutes=2)


def the(run: InvoicingRun, kind: str = Kind.DIRECT_INVOICE) -> AfasDocument:
    return AfasDocument.objects.get(run=run, kind=kind)


def time_passes(by: timedelta = LATER) -> None:
    """Everything queued is due, every attempt is a while ago."""
    AfasDocument.objects.filter(state=State.QUEUED).update(not_before=F("not_before") - by)
    AfasAttempt.objects.filter(finished_at__isnull=False).update(finished_at=F("finished_at") - by)


def answered(document: AfasDocument, **outcome: Any) -> AfasAttempt:
    """Claimed and sent; the proof was stored and then the worker died."""
    claimed = claims.claim(document.pk)
    assert claimed
    attempt = sending.open_attempt(claimed)
    settling.keep_proof(attempt, outcomes.Outcome(**outcome))
    return attempt


# ---- Proof is never dropped


def test_a_key_whose_worker_died_before_settling_confirms_the_document(
    bakery: Customer, hours_for: Make, bill: Make
) -> None:
    hours = hours_for(bakery)
    document = the(bill(hours))
    answered(document, proof=outcomes.Proof.DONE, keys={"order_number": "70000999"})
    sweeping.sweep()
    assert text_of(document, "state") == State.SENDING  # its worker may still be at it

    time_passes()
    AfasDocument.objects.update(sending_since=timezone.now() - timedelta(minutes=6))
    sweeping.sweep()

    assert text_of(document, "state") == State.CONFIRMED
    assert text_of(document, "order_number") == "70000999"
    assert text_of(hours[0], "billing") == BillingStatus.INVOICED
    assert not text_of(document, "ever_unknown")
    sweeping.sweep()
    assert not PersonTask.objects.exists()


def test_a_key_whose_document_was_already_called_unknown_confirms_it(
    bakery: Customer, hours_for: Make, bill: Make
) -> None:
    document = the(bill(hours_for(bakery)))
    answered(document, proof=outcomes.Proof.DONE, keys={"order_number": "70000999"})
    settling.make_unknown(AfasDocument.objects.get(pk=document.pk))
    time_passes()
    sweeping.sweep()
    assert text_of(document, "state") == State.CONFIRMED


@pytest.mark.parametrize(
    ("proof", "state"),
    [
        (outcomes.Proof.REFUSED, State.REJECTED),
        (outcomes.Proof.NOT_STARTED, State.QUEUED),
        (outcomes.Proof.DENIED, State.QUEUED),
        (outcomes.Proof.NOTHING, State.UNKNOWN),
    ],
)
def test_what_a_dead_worker_had_stored_decides(
    proof: outcomes.Proof, state: State, bakery: Customer, hours_for: Make, bill: Make
) -> None:
    document = the(bill(hours_for(bakery)))
    answered(document, proof=proof, message="Het artikel is geblokkeerd.")
    time_passes()
    AfasDocument.objects.update(sending_since=timezone.now() - timedelta(minutes=6))
    sweeping.sweep()
    assert text_of(document, "state") == state
    assert text_of(document, "ever_unknown") == (state == State.UNKNOWN)


def test_one_broken_step_does_not_keep_the_sweep_from_the_others(
    bakery: Customer, hours_for: Make, bill: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = the(bill(hours_for(bakery)))
    claims.claim(document.pk)
    AfasDocument.objects.update(sending_since=timezone.now() - timedelta(minutes=6))

    def broken() -> None:
        raise RuntimeError("one poisonous row")

    monkeypatch.setattr(sweeping, "STEPS", (broken, *sweeping.STEPS))
    sweeping.sweep()
    assert text_of(document, "state") == State.UNKNOWN


def test_an_answer_with_a_nul_can_be_stored_and_one_with_an_impossible_key_proves_nothing() -> None:
    """PostgreSQL refuses a NUL in a text, and with it everything that was to be kept."""
    outcome = outcomes.outcome_of(Uncertain("a\0b", body="<html>\0"))
    assert "\0" not in outcome.body + outcome.message
    long = Answer(201, "", {"OrNu": "9" * 41})
    assert outcomes.accepted(Kind.DIRECT_INVOICE, long).proof is outcomes.Proof.NOTHING


# ---- Before the POST nothing is unknown, and nothing goes round and round


def test_a_failure_of_our_own_before_the_post_leaves_the_document_queued(
    sandbox: Any, newcomer: Customer, hours_for: Make, bill: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = bill(hours_for(newcomer))

    def broken(*_args: object) -> bool:
        raise RuntimeError("database away")

    monkeypatch.setattr(lookalikes, "settle_by_reading", broken)
    with pytest.raises(RuntimeError):
        sending.send_next("12345")
    document = the(run, Kind.CUSTOMER)
    assert document.state == State.QUEUED
    assert not document.ever_unknown
    assert document.not_before > timezone.now()


def test_what_breaks_in_one_environment_keeps_nothing_back_in_another(
    sandbox: Any, bakery: Customer, hours_for: Make, bill: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = bill(hours_for(bakery))
    broken = AfasDocumentFactory(
        connection=AfasConnectionFactory(participant="11111", company=CompanyFactory())
    )
    ready = sending._ready_client

    def fails_there(document: AfasDocument) -> Any:
        if document.pk == broken.pk:
            raise RuntimeError("a credential that cannot be read")
        return ready(document)

    monkeypatch.setattr(sending, "_ready_client", fails_there)
    assert sending.send_due() == 1
    assert the(run).state == State.CONFIRMED


def test_a_worker_has_the_time_to_store_its_answer_before_it_is_ended(settings: Any) -> None:
    limit = settings.CELERY_TASK_TIME_LIMIT
    assert clients.WRITES.total + settling.PATIENCE_SECONDS < limit
    assert limit < claims.FLIGHT_LIFETIME.total_seconds()


def test_reading_that_outlasts_the_claim_ends_the_round(
    sandbox: Any, newcomer: Customer, hours_for: Make, bill: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = bill(hours_for(newcomer))
    rounds = []

    def slow(_client: object, document: AfasDocument) -> bool:
        rounds.append(document)
        assert len(rounds) < 5, "it goes round and round"
        AfasDocument.objects.update(sending_since=timezone.now() - timedelta(seconds=61))
        return False

    monkeypatch.setattr(lookalikes, "settle_by_reading", slow)
    assert sending.send_due() == 0
    assert len(rounds) == 1
    assert the(run, Kind.CUSTOMER).state == State.QUEUED


def test_four_questions_to_afas_fit_into_the_life_of_a_claim() -> None:
    assert 4 * clients.LOOKS.total < claims.CLAIM_LIFETIME.total_seconds()


def test_a_401_while_metainfo_is_away_does_not_go_round_and_round(
    sandbox: Any,
    bakery: Customer,
    hours_for: Make,
    bill: Make,
    connection: AfasConnection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = bill(hours_for(bakery))
    sandbox.order("grant", {"token": seed.LIVE_TOKEN, "update": []})
    sandbox.order(
        "setting", {"environment": "12345", "name": "not_granted_answers_401", "value": True}
    )
    sandbox.fault("unavailable_bare", environment="12345", connector="metainfo", times=50)
    posts, real = [], sending.post

    def counted(*args: Any) -> outcomes.Outcome:
        posts.append(args)
        assert len(posts) < 10, "it goes round and round"
        return real(*args)

    monkeypatch.setattr(sending, "post", counted)
    sending.send_due()
    document = the(run)
    assert document.state == State.QUEUED
    assert document.attempts == 2
    assert document.not_before > timezone.now() + timedelta(seconds=30)
    assert text_of(connection, "paused_at") is None


@pytest.mark.parametrize("answers_401", [False, True])
def test_a_connector_that_may_not_be_read_refuses_the_new_debtor_and_pauses_nothing(
    answers_401: bool,
    sandbox: Any,
    newcomer: Customer,
    hours_for: Make,
    bill: Make,
    connection: AfasConnection,
) -> None:
    run = bill(hours_for(newcomer))
    sandbox.order("grant", {"token": seed.LIVE_TOKEN, "get": []})
    sandbox.order(
        "setting", {"environment": "12345", "name": "not_granted_answers_401", "value": answers_401}
    )
    sending.send_due()
    document = the(run, Kind.CUSTOMER)
    assert (document.state, document.problem) == (State.REJECTED, "connector_missing")
    assert text_of(connection, "paused_at") is None
    assert len(sandbox.state()["debtors"]) == 40
