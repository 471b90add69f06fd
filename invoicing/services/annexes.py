"""The receipts behind an invoice, each with its caption: photographs and PDFs, page by page.

A file that is gone or broken gets a page that says so; an invoice never fails for it.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from PIL import Image
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from core import formats
from invoicing.layout import typesetting
from invoicing.models import Claim, Invoice
from invoicing.services.paper import Paper
from invoicing.services.printing import Look, caption
from registration.models import Receipt

PDF = "application/pdf"
# All that pypdf and Pillow are known to raise on files that are not what they say.
UNREADABLE = (OSError, ValueError, TypeError, KeyError, SyntaxError, PyPdfError, RecursionError)
UNREADABLE_PICTURE = (*UNREADABLE, Image.DecompressionBombError)


@dataclass(frozen=True, kw_only=True)
class Enclosure:
    """A receipt of a billed expense. `amount` is what was billed, EUR excl. VAT.

    `content` is empty when the file is gone.
    """

    day: date
    category: str
    note: str
    amount: Decimal
    content_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Sheets:
    """The pages for the template, and the files that they name."""

    pages: Sequence[Mapping[str, Any]]
    files: Mapping[str, bytes]


def enclosures_of(invoice: Invoice) -> list[Enclosure]:
    """The receipts of the expenses that an invoice bills, by line and date. Two queries.

    What was uploaded after it became final proves a cost to us, and is no part of it.
    """
    claims = Claim.objects.filter(line__invoice=invoice, expense__isnull=False)
    if invoice.is_draft:
        claims = claims.filter(released_at__isnull=True)
    claims = claims.select_related("expense__category").prefetch_related("expense__receipts")
    ordered = claims.order_by("line__position", "expense__date", "pk")
    return [
        _enclosure(claim, receipt)
        for claim in ordered
        if claim.expense
        for receipt in claim.expense.receipts.all()
        if invoice.finalised_at is None or receipt.uploaded_at <= invoice.finalised_at
    ]


def _enclosure(claim: Claim, receipt: Receipt) -> Enclosure:
    expense = receipt.expense
    return Enclosure(
        day=expense.date,
        category=str(expense.category),
        note=expense.note,
        amount=claim.amount,
        content_type=receipt.content_type,
        content=_read(receipt),
    )


def _read(receipt: Receipt) -> bytes:
    try:
        with receipt.file.open("rb") as file:
            return bytes(file.read())
    except (OSError, ValueError):
        return b""


def sheets(enclosures: Sequence[Enclosure], paper: Paper, look: Look) -> Sheets:
    """The pages of all receipts, in the language and notation of the paper."""
    pages: list[Mapping[str, Any]] = []
    files: dict[str, bytes] = {}
    with translation.override(paper.language), formats.use(look.notation):
        for number, one in enumerate(enclosures, start=1):
            name = f"receipt-{number}.{'pdf' if one.content_type == PDF else 'jpg'}"
            if count := _pages(one):
                files[name] = one.content
            title = _("Receipt %(number)s of %(count)s") % {
                "number": number,
                "count": len(enclosures),
            }
            pages += _sheets(one, name, title, count)
    return Sheets(pages=pages, files=files)


def _sheets(one: Enclosure, name: str, title: str, count: int) -> list[dict[str, Any]]:
    """A sheet for each page; one that says so when there is nothing to show."""
    billed = _("billed at %(amount)s excl. VAT") % {"amount": formats.write_money(one.amount)}
    about = {"what": one.category, "note": one.note, "amount": billed}
    sheet = {"title": title, "caption": caption(about, one.day), "count": "", "problem": ""}
    if not count:
        problem = _("This receipt cannot be shown here: its file is missing or damaged.")
        return [{**sheet, "file": None, "problem": problem}]
    return [
        {**sheet, "count": _counted(page, count), "file": _file(one, name, title, page)}
        for page in range(1, count + 1)
    ]


def _counted(page: int, count: int) -> str:
    words = {"page": page, "pages": count}
    return _("page %(page)s of %(pages)s of this receipt") % words if count > 1 else ""


def _file(one: Enclosure, name: str, words: str, page: int) -> dict[str, Any]:
    place = {"page": page} if one.content_type == PDF else {}
    return {"name": name, "words": words, **place}


def _pages(one: Enclosure) -> int:
    """How many pages can be shown; nought when the file is gone or broken."""
    return _pdf_pages(one.content) if one.content_type == PDF else _picture_pages(one.content)


def _pdf_pages(content: bytes) -> int:
    try:
        count = len(PdfReader(io.BytesIO(content)).pages)
    except UNREADABLE:
        return 0
    return count if typesetting.can_be_placed(content, count) else 0


def _picture_pages(content: bytes) -> int:
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG",)) as picture:
            picture.draft("L", (64, 64))  # an eighth of the size shows as well whether it is whole
            picture.load()
    except UNREADABLE_PICTURE:
        return 0
    return 1
