"""The invoice's PDF in AFAS's dossier: a document of its own, after the booking.

Its failure never harms the booking. The file is not kept twice: the payload names it by its hash,
and the bytes, which never change once an invoice is final, go in when the body leaves.
"""

from __future__ import annotations

import hashlib
import logging

from django.utils.translation import gettext as _

from core.errors import DomainError
from integrations.afas.subjects import with_content
from integrations.models import AfasDocument, Kind
from invoicing.models import Channel, Invoice
from invoicing.services.pdf import pdf_of

logger = logging.getLogger(__name__)


def content_of(attachment: AfasDocument) -> bytes:
    """The file that an attachment brings: the PDF of a booked invoice, or the annexes that were
    kept of one that AFAS makes. Raises DomainError when there is none or it cannot be made."""
    invoice = attachment.invoice
    if invoice is None:
        raise DomainError(_("There is no invoice to attach, so nothing was sent."))
    try:
        return pdf_of(invoice) if invoice.channel == Channel.OURS else _kept(invoice)
    except DomainError:
        raise
    except Exception as error:  # whatever it is, the booking goes on without it
        logger.exception("The file of invoice %s could not be made.", invoice.pk)
        raise DomainError(
            _(
                "The file could not be made, so it was not attached; what is booked stays booked. "
                "Try again, and tell us when it stays so."
            )
        ) from error


def _kept(invoice: Invoice) -> bytes:
    with invoice.pdf.open("rb") as file:
        return bytes(file.read())


def hash_of(content: bytes) -> str:
    """How a payload names a file."""
    return hashlib.sha256(content).hexdigest()


def body_of(document: AfasDocument) -> bytes:
    """What leaves: the payload, for an attachment with its file in it.

    Raises DomainError when the file is not the one that the payload names.
    """
    if document.kind != Kind.ATTACHMENT:
        return document.payload.encode()
    try:
        return with_content(document.payload, content_of(document))
    except ValueError:
        raise DomainError(
            _(
                "The file changed since this was put in the queue, so nothing was sent. Try again: "
                "then the file of now is attached."
            )
        ) from None
