"""From final invoices to bookings that wait to be sent: checked, confirmed, each balanced."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import F
from django.utils import timezone

from accounts.models import Company, User
from integrations.afas.bookings import lines_of
from integrations.models import (
    AccountLink,
    AfasConnection,
    AfasDocument,
    BookingRun,
    BookingSettings,
    CustomerLink,
    Kind,
    State,
    VatLink,
)
from integrations.services import bookings
from invoicing.models import DeliveryStatus, Invoice
from relations.models import Customer

ENVIRONMENT = "12345"


def ready(company: Company, by: User) -> tuple[BookingRun, str]:
    """Every final invoice is sent and chosen; AFAS knows each customer and shows none of its lists.

    The run, and the token of its check page.
    """
    now = timezone.now()
    connection = AfasConnection.objects.create(
        company=company,
        participant=ENVIRONMENT,
        environment=ENVIRONMENT,
        user_token="bench",
        checked_at=now,
        findings=[{"connector": "FiEntries", "access": "write", "granted": True}],
        administration=1,
    )
    books = {"company": company, "environment": ENVIRONMENT, "administration": 1}
    BookingSettings.objects.create(**books, journal="20")
    AccountLink.objects.create(**books, use="default", account="8000")
    high = {"vat_code": "high", "percent": Decimal(21), "code": "1", "account": "1510"}
    VatLink.objects.create(**books, **high)
    CustomerLink.objects.bulk_create(
        CustomerLink(
            company=company, environment=ENVIRONMENT, customer=one, debtor_number=one.number
        )
        for one in Customer.objects.of(company)
    )
    sent = Invoice.objects.of(company)
    sent.update(delivery=DeliveryStatus.SENT, sent_at=now, version=F("version") + 1)
    run = bookings.begin(connection=connection, invoices=sent, by=by)
    return run, bookings.check(run).token


def book_all(run: BookingRun, token: str, by: User) -> None:
    """What confirming the check page does."""
    bookings.confirm(run=run, token=token, by=by)


def outcome(company: Company) -> tuple[int, Decimal]:
    """How many wait to be sent, and what their debtors owe, EUR; stops when one is not balanced."""
    documents = AfasDocument.objects.of(company).filter(kind=Kind.SALES_BOOKING, state=State.QUEUED)
    owed = Decimal(0)
    for payload in documents.values_list("payload", flat=True):
        lines = lines_of(payload)
        debit, credit = sum(one.debit for one in lines), sum(one.credit for one in lines)
        if debit != credit:
            raise SystemExit(f"A booking is not balanced: {debit} and {credit}.")
        owed += lines[0].debit
    return documents.count(), owed
