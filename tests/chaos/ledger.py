"""How a company books what it sends itself, and what its ledger held before."""

from __future__ import annotations

from django.utils import timezone

from integrations.models import AfasConnection, BookingSettings
from tests.chaos.pretend import Afas
from tests.factories import (
    AccountLinkFactory,
    BookingSettingsFactory,
    InvoiceSettingsFactory,
    VatLinkFactory,
)

FILE_TYPE = 5
BOOKS_BY_ITSELF = "Vlier Beheer"
BY_HAND = "OUD"  # the reference of what AFAS held before


def open_books(connection: AfasConnection) -> None:
    """How this company numbers what it sends, and what AFAS needs to book it."""
    company, environment = connection.company, connection.environment
    InvoiceSettingsFactory(company=company, number_prefix="E{year}-")
    books = {
        "company": company,
        "environment": environment,
        "administration": connection.administration,
    }
    BookingSettingsFactory(attach_pdf=True, subject_type=FILE_TYPE, **books)
    AccountLinkFactory(**books)
    VatLinkFactory(**books)
    if company.name == BOOKS_BY_ITSELF:
        BookingSettings.objects.of(company).update(auto_book_since=timezone.now())


def book_by_hand(afas: Afas, connection: AfasConnection, debtor: str) -> None:
    """A sale of before our time, so that the check finds an entry to hold on to."""
    afas.order(
        "book_by_hand",
        environment=connection.environment,
        administration=connection.administration,
        invoice_number=f"{BY_HAND}-1",
        debtor=debtor,
        total=121,
    )
