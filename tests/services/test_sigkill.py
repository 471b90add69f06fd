"""A worker dies by SIGKILL at the worst moments, while another one is busy elsewhere."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from celery import current_app
from django.db import transaction
from django.test import override_settings
from django.utils import timezone

from core.jobs import ring
from integrations.models import AfasAttempt, AfasConnection, AfasDocument, State
from integrations.services import sweeping
from integrations.services.documents import make_direct_invoice
from invoicing.models import Claim
from registration.models import Hour
from sandbox import seed as pretend
from tests.factories import (
    AfasConnectionFactory,
    ClaimFactory,
    CompanyFactory,
    CustomerFactory,
    CustomerLinkFactory,
    InvoiceFactory,
    InvoiceLineFactory,
)
from tests.services.conftest import Processes, wait_for

HERE, ELSEWHERE = "12345", "54321"
OTHER_QUEUE = "elsewhere"
INVOICES = "FbDirectInvoice"


def make_invoice(participant: str, token: str, debtor: str) -> AfasDocument:
    """One reserved hour of a company on this environment, queued for AFAS."""
    connection: AfasConnection = AfasConnectionFactory(
        company=CompanyFactory(), participant=participant, user_token=token
    )
    customer = CustomerFactory(company=connection.company, number=debtor)
    CustomerLinkFactory(environment=participant, customer=customer, debtor_number=debtor)
    invoice = InvoiceFactory(customer=customer)
    line = InvoiceLineFactory(invoice=invoice, item_kind="1", item_code="UREN-ALG", item_unit="uur")
    ClaimFactory(line=line, hour__billing="reserved")
    with override_settings(REDIS_URL=""), transaction.atomic():  # the test rings when it is ready
        return make_direct_invoice(connection=connection, invoice=invoice, run=None, by=None)


def state_of(document: AfasDocument) -> str:
    """As stored now."""
    return AfasDocument.objects.values_list("state", flat=True).get(pk=document.pk)


def in_afas(sandbox: Any, document: AfasDocument) -> int:
    """How many invoices with the document's reference AFAS holds."""
    held = sandbox.state(document.environment)["invoices"]
    return sum(document.reference in one["header"]["RfCs"] for one in held)


def stand(document: AfasDocument) -> tuple[str, int]:
    """The billing status of its hour, and how many claims hold on that."""
    claims = Claim.objects.filter(line__invoice=document.invoice, released_at__isnull=True)
    return Hour.objects.get(claims__line__invoice=document.invoice).billing, claims.count()


def move_clock_on(document: AfasDocument, **ago: float) -> None:
    """The database's clock cannot be moved, so the claim is moved back instead."""
    AfasDocument.objects.filter(pk=document.pk).update(
        sending_since=timezone.now() - timedelta(**ago)
    )


@pytest.fixture
def mine() -> AfasDocument:
    """The document whose worker will die."""
    return make_invoice(HERE, pretend.LIVE_TOKEN, "10001")


@pytest.fixture
def theirs() -> AfasDocument:
    """A document of another company in another environment."""
    return make_invoice(ELSEWHERE, pretend.EIK_TOKEN, "20001")


@pytest.mark.parametrize("fault", ["hang_then_commit", "slow"])
def test_a_worker_killed_between_post_and_answer_leaves_its_document_unknown_for_ever(
    fault: str, mine: AfasDocument, theirs: AfasDocument, processes: Processes, sandbox: Any
) -> None:
    dying = processes.worker("dying", queues="documents")
    processes.worker("living", queues=OTHER_QUEUE)
    sandbox.fault(fault, environment=HERE, connector=INVOICES, seconds=6)
    sandbox.fault("slow", environment=ELSEWHERE, connector=INVOICES, seconds=12)
    ring("integrations.send_next", HERE)
    wait_for(lambda: AfasAttempt.objects.filter(document=mine).exists())
    current_app.send_task("integrations.send_next", args=(ELSEWHERE,), queue=OTHER_QUEUE)
    wait_for(lambda: in_afas(sandbox, theirs) == 1)
    time.sleep(1)  # by now both have left, and neither is answered

    dying.kill()
    sweeping.sweep()
    assert (state_of(mine), state_of(theirs)) == (State.SENDING, State.SENDING)
    move_clock_on(mine, minutes=5, seconds=31)
    sweeping.sweep()
    assert (state_of(mine), state_of(theirs)) == (State.UNKNOWN, State.SENDING)

    wait_for(lambda: state_of(theirs) == State.CONFIRMED)
    wait_for(lambda: in_afas(sandbox, mine) == 1)
    processes.worker("next", queues="documents")
    for _again in range(3):
        AfasDocument.objects.update(not_before=timezone.now() - timedelta(hours=1))
        ring("integrations.sweep")
        ring("integrations.send_next", HERE)
    wait_for(lambda: _finished(processes, "integrations.send_next") >= 3)
    mine.refresh_from_db()
    assert (mine.state, mine.attempts, mine.ever_unknown) == (State.UNKNOWN, 1, True)
    assert (in_afas(sandbox, mine), in_afas(sandbox, theirs)) == (1, 1)
    assert stand(mine) == ("reserved", 1)
    assert stand(theirs) == ("invoiced", 1)
    assert AfasAttempt.objects.filter(document=mine).count() == 1


def _finished(processes: Processes, task: str) -> int:
    """How often the worker that was started last has done a task."""
    lines = processes.started[-1].said
    return sum(f"Task {task}[" in line and "succeeded" in line for line in lines)


def test_a_worker_killed_before_its_claim_is_committed_or_posted_costs_nothing_but_time(
    mine: AfasDocument, processes: Processes, sandbox: Any
) -> None:
    """The row is held, so the worker cannot claim it; it dies there, and another one sends it."""
    dying = processes.worker("dying")
    with transaction.atomic():
        AfasDocument.objects.select_for_update().get(pk=mine.pk)
        ring("integrations.send_next", HERE)
        ring_now()
        wait_for(lambda: processes.said("integrations.send_next", "received"))
        time.sleep(1)
        dying.kill()
    assert state_of(mine) == State.QUEUED
    processes.worker("next")
    ring("integrations.send_next", HERE)
    wait_for(lambda: state_of(mine) == State.CONFIRMED)
    assert in_afas(sandbox, mine) == 1


def ring_now() -> None:
    """Inside a transaction `ring` waits for its end; this does not."""
    current_app.send_task("integrations.send_next", args=(HERE,))


def test_the_proof_is_stored_before_anything_is_made_of_it(
    mine: AfasDocument, processes: Processes, sandbox: Any
) -> None:
    """The document's row is held, so the worker can store AFAS's number but not settle; it dies."""
    dying = processes.worker("dying")
    sandbox.fault("slow", environment=HERE, connector=INVOICES, seconds=3)
    ring("integrations.send_next", HERE)
    wait_for(lambda: in_afas(sandbox, mine) == 1)
    with transaction.atomic():
        AfasDocument.objects.select_for_update(no_key=True).get(pk=mine.pk)
        number = sandbox.state(HERE)["invoices"][0]["number"]
        wait_for(lambda: AfasAttempt.objects.get(document=mine).key == number)
        dying.kill()
    assert state_of(mine) == State.SENDING

    AfasAttempt.objects.update(finished_at=timezone.now() - timedelta(minutes=2))
    sweeping.sweep()
    mine.refresh_from_db()
    assert (mine.state, mine.order_number) == (State.CONFIRMED, number)
    assert stand(mine) == ("invoiced", 1)
    assert in_afas(sandbox, mine) == 1
