"""What a worker may not take, whatever it believed when it chose; on any database."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from integrations.models import AfasDocument, PersonTask, State
from integrations.services import claims, outcomes, sending, settling
from tests.factories import AfasConnectionFactory, AfasDocumentFactory, CompanyFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def document() -> AfasDocument:
    """A document in the queue."""
    made: AfasDocument = AfasDocumentFactory()
    return made


def row(document: AfasDocument) -> dict[str, Any]:
    """All that is stored of it."""
    found: dict[str, Any] = AfasDocument.objects.filter(pk=document.pk).values().get()
    return found


@pytest.mark.parametrize(
    "fields",
    [
        {"state": State.WAITING},
        {"state": State.SENDING, "sending_since": timezone.now()},
        {"state": State.CONFIRMED, "order_number": "70000001"},
        {"state": State.REJECTED},
        {"state": State.UNKNOWN, "ever_unknown": True, "unknown_since": timezone.now()},
        {"state": State.CANCELLED},
        {"not_before": timezone.now() + timedelta(hours=1)},
    ],
)
def test_only_what_is_queued_and_due_can_be_claimed(
    fields: dict[str, Any], document: AfasDocument
) -> None:
    AfasDocument.objects.filter(pk=document.pk).update(**fields)
    before = row(document)
    assert claims.claim(document.pk) is None
    assert sending.send(document.pk) is False
    assert row(document) == before


def test_a_claim_is_committed_with_its_time_and_its_number(document: AfasDocument) -> None:
    claimed = claims.claim(document.pk)
    assert claimed
    stored = row(document)
    assert (stored["state"], stored["attempts"]) == (State.SENDING, 1)
    assert abs(stored["sending_since"] - timezone.now()) < timedelta(seconds=30)
    assert claims.claim(document.pk) is None


def test_one_environment_is_one_queue_for_all_companies(document: AfasDocument) -> None:
    neighbour = AfasDocumentFactory(connection=AfasConnectionFactory(company=CompanyFactory()))
    elsewhere = AfasDocumentFactory(
        connection=AfasConnectionFactory(company=CompanyFactory(), realm="test")
    )
    assert claims.claim(document.pk)
    assert claims.claim(neighbour.pk) is None
    assert claims.claim(elsewhere.pk)


def test_a_worker_that_lost_its_claim_puts_nothing_back(document: AfasDocument) -> None:
    """It slept; meanwhile the document was put back and claimed by another."""
    slow = claims.claim(document.pk)
    assert slow
    AfasDocument.objects.update(state=State.QUEUED, sending_since=None)
    quick = claims.claim(document.pk)
    assert quick
    assert not claims.still_ours(slow)
    assert claims.put_back(slow) is False
    assert settling.make_unknown(slow) is False
    assert claims.still_ours(quick)
    assert row(document)["state"] == State.SENDING


@pytest.mark.parametrize("number", ["order_number", "debtor_number", "entry_number"])
def test_what_has_a_number_of_afas_is_never_posted_again(
    number: str, document: AfasDocument
) -> None:
    claimed = claims.claim(document.pk)
    assert claimed
    AfasDocument.objects.filter(pk=document.pk).update(**{number: "70000001"})
    assert not claims.still_ours(claimed)


def test_a_claim_ends_when_its_connection_is_paused_or_closed(document: AfasDocument) -> None:
    claimed = claims.claim(document.pk)
    assert claimed
    connection = type(document.connection).objects.filter(pk=document.connection_id)
    for field in ("paused_at", "closed_at"):
        connection.update(**{field: timezone.now()})
        assert not claims.still_ours(claimed)
        connection.update(**{field: None})
        assert claims.still_ours(claimed)


@pytest.mark.parametrize(
    "state", [State.CONFIRMED, State.UNKNOWN, State.REJECTED, State.QUEUED, State.SENDING]
)
def test_a_number_is_never_replaced_whatever_the_state(state: str, document: AfasDocument) -> None:
    claimed = claims.claim(document.pk)
    assert claimed
    attempt = sending.open_attempt(claimed)
    AfasDocument.objects.update(
        state=state, order_number="70000001", ever_unknown=True, unknown_since=timezone.now()
    )
    outcome = outcomes.Outcome(proof=outcomes.Proof.DONE, keys={"order_number": "70000002"})
    settling.keep_proof(attempt, outcome)
    settling.settle(claimed, attempt, outcome)
    assert row(document)["order_number"] == "70000001"
    assert PersonTask.objects.get().key == "70000002"


@pytest.mark.parametrize(
    "fields", [{"state": State.CANCELLED}, {"state": State.UNDONE, "undone_at": timezone.now()}]
)
def test_a_number_for_what_was_given_up_goes_to_a_person(
    fields: dict[str, Any], document: AfasDocument
) -> None:
    claimed = claims.claim(document.pk)
    assert claimed
    attempt = sending.open_attempt(claimed)
    AfasDocument.objects.update(**fields)
    before = row(document)
    outcome = outcomes.Outcome(proof=outcomes.Proof.DONE, keys={"order_number": "70000002"})
    settling.keep_proof(attempt, outcome)
    settling.settle(claimed, attempt, outcome)
    assert row(document) == before
    assert PersonTask.objects.get().key == "70000002"
    attempt.refresh_from_db()
    assert attempt.key == "70000002"
