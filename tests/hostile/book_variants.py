"""The rules about bookings, reversals and files, each switched off in the shipped code."""

from __future__ import annotations

from typing import Any

import msgspec
from django.db.models import Exists, OuterRef, Q

from integrations.afas.client import AfasClient
from integrations.afas.posted import BookingMapping, Posted, Row
from integrations.afas.query import Condition, Operator
from integrations.models import AfasDocument, Kind, State
from integrations.services import (
    answering,
    bookings,
    deleting,
    following,
    leaving_out,
    looking,
    reconciling,
    undoing,
)
from integrations.services.looking import Sight
from invoicing.models import DeliveryStatus, Invoice
from invoicing.services import claiming
from tests.hostile.ledger import JOURNAL
from tests.hostile.rule import Variant, mix, never
from tests.hostile.truth import LOSS, UNWANTED

ONE_LIVE = "one_live_document_per_invoice_and_kind"

_read = BookingMapping.read
_is_as_sent = looking.is_as_sent
_settle_by_reading = deleting.settle_by_reading
_counts_now = answering.counts_now
_refuse_early = answering._refuse_early


def _reference_alone(document: AfasDocument, posted: Posted) -> bool:
    return document.kind == Kind.SALES_BOOKING or _is_as_sent(document, posted)


def _read_in_any_journal(names: BookingMapping, row: Row) -> Posted | None:
    posted = _read(names, row)
    if posted is None:
        return None
    key = f"{posted.administration}/{JOURNAL}/{posted.number}"
    return msgspec.structs.replace(posted, key=key)


def _in_any_journal(names: BookingMapping, key: str) -> list[Condition]:
    unit, _journal, number = [*key.split("/", 2), "", ""][:3]
    return [
        Condition(names.entry_number, Operator.EQ, number or "-1"),
        Condition(names.administration, Operator.EQ, unit),
    ]


def _delete_whatever(client: AfasClient, document: AfasDocument) -> bool:
    target = document.target
    if target and target.kind == Kind.SALES_BOOKING:
        return False
    return _settle_by_reading(client, document)


def _is_file(document: AfasDocument) -> bool:
    return document.kind == Kind.ATTACHMENT


def _file_counts_now(document: AfasDocument) -> bool:
    return _is_file(document) or _counts_now(document)


def _file_at_any_time(document: AfasDocument) -> None:
    if not _is_file(document):
        _refuse_early(document)


def _return_file(document: AfasDocument, *, only: Q | None = None) -> bool:
    now = Q(pk=document.pk, state=State.UNKNOWN, attempts=document.attempts)
    return _return_to_queue(document, only=now if _is_file(document) else only)


_return_to_queue = reconciling.return_to_queue


def _release_whatever(document: AfasDocument, reason: str, by: Any) -> None:
    invoice = document.invoice
    if invoice:
        lines = [line.pk for line in invoice.lines.all()]
        claiming.release_lines(invoice=invoice, lines=lines, by=by, reason=reason)


def _not_booked_now(connection: Any, settings: Any) -> Any:
    live = AfasDocument.objects.filter(
        invoice=OuterRef("pk"), kind=Kind.SALES_BOOKING, undone_at__isnull=True
    ).exclude(state=State.CANCELLED)
    sent = Invoice.objects.of(connection.company).filter(
        channel="ours", delivery=DeliveryStatus.SENT, sent_at__gte=settings.auto_book_since
    )
    related = sent.select_related("customer", "project", "credits", "company")
    return related.filter(~Exists(live)).order_by("pk")


OF_BOOKS: tuple[Variant, ...] = (
    Variant(
        "one booking of an invoice",
        mix("bookings", "auto", "stall", holds=(60, 200), rates={"stall": 0.03}),
        ((leaving_out, "bookings_of", lambda *_: {}),),
        (ONE_LIVE,),
    ),
    Variant(
        "number and total of a booking that is found",
        mix("bookings", "lost", "keyed", rates={"lost": 0.5, "keyed": 0.9}),
        ((looking, "is_as_sent", _reference_alone),),
    ),
    Variant(
        "the journal in the key of an entry",
        mix("bookings", "lost", "filter", rates={"lost": 0.6}),
        (
            (BookingMapping, "read", _read_in_any_journal),
            (BookingMapping, "keyed", _in_any_journal),
        ),
    ),
    Variant(
        "the control row of the list of entries",
        mix("bookings", "lost", "filter", rates={"lost": 0.6}),
        ((looking, "_absent", lambda _rows: Sight.ABSENT),),
    ),
    Variant(
        "what somebody keyed counts once ours cannot come",
        mix("bookings", "late", "keyed", rates={"late": 0.6, "keyed": 0.9}),
        ((answering, "_refuse_early_by_hand", lambda *_: None),),
    ),
    Variant(
        "the reference before a reversal",
        mix("bookings", "undo", "unasked", "reuse", "busy", rates={"undo": 0.5, "busy": 0.3}),
        ((deleting, "settle_by_reading", _delete_whatever),),
        expected=(LOSS,),
    ),
    Variant(
        "own invoices keep their claims",
        mix("bookings", "undo", rates={"undo": 0.5}),
        ((undoing, "_release", _release_whatever),),
        expected=(LOSS,),
    ),
    Variant(
        "what was reversed is not booked by itself",
        mix("bookings", "auto", "undo", "cancel", rates={"undo": 0.5}),
        ((bookings, "_never_booked", _not_booked_now),),
        expected=(UNWANTED,),
    ),
    Variant(
        "only what was sent is booked",
        mix("bookings"),
        ((Invoice, "is_sent", True), (leaving_out, "can_be_marked", never)),
        expected=(UNWANTED,),
    ),
    Variant(
        "the file that an invoice has already",
        mix("bookings", "attach", "undo", rates={"undo": 0.5}),
        ((following, "attached", lambda _booking: None),),
        (ONE_LIVE,),
    ),
    Variant(
        "answers about a file that count after the quiet time",
        mix("bookings", "attach", "lost", "late", "early", rates={"late": 0.4, "early": 0.8}),
        (
            (answering, "counts_now", _file_counts_now),
            (answering, "_refuse_early", _file_at_any_time),
            (reconciling, "return_to_queue", _return_file),
        ),
    ),
)
