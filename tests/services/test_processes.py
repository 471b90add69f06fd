"""The doorbell and the clock, with real processes: rings arrive, and what was missed is found."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from core.jobs import ring
from integrations.models import AfasConnection, AfasDocument, State
from integrations.services.documents import make_direct_invoice
from sandbox import seed as pretend
from tests.factories import (
    AfasConnectionFactory,
    AfasDocumentFactory,
    ClaimFactory,
    CompanyFactory,
    CustomerFactory,
    CustomerLinkFactory,
    InvoiceFactory,
    InvoiceLineFactory,
)
from tests.services.conftest import Processes, wait_for


@pytest.fixture
def connection() -> AfasConnection:
    return AfasConnectionFactory(company=CompanyFactory(), user_token=pretend.LIVE_TOKEN)


def make_invoice(connection: AfasConnection) -> AfasDocument:
    """A document for one hour of work for debtor 10001, made as the product makes it."""
    customer = CustomerFactory(company=connection.company, number="10001")
    CustomerLinkFactory(customer=customer, debtor_number="10001")
    invoice = InvoiceFactory(customer=customer)
    line = InvoiceLineFactory(invoice=invoice, item_kind="1", item_code="UREN-ALG", item_unit="uur")
    ClaimFactory(line=line, hour__billing="reserved")
    with transaction.atomic():
        return make_direct_invoice(connection=connection, invoice=invoice, run=None, by=None)


def state_of(document: AfasDocument) -> str:
    return AfasDocument.objects.values_list("state", flat=True).get(pk=document.pk)


def test_a_ring_makes_a_worker_send_the_document_once(
    connection: AfasConnection, celery_processes: Processes, sandbox: Any
) -> None:
    document = make_invoice(connection)
    wait_for(lambda: state_of(document) == State.CONFIRMED)
    assert len(sandbox.state("12345")["invoices"]) == 1
    document.refresh_from_db()
    assert document.order_number


def test_rings_that_come_twice_and_late_send_nothing_twice(
    connection: AfasConnection, processes: Processes, sandbox: Any
) -> None:
    document = make_invoice(connection)
    for _ in range(5):
        ring("integrations.send_next", connection.environment)
    processes.worker("one")
    processes.worker("two")
    wait_for(lambda: state_of(document) == State.CONFIRMED)
    ring("integrations.send_next", connection.environment)
    ring("integrations.sweep")
    wait_for(lambda: processes.said("Task integrations.sweep", "succeeded"))
    assert len(sandbox.state("12345")["invoices"]) == 1


@pytest.fixture
def lost_flight(connection: AfasConnection) -> AfasDocument:
    """A document whose worker died before it could write down what AFAS answered."""
    return AfasDocumentFactory(
        connection=connection, sending=True, sending_since=timezone.now() - timedelta(minutes=6)
    )


def test_the_sweep_makes_a_lost_flight_unknown(
    lost_flight: AfasDocument, processes: Processes
) -> None:
    processes.worker()
    ring("integrations.sweep")
    wait_for(lambda: state_of(lost_flight) == State.UNKNOWN)


def test_beat_rings_for_the_sweep_each_minute_without_anybody_asking(
    lost_flight: AfasDocument, celery_processes: Processes
) -> None:
    assert state_of(lost_flight) == State.SENDING
    wait_for(lambda: state_of(lost_flight) == State.UNKNOWN, seconds=100)
