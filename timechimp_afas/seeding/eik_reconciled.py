"""What the books of AFAS said of Studio Eik's bookings: what is paid, and what does not agree."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from decimal import Decimal

from django.utils import timezone

from integrations.models import (
    AfasConnection,
    AfasDocument,
    Comparison,
    OpenItem,
    PaymentRun,
    PersonTask,
)
from integrations.services import open_rows
from invoicing.models import Invoice
from timechimp_afas.seeding.desk import Desk

ORPHAN = {
    "list": Comparison.What.BOOKINGS,
    "number": "5712",
    "reference": "TCEKBKENZZZZ",
    "debtor": "20001",
    "total": "242.00",
    "invoice_number": "E00042",
}
IN_AFAS = Decimal(1210)
"""What AFAS has of the invoice that differs, EUR incl. VAT."""
SILENT = "AFAS did not answer within 60 seconds. What was read before is kept; read them again."

Booked = Mapping[str, AfasDocument]
"""The confirmed bookings by what is told of their invoice."""


def tell(connection: AfasConnection, desk: Desk, booked: Booked) -> None:
    """Payments first, then the comparison, which the list of bookings allowed until last week."""
    _read_payments(connection, desk, booked)
    _compare(connection, desk, booked)


def _read_payments(connection: AfasConnection, desk: Desk, booked: Booked) -> None:
    """Three customers paid, one of them in part; one payment stands here only; and a credit note
    settled its invoice here, while in AFAS both are open."""
    desk.pay(_invoice(booked["paid here only"]), desk.today - timedelta(days=10))
    night = _night(desk, 1)
    for story, days in (("paid", 44), ("paid too", 37)):
        gone = _night(desk, days)
        _item(desk, booked[story], Decimal(0), gone, missing_since=gone, paid_at=gone)
    _item(desk, booked["partly paid"], _invoice(booked["partly paid"]).total - 500, night)
    for story in ("being reversed", "booked again", "credited", "credit note", "paid here only"):
        _item(desk, booked[story], _invoice(booked[story]).total, night)
    _item(desk, booked["differs"], IN_AFAS, night, asked=IN_AFAS)
    _run(connection, _night(desk, 44), rows=3, matched=3, paid=1)
    _run(connection, _night(desk, 37), rows=2, matched=2, paid=1)
    _run(connection, _night(desk, 2), status=PaymentRun.Status.FAILED, error=SILENT)
    _run(connection, night, rows=8, matched=7)


def _item(
    desk: Desk, booking: AfasDocument, left: Decimal, at: datetime, **columns: object
) -> None:
    """What the list of open items said at last, and what that made of the invoice here."""
    asked = {"asked": _invoice(booking).total} | columns
    item = OpenItem.objects.create(
        company=booking.company, document=booking, left=left, seen_at=at, **asked
    )
    with desk.happening(at.date()):
        open_rows.tell_invoices([item])


def _invoice(booking: AfasDocument) -> Invoice:
    """Its invoice as it stands now."""
    return Invoice.objects.get(afas_documents=booking)


def _run(connection: AfasConnection, at: datetime, **columns: object) -> None:
    ended = at + timedelta(seconds=3)
    run = PaymentRun.objects.create(
        company=connection.company,
        connection=connection,
        trigger=PaymentRun.Trigger.NIGHTLY,
        started_at=at,
        heartbeat_at=ended,
        finished_at=ended,
        **{"status": PaymentRun.Status.DONE, "read_at": ended} | columns,
    )
    PaymentRun.objects.filter(pk=run.pk).update(queued_at=at)


def _night(desk: Desk, days: int) -> datetime:
    """In the small hours, so many days ago."""
    day = desk.today - timedelta(days=days - 1)
    return timezone.make_aware(datetime.combine(day, time(2, 20)))


def _compare(connection: AfasConnection, desk: Desk, booked: Booked) -> None:
    """One differs, one is there no more, and AFAS has one that we do not know."""
    began = _night(desk, 8) + timedelta(hours=8)
    Comparison.objects.create(
        company=connection.company,
        connection=connection,
        what=Comparison.What.BOOKINGS,
        by=desk.biller.user,
        began_at=began,
        read_at=began + timedelta(seconds=4),
        finished_at=began + timedelta(seconds=5),
        last_key=ORPHAN["number"],
        rows=11,
        control_shown=True,
    )
    differs, lost = booked["differs"], booked["lost"]
    _task(
        connection,
        PersonTask.What.DIFFERS,
        differs.entry_number,
        document=differs,
        detail={"total": str(IN_AFAS), "debtor": "20001"},
    )
    _task(connection, PersonTask.What.LOST, lost.entry_number, document=lost)
    day = {"date": (desk.today - timedelta(days=30)).isoformat()}
    _task(connection, PersonTask.What.ORPHAN, f"1/20/{ORPHAN['number']}", detail=ORPHAN | day)
    connection.booking_control = booked["paid"].list_key
    connection.save(update_fields=["booking_control"])


def _task(connection: AfasConnection, what: str, key: str, **columns: object) -> None:
    PersonTask.objects.create(
        company=connection.company, connection=connection, what=what, key=key, **columns
    )
