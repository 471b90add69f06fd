"""A booking whose answer was lost ends by proof; a booking is reversed on proof only."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import User
from core.errors import DomainError
from integrations.models import AfasConnection, AfasDocument, Kind, PersonTask, State
from integrations.services import (
    answering,
    bookings,
    clients,
    documents,
    rhythm,
    sending,
    undoing,
)
from integrations.services.lists import BOOKINGS
from integrations.services.proving import prove
from invoicing.models import Claim
from sandbox import seed
from tests.integrations.booked import Books, again
from tests.integrations.doubt import QUIET_MINUTES, World

pytestmark = pytest.mark.django_db(transaction=True)
ENTRIES = "FiEntries"


@pytest.fixture
def books(sandbox: Any, quick: None) -> Books:
    return Books.ready()


@pytest.fixture
def world(books: Books, sandbox: Any, monkeypatch: pytest.MonkeyPatch) -> World:
    """Minutes that pass; nothing is billed here."""
    made = World(sandbox, books.connection, books.studio.customer, None, None)  # type: ignore[arg-type]
    monkeypatch.setattr(rhythm, "monotonic", lambda: made.monotonic)
    monkeypatch.setattr(clients, "LOOKS", clients.READS)
    return made


@pytest.fixture
def granted(books: Books, sandbox: Any, world: World) -> AfasDocument:
    """The list of bookings is proven, with a first booking in it."""
    first = books.book(books.sent(books.hour()))
    sandbox.order("grant", {"token": seed.LIVE_TOKEN, "add": ["Uurwerk_Entries"]})
    prove(books.connection, clients.client_of(books.connection))
    books.connection.refresh_from_db()
    assert BOOKINGS.control(books.connection) == f"1/20/{first.entry_number}"
    world.minutes(2)
    first = again(first)
    assert first.seen_at
    return first


def live(sandbox: Any, number: str) -> list[dict[str, Any]]:
    """What AFAS holds under our invoice number."""
    return [one for one in sandbox.state()["entries"] if one["invoice_number"] == number]


def doubtful(books: Books, sandbox: Any, fault: str) -> AfasDocument:
    document = books.queue(books.sent(books.hour()))
    sandbox.fault(fault, environment="12345", connector=ENTRIES)
    sending.send_due()
    document = again(document)
    assert document.state == State.UNKNOWN
    return document


def deletion_of(document: AfasDocument) -> AfasDocument:
    return AfasDocument.objects.get(kind=Kind.DELETION, target=document)


def test_a_booking_that_afas_made_without_an_answer_is_found(
    books: Books, sandbox: Any, world: World, granted: AfasDocument
) -> None:
    document = doubtful(books, sandbox, "commit_then_hang_up")
    world.minutes(2)
    document = again(document)
    assert (document.state, document.unit, document.journal) == (State.CONFIRMED, "1", "20")
    assert [one["number"] for one in live(sandbox, document.invoice.number)] == [
        document.entry_number
    ]


def test_a_booking_that_never_arrived_is_sent_again_once_that_is_proven(
    books: Books, sandbox: Any, world: World, granted: AfasDocument
) -> None:
    document = doubtful(books, sandbox, "hang_up_before_commit")
    world.minutes(QUIET_MINUTES - 2)
    assert again(document).state == State.UNKNOWN
    world.minutes(6)
    sending.send_due()
    document = again(document)
    assert (document.state, document.attempts) == (State.CONFIRMED, 2)
    assert len(live(sandbox, document.invoice.number)) == 1


def test_our_reference_under_another_invoice_number_is_not_ours(
    books: Books, sandbox: Any, world: World, granted: AfasDocument
) -> None:
    document = doubtful(books, sandbox, "commit_then_hang_up")
    (entry,) = live(sandbox, document.invoice.number)
    store = sandbox.app.control._store
    store.put("entry", "12345", entry["number"], entry | {"invoice_number": "2026-9999"})
    world.minutes(2)
    document = again(document)
    assert (document.state, document.asks) == (State.UNKNOWN, "differs")


def test_without_the_list_a_person_gives_the_entry_number(
    books: Books, sandbox: Any, world: World
) -> None:
    document = doubtful(books, sandbox, "commit_then_hang_up")
    world.minutes(1)
    assert again(document).asks == "no_look_up"
    (entry,) = live(sandbox, document.invoice.number)
    answering.it_is_there(document=again(document), number=entry["number"], by=books.studio.by)
    document = again(document)
    assert (document.state, document.entry_number) == (State.CONFIRMED, entry["number"])
    assert (document.unit, document.journal) == ("1", "20")


def test_an_entry_booked_by_hand_under_our_number_is_taken_over(
    books: Books, sandbox: Any, world: World, granted: AfasDocument
) -> None:
    invoice = books.sent(books.hour())
    by_hand = {"invoice_number": invoice.number, "debtor": "10001", "total": str(invoice.total)}
    done = sandbox.order("book_by_hand", {"environment": "12345", **by_hand})
    document = books.book(invoice)
    assert (document.state, document.problem) == (State.REJECTED, "invoice_number_used")
    (entry,) = live(sandbox, invoice.number)
    assert done
    answering.it_is_there(document=document, number=entry["number"], by=books.studio.by)
    world.minutes(2)
    document = again(document)
    assert (document.state, document.entry_number) == (State.CONFIRMED, entry["number"])
    assert document.asks == ""


def test_another_entry_is_not_taken_over(
    books: Books, sandbox: Any, world: World, granted: AfasDocument
) -> None:
    document = doubtful(books, sandbox, "hang_up_before_commit")
    with pytest.raises(DomainError, match="something else"):
        answering.it_is_there(document=document, number=granted.entry_number, by=books.studio.by)


def test_a_reversed_booking_may_be_booked_again_and_releases_nothing(
    books: Books, sandbox: Any, world: World, granted: AfasDocument
) -> None:
    invoice = granted.invoice
    assert invoice
    undoing.delete_in_afas(document=granted, reason="wrong period", by=books.studio.by)
    sending.send_due()
    assert again(granted).state == State.UNDONE
    assert live(sandbox, invoice.number) == []
    assert not Claim.objects.filter(released_at__isnull=False).exists()
    second = books.book(invoice)
    assert second.state == State.CONFIRMED
    assert len(live(sandbox, invoice.number)) == 1


def test_a_reconciled_booking_is_not_reversed(
    books: Books, sandbox: Any, world: World, granted: AfasDocument
) -> None:
    order = {"environment": "12345", "kind": "entry", "key": granted.entry_number}
    sandbox.order("pay", order)
    undoing.delete_in_afas(document=granted, reason="wrong", by=books.studio.by)
    sending.send_due()
    deletion = deletion_of(granted)
    assert (deletion.state, deletion.problem) == (State.REJECTED, "reconciled")
    assert again(granted).state == State.CONFIRMED


def test_a_reversal_without_an_answer_is_proven_by_looking(
    books: Books, sandbox: Any, world: World, granted: AfasDocument
) -> None:
    second = books.book(books.sent(books.hour()))
    world.minutes(2)
    undoing.delete_in_afas(document=again(second), reason="wrong", by=books.studio.by)
    sandbox.fault("commit_then_hang_up", environment="12345", connector=ENTRIES)
    sending.send_due()
    assert deletion_of(second).state == State.UNKNOWN
    world.minutes(QUIET_MINUTES + 6)
    assert deletion_of(second).state == State.CONFIRMED
    assert again(second).state == State.UNDONE


def test_an_entry_number_that_afas_used_anew_is_not_deleted(
    books: Books, sandbox: Any, world: World, granted: AfasDocument
) -> None:
    store = sandbox.app.control._store
    entry = store.get("entry", "12345", granted.entry_number)
    lines = [line | {"BpNr": "Iets anders"} for line in entry["lines"]]
    changed = entry | {"lines": lines, "invoice_number": "2026-7777"}
    store.put("entry", "12345", granted.entry_number, changed)
    undoing.delete_in_afas(document=again(granted), reason="wrong", by=books.studio.by)
    sending.send_due()
    deletion = deletion_of(granted)
    assert (deletion.state, deletion.problem) == (State.REJECTED, "number_reused")
    assert len(sandbox.state()["entries"]) == 1


def test_a_booking_corrected_in_afas_by_hand_may_be_booked_again(
    books: Books, sandbox: Any, world: World, granted: AfasDocument
) -> None:
    sandbox.order("remove", {"environment": "12345", "kind": "entry", "key": granted.entry_number})
    assert undoing.corrected_there(
        document=again(granted), reason="deleted there", by=books.studio.by
    )
    assert again(granted).state == State.UNDONE
    assert not Claim.objects.filter(released_at__isnull=False).exists()
    assert bookings.why_not_book(granted.invoice, books.connection) == ""


def test_another_amount_in_afas_is_told(
    books: Books, sandbox: Any, world: World, granted: AfasDocument
) -> None:
    document = books.book(books.sent(books.hour()))
    store = sandbox.app.control._store
    entry = store.get("entry", "12345", document.entry_number)
    lines = [line | ({"AmDe": "99.00"} if line["VaAs"] == "2" else {}) for line in entry["lines"]]
    store.put("entry", "12345", document.entry_number, entry | {"lines": lines})
    world.minutes(2)
    task = PersonTask.objects.get()
    assert (task.what, task.document_id) == (PersonTask.What.DIFFERS, document.pk)


def test_a_cancelled_booking_leaves_the_invoice_as_it_is(books: Books, by: User) -> None:
    document = books.queue(books.sent(books.hour()))
    documents.cancel(document=document, by=by, reason="Not yet")
    assert not Claim.objects.filter(released_at__isnull=False).exists()
    assert bookings.why_not_book(document.invoice, books.connection) == ""


@pytest.fixture
def by(books: Books) -> User:
    return books.studio.by


def test_the_first_booking_that_is_seen_proves_a_list_that_was_empty(
    books: Books, sandbox: Any, world: World
) -> None:
    sandbox.order("grant", {"token": seed.LIVE_TOKEN, "add": ["Uurwerk_Entries"]})
    prove(books.connection, clients.client_of(books.connection))
    assert AfasConnection.objects.get().booking_problem == "no_row"
    document = books.book(books.sent(books.hour()))
    world.minutes(2)
    link = AfasConnection.objects.get()
    assert (link.booking_problem, link.booking_control) == ("", f"1/20/{document.entry_number}")
