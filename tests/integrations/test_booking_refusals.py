"""What AFAS refuses of bookings, deletions and dossier items: our words, and where to mend it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from integrations.afas.refusals import KNOWN, SPECIFIC
from integrations.models import AfasDocument, Kind, State
from integrations.services import booking_refusals, problems, refusals
from integrations.services.places import Place
from integrations.services.refusal_links import links_for
from integrations.services.refusals import place_of, said_and_advised, sentence
from sandbox import fields, sentences
from tests.factories import AfasDocumentFactory, InvoiceFactory, SalesBookingFactory
from tests.integrations.booked import Books, again
from tests.integrations.booked_pages import Desk, words_of

pytestmark = pytest.mark.django_db
BOOKING, ITEM = Kind.SALES_BOOKING, Kind.ATTACHMENT
MAPPING, SETTINGS = "/settings/app-center/afas/mapping/", "/settings/app-center/afas/"
CODES = sorted({one.code for one in KNOWN} | set(SPECIFIC.values()))
OF_INVOICES = {"item_unknown", "item_blocked", "unit_mismatch", "several_lines"}
LINE = fields.connectors()["FiEntries"].objects["FiEntries"]


@pytest.fixture
def books(sandbox: Any, quick: None) -> Books:
    return Books.ready()


@pytest.fixture
def desk(books: Books, client_of: Callable[..., Any]) -> Desk:
    return Desk(books, client_of(books.studio.by, books.studio.company))


@pytest.mark.parametrize("kind", [BOOKING, ITEM])
@pytest.mark.parametrize("code", sorted(set(CODES) - OF_INVOICES))
def test_no_advice_speaks_of_entries_that_are_billed_again(code: str, kind: str) -> None:
    for values in ({}, {"field": "currency"}, {"field": "administration"}):
        said, advice = said_and_advised(code, values, kind)
        assert "%(" not in said + advice
        assert "bill its entries" not in advice
        assert "release its entries" not in advice
        assert not said or (advice and "this attempt" in said)


@pytest.mark.parametrize("code", sorted(booking_refusals.SAID))
def test_every_refusal_of_an_entry_has_words_for_filters(code: str) -> None:
    assert code in problems.WORDS
    assert sentence(code, {}, BOOKING)
    assert place_of(code, {}, BOOKING) in refusals.PLACES.values()


@pytest.mark.parametrize(
    ("code", "kind", "url"),
    [
        ("account_blocked", BOOKING, f"{MAPPING}?table=activities"),
        ("account_unknown", BOOKING, f"{MAPPING}?table=activities"),
        ("vat_not_allowed", BOOKING, f"{MAPPING}?table=activities"),
        ("too_many_lines", BOOKING, f"{MAPPING}?table=activities"),
        ("vat_code_blocked", BOOKING, f"{MAPPING}?table=vat"),
        ("vat_code_unknown", BOOKING, f"{MAPPING}?table=vat"),
        ("axis_unknown", BOOKING, f"{MAPPING}?table=projects"),
        ("axis_missing", BOOKING, f"{MAPPING}?table=projects"),
        ("project_unknown", BOOKING, f"{MAPPING}?table=projects"),
        ("journal_blocked", BOOKING, f"{SETTINGS}#booking"),
        ("journal_unknown", BOOKING, f"{SETTINGS}#booking"),
        ("period_blocked", BOOKING, f"{SETTINGS}#booking"),
        ("subject_type_unknown", ITEM, f"{SETTINGS}#booking"),
        ("destination_invalid", ITEM, f"{SETTINGS}#booking"),
    ],
)
def test_a_refusal_leads_to_the_page_that_mends_it(code: str, kind: str, url: str) -> None:
    document = SalesBookingFactory(rejected=True, kind=kind, problem=code, message="Nee.")
    assert links_for(document)[0].url == url


@pytest.mark.parametrize("code", ["reconciled", "processed"])
def test_what_afas_keeps_leads_to_a_credit_note(code: str) -> None:
    booking = SalesBookingFactory(booked=True, invoice__ours=True)
    deletion = AfasDocumentFactory(
        company=booking.company,
        connection=booking.connection,
        kind=Kind.DELETION,
        invoice=None,
        customer=booking.customer,
        target=booking,
        rejected=True,
        problem=code,
        message="Nee.",
    )
    assert [one.url for one in links_for(deletion)] == [
        reverse("invoice_credit", args=[booking.invoice_id])
    ]
    assert "Make a credit note" in sentence(code, {}, deletion.about.kind)
    assert "Make a credit note" not in sentence(code)


def test_a_closed_period_is_mended_otherwise_than_for_an_invoice_of_afas() -> None:
    values = {"period": "8", "year": "2026"}
    ours = sentence("period_blocked", values, BOOKING)
    theirs = sentence("period_blocked", values)
    assert "in the next open period" in ours
    assert "with another invoice date" in theirs
    assert "(8/2026)" in ours
    assert place_of("period_blocked", values) == Place.INVOICE_DATE


def test_a_deletion_without_an_entry_speaks_of_the_entry() -> None:
    assert "no entry under this number" in sentence("gone", {}, BOOKING)
    assert "order number" in sentence("gone")


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_field_of_a_line_says_where_to_mend_it(language: str) -> None:
    for name, place in (("AcNr", Place.ACCOUNTS), ("VaId", Place.VAT_CODES)):
        said = sentences.Refusal(sentences.ENTER_A_VALUE, LINE.fields[name]).text(language)
        found = refusals.recognise(said)
        assert place_of(found.code, found.values, BOOKING) == place


def test_one_that_was_booked_by_hand_is_found_and_not_called_missing(
    desk: Desk, books: Books, sandbox: Any
) -> None:
    invoice = books.sent(books.hour())
    keyed = sandbox.order(
        "book_by_hand",
        {
            "environment": "12345",
            "invoice_number": invoice.number,
            "debtor": "10001",
            "total": 121,
        },
    )
    document = books.book(invoice)
    assert (document.state, document.problem) == (State.REJECTED, "invoice_number_used")
    address = reverse("afas_document", args=[document.pk])
    page = words_of(desk.browser.get(address))
    for words in (
        f"an entry with invoice number {invoice.number} already",
        "choose “It is in AFAS”",
        "It is in AFAS…",
    ):
        assert words in page
    assert "is not in the books" not in page
    (entry,) = sandbox.state()["entries"]
    assert keyed
    desk.browser.post(f"{address}there/", {"number": entry["number"]})
    assert again(document).state == State.CONFIRMED
    assert AfasDocument.objects.filter(kind=BOOKING).count() == 1


def test_an_invoice_of_ours_has_its_number_in_the_list(desk: Desk, books: Books) -> None:
    invoice = InvoiceFactory(company=books.studio.company, ours=True, number="2026-0777")
    SalesBookingFactory(
        company=books.studio.company, connection=books.connection, invoice=invoice, rejected=True
    )
    for name in ("afas_documents", "afas_attention"):
        assert "2026-0777" in words_of(desk.browser.get(reverse(name)))
