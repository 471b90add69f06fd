"""Which invoices are not booked, and why, before anything else is asked of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from django.utils.translation import gettext as _

from integrations.models import AfasConnection, AfasDocument, State
from integrations.selectors import bookings_of
from invoicing.models import Channel, DeliveryStatus, Invoice


class LeftOut(NamedTuple):
    """An invoice that is not booked, the sentence that says why, and its booking if it has one."""

    invoice: Invoice
    reason: str
    booking: AfasDocument | None = None


Sifted = tuple[list[LeftOut], list[Invoice], list[Invoice]]


def sift(
    invoices: Iterable[Invoice], connection: AfasConnection, with_unsent: Collection[int] = ()
) -> Sifted:
    """Who is left out, who is booked, and who would be if the customer had it.

    Those of `with_unsent` that could be marked as sent are taken for sent.
    """
    found = list(invoices)
    bookings = bookings_of(connection.company, connection.environment, [one.pk for one in found])
    left_out: list[LeftOut] = []
    wanted: list[Invoice] = []
    unsent: list[Invoice] = []
    for one in found:
        booking = bookings.get(one.pk)
        if can_be_marked(one, booking):
            (wanted if one.pk in with_unsent else unsent).append(one)
        elif reason := why_left_out(one, booking):
            left_out.append(LeftOut(one, reason, booking))
        else:
            wanted.append(one)
    return left_out, wanted, unsent


def can_be_marked(invoice: Invoice, booking: AfasDocument | None) -> bool:
    """Whether only this is missing: the customer does not have it, and no mail is in doubt."""
    idle = (DeliveryStatus.NOT_SENT, DeliveryStatus.FAILED)
    is_final = invoice.channel == Channel.OURS and not invoice.is_draft
    return is_final and booking is None and invoice.delivery in idle and bool(invoice.total)


def why_left_out(invoice: Invoice, booking: AfasDocument | None) -> str:
    """Why an invoice is not booked; empty when it is."""
    if invoice.channel == Channel.AFAS:
        return _("AFAS made this invoice and booked it itself.")
    if invoice.is_draft:
        return _("It is a draft: finalise and send it first.")
    if booking:
        return _of_booking(booking)
    if not invoice.is_sent:
        return _of_delivery(invoice)
    if not invoice.total:
        return _(
            "It is of € 0.00, so nobody owes anything and it is not booked. If its lines belong on "
            "several accounts, book that by hand in AFAS."
        )
    return ""


def _of_delivery(invoice: Invoice) -> str:
    if invoice.delivery == DeliveryStatus.SENDING:
        return _("It is being sent at this moment; it can be booked once the customer has it.")
    if invoice.delivery == DeliveryStatus.UNKNOWN:
        return _("It was perhaps sent: say on its page whether it arrived, then book it.")
    return _("It is not sent yet: send it, or mark it as sent.")


def _of_booking(booking: AfasDocument) -> str:
    match booking.state:
        case State.CONFIRMED:
            return _("It is booked already, as entry %(number)s.") % {
                "number": booking.entry_number
            }
        case State.REJECTED:
            return _("AFAS refused its booking, or something is missing: mend that, and try again.")
        case State.UNKNOWN:
            return _("Its booking is in doubt: AFAS may have it.")
    return _("Its booking is on its way.")
