"""What a company invoiced itself before the run: final, mostly sent, and to be booked in AFAS."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from integrations.models import BookingSettings
from invoicing.models import Invoice
from invoicing.services import sending
from invoicing.services.pdf import pdf_of
from tests.factories import (
    AccountLinkFactory,
    BookingSettingsFactory,
    InvoiceSettingsFactory,
    VatLinkFactory,
)
from tests.hostile.ledger import JOURNAL, UNITS
from tests.hostile.stage import BEGIN
from tests.invoicing.own import Studio

SENT_AT, SWITCHED_ON = BEGIN - timedelta(hours=1), BEGIN - timedelta(hours=2)
FILE_TYPE = 5


def make_books(company: Any, environment: str) -> None:
    """How this company books, in every administration that it may be linked to."""
    InvoiceSettingsFactory(company=company, number_prefix=f"{company.name[-1]}{{year}}-")
    for unit in UNITS:
        books = {"company": company, "environment": environment, "administration": unit}
        BookingSettingsFactory(journal=JOURNAL, subject_type=FILE_TYPE, **books)
        AccountLinkFactory(**books)
        VatLinkFactory(**books)


def make_invoices(studio: Studio, newcomer: Any, hour: Any) -> dict[int, str]:
    """Five that were sent, one of them credited, and one that was not; by key their customer's
    kind. `hour` is billed on the first."""
    of_newcomer = Studio(studio.company, newcomer, studio.project, studio.activity, studio.by)
    billed = studio.finalise(studio.draft([hour]))
    typed, credited, unsent = (
        studio.finalise(studio.free((quantity, "80.00"))) for quantity in ("1", "2.5", "4")
    )
    note = studio.credit(credited)
    first = of_newcomer.finalise(of_newcomer.free(("3", "80.00")))
    for one in (billed, typed, credited, note, first):
        sending.mark_as_sent(invoice=one, how="By post", by=studio.by)
    Invoice.objects.of(studio.company).filter(sent_at__isnull=False).update(sent_at=SENT_AT)
    for one in (billed, typed, credited, note, unsent, first):
        pdf_of(one)  # set once: what is attached is what was kept
    known = dict.fromkeys((one.pk for one in (billed, typed, credited, note, unsent)), "known")
    return {**known, first.pk: "new"}


def play(invoices: Collection[int], *, auto: bool, attach: bool) -> None:
    """What the settings say. The sweep books those of `invoices` that were sent, in the first two
    administrations."""
    BookingSettings.objects.update(attach_pdf=attach)
    if auto:
        first = BookingSettings.objects.filter(administration__in=UNITS[:2])
        first.update(auto_book_since=SWITCHED_ON)
    earlier = Invoice.objects.filter(sent_at__isnull=False).exclude(pk__in=invoices)
    earlier.update(sent_at=SWITCHED_ON - timedelta(days=1))
