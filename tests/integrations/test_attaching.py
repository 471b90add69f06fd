"""The PDF follows its booking into AFAS's dossier; whatever becomes of it, the booking stands."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from django.utils import timezone

from integrations.models import AfasConnection, AfasDocument, BookingSettings, Kind, State
from integrations.services import answering, attaching, documents, sending, undoing
from invoicing.services import pdf
from tests.integrations.booked import Books, again

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def books(sandbox: Any, quick: None) -> Books:
    made = Books.ready()
    BookingSettings.objects.update(attach_pdf=True, subject_type=5)
    return made


def attachment() -> AfasDocument:
    return again(AfasDocument.objects.get(kind=Kind.ATTACHMENT))


def subjects(sandbox: Any) -> list[dict[str, Any]]:
    return list(sandbox.state()["subjects"])


def test_the_pdf_hangs_on_the_booked_invoice(books: Books, sandbox: Any) -> None:
    invoice = books.sent(books.hour())
    booking = books.book(invoice)
    sending.send_due()
    document = attachment()
    assert (document.state, document.attached_to_id) == (State.CONFIRMED, booking.pk)
    (subject,) = subjects(sandbox)
    assert document.subject_number == subject["number"]
    content = pdf.pdf_of(invoice)
    assert hashlib.sha256(content).hexdigest() in json.dumps(subject)
    assert invoice.number in json.dumps(subject)


def test_the_stored_payload_holds_no_file(books: Books) -> None:
    books.book(books.sent(books.hour()))
    sending.send_due()
    document = attachment()
    assert len(document.payload) < 1000
    assert all(len(one.request_body) < 1000 for one in document.attempt_log.all())


@pytest.mark.parametrize("fault", ["hang_up_before_commit", "commit_then_hang_up"])
def test_an_attachment_without_an_answer_harms_no_booking(
    fault: str, books: Books, sandbox: Any
) -> None:
    sandbox.fault(fault, environment="12345", connector="KnSubject")
    booking = books.book(books.sent(books.hour()))
    assert attachment().state == State.UNKNOWN
    assert again(booking).state == State.CONFIRMED


def test_a_refused_attachment_harms_no_booking_and_is_mended(books: Books, sandbox: Any) -> None:
    BookingSettings.objects.update(subject_type=6)
    booking = books.book(books.sent(books.hour()))
    sending.send_due()
    document = attachment()
    assert (document.state, again(booking).state) == (State.REJECTED, State.CONFIRMED)
    BookingSettings.objects.update(subject_type=5)
    documents.retry(document=document, by=books.studio.by)
    sending.send_due()
    assert attachment().state == State.CONFIRMED


def test_a_file_that_cannot_be_made_is_told_and_harms_no_booking(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_invoice: Any) -> bytes:
        raise OSError("the disk is full")

    monkeypatch.setattr(attaching, "pdf_of", broken)
    booking = books.book(books.sent(books.hour()))
    assert booking.state == State.CONFIRMED
    assert booking.followed_up_at
    document = attachment()
    assert (document.state, document.problem) == (State.REJECTED, "cannot_build")
    assert "stays booked" in document.message


def test_a_file_that_changed_meanwhile_is_not_sent(
    books: Books, sandbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    books.queue(books.sent(books.hour()))
    sending.send_next("12345")
    assert attachment().state == State.QUEUED
    monkeypatch.setattr(attaching, "pdf_of", lambda _invoice: b"%PDF another")
    sending.send_due()
    document = attachment()
    assert (document.state, document.problem) == (State.REJECTED, "cannot_build")
    assert subjects(sandbox) == []


def test_a_booking_made_again_brings_no_second_file(books: Books, sandbox: Any) -> None:
    invoice = books.sent(books.hour())
    booking = books.book(invoice)
    sending.send_due()
    undoing.delete_in_afas(document=booking, reason="wrong", by=books.studio.by)
    sending.send_due()
    books.book(invoice)
    sending.send_due()
    assert len(subjects(sandbox)) == 1


def test_without_the_wish_nothing_is_attached(books: Books) -> None:
    BookingSettings.objects.update(attach_pdf=False)
    books.book(books.sent(books.hour()))
    assert books.documents(Kind.ATTACHMENT) == []


def test_nothing_is_attached_over_a_link_that_was_closed(books: Books, sandbox: Any) -> None:
    sandbox.fault("commit_then_hang_up", environment="12345", connector="FiEntries")
    booking = books.book(books.sent(books.hour()))
    AfasConnection.objects.update(closed_at=timezone.now())
    (entry,) = sandbox.state()["entries"]
    answering.it_is_there(document=again(booking), number=entry["number"], by=books.studio.by)
    assert again(booking).followed_up_at
    assert books.documents(Kind.ATTACHMENT) == []
