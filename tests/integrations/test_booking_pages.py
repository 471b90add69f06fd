"""Finance → Invoices → Create AFAS Sales Booking, from the list and from the invoice itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from integrations.models import AfasConnection, AfasDocument, BookingRun, Kind, State, VatLink
from tests.factories import CompanyFactory, InvoiceFactory, MembershipFactory
from tests.integrations.booked import Books, again
from tests.integrations.booked_pages import Desk, address_of, words_of
from tests.invoicing.own import fresh

pytestmark = pytest.mark.django_db
BUTTON = "Create AFAS Sales Booking"


@pytest.fixture
def books(sandbox: Any, quick: None) -> Books:
    return Books.ready()


@pytest.fixture
def desk(books: Books, client_of: Callable[..., Any]) -> Desk:
    return Desk(books, client_of(books.studio.by, books.studio.company))


def test_the_way_of_the_guide_from_the_list(desk: Desk, books: Books, sandbox: Any) -> None:
    invoice = books.sent(books.hour(90))
    assert BUTTON in desk.list_page()
    run = desk.choose(invoice)
    page = desk.page(run)
    for words in (
        "To AFAS: 12345 – Live – 1",
        "Create 1 AFAS Sales Booking · € 181,50",
        "Debtor 10001",
        "<code>10001</code> Bakker B.V.",
        "<code>8000</code>",
        "<code>1510</code>",
        "debit = credit ✓",
        "Period 10 of 2026 is open",
    ):
        assert words in page
    answer = desk.confirm(run)
    assert answer["Location"] == address_of(run)
    (document,) = books.documents(Kind.SALES_BOOKING)
    assert (document.booking_run, document.state) == (run, State.QUEUED)
    assert "hx-get" in desk.page(run)
    books_document = desk.send(document)
    page = desk.page(run)
    assert "All booked" in page
    assert f"AFAS entry <b>{books_document.entry_number}</b> in journal 20" in page
    assert 'hx-trigger="every' not in page
    assert f">{books_document.entry_number}</a>" in desk.list_page()


def test_the_way_of_the_guide_from_the_invoice(desk: Desk, books: Books) -> None:
    invoice = books.sent(books.hour())
    assert BUTTON in desk.invoice_page(invoice)
    answer = desk.browser.post(reverse("booking_begin_one", args=[invoice.pk]))
    run = BookingRun.objects.get()
    assert answer["Location"] == address_of(run)
    desk.confirm(run)
    (document,) = books.documents(Kind.SALES_BOOKING)
    number = desk.send(document).entry_number
    page = desk.invoice_page(invoice)
    assert BUTTON not in page
    for words in ("Booked", f">{number}</a>", "Reverse booking…", "<dd>10/2026</dd>"):
        assert words in page


def test_before_it_is_sent_there_is_no_button_and_the_post_is_refused(
    desk: Desk, books: Books
) -> None:
    final = books.studio.finalise(books.studio.draft([books.hour()]))
    assert BUTTON not in desk.invoice_page(final)
    answer = desk.browser.post(reverse("booking_begin_one", args=[final.pk]), follow=True)
    assert "It is not sent yet: send it, or mark it as sent." in words_of(answer)
    assert BookingRun.objects.count() == 0
    draft = books.studio.draft([books.hour()])
    answer = desk.browser.post(reverse("booking_begin_one", args=[draft.pk]), follow=True)
    assert "It is a draft: finalise and send it first." in words_of(answer)
    assert BookingRun.objects.count() == 0


def test_without_a_link_there_is_neither_button_nor_column(desk: Desk, books: Books) -> None:
    invoice = books.sent(books.hour())
    assert ">AFAS</th>" in desk.list_page()
    AfasConnection.objects.update(administration=None)
    for page in (desk.list_page(), desk.invoice_page(invoice)):
        assert BUTTON not in page
        assert ">AFAS</th>" not in page
    answer = desk.browser.post(reverse("booking_begin_one", args=[invoice.pk]), follow=True)
    assert "AFAS is not linked yet" in words_of(answer)


def test_while_the_link_is_paused_the_button_says_so_and_nothing_is_chosen(
    desk: Desk, books: Books
) -> None:
    invoice = books.sent(books.hour())
    AfasConnection.objects.update(paused_at=timezone.now(), paused_because="person")
    for page in (desk.list_page(), desk.invoice_page(invoice)):
        assert "The link with AFAS is paused." in page
        assert reverse("booking_begin_one", args=[invoice.pk]) not in page or "disabled" in page
    assert desk.press(invoice)["Location"] == reverse("invoices")
    assert BookingRun.objects.count() == 0


def test_a_link_that_is_paused_after_the_check_books_nothing(desk: Desk, books: Books) -> None:
    run = desk.choose(books.sent(books.hour()))
    token = desk.token(run)
    AfasConnection.objects.update(paused_at=timezone.now(), paused_because="person")
    page = words_of(desk.browser.post(address_of(run), {"token": token}))
    assert "is not ready or is paused, so nothing was booked" in page
    assert "Nothing can be booked now" in page
    assert books.documents(Kind.SALES_BOOKING) == []


def test_nothing_ticked_is_said_on_the_list(desk: Desk) -> None:
    answer = desk.browser.post(reverse("booking_begin"), follow=True)
    assert "Tick the invoices first" in words_of(answer)


def test_the_button_pressed_twice_books_once(desk: Desk, books: Books) -> None:
    invoice = books.sent(books.hour())
    run = desk.choose(invoice)
    token = desk.token(run)
    for _ in range(2):
        desk.browser.post(address_of(run), {"token": token})
    assert len(books.documents(Kind.SALES_BOOKING)) == 1
    answer = desk.browser.post(address_of(run), {"token": token}, follow=True)
    assert "here is what became of them" in words_of(answer)


def test_two_checks_of_one_invoice_book_it_once(desk: Desk, books: Books) -> None:
    invoice = books.sent(books.hour())
    first, second = desk.choose(invoice), desk.choose(invoice)
    late = desk.token(second)
    desk.confirm(first)
    page = words_of(desk.browser.post(address_of(second), {"token": late}))
    assert "Something changed since you checked" in page
    assert len(books.documents(Kind.SALES_BOOKING)) == 1


def test_what_changed_since_the_check_is_shown_and_nothing_booked(desk: Desk, books: Books) -> None:
    run = desk.choose(books.sent(books.hour()))
    token = desk.token(run)
    VatLink.objects.filter(vat_code="high").update(code="2")
    page = words_of(desk.browser.post(address_of(run), {"token": token}))
    assert "Something changed since you checked, so nothing was booked." in page
    assert "VAT code 2 is 9 % in AFAS" in page
    assert books.documents(Kind.SALES_BOOKING) == []


def test_an_unsent_one_can_be_marked_as_sent_and_included(desk: Desk, books: Books) -> None:
    sent = books.sent(books.hour())
    final = books.studio.finalise(books.studio.draft([books.hour(60)]))
    run = desk.choose(sent, final)
    page = desk.page(run)
    assert "Mark as sent and include" in page
    assert "Create 1 AFAS Sales Booking · € 121,00" in page
    desk.along(run, final, way="portal", note="Ariba")
    page = desk.page(run)
    assert "Create 2 AFAS Sales Bookings · € 242,00" in page
    assert "Will be marked as sent" in page
    assert not fresh(final).is_sent
    desk.confirm(run)
    now = fresh(final)
    assert (now.is_sent, now.sent_how) == (True, "Through the customer's portal · Ariba")
    assert len(books.documents(Kind.SALES_BOOKING)) == 2


def test_an_unsent_one_that_is_not_included_stays_as_it_is(desk: Desk, books: Books) -> None:
    sent = books.sent(books.hour())
    final = books.studio.finalise(books.studio.draft([books.hour()]))
    run = desk.choose(sent, final)
    desk.along(run, final)
    desk.along(run)
    desk.confirm(run)
    assert not fresh(final).is_sent
    assert [one.invoice for one in books.documents(Kind.SALES_BOOKING)] == [sent]


def test_otherwise_has_to_be_said_how(desk: Desk, books: Books) -> None:
    final = books.studio.finalise(books.studio.draft([books.hour()]))
    run = desk.choose(final)
    answer = desk.along(run, final, way="other")
    assert answer.status_code == 422
    assert "Say how it was sent." in words_of(answer)
    assert "Create 0 AFAS Sales Bookings" in desk.page(run)


def test_who_is_left_out_and_why_is_shown(desk: Desk, books: Books) -> None:
    booked, draft = books.sent(books.hour()), books.studio.draft([books.hour()])
    document = books.book(booked)
    page = desk.page(desk.choose(booked, draft))
    assert "These are booked already." in page
    assert f"entry {document.entry_number}" in page
    assert "It is a draft: finalise and send it first." in page
    assert "Nothing here can be booked now" in page


def test_what_is_missing_is_said_with_the_place_to_mend_it(desk: Desk, books: Books) -> None:
    VatLink.objects.update(code="")
    page = desk.page(desk.choose(books.sent(books.hour())))
    assert "Cannot be booked" in page
    assert "so the VAT return would be wrong" in page
    assert f'href="{reverse("afas_mapping")}?table=vat"' in page
    assert "disabled" in page.partition("confirm-bar")[2]


def test_of_many_that_lack_the_same_it_is_said_once(desk: Desk, books: Books) -> None:
    invoices = [books.sent(books.hour()) for _ in range(4)]
    VatLink.objects.update(code="")
    page = desk.page(desk.choose(*invoices))
    card = page.partition('id="missing"')[2].partition("</section>")[0]
    assert "4 invoices" in card
    assert card.count("so the VAT return would be wrong") == 1


def test_a_person_who_may_not_mend_it_gets_no_link(
    desk: Desk, books: Books, client_of: Callable[..., Any]
) -> None:
    VatLink.objects.update(code="")
    run = desk.choose(books.sent(books.hour()))
    biller = MembershipFactory(company=books.studio.company, role="billing").user
    page = Desk(books, client_of(biller, books.studio.company)).page(run)
    assert "so the VAT return would be wrong" in page
    assert reverse("afas_mapping") not in page


def test_runs_and_invoices_of_another_company_do_not_exist(
    desk: Desk, books: Books, client_of: Callable[..., Any]
) -> None:
    invoice = books.sent(books.hour())
    run = desk.choose(invoice)
    elsewhere = CompanyFactory(name="Elsewhere")
    stranger = client_of(MembershipFactory(company=elsewhere, role="owner").user, elsewhere)
    for address in (address_of(run), reverse("booking_again", args=[run.pk])):
        assert stranger.post(address, {"token": desk.token(run)}).status_code == 404
    assert stranger.get(address_of(run)).status_code == 404
    address = reverse("booking_begin_one", args=[invoice.pk])
    assert stranger.post(address).status_code == 404
    theirs = InvoiceFactory(company=elsewhere, ours=True)
    assert desk.press(theirs)["Location"] == reverse("invoices")
    both = desk.choose(invoice, theirs)
    assert both.chosen == [invoice.pk]
    assert AfasDocument.objects.count() == 0


def test_a_debtor_that_afas_lacks_is_announced(desk: Desk, books: Books) -> None:
    books.studio.customer.afas_links.all().delete()
    page = desk.page(desk.choose(books.sent(books.hour())))
    assert "Will be created in AFAS" in page
    assert "new debtor" in page


def test_the_lines_of_the_check_are_the_lines_that_are_sent(desk: Desk, books: Books) -> None:
    from integrations.afas.bookings import lines_of
    from integrations.services import bookings
    from integrations.services.entry_lines import lines_of_entry

    invoice = books.sent(books.hour(90), books.hour(17))
    note = books.studio.credit(invoice, part="0.4")
    for one in (invoice, books.mark_sent(note)):
        run = bookings.begin(connection=books.connection, invoices=[one], by=books.studio.by)
        (candidate,) = bookings.check(run).ready
        told = lines_of_entry(candidate.entry, candidate.debtor)
        assert told == lines_of(again(books.queue(one)).payload)
