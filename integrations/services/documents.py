"""Making documents, building their payloads, and what a person may do with them.

A payload is built once, when its document is queued, and stays as it is: a repeat is byte-equal.
Only after a refusal may a person have it built anew.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import User
from core import audit
from core.errors import DomainError, StaleError
from core.jobs import ring
from integrations.afas import documents as afas
from integrations.models import (
    AfasConnection,
    AfasDocument,
    BookingRun,
    CustomerLink,
    InvoicingRun,
    Kind,
    State,
)
from integrations.selectors import link_of
from integrations.services import annexes, attaching, booking_payloads, items, picking
from integrations.services.building import build
from integrations.services.payloads import why_not
from integrations.services.sales_entries import Entry
from integrations.services.stories import never_sent
from invoicing.models import Channel, Invoice
from invoicing.services import claiming
from registration.services import valuation
from relations.models import Customer

OPEN_CUSTOMER = (State.QUEUED, State.SENDING, State.UNKNOWN, State.REJECTED, State.WAITING)
CANCELLABLE = (State.WAITING, State.QUEUED, State.REJECTED)


def make_customer_document(
    *, connection: AfasConnection, customer: Customer, run: InvoicingRun | None, by: User | None
) -> AfasDocument:
    """The document that tells AFAS of a new debtor; the open one when there is one already.

    One that AFAS confirmed counts as open until its link is made: a second one would be a second
    debtor. When the payload cannot be built the document is made all the same, refused, so that it
    is kept, shown and retried. Inside the caller's transaction.
    """
    if existing := _open_debtor(connection.environment, customer):
        return existing
    document = _new(connection, Kind.CUSTOMER, customer, run, by)
    _freeze(document)
    try:
        with transaction.atomic():
            document.save(force_insert=True)
    except IntegrityError:  # one_open_customer_document: somebody made it at this very moment
        if existing := _open_debtor(connection.environment, customer):
            return existing
        raise
    _record(document, by, "afas_document.made")
    ring("integrations.send_next", document.environment)
    return document


def _open_debtor(environment: str, customer: Customer) -> AfasDocument | None:
    is_open = Q(state__in=OPEN_CUSTOMER) | Q(state=State.CONFIRMED, followed_up_at__isnull=True)
    debtors = AfasDocument.objects.filter(is_open, kind=Kind.CUSTOMER, environment=environment)
    return debtors.filter(customer=customer).first()


def make_deletion(*, target: AfasDocument, reason: str, by: User) -> AfasDocument:
    """The document that has AFAS delete the invoice or the booking of `target` (DECISIONS A6).

    Raises IntegrityError when one is open already. Inside the caller's transaction.
    """
    document = _new(target.connection, Kind.DELETION, target.customer, None, by)
    document.target = target
    document.detail = {"reason": reason}
    _freeze(document)
    document.save(force_insert=True)
    _record(document, by, "afas_document.made", audit.Change(reason=reason))
    ring("integrations.send_next", document.environment)
    return document


def make_direct_invoice(
    *, connection: AfasConnection, invoice: Invoice, run: InvoicingRun | None, by: User | None
) -> AfasDocument:
    """The document that has AFAS make `invoice`; it waits while its customer is unknown there, and
    while what was chosen to go along is not in AFAS's dossier.

    Inside the transaction that claims the entries: no invoice of channel afas is without document.
    """
    if invoice.channel != Channel.AFAS:
        raise DomainError(
            _("We made this invoice ourselves, so AFAS must not make it again; book it instead.")
        )
    document = _new(connection, Kind.DIRECT_INVOICE, invoice.customer, run, by)
    document.invoice = invoice
    if annexes.go_along(connection, invoice):
        document.after = _make_annexes(document)
    return _start(document, by)


def _make_annexes(invoice: AfasDocument) -> AfasDocument:
    """What goes along with an invoice, which waits for it. It waits itself until its file is made,
    which takes seconds and so is not done while anything is held."""
    by = invoice.created_by
    document = _new(invoice.connection, Kind.ATTACHMENT, invoice.customer, invoice.run, by)
    document.invoice, document.state = invoice.invoice, State.WAITING
    document.after = _new_debtor(document, by)
    document.save(force_insert=True)
    _record(document, by, "afas_document.made")
    ring("integrations.release", document.environment)
    return document


def make_sales_booking(
    *,
    connection: AfasConnection,
    invoice: Invoice,
    run: BookingRun | None,
    by: User | None,
    entry: Entry | None = None,
) -> AfasDocument:
    """The document that books our own sent `invoice`; it waits while its customer is unknown there.

    `entry` is worked out unless somebody just checked it. One that cannot be built is made all the
    same, refused with the reason. Raises DomainError for an invoice that is not sent, or
    that AFAS makes, and IntegrityError when it has a booking in this environment already. Inside
    the caller's transaction.
    """
    if invoice.channel != Channel.OURS:
        raise DomainError(
            _("AFAS made this invoice and booked it, so it must not be booked again.")
        )
    if invoice.is_draft or not invoice.is_sent:
        raise DomainError(
            _("Only a sent invoice can be booked. Send it, or mark it as sent, then book it.")
        )
    document = _new(connection, Kind.SALES_BOOKING, invoice.customer, None, by)
    document.invoice, document.booking_run = invoice, run
    return _start(document, by, entry)


def make_attachment(*, booking: AfasDocument) -> AfasDocument:
    """The document that puts the PDF of a booked invoice into AFAS's dossier.

    In the caller's transaction.
    """
    document = _new(booking.connection, Kind.ATTACHMENT, booking.customer, None, booking.created_by)
    document.invoice, document.attached_to = booking.invoice, booking
    return _start(document, booking.created_by)


def _start(document: AfasDocument, by: User | None, entry: Entry | None = None) -> AfasDocument:
    """Queue it, or let it wait for its annexes or its customer; saved and rung for."""
    document.after = document.after or _new_debtor(document, by)
    if document.after:
        document.state = State.WAITING
    else:
        _freeze(document, entry)
    document.save(force_insert=True)
    _record(document, by, "afas_document.made")
    ring("integrations.send_next", document.environment)
    return document


def _new_debtor(document: AfasDocument, by: User | None) -> AfasDocument | None:
    """What it waits for while AFAS does not know its customer."""
    customer = document.customer
    if customer is None or link_of(customer, document.environment):
        return None
    return make_customer_document(
        connection=document.connection, customer=customer, run=document.run, by=by
    )


def _new(
    connection: AfasConnection,
    kind: Kind,
    customer: Customer | None,
    run: InvoicingRun | None,
    by: User | None,
) -> AfasDocument:
    return AfasDocument(
        company=connection.company,
        connection=connection,
        environment=connection.environment,
        administration=connection.administration,
        kind=kind,
        customer=customer,
        run=run,
        created_by=by,
    )


def _freeze(document: AfasDocument, entry: Entry | None = None) -> None:
    """Build the payload and queue the document, or refuse it with the reason. Not saved yet."""
    try:
        document.payload = build(document, entry)
    except (afas.CannotBuild, DomainError) as error:
        document.state = State.REJECTED
        document.problem = "cannot_build"
        document.message = why_not(error)
    else:
        document.state = State.QUEUED
        document.problem = document.message = document.log_reference = ""


def release_waiting(environment: str) -> int:
    """Documents whose customer is linked by now are built and queued; returns how many moved.

    They ask "is the customer linked in this environment?", not "is that document confirmed?", so an
    import or a person can let them go too. One whose predecessor was given up, or ended without a
    link, is refused, never silent (DECISIONS A5).
    """
    waiting = AfasDocument.objects.filter(environment=environment, state=State.WAITING)
    moved = 0
    for document in waiting.select_related("invoice__customer", "connection", "company", "after"):
        if _may_leave(document):
            moved += _leave_waiting(document)
    return moved


def _may_leave(document: AfasDocument) -> bool:
    """Its dossier item is there, or was given up, and its customer is linked or never will be."""
    after = document.after
    if after and after.kind == Kind.ATTACHMENT:
        if after.state != State.CANCELLED and after.followed_up_at is None:
            return False
        after = after.after  # without its annexes it still waits for its customer
    linked = CustomerLink.objects.filter(
        environment=document.environment, customer=document.customer_id
    ).exists()
    return linked or _brings_no_link(after)


def _brings_no_link(after: AfasDocument | None) -> bool:
    """Given up, or confirmed while its debtor is another customer's: that is for a person."""
    return after is None or after.state == State.CANCELLED or after.followed_up_at is not None


