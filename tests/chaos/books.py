"""What the companies invoice themselves: drawn up, sent, and booked in AFAS with the PDF beside it.

One company books what it sent by itself; the others press Create AFAS Sales Booking. What somebody
cancelled or reversed is booked again.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any

from core.errors import DomainError
from integrations.selectors import bookings_of
from integrations.services import bookings
from invoicing.models import Channel, Invoice
from invoicing.services import sending
from relations.models import Customer
from tests.chaos.companies import DAY, Site
from tests.chaos.ledger import BOOKS_BY_ITSELF
from tests.chaos.world import World
from tests.factories import HourFactory
from tests.invoicing.own import Studio

SHARE, MOST_BOOKED = 0.6, 5


@dataclass(frozen=True)
class OwnInvoices:
    """What one company sends itself."""

    world: World
    site: Site
    dice: Random

    def wave(self, customers: Collection[Customer]) -> None:
        """Now and then invoice one of these customers, and book what waits for it."""
        if self.dice.random() < SHARE:
            self._send(self._studio(self.dice.choice(list(customers))))
        self._book()

    def _send(self, studio: Studio) -> None:
        """The customer gets an invoice of hours, or of something typed, which may be credited."""
        if self.dice.random() < 0.5:
            minutes = self.dice.randrange(15, 480, 15)
            self._mark(studio.finalise(studio.draft([self._hour(studio, minutes)])))
            return
        amount = Decimal(self.dice.randrange(100, 90_000)) / 100
        typed = studio.finalise(studio.free(("1", str(amount))))
        self._mark(typed)
        if self.dice.random() < 0.2:
            self._mark(studio.credit(typed))

    def _studio(self, customer: Customer) -> Studio:
        site = self.site
        project, activity = site.project(customer), site.activities[0]
        return Studio(site.company, customer, project, activity, site.biller)

    def _hour(self, studio: Studio, minutes: int) -> Any:
        return HourFactory(
            company=studio.company,
            membership=self.site.membership,
            project=studio.project,
            activity=studio.activity,
            date=DAY,
            minutes=minutes,
        )

    def _mark(self, invoice: Invoice) -> None:
        sending.mark_as_sent(invoice=invoice, how="By post", by=self.site.biller)
        self.world.tally.count("own invoices sent")

    def _book(self) -> None:
        """Choose what has no booking, check, and confirm."""
        chosen = self._unbooked()
        if not chosen:
            return
        connection, by = self.site.connection, self.site.biller
        connection.refresh_from_db()
        try:
            run = bookings.begin(connection=connection, invoices=chosen, by=by)
            bookings.confirm(run=run, token=bookings.check(run).token, by=by)
            self.world.tally.count("own invoices refused at booking", len(run.refusals))
        except DomainError as error:  # the link is paused, or the sweep was first
            self.world.tally.told("booking", error)

    def _unbooked(self) -> list[Invoice]:
        """What the sweep will not book: it leaves alone what was cancelled or reversed."""
        sent = Invoice.objects.of(self.site.company).filter(
            channel=Channel.OURS, sent_at__isnull=False
        )
        if self.site.company.name == BOOKS_BY_ITSELF:
            sent = sent.filter(afas_documents__isnull=False).distinct()
        environment = self.site.connection.environment
        booked = bookings_of(self.site.company, environment, [one.pk for one in sent])
        waiting = [one for one in sent.order_by("pk") if one.pk not in booked]
        return waiting[:MOST_BOOKED]
