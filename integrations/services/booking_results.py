"""What became of the invoices of a booking run: their documents, their PDFs, and who got none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import DomainError
from integrations.models import AfasDocument, BookingRun, State
from integrations.selectors import attachments_of, documents_of
from integrations.services import bookings
from integrations.services.obstacles import Obstacle
from invoicing.models import Invoice

AT_WORK = timedelta(minutes=5)
"""For so long after its confirmation a run may still be making documents."""


@dataclass(frozen=True, kw_only=True)
class NotBooked:
    """An invoice, by id and name, that got no document, and why; `not_reached` is so while the
    documents are being made, and stays so when that broke off."""

    invoice: int
    name: str
    why: Obstacle
    not_reached: bool


@dataclass(frozen=True, kw_only=True)
class Results:
    """How a confirmed run stands: its bookings, the attachments by their bookings, the rest."""

    run: BookingRun
    bookings: Sequence[AfasDocument]
    attachments: Mapping[UUID | None, AfasDocument]
    refusals: Sequence[NotBooked]

    @property
    def done(self) -> list[AfasDocument]:
        """The bookings that AFAS has."""
        return [one for one in self.bookings if one.state == State.CONFIRMED]

    @property
    def total(self) -> Decimal:
        """EUR incl. VAT of what AFAS has booked."""
        return sum((one.invoice.total for one in self.done if one.invoice), Decimal(0))

    @property
    def resting(self) -> list[AfasDocument]:
        """The bookings to which nothing more happens without a person."""
        return [one for one in self.bookings if one.rests or one.is_stuck]

    @property
    def is_busy(self) -> bool:
        """Whether something will still change by itself."""
        made = [*self.bookings, *self.attachments.values()]
        return self._is_being_made or any(_moves(one) for one in made)

    @property
    def count(self) -> int:
        """How many bookings there are, and will be in a moment."""
        to_come = [one for one in self.refusals if one.not_reached]
        return len(self.bookings) + len(to_come if self._is_being_made else ())

    @property
    def is_clean(self) -> bool:
        """Whether everything that was chosen stands in the books."""
        return bool(self.bookings) and len(self.done) == len(self.bookings) and not self.refusals

    @property
    def _is_being_made(self) -> bool:
        """Whether the press that confirmed it is still making documents."""
        began = self.run.confirmed_at
        is_young = began is not None and timezone.now() - began < AT_WORK
        return is_young and any(one.not_reached for one in self.refusals)


def results_of(run: BookingRun) -> Results:
    """How it stands now, in three queries."""
    made = documents_of(run.company).filter(booking_run=run).order_by("created_at", "id")
    found = list(made.select_related("invoice__customer"))
    booked = {one.invoice_id for one in found}
    return Results(
        run=run,
        bookings=found,
        attachments=attachments_of(found),
        refusals=[_refusal(one) for one in run.refusals if one["invoice"] not in booked],
    )


def _refusal(kept: Mapping[str, Any]) -> NotBooked:
    why = Obstacle(**{name: kept[name] for name in ("sentence", "url_name", "pk", "tail")})
    return NotBooked(
        invoice=kept["invoice"],
        name=kept["name"],
        why=why,
        not_reached=bool(kept.get("not_reached")),
    )


def choose_again(*, run: BookingRun, by: User) -> BookingRun:
    """A new run over the invoices that got no document, to be checked anew.

    Raises DomainError when there are none.
    """
    left = [one.invoice for one in results_of(run).refusals]
    invoices = Invoice.objects.of(run.company).filter(pk__in=left)
    if not invoices:
        raise DomainError(_("Every invoice of this run has its booking, so nothing is left."))
    return bookings.begin(connection=run.connection, invoices=invoices, by=by)


def _moves(document: AfasDocument) -> bool:
    if document.state == State.CONFIRMED:
        return document.followed_up_at is None
    return not document.rests and not document.is_stuck
