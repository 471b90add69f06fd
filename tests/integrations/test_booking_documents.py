"""The page of a booking, of its deletion and of its PDF: what each state says and offers."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from integrations.models import AfasDocument, Asks, BookingSettings, Kind, PersonTask, State
from integrations.services import sending
from integrations.services.meanings import story_of
from tests.factories import (
    AfasDocumentFactory,
    InvoiceFactory,
    PersonTaskFactory,
    SalesBookingFactory,
)
from tests.integrations.booked import Books, again
from tests.integrations.booked_pages import Desk, words_of

pytestmark = pytest.mark.django_db
STATES = [one for one in State if one != State.CONFIRMED]
LANGUAGES = ("en", "nl")


@pytest.fixture
def books(sandbox: Any, quick: None) -> Books:
    return Books.ready()


@pytest.fixture
def desk(books: Books, client_of: Callable[..., Any]) -> Desk:
    return Desk(books, client_of(books.studio.by, books.studio.company))


def fields_of(state: State) -> dict[str, Any]:
    """What a row in this state has to have."""
    now = timezone.now()
    more: dict[str, dict[str, Any]] = {
        State.SENDING: {"sending_since": now},
        State.UNKNOWN: {"ever_unknown": True, "unknown_since": now, "attempts": 1},
        State.UNDONE: {"undone_at": now, "confirmed_at": now},
        State.CONFIRMED: {"confirmed_at": now, "followed_up_at": now, "attempts": 1},
        State.REJECTED: {"attempts": 1, "problem": "refused", "message": "Nee."},
    }
    return {"state": state, **more.get(state, {})}


def booking_of(books: Books, state: State, **fields: Any) -> AfasDocument:
    """A booking of a sent invoice in this state."""
    company = books.studio.company
    invoice = InvoiceFactory(
        company=company,
        customer=books.studio.customer,
        ours=True,
        delivery="sent",
        net=Decimal(1000),
        total=Decimal(1210),
    )
    number = "5790" if state in {State.CONFIRMED, State.UNDONE} else ""
    made: AfasDocument = SalesBookingFactory(
        company=company,
        connection=books.connection,
        invoice=invoice,
        customer=invoice.customer,
        entry_number=number,
        unit="1",
        **{**fields_of(state), **fields},
    )
    return made


def deletion_of(booking: AfasDocument, state: State, **fields: Any) -> AfasDocument:
    """A deletion of this booking in this state."""
    made: AfasDocument = AfasDocumentFactory(
        company=booking.company,
        connection=booking.connection,
        kind=Kind.DELETION,
        invoice=None,
        customer=booking.customer,
        target=booking,
        **{**fields_of(state), **fields},
    )
    return made


def attachment_of(booking: AfasDocument, state: State, **fields: Any) -> AfasDocument:
    """The PDF of this booking in this state."""
    made: AfasDocument = AfasDocumentFactory(
        company=booking.company,
        connection=booking.connection,
        kind=Kind.ATTACHMENT,
        invoice=booking.invoice,
        customer=booking.customer,
        attached_to=booking,
        **{**fields_of(state), **fields},
    )
    return made


def page_of(desk: Desk, document: AfasDocument) -> str:
    """The page of a document."""
    return words_of(desk.browser.get(reverse("afas_document", args=[document.pk])))


def money_of(document: AfasDocument) -> str:
    """What it says of the money, in English."""
    with translation.override("en"):
        text = story_of(AfasDocument.objects.get(pk=document.pk)).money
    return text.replace("\u00a0", " ").replace("1,210.00", "1.210,00")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", list(State))
def test_every_state_of_a_booking_has_its_page(
    state: State, language: str, desk: Desk, books: Books
) -> None:
    document = booking_of(books, state)
    books.studio.by.language = language
    books.studio.by.save()
    page = page_of(desk, document)
    assert document.invoice
    assert f">{document.invoice.number}</a>" in page
    assert "1.210,00" in page


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("make", ["deletion_of", "attachment_of"])
@pytest.mark.parametrize("state", STATES[:-1])
def test_every_state_of_what_follows_has_its_page(
    state: State, make: str, language: str, desk: Desk, books: Books
) -> None:
    books.studio.by.language = language
    books.studio.by.save()
    booking = booking_of(books, State.CONFIRMED)
    page = page_of(desk, globals()[make](booking, state))
    assert reverse("afas_document", args=[booking.pk]) in page
    assert "5790" in page or make == "attachment_of"


@pytest.mark.parametrize(
    "state", [one for one in STATES if one not in {State.CANCELLED, State.UNDONE}]
)
def test_until_afas_has_it_nothing_is_called_booked(state: State, books: Books) -> None:
    money = money_of(booking_of(books, state))
    assert "€ 1.210,00" in money
    assert "stands in the books." not in money
    assert "entries" not in money


@pytest.mark.parametrize(
    "state", [State.QUEUED, State.SENDING, State.UNKNOWN, State.REJECTED, State.CANCELLED]
)
def test_until_a_deletion_is_certain_its_entry_counts(state: State, books: Books) -> None:
    booking = booking_of(books, State.CONFIRMED)
    money = money_of(deletion_of(booking, state))
    assert "€ 1.210,00" in money
    assert "counts as booked" in money or "stands in the books" in money


def test_what_was_reversed_can_be_booked_again_unless_it_was(books: Books) -> None:
    booking = booking_of(books, State.UNDONE)
    assert "can be booked again" in money_of(booking)
    SalesBookingFactory(
        company=booking.company, connection=booking.connection, invoice=booking.invoice
    )
    assert "was booked again since" in money_of(booking)


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (PersonTask.What.TWICE, "perhaps a second time"),
        (PersonTask.What.DIFFERS, "another amount or debtor"),
        (PersonTask.What.LOST, "not certain that AFAS still has it"),
    ],
)
def test_an_open_task_takes_the_certainty_away(
    what: PersonTask.What, words: str, books: Books, desk: Desk
) -> None:
    booking = booking_of(books, State.CONFIRMED)
    assert "stands in the books." in money_of(booking)
    PersonTaskFactory(company=booking.company, document=booking, what=what, key="5790")
    assert words in money_of(booking)
    for page in (page_of(desk, booking), attention(desk)):
        assert "books" in page
        assert "unbilled" not in page.partition('aria-label="' + what.label)[2][:900]


def attention(desk: Desk) -> str:
    """The page of what waits for a person."""
    return words_of(desk.browser.get(reverse("afas_attention")))


def test_an_orphan_of_the_ledger_is_told_as_an_entry(books: Books, desk: Desk) -> None:
    PersonTaskFactory(
        company=books.studio.company,
        document=None,
        connection=books.connection,
        what=PersonTask.What.ORPHAN,
        key="1/20/5791",
        detail={"list": "sales_booking", "total": "121.00", "invoice_number": "2026-0009"},
    )
    page = attention(desk)
    assert "AFAS has an entry 1/20/5791" in page
    assert "2026-0009" in page


def test_an_entry_that_afas_never_showed_asks_to_look(books: Books) -> None:
    booking = booking_of(books, State.CONFIRMED, asks=Asks.UNSEEN)
    assert "not certain that AFAS still has it" in money_of(booking)


@pytest.mark.parametrize("state", [one for one in STATES if one != State.UNDONE])
def test_whatever_becomes_of_the_pdf_the_booking_is_fine(state: State, books: Books) -> None:
    item = attachment_of(booking_of(books, State.CONFIRMED), state)
    assert "The booking itself is fine" in money_of(item)


def test_the_page_shows_the_journal_entry_and_its_numbers(books: Books, desk: Desk) -> None:
    document = books.book(books.sent(books.hour(90)))
    page = page_of(desk, document)
    for words in ("Journal entry", "181,50", "debit = credit ✓", document.entry_number, "10/2026"):
        assert words in page
    assert "AFAS order" not in page


def test_an_entry_in_doubt_says_how_to_look_and_asks_its_number(
    books: Books, desk: Desk, sandbox: Any
) -> None:
    sandbox.fault("commit_then_hang_up")
    document = books.book(books.sent(books.hour()))
    assert document.state == State.UNKNOWN
    page = page_of(desk, document)
    assert document.invoice
    for words in (
        "The entry may or may not stand in the books.",
        "Financieel › Mutaties raadplegen",
        f"“Factuurnummer” for {document.invoice.number}",
        f"“Boekstuknummer” for {document.reference}",
        "Entry number",
    ):
        assert words in page
    (entry,) = sandbox.state()["entries"]
    address = reverse("afas_document_there", args=[document.pk])
    desk.browser.post(address, {"number": entry["number"]})
    assert again(document).state == State.CONFIRMED
    assert again(document).entry_number == entry["number"]


def test_a_refused_one_is_cancelled_and_the_invoice_can_be_booked_again(
    books: Books, desk: Desk
) -> None:
    document = booking_of(books, State.REJECTED)
    page = page_of(desk, document)
    assert "Cancel it…" in page
    assert "Cancel and release" not in page
    address = reverse("afas_document_cancel", args=[document.pk])
    answer = desk.browser.post(address, {"reason": "By hand"}, follow=True)
    assert "the invoice stays as it is and can be booked again" in words_of(answer)


def test_a_failed_attachment_leaves_the_booking_and_says_so(
    books: Books, desk: Desk, sandbox: Any
) -> None:
    BookingSettings.objects.update(subject_type=999, attach_pdf=True)
    document = books.book(books.sent(books.hour()))
    sending.send_due()
    (item,) = books.documents(Kind.ATTACHMENT)
    assert (again(document).state, item.state) == (State.CONFIRMED, State.REJECTED)
    page = page_of(desk, item)
    for words in (
        "The booking itself is fine",
        "Choose another type of dossier item",
        f'href="{reverse("afas_settings")}#booking"',
        reverse("afas_document", args=[document.pk]),
    ):
        assert words in page
    assert document.invoice
    assert "not attached" in desk.invoice_page(document.invoice)


@pytest.mark.parametrize("number", ["entry_number", "invoice__number", "reference"])
def test_a_booking_is_found_by_its_numbers(number: str, books: Books, desk: Desk) -> None:
    document = books.book(books.sent(books.hour()))
    other = books.book(books.sent(books.hour()))
    text = AfasDocument.objects.values_list(number, flat=True).get(pk=document.pk)
    page = words_of(desk.browser.get(reverse("afas_documents"), {"q": text}))
    assert reverse("afas_document", args=[document.pk]) in page
    assert reverse("afas_document", args=[other.pk]) not in page


def test_the_list_can_be_narrowed_to_bookings(books: Books, desk: Desk) -> None:
    document = books.book(books.sent(books.hour()))
    address = reverse("afas_document", args=[document.pk])
    pages = {
        kind: words_of(desk.browser.get(reverse("afas_documents"), {"kind": kind}))
        for kind in ("sales_booking", "attachment")
    }
    assert address in pages["sales_booking"]
    assert address not in pages["attachment"]
