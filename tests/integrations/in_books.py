"""Own invoices and invoices of AFAS that stand in AFAS's books, and time that passes there.

books = Books(sandbox, connection, bakery)
booked = books.booked("121")       # a final invoice of our own and its confirmed booking
books.pay(booked, "21")            # the bookkeeper matches a payment
run = books.read()                 # somebody presses "Read payments now"
books.hours(1)                     # all that was written down moves an hour back
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from django.db.models import F

from integrations.afas.bookings import BookingData, RevenueLine, sales_booking
from integrations.models import AfasConnection, AfasDocument, OpenItem, PaymentRun
from integrations.services import open_items
from invoicing.models import Invoice, InvoiceKind
from relations.models import Customer
from tests.factories import AfasDocumentFactory, InvoiceFactory, SalesBookingFactory
from tests.invoicing.own import fresh

NUMBERS = count(1)
CREDITED = {"kind": InvoiceKind.CREDIT_NOTE}


@dataclass
class Books:
    """The books of one administration, beside what one company has booked in them."""

    sandbox: Any
    connection: AfasConnection
    customer: Customer
    debtor: str = "10001"

    def booked(self, total: str, number: str = "", **invoice: Any) -> AfasDocument:
        """An own invoice of this total incl. VAT that AFAS has booked."""
        number = number or f"B-{next(NUMBERS):05}"
        given = invoice | (CREDITED if total.startswith("-") else {})
        made = InvoiceFactory(
            company=self.connection.company,
            customer=self.customer,
            ours=True,
            number=number,
            total=Decimal(total),
            delivery="sent",
            **given,
        )
        entry = self.keyed(number, total)
        document: AfasDocument = SalesBookingFactory(
            connection=self.connection,
            company=self.connection.company,
            invoice=made,
            booked=True,
            entry_number=entry,
            payload=_booking(self.debtor, made),
        )
        return document

    def direct(self, total: str) -> AfasDocument:
        """An invoice that AFAS made, open for this total incl. VAT."""
        number = f"V-{next(NUMBERS):05}"
        entry = self.keyed(number, total)
        document: AfasDocument = AfasDocumentFactory(
            connection=self.connection,
            company=self.connection.company,
            confirmed=True,
            invoice__customer=self.customer,
            invoice_number=number,
            entry_number="",
            payload=_direct(self.debtor),
            detail={"entry": entry},
        )
        return document

    def keyed(self, number: str, total: str, **wish: Any) -> str:
        """An entry that a bookkeeper keyed; its number."""
        order = {
            "environment": self.connection.environment,
            "administration": self.connection.administration,
            "invoice_number": number,
            "debtor": self.debtor,
            "total": total,
        }
        return str(self.sandbox.order("book_by_hand", order | wish)["entry"])

    def pay(self, document: AfasDocument, amount: str = "") -> None:
        """Money is matched with it in AFAS: all that is open, or so much."""
        self._order("pay", document, **({"amount": amount} if amount else {}))

    def unpay(self, document: AfasDocument) -> None:
        """The match is taken back."""
        self._order("unpay", document)

    def _order(self, door: str, document: AfasDocument, **wish: Any) -> None:
        entry = document.entry_number or document.detail["entry"]
        order = {"environment": self.connection.environment, "kind": "entry", "key": entry}
        self.sandbox.order(door, order | wish)

    def read(self, by: Any = None) -> PaymentRun:
        """Read the open items now, to the end."""
        run = open_items.ask(connection=self.connection, by=by)
        open_items.run(run.pk)
        done: PaymentRun = fresh(run)
        return done

    def paid_for_certain(self, *documents: AfasDocument) -> None:
        """Everything is paid, and read as often as it takes to be certain."""
        for document in documents:
            self.pay(document)
        self.read()
        self.hours(1)
        self.read()

    @staticmethod
    def hours(hours: float) -> None:
        """Time passes: what was written down lies further back."""
        ago = timedelta(hours=hours)
        OpenItem.objects.update(seen_at=F("seen_at") - ago, missing_since=F("missing_since") - ago)
        PaymentRun.objects.update(
            queued_at=F("queued_at") - ago,
            started_at=F("started_at") - ago,
            heartbeat_at=F("heartbeat_at") - ago,
            read_at=F("read_at") - ago,
        )


def item(document: AfasDocument) -> OpenItem:
    """What AFAS showed of a document, as stored now."""
    return OpenItem.objects.get(document=document)


def invoice(document: AfasDocument) -> Invoice:
    """The invoice of a document, as stored now."""
    found: Invoice = fresh(document.invoice)
    return found


def _booking(debtor: str, invoice: Invoice) -> str:
    """The body that books an invoice, without VAT."""
    day = date(2026, 10, 14)
    data = BookingData(
        administration=1,
        journal="20",
        year=day.year,
        period=day.month,
        entry_date=day,
        document_date=day,
        invoice_number=invoice.number,
        reference="TCXXXXXXXXXX",
        debtor_number=debtor,
        total=invoice.total,
        revenue=[RevenueLine(account="8020", amount=invoice.total)],
        vat=[],
    )
    return sales_booking(data).decode()


def _direct(debtor: str) -> str:
    """The same of a direct invoice."""
    line = {"Fields": {"QuUn": "1", "Upri": "100"}}
    element = {
        "Fields": {"DbId": debtor},
        "Objects": [{"FbDirectInvoiceLines": {"Element": [line]}}],
    }
    return json.dumps({"FbDirectInvoice": {"Element": element}})
