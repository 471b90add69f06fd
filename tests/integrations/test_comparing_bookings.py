"""Bookings are compared with AFAS both ways: when somebody asks, and after a restored backup."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from core.errors import DomainError
from integrations.models import AfasDocument, Comparison, PersonTask, State
from integrations.services import answering, clients, comparing, readings, rhythm, sending
from integrations.services.proving import prove
from sandbox import seed
from tests.integrations.backup import AS_IN_THE_BACKUP, minutes, orphans, restore
from tests.integrations.booked import Books, again
from tests.integrations.doubt import World

pytestmark = pytest.mark.django_db(transaction=True)
What = PersonTask.What
UNDONE_AT = "2026-01-01T00Z"
LOST_REFERENCE = "TCZZZZZZZZZ9"


@pytest.fixture
def books(sandbox: Any, quick: None) -> Books:
    return Books.ready()


@pytest.fixture
def world(books: Books, sandbox: Any, monkeypatch: pytest.MonkeyPatch) -> World:
    """Both lists are proven; two bookings stand and were seen."""
    made = World(sandbox, books.connection, books.studio.customer, None, None)  # type: ignore[arg-type]
    monkeypatch.setattr(rhythm, "monotonic", lambda: made.monotonic)
    monkeypatch.setattr(clients, "LOOKS", clients.READS)
    monkeypatch.setattr(readings, "PAGES", clients.READS)
    names = ["Uurwerk_Entries", "Uurwerk_DirectInvoices"]
    sandbox.order("grant", {"token": seed.LIVE_TOKEN, "add": names})
    for _ in range(2):
        books.book(books.sent(books.hour()))
    prove(books.connection, clients.client_of(books.connection))
    books.connection.refresh_from_db()
    made.minutes(2)
    return made


def bookings() -> list[AfasDocument]:
    return [again(one) for one in AfasDocument.objects.filter(kind="sales_booking")]


def change(sandbox: Any, document: AfasDocument, **line: str) -> None:
    store = sandbox.app.control._store
    entry = store.get("entry", "12345", document.entry_number)
    lines = [{**one, **line} for one in entry["lines"]]
    store.put("entry", "12345", document.entry_number, entry | {"lines": lines})


def compared(books: Books, world: World) -> Comparison:
    comparing.ask(connection=books.connection, by=books.studio.by)
    AfasDocument.objects.update(confirmed_at="2026-01-01T00:00Z")
    world.minutes(1)
    comparison = Comparison.objects.get(what="sales_booking")
    assert comparison.finished_at
    return comparison


def test_equal_books_give_no_task(books: Books, world: World) -> None:
    comparison = compared(books, world)
    assert (comparison.rows, comparison.control_shown, comparison.problem) == (2, True, "")
    assert not PersonTask.objects.exists()
    assert {one.look for one in bookings()} == {"found"}


def test_what_afas_shows_no_more_is_lost(books: Books, world: World, sandbox: Any) -> None:
    _first, second = bookings()
    order = {"environment": "12345", "kind": "entry", "key": second.entry_number}
    sandbox.order("remove", order)
    compared(books, world)
    (task,) = PersonTask.objects.all()
    assert (task.what, task.document_id, task.key) == (What.LOST, second.pk, second.entry_number)


def test_another_amount_is_told(books: Books, world: World, sandbox: Any) -> None:
    _first, second = bookings()
    change(sandbox, second, AmDe="7.00")
    compared(books, world)
    (task,) = PersonTask.objects.all()
    assert (task.what, task.document_id) == (What.DIFFERS, second.pk)


def test_an_entry_that_we_lack_is_an_orphan(books: Books, world: World, sandbox: Any) -> None:
    _first, second = bookings()
    change(sandbox, second, BpNr=LOST_REFERENCE)
    AfasDocument.objects.filter(pk=second.pk).update(state=State.UNDONE, undone_at=UNDONE_AT)
    compared(books, world)
    (task,) = orphans()
    assert task.key == f"1/20/{second.entry_number}"
    assert task.detail["list"] == "sales_booking"
    assert task.detail["invoice_number"] == second.invoice.number


@pytest.mark.parametrize("state", [State.CANCELLED, State.CONFIRMED, State.UNDONE])
def test_what_came_in_after_it_was_settled_otherwise_is_told(
    books: Books, world: World, state: State
) -> None:
    _first, second = bookings()
    values = {
        State.CANCELLED: {"entry_number": ""},
        State.CONFIRMED: {"entry_number": "9999"},
        State.UNDONE: {"entry_number": "9999", "undone_at": UNDONE_AT},
    }
    AfasDocument.objects.filter(pk=second.pk).update(state=state, seen_at=None, **values[state])
    compared(books, world)
    (task,) = PersonTask.objects.filter(what=What.TWICE)
    assert (task.document_id, task.key) == (second.pk, second.entry_number)


def test_what_was_undone_and_stands_is_not_called_double(books: Books, world: World) -> None:
    _first, second = bookings()
    AfasDocument.objects.filter(pk=second.pk).update(state=State.UNDONE, undone_at=UNDONE_AT)
    compared(books, world)
    assert not PersonTask.objects.exists()


def test_two_journals_may_have_the_same_entry_number(
    books: Books, world: World, sandbox: Any
) -> None:
    first, second = bookings()
    store = sandbox.app.control._store
    entry = store.get("entry", "12345", second.entry_number)
    twin = entry | {"number": first.entry_number, "header": entry["header"] | {"JoCo": "70"}}
    store.remove("entry", "12345", second.entry_number)
    store.put("entry", "12345", f"twin {first.entry_number}", twin)
    AfasDocument.objects.filter(pk=second.pk).update(journal="70", entry_number=first.entry_number)
    compared(books, world)
    assert not PersonTask.objects.exists()


def test_a_long_reading_goes_on_where_it_stopped(
    books: Books, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        books.book(books.sent(books.hour()))
    monkeypatch.setattr(readings, "PAGE", 2)
    monkeypatch.setattr(comparing, "TIME_FOR_PAGES", timedelta(0))
    comparing.ask(connection=books.connection, by=books.studio.by)
    for _ in range(8):
        world.minutes(1)
    comparison = Comparison.objects.get(what="sales_booking")
    assert comparison.finished_at
    assert (comparison.rows, comparison.control_shown) == (5, True)


def test_a_list_that_shows_nothing_proves_nothing(books: Books, world: World, sandbox: Any) -> None:
    sandbox.setting("blind", value=True)
    comparing.ask(connection=books.connection, by=books.studio.by)
    world.minutes(1)
    comparison = Comparison.objects.get(what="sales_booking")
    assert comparison.finished_at is None
    assert not PersonTask.objects.exists()


def test_asking_twice_makes_one_comparison(books: Books, world: World) -> None:
    for _ in range(2):
        comparing.ask(connection=books.connection, by=books.studio.by)
    assert Comparison.objects.count() == 1  # AFAS has no direct invoice that proves the other list


def test_without_a_list_there_is_nothing_to_compare_with(books: Books) -> None:
    with pytest.raises(DomainError, match="nothing to compare with"):
        comparing.ask(connection=books.connection, by=books.studio.by)


def test_after_a_restore_a_booking_that_afas_has_is_found_by_its_reference(
    books: Books, world: World, sandbox: Any
) -> None:
    _first, second = bookings()
    second.attempt_log.all().delete()
    values = AS_IN_THE_BACKUP | {"entry_number": ""}
    AfasDocument.objects.filter(pk=second.pk).update(**values)
    restore()
    minutes(world, 3)
    second = again(second)
    assert second.state == State.CONFIRMED
    assert len(sandbox.state()["entries"]) == 2


def test_after_a_restore_an_orphan_of_the_same_invoice_stops_its_booking(
    books: Books, world: World, sandbox: Any
) -> None:
    _first, second = bookings()
    change(sandbox, second, BpNr=LOST_REFERENCE)
    second.attempt_log.all().delete()
    values = AS_IN_THE_BACKUP | {"entry_number": ""}
    AfasDocument.objects.filter(pk=second.pk).update(**values)
    restore()
    minutes(world, 40)
    sending.send_due()
    second = again(second)
    assert (second.state, second.asks) == (State.UNKNOWN, "orphan")
    assert len(sandbox.state()["entries"]) == 2
    entry = sandbox.state()["entries"][1]
    answering.it_is_there(document=second, number=entry["number"], by=books.studio.by)
    second = again(second)
    assert (second.state, second.reference) == (State.CONFIRMED, LOST_REFERENCE)
    assert not [one for one in orphans() if one.resolved_at is None]
