"""A sent invoice becomes a journal entry in AFAS, to the cent and once. Over real HTTP."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from core.errors import DomainError, StaleError
from integrations.afas.bookings import booked_as, lines_of
from integrations.models import BookingSettings, CustomerLink, Kind, State, VatLink
from integrations.services import bookings, documents, sending
from tests.factories import InvoiceFactory
from tests.integrations.booked import Books, again

pytestmark = pytest.mark.django_db


@pytest.fixture
def books(sandbox: Any, quick: None) -> Books:
    return Books.ready()


def entries(sandbox: Any) -> list[dict[str, Any]]:
    return list(sandbox.state()["entries"])


def test_a_sent_invoice_is_booked_as_its_paper_says(books: Books, sandbox: Any) -> None:
    invoice = books.sent(books.hour(90))
    document = books.book(invoice)
    assert (document.state, document.journal, document.unit) == (State.CONFIRMED, "20", "1")
    (entry,) = entries(sandbox)
    assert document.entry_number == entry["number"]
    assert entry["invoice_number"] == invoice.number
    told = [
        (one.account, one.debit, one.credit, one.vat_code) for one in lines_of(document.payload)
    ]
    assert told == [
        ("10001", Decimal("181.50"), Decimal(0), ""),
        ("8000", Decimal(0), Decimal("150.00"), "1"),
        ("1510", Decimal(0), Decimal("31.50"), "1"),
    ]
    booked = booked_as(document.payload)
    assert booked
    assert (booked.invoice_number, booked.reference) == (invoice.number, document.reference)


def test_a_credit_note_is_booked_with_its_sides_swapped(books: Books, sandbox: Any) -> None:
    invoice = books.sent(books.hour(90))
    books.book(invoice)
    note = books.mark_sent(books.studio.credit(invoice))
    document = books.book(note)
    told = [(one.account, one.debit, one.credit) for one in lines_of(document.payload)]
    assert told == [
        ("10001", Decimal(0), Decimal("181.50")),
        ("8000", Decimal("150.00"), Decimal(0)),
        ("1510", Decimal("31.50"), Decimal(0)),
    ]
    assert invoice.number in lines_of(document.payload)[0].description
    assert len(entries(sandbox)) == 2


def test_an_invoice_that_is_not_sent_is_not_booked(books: Books) -> None:
    final = books.studio.finalise(books.studio.draft([books.hour()]))
    with pytest.raises(DomainError, match="Only a sent invoice"):
        books.queue(final)
    assert books.documents(Kind.SALES_BOOKING) == []


def test_what_afas_invoices_is_never_booked(books: Books) -> None:
    made = InvoiceFactory(company=books.studio.company, customer=books.studio.customer)
    with pytest.raises(DomainError, match="AFAS made this invoice"):
        books.queue(made)


def test_an_own_invoice_is_never_sent_as_a_direct_invoice(books: Books) -> None:
    invoice = books.sent(books.hour())
    with pytest.raises(DomainError, match="We made this invoice"):
        documents.make_direct_invoice(
            connection=books.connection, invoice=invoice, run=None, by=None
        )


def test_an_invoice_is_booked_once(books: Books, sandbox: Any) -> None:
    invoice = books.sent(books.hour())
    books.book(invoice)
    with pytest.raises(DomainError, match="has a booking already"):
        books.queue(invoice)
    assert len(entries(sandbox)) == 1


def test_a_customer_that_afas_lacks_is_created_first(books: Books, sandbox: Any) -> None:
    CustomerLink.objects.all().delete()
    document = books.queue(books.sent(books.hour()))
    assert document.state == State.WAITING
    sending.send_due()
    sending.send_due()
    document = again(document)
    assert document.state == State.CONFIRMED
    link = CustomerLink.objects.get()
    assert entries(sandbox)[0]["debtor"] == link.debtor_number


def test_what_is_missing_is_kept_as_refused_and_mended(books: Books, sandbox: Any) -> None:
    VatLink.objects.update(code="")
    document = books.book(books.sent(books.hour()))
    assert (document.state, document.problem) == (State.REJECTED, "cannot_build")
    assert "VAT code" in document.message
    VatLink.objects.filter(vat_code="high").update(code="1")
    documents.retry(document=document, by=books.studio.by)
    sending.send_due()
    assert again(document).state == State.CONFIRMED


def test_a_checked_run_books_what_was_seen(books: Books, sandbox: Any) -> None:
    sent, unsent = (
        books.sent(books.hour()),
        books.studio.finalise(books.studio.draft([books.hour()])),
    )
    run = bookings.begin(connection=books.connection, invoices=[sent, unsent], by=books.studio.by)
    found = bookings.check(run)
    assert [one.invoice for one in found.ready] == [sent]
    assert [one.pk for one in found.unsent] == [unsent.pk]
    assert found.ready[0].entry.is_balanced
    bookings.confirm(run=run, token=found.token, by=books.studio.by)
    bookings.confirm(run=run, token="pressed again", by=books.studio.by)
    (document,) = books.documents(Kind.SALES_BOOKING)
    assert (document.invoice, document.booking_run) == (sent, run)
    assert run.refusals == []


def test_unsent_ones_can_be_marked_and_booked_along(books: Books, sandbox: Any) -> None:
    final = books.studio.finalise(books.studio.draft([books.hour()]))
    run = bookings.begin(connection=books.connection, invoices=[final], by=books.studio.by)
    token = bookings.check(run, with_unsent=[final.pk]).token
    bookings.confirm(
        run=run, token=token, by=books.studio.by, mark_as_sent=[final.pk], how="By post"
    )
    final.refresh_from_db()
    assert final.is_sent
    assert len(books.documents(Kind.SALES_BOOKING)) == 1


def test_a_change_after_the_check_books_nothing(books: Books) -> None:
    run = bookings.begin(
        connection=books.connection, invoices=[books.sent(books.hour())], by=books.studio.by
    )
    token = bookings.check(run).token
    VatLink.objects.filter(vat_code="high").update(code="2", account="1511")
    with pytest.raises(StaleError):
        bookings.confirm(run=run, token=token, by=books.studio.by)
    assert books.documents(Kind.SALES_BOOKING) == []


def test_what_is_sent_is_booked_by_itself_from_the_switch_on(books: Books) -> None:
    earlier = books.sent(books.hour())
    BookingSettings.objects.update(auto_book_since=timezone.now())
    bookings.book_sent()
    assert books.documents(Kind.SALES_BOOKING) == []
    later = books.sent(books.hour())
    bookings.book_sent()
    bookings.book_sent()
    (document,) = books.documents(Kind.SALES_BOOKING)
    assert document.invoice == later != earlier


def test_what_a_person_cancelled_is_not_booked_again_by_itself(books: Books) -> None:
    BookingSettings.objects.update(auto_book_since=timezone.now() - timedelta(minutes=1))
    books.sent(books.hour())
    bookings.book_sent()
    (document,) = books.documents(Kind.SALES_BOOKING)
    documents.cancel(document=document, by=books.studio.by, reason="By hand")
    bookings.book_sent()
    assert len(books.documents(Kind.SALES_BOOKING)) == 1
