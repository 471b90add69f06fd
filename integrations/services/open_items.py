"""What is still to be paid according to AFAS: read each night and on demand.

AFAS lists open items only, so what was seen and is shown no more is paid. Its lists lag and a
filter may hide rows for a moment; so a document is paid only once it was missing in two complete
readings at least an hour apart (`CERTAIN_AFTER`); a day apart when the list shows nothing at all of
several that were open, since a filter that hides everything is likelier than that everybody paid.
The second reading comes by itself. What appears again is open again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from core import audit
from core.errors import DomainError
from core.jobs import ring
from integrations.afas import ledger
from integrations.afas.client import Condition
from integrations.afas.ledger import OPEN_INVOICE_KEY, OpenInvoice
from integrations.afas.records import BadRow
from integrations.models import AfasConnection, Kind, OpenItem, PaymentRun
from integrations.services import clients, nights, open_rows, readiness, slices
from integrations.services.rhythm import scaled
from integrations.services.slices import SHORT_SLICE, SLICE, Overtaken, Sliced
from invoicing.models import PaymentStatus

logger = logging.getLogger(__name__)

Status, Trigger = PaymentRun.Status, PaymentRun.Trigger
CERTAIN_AFTER = timedelta(hours=1)
CERTAIN_WHEN_EMPTY = timedelta(hours=24)
PAGE = 1000
AT_ONCE = 200
ITS_INVOICE = "document__invoice__company"
RUNS = Sliced(
    PaymentRun,
    "integrations.read_payments",
    gettext_lazy(
        "Reading what is paid broke off. What was read is kept; read the payments again for the "
        "rest."
    ),
)


def why_not(connection: AfasConnection | None) -> str:
    """Why AFAS cannot be asked what is paid, in a sentence; empty when it can."""
    connector = connection.open_items_connector if connection else ""
    return readiness.why_not_readable(connection, connector)


def ask(
    *, connection: AfasConnection, by: User | None, trigger: str = Trigger.BUTTON
) -> PaymentRun:
    """Queue a reading; the open one of this connection when there is one already.

    Raises DomainError when the connection is closed, paused, not complete or not granted the list.
    """
    if reason := why_not(connection):
        raise DomainError(reason)
    try:
        with transaction.atomic():
            run = PaymentRun.objects.create(
                company=connection.company, connection=connection, trigger=trigger, by=by
            )
            if by is not None:
                audit.record(company=run.company, by=by, action="payments.requested", obj=run)
    except IntegrityError:  # one_payment_run_at_a_time
        found: PaymentRun = RUNS.open_runs().get(connection=connection)
        return found
    ring(RUNS.task, run.pk)
    return run


def run(pk: int, *, seconds: float = SLICE) -> bool:
    """Read until done, or for `seconds`, then ring for the rest; False when it was not ours."""
    taken = RUNS.take(pk)
    if taken is None:
        return False
    RUNS.execute(taken, _Reading(taken, ends=time.monotonic() + seconds).go)
    return True


def run_queued() -> int:
    """Go on with what is queued, a short slice each, for a process without a broker."""
    return sum(run(pk, seconds=SHORT_SLICE) for pk in RUNS.queued())


def read_due() -> None:
    """Queue the nightly readings whose minute has come, each once a night until 06:00, and the
    second readings that make certain what is paid.

    Only where something stands in the books, and AFAS may be asked.
    """
    began = nights.night_began()
    usable = AfasConnection.objects.filter(closed_at__isnull=True, paused_at__isnull=True)
    idle = usable.exclude(paymentruns__in=RUNS.open_runs())
    for connection in idle.select_related("company").order_by("pk"):
        trigger = _is_due(connection, began)
        if trigger and not why_not(connection):
            ask(connection=connection, by=None, trigger=trigger)


def _is_due(connection: AfasConnection, began: datetime | None) -> str:
    """Why it is to be read now; empty when it is not."""
    runs = PaymentRun.objects.filter(connection=connection)
    if began and nights.has_come(connection):
        tonight = runs.filter(trigger=Trigger.NIGHTLY, queued_at__gte=began)
        if not tonight.exists() and open_rows.documents_in_books(connection).exists():
            return Trigger.NIGHTLY
    ago = timezone.now() - scaled(CERTAIN_AFTER)
    missing = _not_paid(connection).filter(missing_since__lte=ago)
    if missing.exists() and not runs.filter(queued_at__gt=ago).exists():
        return Trigger.AGAIN
    return ""


def _not_paid(connection: AfasConnection) -> QuerySet[OpenItem]:
    """What was seen in the books of a link and is not certain to be paid."""
    ours = open_rows.documents_in_books(connection)
    unpaid = OpenItem.objects.of(connection.company_id).filter(paid_at__isnull=True)
    return unpaid.filter(document__in=ours)


@dataclass
class _Reading:
    """A run in the hands of this worker; `ends` on the monotonic clock."""

    run: PaymentRun
    ends: float

    def go(self) -> None:
        """Page after page, then what was not among them, until the end of the slice."""
        while self.run.read_at is None:
            self._may_go_on()
            self._keep(*self._page())
            if self.run.read_at is None and self._is_late():
                RUNS.hand_on(self.run)
                return
        if self._settle():
            self._finish()
        else:
            RUNS.hand_on(self.run)

    def _is_late(self) -> bool:
        return time.monotonic() > self.ends

    def _may_go_on(self) -> None:
        """Raises DomainError when the connection was paused or closed meanwhile."""
        if not slices.may_go_on(self.run):
            raise DomainError(
                _("The link was paused while payments were read. What was read before is kept.")
            )

    def _page(self) -> tuple[list[OpenInvoice], str]:
        """The next rows and the last number of them, empty at the end of the list.

        A page may end amid the rows of one number; so all of those are asked for once more.
        """
        rows = self._rows(
            ledger.open_invoices_in(self._administration, after=self.run.last_key), PAGE
        )
        if len(rows) < PAGE:
            return rows, ""
        last = str(rows[-1].InvoiceNr)
        whole = [one for one in rows if str(one.InvoiceNr).lower() != last.lower()]
        whole += self._rows(ledger.open_invoices_with(self._administration, last))
        return whole, last

    @property
    def _administration(self) -> int:
        return self.run.connection.administration or 0

    def _rows(self, where: list[Condition], page: int = 0) -> list[OpenInvoice]:
        """One page, or with `page` 0 all there are."""
        connection = self.run.connection
        pages = clients.client_of(connection).pages(
            connection.open_items_connector,
            where=where,
            order_by=OPEN_INVOICE_KEY,
            key=OPEN_INVOICE_KEY if page else None,
            page=page or PAGE,
            row_type=OpenInvoice,
        )
        first = next(islice(pages, 1), [])
        return [
            ledger.without_amounts(one.row) if isinstance(one, BadRow) else one for one in first
        ]

    def _keep(self, rows: list[OpenInvoice], last: str) -> None:
        """One page, all or nothing, then tell the invoices on it."""
        run = self.run
        shown = open_rows.added_up(rows, run.connection.administration)
        with transaction.atomic():
            beat = RUNS.beat(run)
            items = open_rows.store(open_rows.matched(run.connection, shown), beat)
            counts = {
                "rows": F("rows") + len(rows),
                "skipped": F("skipped") + open_rows.unreadable(rows),
                "matched": F("matched") + len(items),
            }
            read_at = None if last else beat
            PaymentRun.objects.filter(pk=run.pk).update(**counts, last_key=last, read_at=read_at)
        run.heartbeat_at, run.last_key, run.read_at = beat, last, read_at
        open_rows.tell_invoices(items)

    def _settle(self) -> bool:
        """Note what is missing, and let what is certain be paid; False when there was no time for
        all of it."""
        unseen = _not_paid(self.run.connection).filter(seen_at__lt=self.run.started_at)
        unseen.filter(missing_since__isnull=True).update(missing_since=self.run.read_at)
        began = self.run.started_at or self.run.queued_at
        certain = unseen.filter(missing_since__lte=began - scaled(self._patience(unseen)))
        return self._in_portions(certain, self._pay) and self._in_portions(
            self._opened_again(), open_rows.tell_invoices
        )

    def _patience(self, unseen: QuerySet[OpenItem]) -> timedelta:
        """How long what is missing must have been missing to be paid."""
        is_empty = PaymentRun.objects.filter(pk=self.run.pk, rows=0).exists()
        return CERTAIN_WHEN_EMPTY if is_empty and unseen.count() > 1 else CERTAIN_AFTER

    def _in_portions(self, items: QuerySet[OpenItem], do: Callable[[list[OpenItem]], None]) -> bool:
        """Do all of them, a portion at a time; False when the time of the slice is over."""
        last = 0
        while portion := list(
            items.filter(pk__gt=last).select_related(ITS_INVOICE).order_by("pk")[:AT_ONCE]
        ):
            do(portion)
            last = portion[-1].pk
            if self._is_late():
                return False
        return True

    def _pay(self, items: list[OpenItem]) -> None:
        """The invoices first, so that what breaks off in between is found again."""
        for item in items:
            item.left = Decimal(0)
        open_rows.tell_invoices(items)
        with transaction.atomic():
            beat = RUNS.beat(self.run)
            paid = OpenItem.objects.filter(pk__in=[one.pk for one in items])
            paid.update(left=0, paid_at=self.run.read_at)
            PaymentRun.objects.filter(pk=self.run.pk).update(paid=F("paid") + len(items))
        self.run.heartbeat_at = beat

    def _opened_again(self) -> QuerySet[OpenItem]:
        """What AFAS has as paid and people have opened again since."""
        return OpenItem.objects.of(self.run.company_id).filter(
            paid_at__isnull=False,
            document__in=open_rows.documents_in_books(self.run.connection),
            document__kind=Kind.SALES_BOOKING,
            document__invoice__payment__in=(PaymentStatus.UNPAID, PaymentStatus.PARTLY),
        )

    def _finish(self) -> None:
        if not RUNS.end(self.run, Status.DONE):
            raise Overtaken
        self.run.refresh_from_db()
        counts = audit.values_of(self.run, ("rows", "matched", "skipped", "paid"))
        logger.info("Reading payments %s is done: %s.", self.run.pk, counts)
