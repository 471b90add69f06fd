"""What follows from a confirmation: links, invoiced entries, documents that waited.

Done one by one, each in its own transaction, right after the proof and again by the sweep until it
succeeds; a failure here never takes AFAS's key away (DECISIONS A3).
"""

from __future__ import annotations

import logging
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from core import audit
from integrations.models import AfasDocument, CustomerLink, Kind, PersonTask, State
from integrations.services import undoing
from integrations.services.booking_settings import settings_of
from integrations.services.documents import make_attachment, release_waiting
from invoicing.services import claiming
from relations.models import Customer

FOLLOWED = ("company", "invoice", "customer", "target__invoice", "created_by")
logger = logging.getLogger(__name__)


def follow_up(pk: UUID) -> bool:
    """Do what follows from the confirmation of a document; False when it must be tried again."""
    try:
        with transaction.atomic():
            ours = AfasDocument.objects.filter(
                pk=pk, state=State.CONFIRMED, followed_up_at__isnull=True
            )
            if not ours.update(followed_up_at=Now()):  # whoever is first does it, once
                return True
            _follow(AfasDocument.objects.select_related(*FOLLOWED).get(pk=pk))
        release_waiting(AfasDocument.objects.values_list("environment", flat=True).get(pk=pk))
    except Exception:  # whatever it is, the key stays and the sweep tries again
        logger.exception("What follows from document %s is still to be done.", pk)
        return False
    return True


def follow_up_all() -> None:
    """Everything confirmed whose consequences are not done yet."""
    undone = AfasDocument.objects.filter(state=State.CONFIRMED, followed_up_at__isnull=True)
    for pk in list(undone.order_by("confirmed_at").values_list("pk", flat=True)[:500]):
        follow_up(pk)


def _follow(document: AfasDocument) -> None:
    if document.kind == Kind.DIRECT_INVOICE and document.invoice:
        claiming.mark_invoiced(invoice=document.invoice, label=invoice_label(document))
    elif document.kind == Kind.SALES_BOOKING:
        attach_to_booking(document)
    elif document.kind == Kind.DELETION:
        undoing.complete(document)
    elif document.kind == Kind.CUSTOMER and document.customer:
        link_customer(document, document.customer, document.debtor_number)
    audit.record(
        company=document.company,
        by=None,
        action="afas_document.confirmed",
        obj=document,
        change=audit.Change(after={"key": document.key}),
    )


def invoice_label(document: AfasDocument) -> str:
    """How entries name the invoice: AFAS's invoice number, or its order number until then."""
    return f"AFAS {document.invoice_number or document.order_number}"


def link_customer(document: AfasDocument, customer: Customer, debtor_number: str) -> bool:
    """Our customer is that debtor from now on; an empty customer number takes the debtor's.

    When debtor or number belong to another customer already, or the customer is another debtor, a
    person is asked to merge the two.
    """
    try:
        with transaction.atomic():
            link, _new = CustomerLink.objects.get_or_create(
                environment=document.environment,
                customer=customer,
                defaults={"company": document.company, "debtor_number": debtor_number},
            )
            if link.debtor_number == debtor_number:
                unnumbered = Customer.objects.filter(pk=customer.pk, number="")
                unnumbered.update(number=debtor_number, changed_at=Now())
                return True
    except IntegrityError:
        logger.warning("Debtor %s is of another customer already.", debtor_number)
    PersonTask.objects.get_or_create(
        what=PersonTask.What.MERGE,
        document=document,
        key=debtor_number,
        defaults={"company": document.company},
    )
    return False


def attach_to_booking(booking: AfasDocument) -> AfasDocument | None:
    """Where the settings want it, the document that puts the PDF to a confirmed booking.

    None where they do not, over a link that was closed, or when the invoice has one already: it
    hangs on the invoice number, so it stays where it is when a booking is reversed and made again.
    In the caller's transaction.
    """
    if booking.connection.closed_at:  # it would stay in the queue for ever
        return None
    settings = settings_of(booking.connection)
    if not settings.attach_pdf or settings.subject_type is None or booking.invoice is None:
        return None
    if attached(booking):
        return None
    return make_attachment(booking=booking)


def attached(booking: AfasDocument) -> AfasDocument | None:
    """The dossier item of the booked invoice in this environment, on its way or there."""
    items = AfasDocument.objects.of(booking.company).filter(
        kind=Kind.ATTACHMENT, environment=booking.environment, invoice=booking.invoice_id
    )
    return items.exclude(state=State.CANCELLED).order_by("-created_at").first()
