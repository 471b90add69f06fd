"""Own invoices on their way into the books: a company linked to the pretend AFAS, ready to book.

books = Books.ready(sandbox)
invoice = books.sent(books.hour(90))       # final and sent
document = books.book(invoice)             # confirmed, sent to the pretend AFAS
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.cache import cache

from integrations.models import AfasConnection, AfasDocument, CustomerLink, Kind
from integrations.services import bookings, sending
from invoicing.models import Invoice
from invoicing.services import sending as mailing
from sandbox import seed
from tests.factories import (
    AccountLinkFactory,
    AfasConnectionFactory,
    AppInstallationFactory,
    BookingSettingsFactory,
    ItemLinkFactory,
    VatLinkFactory,
)
from tests.invoicing.own import Studio, fresh

VAT_CODES = {
    ("high", 21): ("1", "1510"),
    ("low", 9): ("2", "1511"),
    ("zero", 0): ("7", ""),
    ("reverse", 0): ("3", ""),
    ("reverse_eu", 0): ("4", ""),
    ("export", 0): ("5", ""),
    ("exempt", 0): ("6", ""),
}
"""What stands for each treatment in the pretend AFAS: the VAT code and the account of its line."""
REVENUE = {"low": "8010", "reverse": "8030", "reverse_eu": "8030"}


@dataclass(frozen=True)
class Books:
    """A studio with its link; `last` and the like read the database anew."""

    studio: Studio
    connection: AfasConnection

    @classmethod
    def ready(cls, **company: Any) -> Books:
        """Linked, journal 20, revenue on 8000, every VAT code filled in, the customer known.

        What an earlier test read from AFAS is forgotten.
        """
        cache.clear()
        studio = Studio.ready(**company)
        AppInstallationFactory(company=studio.company)
        connection = AfasConnectionFactory(
            company=studio.company,
            user_token=seed.LIVE_TOKEN,
            payment_condition="14",
            vat_duty="1",
        )
        same = {"company": studio.company}
        BookingSettingsFactory(**same)
        ItemLinkFactory(**same)
        AccountLinkFactory(**same)
        for (treatment, percent), (code, account) in VAT_CODES.items():
            VatLinkFactory(
                **same,
                vat_code=treatment,
                percent=Decimal(percent),
                code=code,
                account=account,
                revenue_account=REVENUE.get(treatment, ""),
            )
        books = cls(studio, connection)
        books.link("10001")
        return books

    def link(self, number: str) -> None:
        """The customer is this debtor."""
        CustomerLink.objects.create(
            company=self.studio.company,
            environment="12345",
            customer=self.studio.customer,
            debtor_number=number,
        )

    def hour(self, minutes: int = 60, **fields: Any) -> Any:
        """Work at EUR 100 an hour."""
        return self.studio.hour(minutes, **fields)

    def sent(self, *things: Any) -> Invoice:
        """A final invoice over these things, which the customer has."""
        return self.mark_sent(self.studio.finalise(self.studio.draft(list(things))))

    def mark_sent(self, invoice: Invoice) -> Invoice:
        """The customer has it."""
        mailing.mark_as_sent(invoice=invoice, how="By post", by=self.studio.by)
        return fresh(invoice)

    def queue(self, invoice: Invoice) -> AfasDocument:
        """Its booking, not sent yet."""
        return bookings.book(connection=self.connection, invoice=invoice, by=self.studio.by)

    def book(self, invoice: Invoice) -> AfasDocument:
        """Its booking, after everything that is due was sent."""
        document = self.queue(invoice)
        sending.send_due()
        return again(document)

    def documents(self, kind: Kind) -> list[AfasDocument]:
        """All documents of a kind, the oldest first."""
        return list(AfasDocument.objects.filter(kind=kind).order_by("created_at"))


def again(document: AfasDocument) -> AfasDocument:
    """The row as it stands now."""
    return AfasDocument.objects.select_related("connection", "company", "customer", "invoice").get(
        pk=document.pk
    )
