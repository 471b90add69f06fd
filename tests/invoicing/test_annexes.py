"""Receipts behind an invoice: shown page by page, and never a reason to fail."""

from __future__ import annotations

import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone
from PIL import Image
from pypdf import PdfReader, PdfWriter

from accounts.models import Company
from invoicing.layout import typesetting
from invoicing.models import Invoice
from invoicing.services import pdf
from invoicing.services.annexes import enclosures_of
from registration.models import Expense, Receipt
from tests.factories import (
    ClaimFactory,
    ExpenseFactory,
    InvoiceFactory,
    InvoiceLineFactory,
    ReceiptFactory,
)
from tests.invoicing import papers

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path)


@pytest.fixture
def invoice(company: Company) -> Invoice:
    """A final one that wants its receipts."""
    return InvoiceFactory(company=company, ours=True, with_receipts=True, language="en")


def billed(invoice: Invoice, **fields: Any) -> Expense:
    """An expense on a line of its own."""
    expense = ExpenseFactory(company=invoice.company, **fields)
    line = InvoiceLineFactory(invoice=invoice, vat_code="high", vat_percent=21)
    ClaimFactory(line=line, hour=None, expense=expense, amount=expense.amount)
    return expense


def receipt(expense: Expense, content: bytes, content_type: str = "application/pdf") -> Receipt:
    """A file as it lies in the storage."""
    kept: Receipt = ReceiptFactory(expense=expense, content_type=content_type)
    kept.file.save("receipt", ContentFile(content))
    return kept


def photograph() -> bytes:
    """A JPEG."""
    page = io.BytesIO()
    Image.new("RGB", (600, 900), "white").save(page, format="JPEG")
    return page.getvalue()


def document(pages: int = 1) -> bytes:
    """A PDF whose pages say so."""
    found = papers.paper(*[papers.line(at) for at in range(1, 30 * pages)])
    writer = PdfWriter(clone_from=io.BytesIO(pdf.render(found, papers.look())))
    while len(writer.pages) > pages:
        writer.remove_page(len(writer.pages) - 1)
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


def encrypted() -> bytes:
    """A PDF that asks for a password."""
    writer = PdfWriter(clone_from=io.BytesIO(document()))
    writer.encrypt("secret")
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


def test_a_photograph_stands_on_a_page_of_its_own_with_its_caption(invoice: Invoice) -> None:
    """What it is for, and what was billed for it."""
    receipt(billed(invoice, note="Parking", unit_cost=Decimal("12.40")), photograph(), "image/jpeg")
    made = pdf.pdf_of(invoice)
    found = papers.pages(made)
    assert len(found) == 2
    assert "Receipt 1 of 1" in found[1]
    assert "Parking" in found[1]
    assert "billed at € 12,40 excl. VAT" in " ".join(found[1].split())
    assert len(PdfReader(io.BytesIO(made)).pages[1].images) == 1


def test_every_page_of_a_pdf_is_there_and_can_be_searched(invoice: Invoice) -> None:
    """With the caption above each."""
    receipt(billed(invoice, note="Train"), document(pages=2))
    found = papers.pages(pdf.pdf_of(invoice))
    assert len(found) == 3
    assert all("Train" in page for page in found[1:])
    assert "page 2 of 2 of this receipt" in found[2]
    assert "Development, October 2026" in found[1]


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"", "application/pdf"),
        (b"%PDF-1.7 and then nothing", "application/pdf"),
        (b"<script>alert(1)</script>", "image/jpeg"),
        (photograph()[:400], "image/jpeg"),
        (b"\x00" * 5000, "application/pdf"),
    ],
)
def test_a_broken_file_has_a_page_that_says_so(
    invoice: Invoice, content: bytes, content_type: str
) -> None:
    """And the receipt after it is shown as ever."""
    receipt(billed(invoice, note="Broken"), content, content_type)
    receipt(billed(invoice, note="Whole"), photograph(), "image/jpeg")
    found = papers.pages(pdf.pdf_of(invoice))
    assert len(found) == 3
    assert "its file is missing or damaged" in " ".join(found[1].split())
    assert "Whole" in found[2]


def test_a_locked_pdf_has_a_page_that_says_so(invoice: Invoice) -> None:
    """Nobody could read it."""
    receipt(billed(invoice), encrypted())
    found = papers.pages(pdf.pdf_of(invoice))
    assert "its file is missing or damaged" in " ".join(found[1].split())


def test_a_pdf_is_tried_before_it_is_placed() -> None:
    """What one reader opens another may not: every page must be there for the one that sets it."""
    assert typesetting.can_be_placed(document(), pages=1)
    assert not typesetting.can_be_placed(document(), pages=2)
    assert not typesetting.can_be_placed(b"%PDF-1.7", pages=1)


def test_a_missing_file_has_a_page_that_says_so(invoice: Invoice) -> None:
    """The row is there, the file is not."""
    ReceiptFactory(expense=billed(invoice))
    found = papers.pages(pdf.pdf_of(invoice))
    assert "its file is missing or damaged" in " ".join(found[1].split())


def test_only_receipts_of_what_is_billed_here_are_enclosed(invoice: Invoice) -> None:
    """Not those of another invoice, nor of another company."""
    receipt(billed(invoice, note="Ours"), photograph(), "image/jpeg")
    other = InvoiceFactory(company=invoice.company, ours=True)
    receipt(billed(other, note="Theirs"), photograph(), "image/jpeg")
    ReceiptFactory()
    assert [one.note for one in enclosures_of(invoice)] == ["Ours"]


def test_without_the_choice_no_receipt_is_enclosed(invoice: Invoice) -> None:
    """It may show what the customer need not know."""
    receipt(billed(invoice), photograph(), "image/jpeg")
    invoice.with_receipts = False
    assert len(papers.pages(pdf.pdf_of(invoice))) == 1


def test_a_receipt_that_came_after_the_invoice_was_final_is_no_part_of_it(invoice: Invoice) -> None:
    """Its PDF may be set for the first time only later."""
    expense = billed(invoice)
    receipt(expense, photograph(), "image/jpeg")
    invoice.finalised_at = timezone.now()
    invoice.save(update_fields=["finalised_at"])
    receipt(expense, document())
    assert [one.content_type for one in enclosures_of(invoice)] == ["image/jpeg"]
