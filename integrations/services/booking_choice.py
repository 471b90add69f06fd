"""Before a booking run is confirmed: may it be, and which unsent invoices go along."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from core.errors import FieldsError
from integrations.models import BookingRun
from integrations.services import bookings, leaving_out, readiness
from integrations.services.bookings import Check
from invoicing.models import Invoice


def why_not(run: BookingRun) -> str:
    """Why nothing of it can be booked now, whatever the check says; empty when it can."""
    if run.connection.closed_at:
        return _(
            "The link with AFAS was changed since these invoices were chosen, so they would go to "
            "other books. Choose them again."
        )
    return readiness.why_not_send(run.connection)


def offered(check: Check) -> list[Invoice]:
    """The unsent invoices: those that are checked along, and those that are not."""
    along = [one.invoice for one in check.candidates if not one.invoice.is_sent]
    return sorted([*along, *check.unsent], key=lambda one: one.pk)


def refuse_along(run: BookingRun, invoices: Iterable[int], how: str) -> None:
    """Raises FieldsError unless all of these can be marked as sent, and `how` says how they were.

    For whoever did not choose them from `offered`.
    """
    wanted = set(invoices)
    if not wanted:
        return
    *_others, unsent = leaving_out.sift(bookings.chosen_of(run), run.connection)
    if wanted - {one.pk for one in unsent}:
        raise FieldsError(
            {
                "mark_as_sent": _(
                    "One of these can no longer be marked as sent. Look at the list again."
                )
            }
        )
    if not how.strip():
        raise FieldsError({"how": _("Say how the customer got it.")})