def _leave_waiting(document: AfasDocument) -> int:
    with translation.override(document.company.language):  # what is kept here, its people read
        _freeze(document)
    moved = AfasDocument.objects.filter(pk=document.pk, state=State.WAITING).update(
        state=document.state,
        payload=document.payload,
        unit=document.unit,
        journal=document.journal,
        problem=document.problem,
        message=document.message,
        not_before=Now(),
        queued_at=Now(),
    )
    if moved and document.state == State.QUEUED:
        ring("integrations.send_next", document.environment)
    return moved


def retry(*, document: AfasDocument, by: User) -> AfasDocument:
    """Build a refused document anew from the corrected rows and queue it, under its own reference.

    AFAS's lists are read anew first, since somebody may have opened a period or freed an account,
    and a file is made before anything is held.
    Raises DomainError when the link it was made for is closed or it still cannot be built, and
    StaleError when somebody was first.
    """
    if document.kind == Kind.SALES_BOOKING:
        picking.forget(document.connection)
        booking_payloads.read_lists(document.connection)
    if document.kind == Kind.ATTACHMENT:
        attaching.content_of(document)
    with transaction.atomic():
        return _retry(document, by)


def _retry(document: AfasDocument, by: User) -> AfasDocument:
    if document.state != State.REJECTED:
        raise StaleError(_("This document is not refused any more; look at it again."))
    if document.connection.closed_at:
        raise DomainError(never_sent(document))
    _refresh_items(document)
    _freeze(document)
    if document.state == State.REJECTED and not _waits_for_customer(document, by):
        raise DomainError(document.message)
    changed = AfasDocument.objects.filter(pk=document.pk, state=State.REJECTED).update(
        state=document.state,
        payload=document.payload,
        unit=document.unit,
        journal=document.journal,
        after=document.after,
        problem=document.problem,
        message=document.message,
        log_reference=document.log_reference,
        denied=False,
        unsent_returns=0,
        not_before=Now(),
        queued_at=Now(),
    )
    if not changed:
        raise StaleError(_("Somebody else settled this document meanwhile; look at it again."))
    _record(document, by, "afas_document.retried")
    ring("integrations.send_next", document.environment)
    return document


