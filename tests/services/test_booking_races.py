"""Two who book, reverse or attach at the same moment, on PostgreSQL: one entry in the books."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from core.errors import DomainError, StaleError
from integrations.models import AfasDocument, BookingRun, BookingSettings, Kind, State
from integrations.services import bookings, connecting, following, sending, undoing
from invoicing.models import Claim, Invoice
from tests.integrations.booked import Books, again
from tests.services.conftest import wait_for, waiting_sessions

ROUNDS = 6
Work = Callable[[], Any]


@pytest.fixture
def books(sandbox: Any) -> Books:
    cache.clear()
    return Books.ready()


@pytest.fixture
def at_once() -> Iterator[Callable[..., list[Any]]]:
    """`at_once(one, two)`: both begin at the same moment; what each returned or raised."""
    with ThreadPoolExecutor(8) as pool:

        def go(*works: Work) -> list[Any]:
            gate = threading.Barrier(len(works))

            def one(work: Work) -> Any:
                gate.wait(30)
                try:
                    return work()
                except DomainError as error:
                    return error
                finally:
                    database.close()

            return [done.result(60) for done in [pool.submit(one, work) for work in works]]

        yield go


def bookings_of(invoice: Invoice) -> list[AfasDocument]:
    return list(AfasDocument.objects.filter(kind=Kind.SALES_BOOKING, invoice=invoice))


def test_an_invoice_that_two_people_book_has_one_booking(books: Books, at_once: Any) -> None:
    for _ in range(ROUNDS):
        invoice = books.sent(books.hour())
        done = at_once(*[partial(books.queue, invoice)] * 4)
        assert sum(isinstance(one, AfasDocument) for one in done) == 1
        assert len(bookings_of(invoice)) == 1


def test_a_run_that_is_confirmed_in_two_tabs_books_once(books: Books, at_once: Any) -> None:
    for _ in range(ROUNDS):
        invoices = [books.sent(books.hour()) for _ in range(3)]
        run = bookings.begin(connection=books.connection, invoices=invoices, by=books.studio.by)
        token = bookings.check(run).token

        def press(run: BookingRun = run, token: str = token) -> BookingRun:
            fresh = BookingRun.objects.select_related("connection__company", "company").get(
                pk=run.pk
            )
            return bookings.confirm(run=fresh, token=token, by=books.studio.by)

        done = at_once(press, press)
        assert all(isinstance(one, BookingRun | StaleError) for one in done)
        run.refresh_from_db()
        assert run.refusals == []
        assert [len(bookings_of(one)) for one in invoices] == [1, 1, 1]


def test_the_sweep_of_two_machines_and_a_person_book_once(books: Books, at_once: Any) -> None:
    BookingSettings.objects.update(auto_book_since=timezone.now())
    for _ in range(ROUNDS):
        invoices = [books.sent(books.hour()) for _ in range(3)]
        at_once(bookings.book_sent, bookings.book_sent, partial(books.queue, invoices[1]))
        assert [len(bookings_of(one)) for one in invoices] == [1, 1, 1]


def test_a_booking_that_two_people_reverse_is_deleted_once(
    books: Books, at_once: Any, sandbox: Any
) -> None:
    for _ in range(ROUNDS):
        document = books.book(books.sent(books.hour()))
        reverse = partial(
            undoing.delete_in_afas, document=document, reason="wrong", by=books.studio.by
        )
        state = partial(
            undoing.corrected_there, document=document, reason="by hand", by=books.studio.by
        )
        at_once(reverse, reverse, state)
        sending.send_due()
        assert again(document).state == State.UNDONE
        deletions = AfasDocument.objects.filter(kind=Kind.DELETION, target=document)
        assert deletions.exclude(state=State.CANCELLED).count() <= 1
    assert not Claim.objects.filter(released_at__isnull=False).exists()


def test_a_confirmation_that_two_follow_up_brings_one_attachment(
    books: Books, at_once: Any
) -> None:
    for _ in range(ROUNDS):
        document = books.book(books.sent(books.hour()))
        BookingSettings.objects.update(attach_pdf=True, subject_type=5)
        AfasDocument.objects.filter(pk=document.pk).update(followed_up_at=None)
        at_once(*[partial(following.follow_up, document.pk)] * 3)
        assert AfasDocument.objects.filter(kind=Kind.ATTACHMENT, attached_to=document).count() == 1
        BookingSettings.objects.update(attach_pdf=False)
        sending.send_due()


def test_nothing_is_booked_over_a_link_that_is_moved_meanwhile(books: Books, at_once: Any) -> None:
    link = books.connection
    for number in (2, 1, 2):
        invoice = books.sent(books.hour())
        link = link.__class__.objects.get(closed_at__isnull=True)
        move = partial(
            connecting.choose_administration,
            connection=link,
            number=number,
            name="Beheer",
            by=books.studio.by,
            confirmed=True,
        )
        book = partial(bookings.book, connection=link, invoice=invoice, by=books.studio.by)
        moved, _booked = at_once(move, book)
        link.refresh_from_db()
        left = AfasDocument.objects.filter(connection=link, state__in=("queued", "waiting"))
        if not isinstance(moved, DomainError):
            assert link.closed_at
            assert not left.exists()
        AfasDocument.objects.filter(state="queued").update(state="cancelled")


def test_who_waits_for_a_link_to_be_closed_does_not_book_over_it(books: Books) -> None:
    link, invoice = books.connection, books.sent(books.hour())

    def book() -> DomainError | None:
        try:
            bookings.book(connection=link, invoice=invoice, by=books.studio.by)
        except DomainError as error:
            return error
        finally:
            database.close()
        return None

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            type(link).objects.filter(pk=link.pk).update(closed_at=timezone.now())
            booked = pool.submit(book)
            wait_for(waiting_sessions)
        assert "changed meanwhile" in str(booked.result(30))
    assert not bookings_of(invoice)
