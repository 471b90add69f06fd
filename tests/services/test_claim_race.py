"""Eight workers reach for documents of one environment, on PostgreSQL: exactly one gets one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db import connection as database
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from integrations.models import AfasConnection, AfasDocument, State
from integrations.services import claims
from tests.factories import AfasConnectionFactory, AfasDocumentFactory, CompanyFactory
from tests.services.conftest import wait_for, waiting_sessions

WORKERS = 8
ROUNDS = 40
Claim = Callable[[Any], Any]


@pytest.fixture
def race() -> Iterator[Callable[[Claim, Sequence[Any]], list[Any]]]:
    """`race(claim, pks)`: each worker claims its pk at the same moment; what they got."""
    gate = threading.Barrier(WORKERS)
    with ThreadPoolExecutor(WORKERS) as pool:

        def one(claim: Claim, pk: Any) -> Any:
            gate.wait(30)
            return claim(pk)

        def go(claim: Claim, pks: Sequence[Any]) -> list[Any]:
            assert len(pks) == WORKERS
            return [got for got in pool.map(one, [claim] * WORKERS, pks) if got]

        yield go
        list(pool.map(one, [lambda _pk: database.close()] * WORKERS, range(WORKERS)))


def queued(environment: str = "12345", count: int = 1) -> list[Any]:
    """Fresh documents in the queue of an environment, each of a company of its own."""
    connections = [
        AfasConnectionFactory(company=CompanyFactory(), participant=environment)
        for _ in range(count)
    ]
    return [AfasDocumentFactory(connection=one).pk for one in connections]


def requeue() -> None:
    """Everything back into the queue."""
    AfasDocument.objects.update(state=State.QUEUED, sending_since=None)


def test_one_document_is_claimed_by_exactly_one_of_eight(race: Any) -> None:
    (pk,) = queued()
    for count in range(1, ROUNDS + 1):
        assert len(race(claims.claim, [pk] * WORKERS)) == 1
        document = AfasDocument.objects.get(pk=pk)
        assert (document.state, document.attempts) == (State.SENDING, count)
        requeue()


def test_of_eight_documents_of_one_environment_one_is_in_flight(race: Any) -> None:
    pks = queued(count=WORKERS)
    for _round in range(ROUNDS):
        assert len(race(claims.claim, pks)) == 1
        assert AfasDocument.objects.filter(state=State.SENDING).count() == 1
        requeue()


def test_two_environments_do_not_wait_for_each_other(race: Any) -> None:
    pks = [*queued("12345", WORKERS // 2), *queued("54321", WORKERS // 2)]
    for _round in range(ROUNDS):
        won = race(claims.claim, pks)
        assert sorted(document.environment for document in won) == ["12345", "54321"]
        requeue()


def test_a_document_that_is_put_off_while_a_worker_waits_for_it_is_not_claimed() -> None:
    """The worker has chosen it; another is just putting it back for later."""
    (pk,) = queued()
    assert _claim_while(claims.claim, pk, not_before=timezone.now() + timedelta(hours=1)) is None
    assert AfasDocument.objects.get(pk=pk).state == State.QUEUED


def test_a_claim_asks_for_nothing_outside_its_row() -> None:
    """Why: with a joined condition Django writes `id IN (subquery)`.

    PostgreSQL does not run the subquery again after waiting for the row, so a second worker wins
    too. This is the broken variant, which must go wrong, beside ours, which must not.
    """

    def joined(pk: Any) -> Any:
        due = AfasDocument.objects.filter(
            pk=pk, state=State.QUEUED, connection__paused_at__isnull=True
        )
        sending = {"state": State.SENDING, "sending_since": Now(), "attempts": F("attempts") + 1}
        try:
            return due.update(**sending)
        except IntegrityError:
            return 0

    (pk,) = queued()
    taken = {"state": State.SENDING, "sending_since": timezone.now(), "attempts": 1}
    assert _claim_while(joined, pk, **taken) == 1, "PostgreSQL learned to do this"
    requeue()
    assert _claim_while(claims.claim, pk, **taken) is None
    assert AfasConnection.objects.filter(paused_at__isnull=False).count() == 0


def _claim_while(claim: Claim, pk: Any, **fields: Any) -> Any:
    """What `claim` gives when the row is written by another, who commits while it waits."""

    def claim_and_close() -> Any:
        try:
            return claim(pk)
        finally:
            database.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            AfasDocument.objects.filter(pk=pk).update(**fields)
            waiting = pool.submit(claim_and_close)
            wait_for(waiting_sessions)
        return waiting.result(timeout=30)