def _waits_for_customer(document: AfasDocument, by: User) -> bool:
    """What concerns a customer still unknown waits again, for a new debtor document."""
    after = _new_debtor(document, by) if document.invoice else None
    if after is None:
        return False
    document.after = after
    document.state, document.problem, document.message = State.WAITING, "", ""
    return True


def _refresh_items(document: AfasDocument) -> None:
    if document.kind == Kind.DIRECT_INVOICE and document.invoice:
        items.refresh_lines(document.company, document.environment, document.invoice)


def cancel(*, document: AfasDocument, by: User, reason: str) -> AfasDocument:
    """Give a document up that provably is not in AFAS; what an invoice that AFAS was to make billed
    is unbilled again.

    Raises DomainError when it may be in AFAS: it is on its way, confirmed, or unknown.
    """
    if not _cancel(document, CANCELLABLE, by, reason):
        raise DomainError(_too_late(document))
    return document


def _too_late(document: AfasDocument) -> str:
    if document.kind == Kind.DIRECT_INVOICE:
        return _(
            "This document is on its way, or AFAS may hold it already, so it cannot be cancelled "
            "now. Its entries stay reserved."
        )
    return _(
        "This document is on its way, or AFAS may hold it already, so it cannot be cancelled now. "
        "Nothing was changed."
    )


def give_up(*, document: AfasDocument, by: User | None, reason: str, only: Q | None = None) -> bool:
    """Cancel an unknown document whose absence is proven; False when it was settled meanwhile.

    `only` is asked of its row at the same moment.
    """
    return _cancel(document, (State.UNKNOWN,), by, reason, only)


@transaction.atomic
def _cancel(
    document: AfasDocument,
    states: Sequence[State],
    by: User | None,
    reason: str,
    only: Q | None = None,
) -> bool:
    bills = document.kind == Kind.DIRECT_INVOICE  # what is booked or attached stays billed
    if bills:  # before the row: whoever closes its link takes them in this order
        valuation.hold(document.company)
    now_it = AfasDocument.objects.filter(
        only or Q(), pk=document.pk, state__in=states, attempts=document.attempts
    )
    cancelled = now_it.update(
        state=State.CANCELLED,
        message=reason,
        next_look_at=None,
        asks="",
        intention="",
        intention_by=None,
        intention_reason="",
    )
    if not cancelled:
        return False
    document.refresh_from_db()
    if bills and document.invoice:
        claiming.release(invoice=document.invoice, by=by, reason=reason)
        if document.after and document.after.kind == Kind.ATTACHMENT:
            _cancel(document.after, CANCELLABLE, by, reason)
    _record(document, by, "afas_document.cancelled", audit.Change(reason=reason))
    return True


def _record(
    document: AfasDocument, by: User | None, action: str, change: audit.Change | None = None
) -> None:
    audit.record(company=document.company, by=by, action=action, obj=document, change=change)
