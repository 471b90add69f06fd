"""What a document says to AFAS, from the rows as they are at the moment that it is queued."""

from __future__ import annotations

from django.utils.translation import gettext as _

from core.errors import DomainError
from integrations.models import AfasDocument, Kind
from integrations.selectors import link_of
from integrations.services import booking_payloads
from integrations.services.payloads import customer_payload, direct_invoice_payload
from integrations.services.sales_entries import Entry


def build(document: AfasDocument, entry: Entry | None = None) -> str:
    """The payload as JSON text, from the rows as they are now; a booking of `entry` where given.

    Raises CannotBuild for a value that does not fit AFAS, DomainError when the debtor is unknown or
    something is missing.
    """
    if document.kind == Kind.DELETION and document.target:
        return booking_payloads.deletion_payload(document.target)
    if document.kind == Kind.CUSTOMER and document.customer:
        return customer_payload(document.connection, document.customer)
    invoice = document.invoice
    link = link_of(invoice.customer, document.environment) if invoice else None
    if invoice is None or link is None:
        raise DomainError(_("AFAS does not know this customer yet, so nothing was sent."))
    match document.kind:
        case Kind.SALES_BOOKING:
            return booking_payloads.booking_payload(document, invoice, link.debtor_number, entry)
        case Kind.ATTACHMENT:
            return booking_payloads.subject_payload(document, invoice, link.debtor_number)
    return direct_invoice_payload(document, invoice, link.debtor_number)
