"""What booking in AFAS shows on the pages of our own invoices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from integrations.afas.bookings import booked_as
from integrations.models import AfasConnection, AfasDocument, State
from integrations.selectors import attachments_of, bookings_of, connection_of
from integrations.services import bookings, undoing
from integrations.services.leaving_out import why_left_out
from integrations.services.readiness import why_not_send
from invoicing.models import Invoice

EMPTY = mark_safe('<td class="is-minor" role="cell"></td>')


@dataclass(frozen=True)
class Column:
    """The column of the list: whether there is one, and the booking of each row by its id."""

    is_shown: bool = False
    bookings: dict[int, AfasDocument] | None = None


def list_action(request: HttpRequest, *, form: str, **_context: object) -> str | None:
    """Actions → Create AFAS Sales Booking with the ticks of `form`; absent without a link."""
    connection = _linked(request)
    if connection is None:
        return None
    context = {"form": form, "connection": connection, "reason": why_not_send(connection)}
    return render_to_string("integrations/bookings/list_action.html", context, request)


def list_column(request: Any, *, rows: Sequence[Invoice], **_context: object) -> str | None:
    """The head of the column AFAS; what its cells show is read here, for the whole page at once."""
    request.afas_column = Column()
    connection = _linked(request)
    if connection is None:
        return None
    ids = [one.pk for one in rows]
    found = bookings_of(request.company, connection.environment, ids)
    request.afas_column = Column(is_shown=True, bookings=found)
    return mark_safe('<th class="is-minor" scope="col" role="columnheader">AFAS</th>')


def list_cell(request: Any, *, invoice: Invoice, **_context: object) -> str | None:
    """How the booking of one invoice stands."""
    column: Column = request.afas_column
    if not column.is_shown:
        return None
    context = {"booking": (column.bookings or {}).get(invoice.pk)}
    return render_to_string("integrations/bookings/list_cell.html", context)


def list_foot(request: Any, **_context: object) -> SafeString | None:
    """Nothing to add up below the column."""
    return EMPTY if request.afas_column.is_shown else None


def invoice_action(request: HttpRequest, *, invoice: Invoice, **_context: object) -> str | None:
    """Create AFAS Sales Booking on a sent invoice; Reverse booking… on one that is booked."""
    connection = _linked(request)
    if connection is None:
        return None
    booking = _booking_of(request, invoice, connection)
    context = {
        "invoice": invoice,
        "booking": booking if booking and undoing.can_be_undone(booking) else None,
        "may_book": not why_left_out(invoice, booking),
        "connection": connection,
        "reason": why_not_send(connection),
    }
    return render_to_string("integrations/bookings/invoice_action.html", context, request)


def invoice_card(request: HttpRequest, *, invoice: Invoice, **_context: object) -> str | None:
    """How an invoice stands in the books; absent without a link, and on a draft."""
    connection = _linked(request)
    if connection is None or invoice.is_draft:
        return None
    booking = _booking_of(request, invoice, connection)
    context = {
        "invoice": invoice,
        "connection": connection,
        "booking": booking,
        "why_not": why_left_out(invoice, booking),
        "reason": why_not_send(connection),
        **(_of_booking(booking) if booking else {}),
    }
    return render_to_string("integrations/bookings/invoice_card.html", context, request)


def _of_booking(booking: AfasDocument) -> dict[str, Any]:
    deletion = undoing.open_deletion(booking)
    return {
        "is_booked": booking.state == State.CONFIRMED,
        "booked": booked_as(booking.payload),
        "attachment": attachments_of([booking]).get(booking.pk),
        "deletion": deletion,
        "is_leaving": deletion is not None and deletion.state != State.REJECTED,
        "open_item": getattr(booking, "open_item", None),
    }


def _booking_of(request: Any, invoice: Invoice, connection: AfasConnection) -> AfasDocument | None:
    """Read once for a page."""
    if not hasattr(request, "afas_booking"):
        request.afas_booking = bookings.booking_of(invoice, connection.environment)
    found: AfasDocument | None = request.afas_booking
    return found


def _linked(request: Any) -> AfasConnection | None:
    """The link of the company, once something can be booked over it; read once for a page."""
    if not hasattr(request, "afas_linked"):
        connection = connection_of(request.company)
        request.afas_linked = connection if connection and connection.is_ready else None
    found: AfasConnection | None = request.afas_linked
    return found
