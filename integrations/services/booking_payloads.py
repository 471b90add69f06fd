"""From an own invoice to what AFAS gets of it: the booking, its deletion, the PDF beside it."""

from __future__ import annotations

import json

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from core.errors import DomainError
from integrations.afas import bookings, subjects
from integrations.afas.documents import direct_invoice_path
from integrations.models import AfasConnection, AfasDocument, Kind
from integrations.services import attaching, picking, sales_entries
from integrations.services.booking_settings import settings_of
from invoicing.models import Channel, Invoice


def booking_payload(
    document: AfasDocument,
    invoice: Invoice,
    debtor_number: str,
    entry: sales_entries.Entry | None = None,
) -> str:
    """The booking as AFAS wants it, in the company's language; the document takes its unit and
    journal, by which AFAS tells entries apart.

    `entry` is worked out from the rows as they are now unless it is given. Raises DomainError when
    something is missing, CannotBuild when a value does not fit.
    """
    with translation.override(document.company.language):
        if entry is None:
            entry = sales_entries.entry_of(invoice, sales_entries.Books.of(document.connection))
        data = sales_entries.data_of(entry, document, debtor_number)
    document.unit, document.journal = str(data.administration), data.journal
    return bookings.sales_booking(data).decode()


def read_lists(connection: AfasConnection) -> None:
    """Read what a booking is checked against, so that building it in a transaction asks nothing of
    AFAS."""
    for read in (
        picking.periods_of,
        picking.journals_of,
        picking.accounts_of,
        picking.vat_codes_of,
    ):
        read(connection)


def deletion_payload(target: AfasDocument) -> str:
    """The path of a DELETE."""
    if target.kind == Kind.SALES_BOOKING:
        path = bookings.entry_path(target.unit, target.journal, target.entry_number)
    else:
        path = direct_invoice_path(target.order_number)
    return json.dumps(path)


def subject_payload(document: AfasDocument, invoice: Invoice, debtor_number: str) -> str:
    """The dossier item as AFAS wants it, its file named by a hash.

    Raises DomainError without a type of dossier item, or when the file cannot be made.
    """
    kind = settings_of(document.connection).subject_type
    is_ours = invoice.channel == Channel.OURS
    if kind is None:
        raise DomainError(_no_type(is_ours=is_ours))
    content = attaching.content_of(document)
    number = invoice.number if is_ours else attaching.reference_of(document)
    with translation.override(document.company.language):
        words = _("Sales invoice %(number)s") if is_ours else _("Annexes to %(number)s")
    data = subjects.SubjectData(
        type_id=kind,
        subject=f"{words % {'number': number}} {document.reference}",
        day=timezone.now(),
        debtor_number=debtor_number,
        file_name=f"{number}.pdf",
        content_hash=attaching.hash_of(content),
        administration=document.administration if is_ours else None,
        invoice_number=invoice.number if is_ours else "",
    )
    return subjects.subject(data).decode()


def _no_type(*, is_ours: bool) -> str:
    first = _(
        "No type of dossier item is chosen in the AFAS settings, so AFAS has no place for the file."
    )
    then = _("What is booked stays booked; choose one and try again, or cancel this.")
    if not is_ours:
        then = _(
            "The invoice waits for it; choose one and try again, or cancel this, and it goes "
            "without."
        )
    return f"{first} {then}"
