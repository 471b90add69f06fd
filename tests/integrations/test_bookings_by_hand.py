"""Somebody booked in AFAS by hand what we are to book: it counts once, whatever still comes."""

from __future__ import annotations

from typing import Any

import pytest

from core.errors import DomainError, StaleError
from integrations.models import AfasDocument, State
from integrations.services import answering, clients, documents, rhythm, sending
from integrations.services.proving import prove
from sandbox import seed
from tests.integrations.booked import Books, again
from tests.integrations.doubt import QUIET_MINUTES, World

pytestmark = pytest.mark.django_db(transaction=True)
ENTRIES = "FiEntries"


@pytest.fixture
def books(sandbox: Any, quick: None) -> Books:
    """The list of bookings is proven."""
    made = Books.ready()
    made.book(made.sent(made.hour()))
    sandbox.order("grant", {"token": seed.LIVE_TOKEN, "add": ["Uurwerk_Entries"]})
    prove(made.connection, clients.client_of(made.connection))
    made.connection.refresh_from_db()
    return made


@pytest.fixture
def world(books: Books, sandbox: Any, monkeypatch: pytest.MonkeyPatch) -> World:
    """Minutes that pass."""
    made = World(sandbox, books.connection, books.studio.customer, None, None)  # type: ignore[arg-type]
    monkeypatch.setattr(rhythm, "monotonic", lambda: made.monotonic)
    monkeypatch.setattr(clients, "LOOKS", clients.READS)
    return made


def key_in(sandbox: Any, document: AfasDocument) -> str:
    """The number of the entry that a colleague keyed."""
    invoice = document.invoice
    assert invoice
    wish = {"invoice_number": invoice.number, "debtor": "10001", "total": str(invoice.total)}
    return str(sandbox.order("book_by_hand", {"environment": "12345", **wish})["entry"])


def doubtful(books: Books, sandbox: Any) -> AfasDocument:
    document = books.queue(books.sent(books.hour()))
    sandbox.fault("hang_up_before_commit", environment="12345", connector=ENTRIES)
    sending.send_due()
    return again(document)


def test_it_counts_only_when_ours_cannot_come_any_more(
    books: Books, sandbox: Any, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rhythm, "LOOKS_FOR_ABSENCE", 100)  # so that it is not sent again by itself
    document = doubtful(books, sandbox)
    number = key_in(sandbox, document)
    with pytest.raises(DomainError, match="booked by hand, and ours may come yet"):
        answering.it_is_there(document=document, number=number, by=books.studio.by)
    assert again(document).state == State.UNKNOWN
    world.minutes(QUIET_MINUTES + 6)
    answering.it_is_there(document=again(document), number=number, by=books.studio.by)
    assert (again(document).state, again(document).entry_number) == (State.CONFIRMED, number)


def test_while_afas_does_not_say_whose_it_is_it_waits_until_ours_cannot_come(
    books: Books, sandbox: Any, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rhythm, "LOOKS_FOR_ABSENCE", 100)
    document = doubtful(books, sandbox)
    number = key_in(sandbox, document)
    sandbox.fault("refuse", environment="12345", connector="Uurwerk_Entries")
    with pytest.raises(DomainError, match="cannot be asked just now whether"):
        answering.it_is_there(document=document, number=number, by=books.studio.by)
    assert again(document).state == State.UNKNOWN
    world.minutes(QUIET_MINUTES + 6)
    sandbox.fault("refuse", environment="12345", connector="Uurwerk_Entries")
    answering.it_is_there(document=again(document), number=number, by=books.studio.by)
    assert (again(document).state, again(document).entry_number) == (State.CONFIRMED, number)


def test_what_was_sent_again_meanwhile_is_not_taken_over(
    books: Books, sandbox: Any, world: World
) -> None:
    document = books.queue(books.sent(books.hour()))
    sandbox.fault("refuse", environment="12345", connector=ENTRIES)
    sending.send_due()
    seen = again(document)
    assert seen.state == State.REJECTED
    number = key_in(sandbox, document)
    documents.retry(document=again(document), by=books.studio.by)
    with pytest.raises(StaleError):
        answering.it_is_there(document=seen, number=number, by=books.studio.by)
    assert again(document).state == State.QUEUED
