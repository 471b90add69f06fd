"""What AFAS refuses of a booking, and what changes while one waits: each is told and mended."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from integrations.models import (
    AccountLink,
    AfasDocument,
    BookingSettings,
    CustomerLink,
    State,
    VatLink,
)
from integrations.services import bookings, documents, picking, sending
from integrations.services.refusals import sentence
from sandbox import seed
from tests.integrations.booked import Books, again

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def books(sandbox: Any, quick: None) -> Books:
    made = Books.ready()
    picking.forget(made.connection)
    return made


def block(sandbox: Any, period: str, *, blocked: bool = True) -> None:
    order = {"environment": "12345", "kind": "period", "key": period, "blocked": blocked}
    sandbox.order("block", order)


def retried(document: AfasDocument, books: Books) -> AfasDocument:
    documents.retry(document=document, by=books.studio.by)
    sending.send_due()
    return again(document)


def test_a_period_closed_between_check_and_send_is_refused_and_mended(
    books: Books, sandbox: Any
) -> None:
    document = books.queue(books.sent(books.hour()))
    block(sandbox, "2026/10")
    sending.send_due()
    document = again(document)
    assert (document.state, document.problem) == (State.REJECTED, "period_blocked")
    assert sentence("period_blocked")
    block(sandbox, "2026/10", blocked=False)
    assert retried(document, books).state == State.CONFIRMED


def test_a_closed_period_is_seen_at_the_check(books: Books, sandbox: Any) -> None:
    block(sandbox, "2026/10")
    invoice = books.sent(books.hour())
    run = bookings.begin(connection=books.connection, invoices=[invoice], by=books.studio.by)
    (found,) = bookings.check(run).blocked
    assert "Period 10 of 2026" in found.obstacles[0].sentence


def test_the_next_open_period_is_taken_where_the_settings_want_that(
    books: Books, sandbox: Any
) -> None:
    BookingSettings.objects.update(period_rule="next_open")
    block(sandbox, "2026/10")
    document = books.book(books.sent(books.hour()))
    (entry,) = sandbox.state()["entries"]
    assert document.state == State.CONFIRMED
    assert (entry["header"]["Peri"], entry["lines"][0]["EnDa"]) == (11, "2026-11-01")
    assert entry["lines"][0]["BpDa"] == "2026-10-14"


def test_a_vat_code_that_the_account_does_not_allow_is_refused(books: Books, sandbox: Any) -> None:
    VatLink.objects.filter(vat_code="high").update(code="2", account="1511")
    sandbox.order("grant", {"token": seed.LIVE_TOKEN, "drop": ["Profit_VAT_code"]})
    document = books.book(books.sent(books.hour()))
    assert (document.state, document.problem) == (State.REJECTED, "vat_not_allowed")
    assert sandbox.state()["entries"] == []
    VatLink.objects.filter(vat_code="high").update(code="1", account="1510")
    assert retried(document, books).state == State.CONFIRMED


def test_a_mapping_that_goes_while_a_document_waits_is_told(books: Books, sandbox: Any) -> None:
    CustomerLink.objects.all().delete()
    document = books.queue(books.sent(books.hour()))
    assert document.state == State.WAITING
    AccountLink.objects.all().delete()
    sending.send_due()
    document = again(document)
    assert (document.state, document.problem) == (State.REJECTED, "cannot_build")
    assert "No revenue account" in document.message
    AccountLink.objects.create(
        company=books.studio.company,
        environment="12345",
        administration=1,
        use="default",
        account="8000",
    )
    assert retried(document, books).state == State.CONFIRMED


def test_an_account_that_needs_a_cost_centre_gets_that_of_the_settings(
    books: Books, sandbox: Any
) -> None:
    AccountLink.objects.update(account="8074")
    refused = books.book(books.sent(books.hour()))
    assert refused.state == State.REJECTED
    assert "cost centre" in refused.message
    BookingSettings.objects.update(cost_centre="NOORD")
    assert retried(refused, books).state == State.CONFIRMED


def test_the_invoice_date_decides_the_period_where_afas_shows_none(
    books: Books, sandbox: Any
) -> None:
    bare = {"token": seed.LIVE_TOKEN, "drop": ["Profit_periods_per_administration"]}
    sandbox.order("grant", bare)
    document = books.book(books.sent(books.hour()))
    assert document.state == State.CONFIRMED
    (entry,) = sandbox.state()["entries"]
    day = date.fromisoformat(entry["lines"][0]["EnDa"])
    assert (entry["header"]["Year"], entry["header"]["Peri"]) == (day.year, day.month)


def test_a_booking_in_a_blocked_journal_is_refused(books: Books, sandbox: Any) -> None:
    document = books.queue(books.sent(books.hour()))
    sandbox.order("block", {"environment": "12345", "kind": "journal", "key": "20"})
    sending.send_due()
    document = again(document)
    assert (document.state, document.problem) == (State.REJECTED, "journal_blocked")
