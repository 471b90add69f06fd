"""The worked examples of the docs: claims, lines, VAT, UBL and PDF agree with them to the cent."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from pypdf import PdfReader

from core import formats
from invoicing.models import Claim, Invoice
from invoicing.services import crediting, drafting, editing, finalising, pdf, ubl
from invoicing.services.bundling import Options
from registration.models import Selection
from tests.invoicing.by_hand import DAY, Book, Example, Said, examples

pytestmark = pytest.mark.django_db
CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path)


def test_there_are_twenty() -> None:
    assert len(examples()) == 20


@pytest.mark.parametrize("example", examples(), ids=lambda one: one.title)
def test_the_invoice_is_what_was_worked_out_by_hand(example: Example) -> None:
    book = Book(example)
    invoice = drawn_up(book)
    if example.said[0].line:
        said = [claim[0] for claim in example.said[0].claim]
        claims = Claim.objects.filter(line__invoice=invoice)
        assert [one.amount for one in claims.order_by("pk")] == said
    invoice = final(invoice, book)
    if example.said[0].line:
        agrees(invoice, example.said[0])
    for said in example.said[1:]:
        invoice.refresh_from_db()
        line = invoice.lines.order_by("position")[said.credits - 1]
        note = crediting.credit(invoice=invoice, lines=[line.pk], reason="Wrong", by=book.by)
        agrees(final(note, book), said)


def drawn_up(book: Book) -> Invoice:
    if book.free:
        return _typed(book)
    selection = Selection.objects.create(company=book.company, user=book.by, **book.ids)
    options = Options(invoice_date=date.fromisoformat(DAY))
    check = drafting.check_drafts(company=book.company, selection=selection, options=options)
    made = drafting.create_drafts(
        company=book.company, selection=selection, options=options, token=check.token, by=book.by
    )
    return made.invoices[0]


def _typed(book: Book) -> Invoice:
    invoice = editing.draft_new(company=book.company, customer=book.customer, by=book.by)
    for quantity, price, discount, code in book.free:
        data = editing.LineData(
            kind="item",
            description="Vrije regel",
            quantity=Decimal(quantity),
            unit="",
            unit_price=Decimal(price),
            discount=Decimal(discount),
            vat_code=code,
        )
        editing.line_add(invoice=invoice, data=data, by=book.by)
    invoice.refresh_from_db()
    return invoice


def final(invoice: Invoice, book: Book) -> Invoice:
    return finalising.finalise(invoice=invoice, version=invoice.version, by=book.by)


def agrees(invoice: Invoice, said: Said) -> None:
    lines = list(invoice.lines.order_by("position"))
    assert [(one.quantity, one.unit_price, one.net) for one in lines] == said.line
    groups = [(one.code, one.percent, one.base, one.vat) for one in invoice.vat_groups.all()]
    assert groups == said.vat
    ((net, vat, total),) = said.total
    assert (invoice.net, invoice.vat, invoice.total) == (net, vat, total)
    _agrees_ubl(invoice, said)
    _agrees_pdf(invoice, said)


def _agrees_ubl(invoice: Invoice, said: Said) -> None:
    """A credit note's amounts stand above zero in its UBL."""
    sign = -1 if invoice.is_credit_note else 1
    root = etree.fromstring(ubl.ubl_of(invoice))
    nets = [sign * Decimal(one.text) for one in root.iter(f"{CBC}LineExtensionAmount")]
    assert nets[1:] == [line[2] for line in said.line]
    ((net, vat, total),) = said.total
    assert nets[0] == net
    assert sign * Decimal(next(root.iter(f"{CBC}TaxAmount")).text) == vat
    assert sign * Decimal(next(root.iter(f"{CBC}PayableAmount")).text) == total


def _agrees_pdf(invoice: Invoice, said: Said) -> None:
    reader = PdfReader(io.BytesIO(pdf.pdf_of(invoice)))
    text = " ".join(page.extract_text() for page in reader.pages)
    text = text.replace("\N{MINUS SIGN}", "-").replace("\N{NO-BREAK SPACE}", " ")
    net, _vat, total = said.total[0]
    amounts = [line[2] for line in said.line] + [group[3] for group in said.vat]
    with formats.use(invoice.company):
        for amount in [*amounts, net, total]:
            assert formats.write_amount(abs(amount)) in text, f"{amount} is not on paper"
