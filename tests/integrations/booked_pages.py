"""A browser on the pages that book own invoices.

desk = Desk(books, client)
run = desk.choose(invoice)                 # the check page's run, from the list
desk.confirm(run)                          # pressed as the page shows it
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from integrations.models import AfasDocument, BookingRun
from integrations.services import sending
from invoicing.models import Invoice
from tests.conftest import CompanyClient
from tests.integrations.booked import Books, again


@dataclass(frozen=True)
class Desk:
    """Somebody at work in the company of `books`."""

    books: Books
    browser: CompanyClient

    def choose(self, *invoices: Invoice) -> BookingRun:
        """Tick them in the list and choose Create AFAS Sales Booking."""
        answer = self.press(*invoices)
        run: BookingRun = BookingRun.objects.latest("created_at")
        assert answer["Location"] == address_of(run)
        return run

    def press(self, *invoices: Invoice) -> Any:
        """The same, whatever comes of it."""
        return self.browser.post(
            reverse("booking_begin"), {"pick": [str(one.pk) for one in invoices]}
        )

    def page(self, run: BookingRun) -> str:
        """The check page, or the results."""
        return words_of(self.browser.get(address_of(run)))

    def confirm(self, run: BookingRun, **fields: Any) -> Any:
        """Press the button of the check page as it stands now."""
        return self.browser.post(address_of(run), {"token": self.token(run), **fields})

    def token(self, run: BookingRun) -> str:
        """The token that the check page carries."""
        page = self.browser.get(address_of(run)).content.decode()
        return re.findall(r'name="token" value="(\w*)"', page)[0]

    def along(self, run: BookingRun, *invoices: Invoice, **how: str) -> Any:
        """Choose Mark as sent and include for these."""
        given = {"way": "printed", "note": "", **how}
        ticks = [str(one.pk) for one in invoices]
        return self.browser.post(address_of(run), {"do": "along", "along": ticks, **given})

    def send(self, document: AfasDocument) -> AfasDocument:
        """Everything that is due goes out; the document as it stands then."""
        sending.send_due()
        return again(document)

    def book(self, *invoices: Invoice) -> BookingRun:
        """The whole way, up to AFAS's answer."""
        run = self.choose(*invoices)
        self.confirm(run)
        sending.send_due()
        run.refresh_from_db()
        return run

    def invoice_page(self, invoice: Invoice) -> str:
        """The page of an invoice."""
        return words_of(self.browser.get(reverse("invoice", args=[invoice.pk])))

    def list_page(self) -> str:
        """Finance → Invoices."""
        return words_of(self.browser.get(reverse("invoices")))


def address_of(run: BookingRun) -> str:
    """The page of a run."""
    return reverse("booking_run", args=[run.pk])


def words_of(answer: Any) -> str:
    """The text of a page, with its tags, entities read and white space made one."""
    assert answer.status_code in {200, 422}, answer
    text = html.unescape(answer.content.decode()).replace("\u00a0", " ")
    return " ".join(text.split())
