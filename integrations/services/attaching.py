"""Files in AFAS's dossier: the invoice's PDF after its booking, annexes before an invoice of AFAS.

Each is a document of its own, whose failure never harms a booking. The file is not kept twice: the
payload names it by its hash, and the bytes, which never change once they are made, go in when the
body leaves.
"""

from __future__ import annotations

import hashlib
import logging

from django.utils.translation import gettext as _

from core.errors import DomainError
from integrations.afas.subjects import with_content
from integrations.models import AfasDocument, Kind
from invoicing.models import Channel
from invoicing.services.annex_pdf import annexes_of
from invoicing.services.pdf import pdf_of

logger = logging.getLogger(__name__)


def content_of(attachment: AfasDocument) -> bytes:
    """The file that an attachment brings: the PDF of a booked invoice, or the annexes of one that
    AFAS makes. It is made when it is first asked for, and kept.

    Raises DomainError when there is none or it cannot be made.
    """
    invoice = attachment.invoice
    if invoice is None:
        raise DomainError(_("There is no invoice to attach, so nothing was sent."))
    is_ours = invoice.channel == Channel.OURS
    try:
        return pdf_of(invoice) if is_ours else annexes_of(invoice, reference_of(attachment))
    except DomainError:
        raise
    except Exception as error:  # whatever it is, the money goes on without it
        logger.exception("The file of invoice %s could not be made.", invoice.pk)
        raise DomainError(_not_made(is_ours=is_ours)) from error


def reference_of(annexes: AfasDocument) -> str:
    """What stands on the invoice that waits for its annexes."""
    waiting = annexes.followers.filter(kind=Kind.DIRECT_INVOICE).first()
    return (waiting or annexes).reference


def _not_made(*, is_ours: bool) -> str:
    if is_ours:
        return _(
            "The file could not be made, so it was not attached; what is booked stays booked. "
            "Try again, and tell us when it stays so."
        )
    return _(
        "The annexes could not be made, and the invoice waits for them. Try again; or cancel them, "
        "and it goes to AFAS without, and tell us when it stays so."
    )


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
