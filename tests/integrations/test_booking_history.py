"""What Sync history tells of bookings, and how much the pages with many of them cost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from integrations.models import BookingRun, BookingSettings, Kind, VatLink
from integrations.services import bookings, sending
from invoicing.models import Invoice
from tests.factories import InvoiceFactory, SalesBookingFactory
from tests.integrations.booked import Books
from tests.integrations.booked_pages import Desk, address_of, words_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def books(sandbox: Any, quick: None) -> Books:
    return Books.ready()


@pytest.fixture
def desk(books: Books, client_of: Callable[..., Any]) -> Desk:
    return Desk(books, client_of(books.studio.by, books.studio.company))


def history(desk: Desk, **asked: str) -> str:
    """The rows of Sync history."""
    page = words_of(desk.browser.get(reverse("sync_history"), asked))
    return page.partition("<caption>Sync history")[2].partition("</table>")[0]


def test_a_run_is_told_once_it_is_confirmed(desk: Desk, books: Books) -> None:
    run = desk.choose(books.sent(books.hour()), books.sent(books.hour()))
    assert address_of(run) not in history(desk)
    desk.confirm(run)
    assert "Under way" in history(desk, kind="bookings")
    sending.send_due()
    told = history(desk, kind="bookings", outcome="done")
    assert address_of(run) in told
    assert "2 bookings · 12345 – Live – 1" in told
    assert history(desk, kind="bookings", outcome="failed") == ""


def test_a_run_with_a_refusal_is_done_in_part(desk: Desk, books: Books) -> None:
    first, second = books.sent(books.hour()), books.sent(books.hour())
    run = desk.choose(first, second)
    desk.confirm(run)
    document = books.documents(Kind.SALES_BOOKING)[1]
    type(document).objects.filter(pk=document.pk).update(state="rejected", problem="refused")
    sending.send_due()
    assert address_of(run) in history(desk, kind="bookings", outcome="partly")


def test_what_was_booked_on_sending_is_a_line_of_its_own(desk: Desk, books: Books) -> None:
    BookingSettings.objects.update(auto_book_since=timezone.now())
    invoice = books.sent(books.hour())
    bookings.book_sent()
    sending.send_due()
    (document,) = books.documents(Kind.SALES_BOOKING)
    told = history(desk, kind="booked")
    for words in (
        invoice.number,
        "Booked on sending",
        reverse("afas_document", args=[document.pk]),
    ):
        assert words in told


def test_what_was_reversed_is_named_by_its_invoice_and_entry(desk: Desk, books: Books) -> None:
    invoice = books.sent(books.hour())
    document = books.book(invoice)
    entry = books.documents(Kind.SALES_BOOKING)[0].entry_number
    address = reverse("afas_undo", args=[document.pk])
    desk.browser.post(address, {"way": "corrected", "number": "9001", "reason": "By hand"})
    told = history(desk, kind="undo")
    assert f"{invoice.number} · entry {entry} · reversed as 9001 · By hand" in told


def queries_of(desk: Desk, address: str) -> int:
    """How many questions a page asks of the database."""
    desk.browser.get(address)
    with CaptureQueriesContext(database) as asked:
        assert desk.browser.get(address).status_code == 200
    return len(asked)


def test_the_list_reads_all_bookings_in_one_question(desk: Desk, books: Books) -> None:
    company, customer = books.studio.company, books.studio.customer

    def add(count: int) -> None:
        for _ in range(count):
            invoice = InvoiceFactory(company=company, customer=customer, ours=True)
            SalesBookingFactory(
                company=company, connection=books.connection, invoice=invoice, booked=True
            )

    add(2)
    few = queries_of(desk, reverse("invoices"))
    add(48)
    assert queries_of(desk, f"{reverse('invoices')}?size=200") == few


def test_a_check_of_many_asks_as_little_as_one_of_few(desk: Desk, books: Books) -> None:
    few = [books.sent(books.hour()) for _ in range(2)]
    many = [*few, *(books.sent(books.hour()) for _ in range(8))]
    counts = [queries_of(desk, address_of(desk.choose(*chosen))) for chosen in (few, many)]
    assert counts[0] == counts[1]


def test_a_check_of_many_is_folded_and_paged(desk: Desk, books: Books) -> None:
    from integrations.views import booking_check

    invoices = [books.sent(books.hour()) for _ in range(5)]
    run = desk.choose(*invoices)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(booking_check, "PAGE", 4)
        patch.setattr(booking_check, "OPEN", 2)
        page = desk.page(run)
        assert page.count('class="card bill"') == 4
        assert page.count(" open>") == 2
        assert "Create 5 AFAS Sales Bookings" in page
        second = words_of(desk.browser.get(address_of(run), {"page": "2"}))
        assert second.count('class="card bill"') == 1


def test_results_tell_who_was_left_and_let_them_be_checked_again(desk: Desk, books: Books) -> None:
    good, bad = books.sent(books.hour()), books.sent(books.hour())
    Invoice.objects.filter(pk=bad.pk).update(vat=1, total=101)
    run = desk.choose(good, bad)
    page = desk.page(run)
    assert "Create 1 AFAS Sales Booking" in page
    assert "the books must show what the customer has on paper" in page
    desk.confirm(run)
    sending.send_due()
    page = desk.page(run)
    assert "Done, with something left for you" in page
    assert "Not booked" in page
    assert "Check the invoice that is not booked again" in page
    answer = desk.browser.post(reverse("booking_again", args=[run.pk]))
    second = BookingRun.objects.latest("created_at")
    assert answer["Location"] == address_of(second)
    assert second.chosen == [bad.pk]


def test_a_refused_one_is_retried_from_the_results(desk: Desk, books: Books, sandbox: Any) -> None:
    invoice = books.sent(books.hour())
    run = desk.choose(invoice)
    token = desk.token(run)
    account = {"environment": "12345", "kind": "account", "key": "8000"}
    sandbox.order("block", account)
    desk.browser.post(address_of(run), {"token": token})
    sending.send_due()
    page = desk.page(run)
    assert "Ledger account 8000 is blocked in AFAS" in page
    assert f'href="{reverse("afas_mapping")}?table=activities"' in page
    (document,) = books.documents(Kind.SALES_BOOKING)
    sandbox.order("block", {**account, "blocked": False})
    retry = reverse("afas_document_retry", args=[document.pk])
    assert desk.browser.post(retry, {"back": "run"})["Location"] == address_of(run)
    sending.send_due()
    assert "All booked" in desk.page(run)


def test_what_waits_for_its_debtor_says_so(desk: Desk, books: Books) -> None:
    books.studio.customer.afas_links.all().delete()
    run = desk.choose(books.sent(books.hour()))
    desk.confirm(run)
    page = desk.page(run)
    assert "Its customer is created in AFAS first" in page
    assert "New debtor" in page
    sending.send_due()
    sending.send_due()
    assert "All booked" in desk.page(run)


def test_a_doubtful_one_leads_to_its_question(desk: Desk, books: Books, sandbox: Any) -> None:
    invoice = books.sent(books.hour())
    run = desk.choose(invoice)
    token = desk.token(run)
    sandbox.fault("commit_then_hang_up")
    desk.browser.post(address_of(run), {"token": token})
    sending.send_due()
    (document,) = books.documents(Kind.SALES_BOOKING)
    question = f"{reverse('afas_document', args=[document.pk])}#answer"
    for page in (desk.page(run), desk.invoice_page(invoice)):
        assert question in page
    assert "In doubt" in desk.list_page()


def test_what_a_document_lacks_is_mended_from_its_page(desk: Desk, books: Books) -> None:
    VatLink.objects.filter(vat_code="high").update(code="")
    document = books.book(books.sent(books.hour()))
    page = words_of(desk.browser.get(reverse("afas_document", args=[document.pk])))
    assert "so the VAT return would be wrong" in page
    assert f'href="{reverse("afas_mapping")}?table=vat"' in page
