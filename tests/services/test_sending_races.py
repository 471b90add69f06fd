"""Many workers and many hands at one moment, on PostgreSQL: each mail leaves once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import settings as product
from django.core import mail
from django.db import connection as database

from core.errors import DomainError
from invoicing.models import Delivery, DeliveryStatus, Invoice
from invoicing.services import sending
from invoicing.tasks import send_mails
from tests.invoicing.mail_server import MailServer
from tests.invoicing.mailing import TO, final_invoice, sent
from tests.services.conftest import Processes, wait_for

HANDS = 8
ROUNDS = 5
State = Delivery.State
Work = Callable[[], Any]


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = str(tmp_path)


@pytest.fixture
def server(settings: Any) -> Iterator[MailServer]:
    """A mail server on a real port, since the outbox of the tests is no proof between threads."""
    with MailServer() as running:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", running.port
        yield running


@pytest.fixture
def at_once() -> Iterator[Callable[..., list[Any]]]:
    """`at_once(work, …)`: all of it at the same moment; what each gave, an error as itself."""
    with ThreadPoolExecutor(HANDS) as pool:

        def one(gate: threading.Barrier, work: Work) -> Any:
            gate.wait(30)
            try:
                return work()
            except DomainError as error:
                return error
            finally:
                database.close()

        def go(*works: Work) -> list[Any]:
            gate = threading.Barrier(len(works))
            return list(pool.map(one, [gate] * len(works), works))

        yield go


def test_eight_workers_send_one_mail_once(at_once: Any, server: MailServer) -> None:
    for _round in range(ROUNDS):
        server.taken.clear()
        delivery = sent(final_invoice())
        assert sum(at_once(*[sending.send_next] * HANDS)) == 1
        delivery.refresh_from_db()
        assert (delivery.state, delivery.attempts) == (State.SENT, 1)
        assert len(server.taken) == 1


def test_eight_workers_send_eight_mails_each_once(at_once: Any, server: MailServer) -> None:
    for _mail in range(HANDS):
        sent(final_invoice())
    while any(at_once(*[sending.send_next] * HANDS)):
        pass
    assert len(server.taken) == HANDS
    numbers = {one.message["Message-ID"] for one in server.taken}
    assert len(numbers) == HANDS
    assert set(Delivery.objects.values_list("state", "attempts")) == {(State.SENT, 1)}


def test_the_button_pressed_eight_times_at_once_queues_one_mail(at_once: Any) -> None:
    for _round in range(ROUNDS):
        invoice = final_invoice()
        got = at_once(*[lambda one=invoice: sent(one)] * HANDS)
        assert len([one for one in got if isinstance(one, Delivery)]) == 1
        assert all(isinstance(one, Delivery | DomainError) for one in got)
        assert invoice.deliveries.count() == 1


def test_pressing_send_while_the_worker_sends_never_gives_two_mails(
    at_once: Any, server: MailServer
) -> None:
    for _round in range(ROUNDS):
        server.taken.clear()
        invoice = final_invoice()
        sent(invoice)
        at_once(sending.send_next, *[lambda one=invoice: sent(one)] * 4, sending.send_next)
        while sending.send_next():
            pass
        assert len(server.taken) == 1
        assert Invoice.objects.get(pk=invoice.pk).delivery == DeliveryStatus.SENT


def test_a_sweep_in_the_middle_of_a_flight_changes_nothing(
    at_once: Any, server: MailServer
) -> None:
    server.gate.clear()
    delivery = sent(final_invoice())
    with ThreadPoolExecutor(1) as pool:
        flight = pool.submit(_closing, sending.send_next)
        wait_for(lambda: Delivery.objects.filter(state=State.SENDING).exists())
        sending.sweep()
        assert not sending.send_next()
        server.gate.set()
        assert flight.result(30)
    delivery.refresh_from_db()
    assert (delivery.state, len(server.taken)) == (State.SENT, 1)


def test_marking_as_sent_and_sending_at_once_tell_one_story(
    at_once: Any, server: MailServer
) -> None:
    for _round in range(ROUNDS):
        invoice = final_invoice()
        at_once(
            lambda one=invoice: sending.mark_as_sent(invoice=one, how="Printed", by=None),
            lambda one=invoice: sent(one),
        )
        while sending.send_next():
            pass
        assert Invoice.objects.get(pk=invoice.pk).delivery == DeliveryStatus.SENT


def test_one_doubt_is_settled_by_one_of_eight(at_once: Any) -> None:
    delivery = sent(final_invoice())
    Delivery.objects.update(state=State.UNKNOWN)
    answers = [
        lambda arrived=bool(n % 2): sending.settle(delivery=delivery, arrived=arrived, by=None)
        for n in range(HANDS)
    ]
    got = at_once(*answers)
    assert len([one for one in got if isinstance(one, Delivery)]) == 1
    delivery.refresh_from_db()
    arrived = delivery.state == State.SENT
    invoice = Invoice.objects.get(pk=delivery.invoice_id)
    assert invoice.delivery == (DeliveryStatus.SENT if arrived else DeliveryStatus.FAILED)


def test_the_task_sends_what_is_due(server: MailServer) -> None:
    delivery = sent(final_invoice())
    send_mails()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.to, mail.outbox) == (State.SENT, TO, [])


def _closing(work: Work) -> Any:
    try:
        return work()
    finally:
        database.close()


def test_a_worker_mails_what_was_rung_for(processes: Processes, server: MailServer) -> None:
    processes.environment |= {
        "EMAIL_URL": f"smtp://127.0.0.1:{server.port}",
        "MEDIA_ROOT": product.MEDIA_ROOT,
    }
    processes.worker()
    first, second = sent(final_invoice()), sent(final_invoice())
    wait_for(lambda: Delivery.objects.filter(state=State.SENT).count() == 2)
    assert len(server.taken) == 2
    assert {first.pk, second.pk} == set(Delivery.objects.values_list("pk", flat=True))
