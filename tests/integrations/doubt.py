"""Time and doubt, to be played in a test: minutes that pass, answers that get lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import F
from django.utils import timezone

from integrations.models import AfasConnection, AfasDocument, InvoicingRun, Kind, State
from integrations.services import sending, sweeping
from registration.models import Hour
from relations.models import Customer
from sandbox import seed
from tests.factories import RateFactory

INVOICES, DEBTORS, SHOWN = "FbDirectInvoice", "KnSalesRelationOrg", "Uurwerk_DirectInvoices"
CLOCKS = ("unknown_since", "sending_since", "next_look_at", "confirmed_at", "not_before")
Make = Callable[..., Any]


def the(run: InvoicingRun, kind: str = Kind.DIRECT_INVOICE) -> AfasDocument:
    """The document of a run, as it stands now."""
    return AfasDocument.objects.get(run=run, kind=kind)


def now_of(document: AfasDocument) -> AfasDocument:
    """The document as it stands now."""
    return AfasDocument.objects.select_related("connection", "company").get(pk=document.pk)


@dataclass
class World:
    """A company, its AFAS, and clocks that a test can turn.

    The database's clock cannot be turned, so all that it has written is moved back instead.
    """

    sandbox: Any
    connection: AfasConnection
    customer: Customer
    hours_for: Make
    bill: Make
    monotonic: float = 1_000_000.0

    def bill_hours(self, count: int = 1) -> tuple[AfasDocument, list[Hour]]:
        """A queued invoice and its hours."""
        hours = self.hours_for(self.customer, count)
        return the(self.bill(hours)), hours

    def confirmed(self, count: int = 1) -> tuple[AfasDocument, list[Hour]]:
        """An invoice that AFAS made."""
        document, hours = self.bill_hours(count)
        sending.send_due()
        return now_of(document), hours

    def invoiced(self) -> tuple[AfasDocument, list[Hour]]:
        """An invoice that AFAS made of two approved hours."""
        document, hours = self.bill_hours(2)
        Hour.objects.filter(pk__in=[hour.pk for hour in hours]).update(approval="approved")
        sending.send_due()
        return now_of(document), hours

    def give_rates(self, hours: list[Hour]) -> None:
        """What is released is valued anew, and needs a rate for that."""
        for hour in hours:
            RateFactory(company=hour.company, activity=hour.activity, amount=100)

    def doubtful(self, fault: str = "commit_then_hang_up") -> tuple[AfasDocument, list[Hour]]:
        """An invoice whose answer was lost: made with this fault, not made with
        "hang_up_before_commit"."""
        document, hours = self.bill_hours()
        self.send_with(fault)
        return now_of(document), hours

    def send_with(self, fault: str, connector: str = INVOICES) -> None:
        """Send what is due; the first one meets this fault."""
        self.sandbox.fault(fault, environment="12345", connector=connector)
        sending.send_due()

    def prove_look_up(self) -> AfasDocument:
        """The look-up works from now on, as the check finds it; returns its control row."""
        control, _hours = self.confirmed()
        self.sandbox.order("grant", {"token": seed.LIVE_TOKEN, "add": [SHOWN]})
        AfasConnection.objects.filter(pk=self.connection.pk).update(
            lookup_proven_at=timezone.now(), lookup_control=control.order_number
        )
        AfasDocument.objects.filter(pk=control.pk).update(seen_at=timezone.now(), next_look_at=None)
        return control

    def set_connection(self, **values: Any) -> None:
        """Change the link."""
        AfasConnection.objects.filter(pk=self.connection.pk).update(**values)

    def time_passes(self, minutes: float) -> None:
        """The database's clock goes on, or jumps; no sweep runs."""
        for name in CLOCKS:
            AfasDocument.objects.filter(**{f"{name}__isnull": False}).update(
                **{name: F(name) - timedelta(minutes=minutes)}
            )

    def minutes(self, count: int) -> None:
        """Minutes with their sweeps."""
        for _minute in range(count):
            self.monotonic += 60
            self.time_passes(1)
            sweeping.sweep()

    def sweeps(self, count: int, apart: float = 60) -> None:
        """Sweeps, so many seconds apart by the monotonic clock alone."""
        for _sweep in range(count):
            self.monotonic += apart
            sweeping.sweep()

    def in_afas(self) -> list[dict[str, Any]]:
        """The direct invoices that AFAS holds."""
        found: list[dict[str, Any]] = self.sandbox.state("12345")["invoices"]
        return found

    def times_in_afas(self, document: AfasDocument) -> int:
        """How many invoices with the document's reference AFAS holds."""
        return sum(document.reference in one["header"].get("RfCs", "") for one in self.in_afas())

    def change_in_afas(self, number: str, **header: str) -> None:
        """A bookkeeper types something else into an invoice."""
        store = self.sandbox.app.control._store
        held = store.get("invoice", "12345", number)
        store.put("invoice", "12345", number, held | {"header": held["header"] | header})


QUIET_MINUTES = 20  # and what AFAS was measured to take longer
UNKNOWN, QUEUED, CONFIRMED = State.UNKNOWN, State.QUEUED, State.CONFIRMED
