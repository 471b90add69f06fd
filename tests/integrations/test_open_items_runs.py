"""When payments are read: on demand, each night, and once more to be certain."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone

from accounts.models import User
from core.errors import DomainError
from core.models import AuditEvent
from integrations.models import AfasConnection, AfasDocument, PaymentRun, State
from integrations.services import nights, open_items, sweeping
from relations.models import Customer
from sandbox import seed
from tests.factories import OpenItemFactory, PaymentRunFactory, SalesBookingFactory
from tests.integrations.conftest import text_of
from tests.integrations.in_books import Books, item

pytestmark = pytest.mark.django_db
Trigger, Status = PaymentRun.Trigger, PaymentRun.Status
TWO = datetime(2026, 6, 1, 0, 0, tzinfo=UTC)  # 02:00 in Amsterdam


@pytest.fixture
def books(sandbox: Any, connection: AfasConnection, bakery: Customer) -> Books:
    """Administration 1 of participant 12345."""
    return Books(sandbox, connection, bakery)


@pytest.fixture
def at() -> Iterator[Callable[[datetime], None]]:
    """Set the clock."""
    with time_machine.travel(TWO - timedelta(hours=8), tick=False) as traveller:
        yield traveller.move_to


def triggers() -> list[str]:
    """Why there were readings, the oldest first; all of them are over now."""
    found = list(PaymentRun.objects.order_by("pk").values_list("trigger", flat=True))
    PaymentRun.objects.update(status=Status.DONE)
    return found


def test_a_second_press_shows_the_reading_under_way(books: Books, owner: User) -> None:
    first = open_items.ask(connection=books.connection, by=owner)
    assert open_items.ask(connection=books.connection, by=None) == first
    assert PaymentRun.objects.count() == 1
    assert AuditEvent.objects.get(action="payments.requested").by == owner


@pytest.mark.parametrize(
    ("state", "word"),
    [
        ({"paused_at": timezone.now(), "paused_because": "person"}, "paused"),
        ({"paused_at": timezone.now(), "paused_because": "credentials"}, "refuses"),
        ({"administration": None}, "administration"),
        ({"checked_at": None}, "not linked"),
        ({"held_until": timezone.now() + timedelta(days=1)}, "backup"),
        (
            {"findings": [{"connector": "Profit_Debtor_Invoices", "granted": False}]},
            "may not read Profit_Debtor_Invoices",
        ),
    ],
)
def test_what_cannot_be_asked_says_why(books: Books, state: dict[str, Any], word: str) -> None:
    for name, value in state.items():
        setattr(books.connection, name, value)
    with pytest.raises(DomainError, match=word):
        open_items.ask(connection=books.connection, by=None)
    assert not PaymentRun.objects.exists()


def test_a_list_that_afas_refuses_fails_with_its_words_and_pays_nothing(
    books: Books, sandbox: Any
) -> None:
    booked = books.booked("121")
    books.read()
    sandbox.order("grant", {"token": seed.LIVE_TOKEN, "drop": ["Profit_Debtor_Invoices"]})
    books.hours(2)
    run = books.read()
    assert run.status == Status.FAILED
    assert "AFAS administrator" in run.error
    assert item(booked).missing_since is None


def test_credentials_that_are_refused_pause_the_link(books: Books, sandbox: Any) -> None:
    sandbox.order("revoke", {"token": seed.LIVE_TOKEN})
    run = books.read()
    assert (run.status, "401" in run.error) == (Status.FAILED, True)
    assert text_of(books.connection, "paused_because") == "credentials"


def test_a_pause_ends_a_reading_and_it_proves_nothing(books: Books) -> None:
    booked = books.booked("121")
    books.read()
    books.pay(booked)
    run = open_items.ask(connection=books.connection, by=None)
    AfasConnection.objects.update(paused_at=timezone.now(), paused_because="person")
    open_items.run(run.pk)
    assert text_of(run, "status") == Status.FAILED
    assert item(booked).missing_since is None


def test_a_worker_that_was_overtaken_pays_nothing(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    booked = books.booked("121")
    books.read()
    books.pay(booked)
    books.read()
    books.hours(1)
    keep = open_items._Reading._keep

    def sleep_too_long(self: Any, *page: Any) -> None:
        keep(self, *page)
        PaymentRun.objects.filter(pk=self.run.pk).update(heartbeat_at=timezone.now())

    monkeypatch.setattr(open_items._Reading, "_keep", sleep_too_long)
    assert books.read().status == Status.RUNNING
    assert item(booked).paid_at is None


def test_a_reading_that_fell_silent_is_taken_up_and_a_stale_one_fails(books: Books) -> None:
    booked = books.booked("121")
    now = timezone.now()
    silent = PaymentRunFactory(
        connection=books.connection,
        status=Status.RUNNING,
        started_at=now,
        heartbeat_at=now - timedelta(minutes=4),
    )
    sweeping.sweep()
    assert open_items.run(silent.pk)
    assert text_of(silent, "status") == Status.DONE
    assert item(booked).left == 121
    PaymentRun.objects.update(status=Status.RUNNING, heartbeat_at=now - timedelta(minutes=11))
    sweeping.sweep()
    assert text_of(silent, "status") == Status.FAILED
    assert "broke off" in text_of(silent, "error")


def test_payments_are_read_once_a_night_where_something_stands_in_the_books(
    connection: AfasConnection, at: Callable[[datetime], None]
) -> None:
    minute = timedelta(minutes=nights.nightly_minute(connection))
    at(TWO + minute)
    open_items.read_due()
    assert triggers() == []
    SalesBookingFactory(company=connection.company, booked=True)
    at(TWO + minute - timedelta(seconds=1))
    open_items.read_due()
    assert triggers() == []
    for later in (minute, timedelta(hours=2), timedelta(hours=3, minutes=59)):
        at(TWO + later)
        open_items.read_due()
        assert triggers() == [Trigger.NIGHTLY]
    at(TWO + timedelta(days=1, hours=4))
    open_items.read_due()
    assert triggers() == [Trigger.NIGHTLY]
    at(TWO + timedelta(days=1, hours=3))
    open_items.read_due()
    assert triggers() == [Trigger.NIGHTLY] * 2


@pytest.mark.parametrize(
    "state",
    [
        {"paused_at": timezone.now(), "paused_because": "person"},
        {"closed_at": timezone.now()},
        {"findings": [{"connector": "Profit_Debtor_Invoices", "granted": False}]},
    ],
)
def test_a_link_that_cannot_be_asked_is_left_alone(
    connection: AfasConnection, at: Callable[[datetime], None], state: dict[str, Any]
) -> None:
    SalesBookingFactory(company=connection.company, booked=True)
    AfasConnection.objects.update(**state)
    at(TWO + timedelta(hours=2))
    open_items.read_due()
    assert triggers() == []


def test_what_was_missed_is_read_again_after_an_hour_by_day_too(
    connection: AfasConnection, at: Callable[[datetime], None]
) -> None:
    noon = TWO + timedelta(hours=10)
    booked = SalesBookingFactory(company=connection.company, booked=True)
    OpenItemFactory(document=booked, company=connection.company, missing_since=noon)
    at(noon + timedelta(minutes=59))
    open_items.read_due()
    assert triggers() == []
    at(noon + timedelta(minutes=60))
    open_items.read_due()
    assert triggers() == [Trigger.AGAIN]
    at(noon + timedelta(minutes=119))
    open_items.read_due()
    assert triggers() == [Trigger.AGAIN]  # at most once an hour, should that one fail
    at(noon + timedelta(minutes=121))
    open_items.read_due()
    assert triggers() == [Trigger.AGAIN] * 2
    AfasDocument.objects.update(state=State.UNDONE, undone_at=noon)
    at(noon + timedelta(hours=5))
    open_items.read_due()
    assert triggers() == [Trigger.AGAIN] * 2


@pytest.mark.django_db(transaction=True)
def test_one_process_without_a_broker_reads_what_is_asked_for(books: Books) -> None:
    booked = books.booked("121")
    run = open_items.ask(connection=books.connection, by=None)
    call_command("work", "--once")
    assert text_of(run, "status") == Status.DONE
    assert item(booked).left == 121
