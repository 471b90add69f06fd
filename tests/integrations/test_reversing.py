"""Reverse booking: the entry leaves the books, the invoice stays, and can be booked again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from integrations.models import AfasDocument, Kind, State
from integrations.services import sending
from registration.models import BillingStatus
from tests.factories import CompanyFactory, MembershipFactory
from tests.integrations.booked import Books, again
from tests.integrations.booked_pages import Desk, words_of
from tests.invoicing.own import fresh

pytestmark = pytest.mark.django_db
DELETE = {"way": "delete", "reason": "Wrong account"}
BY_HAND = {"way": "corrected", "reason": "Deleted it there"}


@pytest.fixture
def books(sandbox: Any, quick: None) -> Books:
    return Books.ready()


@pytest.fixture
def desk(books: Books, client_of: Callable[..., Any]) -> Desk:
    return Desk(books, client_of(books.studio.by, books.studio.company))


def reverse_of(document: AfasDocument) -> str:
    """The page that reverses a booking."""
    return reverse("afas_undo", args=[document.pk])


def test_afas_deletes_the_entry_and_the_invoice_can_be_booked_again(
    desk: Desk, books: Books, sandbox: Any
) -> None:
    hour = books.hour()
    invoice = books.sent(hour)
    document = books.book(invoice)
    page = words_of(desk.browser.get(reverse_of(document)))
    for words in ("Reverse booking", document.entry_number, "Nothing is unbilled."):
        assert words in page
    for words in ("Undo invoicing", "unbilled again", "The whole invoice"):
        assert words not in page
    desk.browser.post(reverse_of(document), DELETE)
    assert again(document).state == State.CONFIRMED
    assert "Being reversed" in desk.invoice_page(invoice)
    assert "Being reversed" in desk.list_page()
    sending.send_due()
    assert again(document).state == State.UNDONE
    assert sandbox.state()["entries"] == []
    assert fresh(hour).billing == BillingStatus.INVOICED
    assert "Create AFAS Sales Booking" in desk.invoice_page(invoice)
    run = desk.book(invoice)
    assert "All booked" in desk.page(run)
    assert len(sandbox.state()["entries"]) == 1


def test_it_was_deleted_there_already(desk: Desk, books: Books) -> None:
    hour = books.hour()
    document = books.book(books.sent(hour))
    answer = desk.browser.post(reverse_of(document), {**BY_HAND, "number": "9001"}, follow=True)
    assert "can be booked again" in words_of(answer)
    assert again(document).state == State.UNDONE
    assert fresh(hour).billing == BillingStatus.INVOICED
    page = words_of(desk.browser.get(reverse("afas_document", args=[document.pk])))
    assert "Deleted it there · 9001" in page
    assert "unbilled again" not in page


def test_a_reason_is_asked(desk: Desk, books: Books) -> None:
    document = books.book(books.sent(books.hour()))
    answer = desk.browser.post(reverse_of(document), {**DELETE, "reason": ""})
    assert answer.status_code == 422
    assert "Say why, so that a colleague understands it later." in words_of(answer)
    assert again(document).state == State.CONFIRMED
    assert books.documents(Kind.DELETION) == []


def test_what_is_paid_is_kept_by_afas_and_a_credit_note_is_advised(
    desk: Desk, books: Books, sandbox: Any
) -> None:
    invoice = books.sent(books.hour())
    document = books.book(invoice)
    sandbox.order("pay", {"environment": "12345", "kind": "entry", "key": document.entry_number})
    desk.browser.post(reverse_of(document), DELETE)
    sending.send_due()
    (deletion,) = books.documents(Kind.DELETION)
    assert (deletion.state, deletion.problem) == (State.REJECTED, "reconciled")
    credit = reverse("invoice_credit", args=[invoice.pk])
    for address in (reverse_of(document), reverse("afas_document", args=[deletion.pk])):
        page = words_of(desk.browser.get(address))
        assert "redit note of the invoice" in page
        assert credit in page
    assert "still stands in the books" in page
    assert again(document).state == State.CONFIRMED
    page = words_of(desk.browser.get(reverse("afas_document", args=[document.pk])))
    assert "AFAS refused to delete it; its deletion says why." in page
    assert "€ 121,00 stands in the books." in page
    assert "AFAS refused to delete the entry." in desk.invoice_page(invoice)
    assert "Being reversed" not in desk.list_page()


def test_pressed_twice_it_is_deleted_once(desk: Desk, books: Books) -> None:
    document = books.book(books.sent(books.hour()))
    desk.browser.post(reverse_of(document), DELETE)
    desk.browser.post(reverse_of(document), DELETE)
    assert len(books.documents(Kind.DELETION)) == 1


def test_what_was_reversed_is_not_reversed_again(desk: Desk, books: Books) -> None:
    document = books.book(books.sent(books.hour()))
    desk.browser.post(reverse_of(document), BY_HAND)
    answer = desk.browser.get(reverse_of(document), follow=True)
    assert "It was reversed already; the invoice can be booked again." in words_of(answer)


def test_a_booking_of_another_company_does_not_exist(
    desk: Desk, books: Books, client_of: Callable[..., Any]
) -> None:
    document = books.book(books.sent(books.hour()))
    elsewhere = CompanyFactory()
    stranger = client_of(MembershipFactory(company=elsewhere, role="owner").user, elsewhere)
    assert stranger.get(reverse_of(document)).status_code == 404
    assert stranger.post(reverse_of(document), DELETE).status_code == 404
    assert again(document).state == State.CONFIRMED
