"""Create AFAS Sales Booking: from sent invoices to documents, through a check that is confirmed.

    begin(...)    → a run that keeps what was chosen; its page is the check
    check(run)    → per invoice its journal entry, or what is missing; who is left out and why
    confirm(...)  → books exactly that, one transaction per invoice, once per run
    book_sent()   → the sweep: books what was sent, where the settings want that

An invoice has one booking per environment, which a constraint holds; what AFAS invoices is never
booked, and only what the customer has (DECISIONS A7).
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import User
from core import audit
from core.errors import DomainError, StaleError
from integrations.models import (
    AfasConnection,
    AfasDocument,
    BookingRun,
    BookingSettings,
    CustomerLink,
    Kind,
)
from integrations.selectors import bookings_of, links_of
from integrations.services import documents, holding, leaving_out
from integrations.services.booking_payloads import read_lists
from integrations.services.leaving_out import LeftOut
from integrations.services.obstacles import Obstacle
from integrations.services.payloads import why_not_created
from integrations.services.sales_entries import Books, Entry, entries_of
from invoicing.models import Channel, DeliveryStatus, DocumentStatus, Invoice
from invoicing.services import sending

logger = logging.getLogger(__name__)

AT_ONCE = 50
"""Invoices that one sweep books by itself, over one link; the next one goes on."""
LATELY = timedelta(days=60)
"""What was sent before, and has no booking, shows on the page that compares: nobody expects it to
be booked by itself any more, and looking for it each minute would read all invoices ever sent."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """An invoice with the entry that it would become. `debtor` is AFAS's number, or empty: the
    customer is created first."""

    entry: Entry
    debtor: str
    obstacles: Sequence[Obstacle] = ()

    @property
    def invoice(self) -> Invoice:
        """What is booked."""
        return self.entry.invoice

    @property
    def ready(self) -> bool:
        """Whether nothing stands in its way."""
        return not self.obstacles


@dataclass(frozen=True, kw_only=True)
class Check:
    """What would be booked and what not, with the token that stands for having seen it.

    `unsent` are left out only because the customer does not have them yet: they can be marked as
    sent along the way.
    """

    candidates: Sequence[Candidate]
    left_out: Sequence[LeftOut]
    unsent: Sequence[Invoice]
    token: str = ""

    @property
    def ready(self) -> list[Candidate]:
        """The invoices that can be booked now."""
        return [one for one in self.candidates if one.ready]

    @property
    def blocked(self) -> list[Candidate]:
        """The invoices of which something is missing."""
        return [one for one in self.candidates if not one.ready]

    @property
    def total(self) -> Decimal:
        """EUR incl. VAT of what can be booked."""
        return sum((one.invoice.total for one in self.ready), Decimal(0))


def begin(*, connection: AfasConnection, invoices: Iterable[Invoice], by: User) -> BookingRun:
    """Keep what was chosen, to be checked. Raises DomainError when nothing was."""
    ours = Invoice.objects.of(connection.company).filter(pk__in=[one.pk for one in invoices])
    chosen = list(ours.order_by("pk").values_list("pk", flat=True))
    if not chosen:
        raise DomainError(_("Select an invoice first; nothing was booked."))
    return BookingRun.objects.create(
        company=connection.company, connection=connection, by=by, chosen=chosen
    )


def begin_one(*, connection: AfasConnection, invoice: Invoice, by: User) -> BookingRun:
    """The same with one invoice. Raises DomainError when it cannot be booked, with the reason."""
    if reason := why_not_book(invoice, connection):
        raise DomainError(reason)
    return begin(connection=connection, invoices=[invoice], by=by)


def check(run: BookingRun, *, with_unsent: Collection[int] = ()) -> Check:
    """Work out every entry without changing anything; may wait for AFAS's lists.

    `with_unsent` are invoices to be checked as if they were sent.
    """
    connection = run.connection
    left_out, wanted, unsent = leaving_out.sift(chosen_of(run), connection, with_unsent)
    books = Books.of(connection)
    links = links_of(run.company, connection.environment)
    candidates = [
        _candidate(entry, books, links.get(entry.invoice.customer_id))
        for entry in entries_of(wanted, books)
    ]
    return Check(
        candidates=candidates,
        left_out=left_out,
        unsent=unsent,
        token=_token(connection, candidates, left_out, unsent),
    )


def chosen_of(run: BookingRun) -> QuerySet[Invoice]:
    """What was ticked, with all that a check asks of it."""
    rows = Invoice.objects.of(run.company).filter(pk__in=run.chosen)
    related = rows.select_related("customer", "project", "credits", "company")
    return related.prefetch_related("lines", "vat_groups").order_by("pk")


def _candidate(entry: Entry, books: Books, link: CustomerLink | None) -> Candidate:
    missing = [] if link else why_not_created(books.connection, entry.invoice.customer)
    return Candidate(
        entry=entry,
        debtor=link.debtor_number if link else "",
        obstacles=[*missing, *entry.obstacles],
    )


def _token(
    connection: AfasConnection,
    candidates: Sequence[Candidate],
    left_out: Sequence[LeftOut],
    unsent: Sequence[Invoice],
) -> str:
    """A hash over all that the check shows and all that could have changed since."""
    shown = [
        (
            one.invoice.pk,
            one.invoice.version,
            one.debtor,
            one.ready,
            one.entry.journal,
            str(one.entry.where),
            [str(line) for line in (*one.entry.revenue, *one.entry.vat)],
        )
        for one in candidates
    ]
    others = [one.invoice.pk for one in left_out], [one.pk for one in unsent]
    return hashlib.sha256(json.dumps([connection.pk, shown, others]).encode()).hexdigest()


def confirm(
    *,
    run: BookingRun,
    token: str,
    by: User,
    mark_as_sent: Collection[int] = (),
    how: str = "",
) -> BookingRun:
    """Book what was checked, each invoice by itself; a second press finds what the first one did.

    `mark_as_sent` are the unsent ones that were checked along; those that are booked count as sent
    from now on, as `how` says. Raises StaleError when anything changed since the check, and
    DomainError when the link is not ready or nothing can be booked; then nothing at all is done.
    """
    if run.confirmed_at:
        return run
    connection = run.connection
    _refuse_resting(connection)
    found = check(run, with_unsent=mark_as_sent)
    if found.token != token:
        raise StaleError(
            _(
                "Something changed since you checked, so nothing was booked. Below is how it "
                "stands now; look once more and confirm."
            )
        )
    if not found.ready:
        raise DomainError(_("None of these invoices can be booked now, so nothing was done."))
    if not _take(run):
        run.refresh_from_db()
        return run
    _book_all(run, found, set(mark_as_sent), how, by)
    return run


def _refuse_resting(connection: AfasConnection) -> None:
    if not connection.is_ready or connection.paused_at:
        raise DomainError(_("The link with AFAS is not ready or is paused, so nothing was booked."))
    holding.refuse_while_held(connection)


def _take(run: BookingRun) -> bool:
    """Whether this press is the one that books: of two at the same moment one goes on."""
    first = BookingRun.objects.filter(pk=run.pk, confirmed_at__isnull=True)
    if not first.update(confirmed_at=Now()):
        return False
    run.refresh_from_db()
    return True


def _book_all(run: BookingRun, found: Check, mark_as_sent: set[int], how: str, by: User) -> None:
    refused = [_refusal(one.invoice, *one.obstacles[:1]) for one in found.blocked]
    change = audit.Change(after={"total": found.total, "invoices": len(found.ready)})
    audit.record(
        company=run.company, by=by, action="afas_booking_run.started", obj=run, change=change
    )
    # Holds until the last one is done, for those that have no document by then.
    _tell(run, [*map(_not_reached, found.ready), *refused])
    for one in found.ready:
        try:
            if one.invoice.pk in mark_as_sent:
                sending.mark_as_sent(invoice=one.invoice, how=how, by=by)
                one.invoice.refresh_from_db()
            book(connection=run.connection, invoice=one.invoice, by=by, run=run, entry=one.entry)
        except DomainError as error:
            refused.append(_refusal(one.invoice, Obstacle(sentence=error.message)))
    _tell(run, refused)


def _not_reached(one: Candidate) -> dict[str, Any]:
    sentence = _("Not booked yet. If this stays, the booking broke off: choose it again.")
    return {**_refusal(one.invoice, Obstacle(sentence=sentence)), "not_reached": True}


def _refusal(invoice: Invoice, why: Obstacle) -> dict[str, Any]:
    return {"invoice": invoice.pk, "name": str(invoice), **asdict(why)}


def _tell(run: BookingRun, refusals: list[dict[str, Any]]) -> None:
    run.refusals = refusals
    run.save(update_fields=["refusals"])


def book(
    *,
    connection: AfasConnection,
    invoice: Invoice,
    by: User | None,
    run: BookingRun | None = None,
    entry: Entry | None = None,
) -> AfasDocument:
    """The document that books one sent invoice, as `entry`, which is worked out unless it is given.

    Raises DomainError when it may not be booked, or has a booking already.
    """
    if entry is None:
        read_lists(connection)
    try:
        with transaction.atomic():
            _refuse_closed(connection)
            return documents.make_sales_booking(
                connection=connection, invoice=invoice, run=run, by=by, entry=entry
            )
    except IntegrityError:  # one_live_document_per_invoice_and_kind
        raise DomainError(
            _("%(number)s has a booking already, so it was not booked again.")
            % {"number": invoice.number}
        ) from None


def _refuse_closed(connection: AfasConnection) -> None:
    """Linking elsewhere takes this row first: what is seen stays until the transaction ends.

    Read with the lock and judged after it: a condition in the query would be asked of the row as it
    was before the other let go.
    """
    rows = AfasConnection.objects.select_for_update().filter(pk=connection.pk)
    held = rows.only("closed_at").first()
    if held is None or held.closed_at:
        raise DomainError(_("The link with AFAS was changed meanwhile, so nothing was booked."))


def booking_of(invoice: Invoice, environment: str) -> AfasDocument | None:
    """The booking of an invoice that stands, or is on its way, in this environment."""
    return bookings_of(invoice.company, environment, [invoice.pk]).get(invoice.pk)


def why_not_book(invoice: Invoice, connection: AfasConnection | None) -> str:
    """Why an invoice cannot be booked now, for its own page; empty when it can."""
    if connection is None or not connection.is_ready:
        return _("AFAS is not linked yet; an administrator does that in the App Center.")
    return leaving_out.why_left_out(invoice, booking_of(invoice, connection.environment))


def book_sent() -> None:
    """Book what was sent since somebody switched that on and never had a booking document.

    What a person cancelled or reversed stays so. One link keeps nothing back over the others.
    """
    for settings in BookingSettings.objects.filter(auto_book_since__isnull=False):
        connection = _ready_for(settings)
        if connection is None:
            continue
        try:
            with translation.override(connection.company.language):
                _book_waiting(connection, settings)
        except Exception:  # of our own
            logger.exception("What was sent could not be booked over %s.", connection)


def _ready_for(settings: BookingSettings) -> AfasConnection | None:
    open_ones = AfasConnection.objects.of(settings.company_id).filter(
        environment=settings.environment,
        administration=settings.administration,
        closed_at__isnull=True,
        paused_at__isnull=True,
        checked_at__isnull=False,
    )
    found = open_ones.select_related("company").first()
    return found if found and not holding.is_held(found) else None


def _book_waiting(connection: AfasConnection, settings: BookingSettings) -> None:
    for invoice in _never_booked(connection, settings)[:AT_ONCE]:
        try:
            book(connection=connection, invoice=invoice, by=None)
        except DomainError as error:  # somebody was first
            logger.info("Invoice %s was not booked by itself: %s", invoice.pk, error.message)
        except Exception:  # of our own: the others are booked all the same
            logger.exception("Invoice %s could not be booked by itself.", invoice.pk)


def _never_booked(connection: AfasConnection, settings: BookingSettings) -> QuerySet[Invoice]:
    had = AfasDocument.objects.filter(
        invoice=OuterRef("pk"), kind=Kind.SALES_BOOKING, environment=connection.environment
    )
    lately = timezone.now() - LATELY
    sent = Invoice.objects.of(connection.company).filter(
        channel=Channel.OURS,
        status__in=(DocumentStatus.FINAL, DocumentStatus.CREDITED),
        delivery=DeliveryStatus.SENT,
        sent_at__gte=max(settings.auto_book_since or lately, lately),
    )
    worth = sent.exclude(total=0)
    related = worth.select_related("customer", "project", "credits", "company")
    return related.filter(~Exists(had)).order_by("pk")
