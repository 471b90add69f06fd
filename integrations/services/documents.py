"""Making documents, building their payloads, and what a person may do with them.

A payload is built once, when its document is queued, and stays as it is: a repeat is byte-equal.
Only after a refusal may a person have it built anew.
"""

from __future__ import annotations

import json
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
    CustomerLink,
    InvoicingRun,
    Kind,
    State,
)
from integrations.selectors import link_of
from integrations.services.items import ItemLadder
from integrations.services.payloads import customer_payload, direct_invoice_payload, why_not
from invoicing.models import CLAIMABLE, Claim, Invoice, InvoiceLine
from invoicing.services import claiming
from invoicing.services.pricing import Item
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
    """The document that has AFAS delete the invoice of `target` (DECISIONS A6).

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
    """The document that has AFAS make `invoice`; it waits while its customer is unknown there.

    Inside the transaction that claims the entries: there is no invoice of channel afas without its
    document, and the other way round.
    """
    document = _new(connection, Kind.DIRECT_INVOICE, invoice.customer, run, by)
    document.invoice = invoice
    if link_of(invoice.customer, connection.environment):
        _freeze(document)
    else:
        document.after = make_customer_document(
            connection=connection, customer=invoice.customer, run=run, by=by
        )
        document.state = State.WAITING
    document.save(force_insert=True)
    _record(document, by, "afas_document.made")
    ring("integrations.send_next", document.environment)
    return document


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


def _freeze(document: AfasDocument) -> None:
    """Build the payload and queue the document, or refuse it with the reason. Not saved yet."""
    try:
        document.payload = build(document)
    except (afas.CannotBuild, DomainError) as error:
        document.state = State.REJECTED
        document.problem = "cannot_build"
        document.message = why_not(error)
    else:
        document.state = State.QUEUED
        document.problem = document.message = document.log_reference = ""


def build(document: AfasDocument) -> str:
    """The payload as JSON text, from the rows as they are now.

    Raises CannotBuild for a value that does not fit AFAS, DomainError when the debtor is unknown.
    """
    if document.kind == Kind.DELETION and document.target:
        return json.dumps(afas.direct_invoice_path(document.target.order_number))
    if document.kind == Kind.CUSTOMER and document.customer:
        return customer_payload(document.connection, document.customer)
    if document.kind == Kind.DIRECT_INVOICE and document.invoice:
        link = link_of(document.invoice.customer, document.environment)
        if link is None:
            raise DomainError(_("AFAS does not know this customer yet, so nothing was sent."))
        return direct_invoice_payload(document, document.invoice, link.debtor_number)
    message = f"no payload for {document.kind}"
    raise NotImplementedError(message)


def release_waiting(environment: str) -> int:
    """Documents whose customer is linked by now are built and queued; returns how many moved.

    They ask "is the customer linked in this environment?", not "is that document confirmed?", so an
    import or a person can let them go too. One whose predecessor was given up, or ended without a
    link, is refused, never silent (DECISIONS A5).
    """
    waiting = AfasDocument.objects.filter(environment=environment, state=State.WAITING)
    moved = 0
    for document in waiting.select_related("invoice__customer", "connection", "company", "after"):
        linked = CustomerLink.objects.filter(
            environment=environment, customer=document.customer_id
        ).exists()
        if linked or _brings_no_link(document.after):
            moved += _leave_waiting(document)
    return moved


def _brings_no_link(after: AfasDocument | None) -> bool:
    """Given up, or confirmed while its debtor is another customer's: that is for a person."""
    if after is None:
        return True
    return after.state == State.CANCELLED or after.followed_up_at is not None


def _leave_waiting(document: AfasDocument) -> int:
    with translation.override(document.company.language):  # what is kept here, its people read
        _freeze(document)
    moved = AfasDocument.objects.filter(pk=document.pk, state=State.WAITING).update(
        state=document.state,
        payload=document.payload,
        problem=document.problem,
        message=document.message,
        not_before=Now(),
        queued_at=Now(),
    )
    if moved and document.state == State.QUEUED:
        ring("integrations.send_next", document.environment)
    return moved


@transaction.atomic
def retry(*, document: AfasDocument, by: User) -> AfasDocument:
    """Build a refused document anew from the corrected rows and queue it, under its own reference.

    Raises DomainError when the link it was made for is closed or it still cannot be built, and
    StaleError when somebody was first.
    """
    if document.state != State.REJECTED:
        raise StaleError(_("This document is not refused any more; look at it again."))
    if document.connection.closed_at:
        raise DomainError(
            _(
                "It was made for a link that was closed since, so it would never be sent. Cancel "
                "it, then bill its entries again over the link you have now."
            )
        )
    _refresh_items(document)
    _freeze(document)
    if document.state == State.REJECTED and not _waits_for_customer(document, by):
        raise DomainError(document.message)
    changed = AfasDocument.objects.filter(pk=document.pk, state=State.REJECTED).update(
        state=document.state,
        payload=document.payload,
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
    """A refused invoice of a customer still unknown waits again, for a new debtor document."""
    unknown = document.invoice and not link_of(document.invoice.customer, document.environment)
    if not unknown or not document.invoice or document.kind != Kind.DIRECT_INVOICE:
        return False
    document.after = make_customer_document(
        connection=document.connection,
        customer=document.invoice.customer,
        run=document.run,
        by=by,
    )
    document.state, document.problem, document.message = State.WAITING, "", ""
    return True


def _refresh_items(document: AfasDocument) -> None:
    """The lines take the items as the settings have them now: a wrong code is fixed there.

    A line may hold several activities that shared an item; when they do so no longer it stays as it
    is, since one line has one revenue account.
    """
    if document.kind != Kind.DIRECT_INVOICE or not document.invoice:
        return
    ladder = ItemLadder.of(document.company, document.environment)
    lines = InvoiceLine.objects.filter(invoice=document.invoice)
    for line in lines.prefetch_related(*(f"claims__{kind}" for kind in CLAIMABLE)):
        items = {_item_of(claim, ladder) for claim in line.claims.all()}
        item = items.pop() if len(items) == 1 else None
        if item and item.code:
            line.item_kind, line.item_code, line.item_unit = item.kind, item.code, item.unit
            line.save(update_fields=["item_kind", "item_code", "item_unit"])


def _item_of(claim: Claim, ladder: ItemLadder) -> Item:
    """What the ladder says of the thing that is billed, as when the line was made."""
    kind = next(name for name in CLAIMABLE if getattr(claim, f"{name}_id"))
    return ladder.item_of(kind, getattr(claim, kind))


def cancel(*, document: AfasDocument, by: User, reason: str) -> AfasDocument:
    """Give a document up that provably is not in AFAS; its entries are unbilled again.

    Raises DomainError when it may be in AFAS: it is on its way, confirmed, or unknown.
    """
    if not _cancel(document, CANCELLABLE, by, reason):
        raise DomainError(
            _(
                "This document is on its way, or AFAS may hold it already, so it cannot be "
                "cancelled now. Its entries stay reserved."
            )
        )
    return document


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
    if document.invoice_id:  # before the row: whoever closes its link takes them in this order
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
    if document.invoice:
        claiming.release(invoice=document.invoice, by=by, reason=reason)
    _record(document, by, "afas_document.cancelled", audit.Change(reason=reason))
    return True


def _record(
    document: AfasDocument, by: User | None, action: str, change: audit.Change | None = None
) -> None:
    audit.record(company=document.company, by=by, action=action, obj=document, change=change)
