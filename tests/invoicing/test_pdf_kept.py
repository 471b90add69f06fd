"""A final invoice is set once: what the customer got is what is kept."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile

from accounts.models import Company
from core.errors import DomainError
from invoicing.models import Invoice, InvoiceSettings
from invoicing.services import pdf
from invoicing.services.paper import Party
from tests.factories import (
    InvoiceFactory,
    InvoiceLineFactory,
    InvoiceSettingsFactory,
    InvoiceVatFactory,
)
from tests.invoicing import papers

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    """Where the files of this test lie."""
    settings.MEDIA_ROOT = str(tmp_path)
    return tmp_path


@pytest.fixture
def final(company: Company) -> Invoice:
    """EUR 121, frozen."""
    invoice: Invoice = InvoiceFactory(
        company=company,
        ours=True,
        number="F/2026-1",
        language="en",
        invoice_date=date(2026, 11, 2),
        seller=Party(name="As it was then", iban="NL91ABNA0417164300").as_json(),
    )
    line = InvoiceLineFactory(invoice=invoice, vat_code="high", vat_percent=21)
    InvoiceVatFactory(invoice=invoice, base=line.net)
    return invoice


def files(folder: Path) -> list[Path]:
    """Every file that is kept."""
    return [one for one in folder.rglob("*") if one.is_file()]


def again(invoice: Invoice) -> Invoice:
    """The row as the next request reads it."""
    return Invoice.objects.get(pk=invoice.pk)


def test_a_final_invoice_gives_the_same_bytes_for_ever(final: Invoice) -> None:
    """Another colour, another name and another notation change nothing on it."""
    first = pdf.pdf_of(final)
    InvoiceSettingsFactory(company=final.company, colour="#aa0000")
    final.company.name, final.company.number_format = "Another name", "point"
    final.company.save()
    assert pdf.pdf_of(again(final)) == first


def test_its_file_has_a_name_that_nobody_can_guess(final: Invoice, folder: Path) -> None:
    """By company and number, and then at random."""
    pdf.pdf_of(final)
    (kept,) = files(folder)
    assert kept.parent == folder / "invoices" / str(final.company_id)
    assert kept.name.startswith("f2026-1-")
    assert len(kept.stem) > len("f2026-1-") + 20
    assert again(final).pdf.name == str(kept.relative_to(folder))


def test_two_who_ask_at_the_same_first_moment_get_one_file(final: Invoice, folder: Path) -> None:
    """Both read the row before either kept its file; the second gets what the first kept."""
    one, other = again(final), again(final)
    first = pdf.pdf_of(one)
    InvoiceSettingsFactory(company=final.company, colour="#aa0000")
    assert pdf.pdf_of(other) == first
    assert len(files(folder)) == 1


def test_a_lost_file_is_set_again_from_what_was_frozen(final: Invoice, folder: Path) -> None:
    """The seller is as it was then, and the new file is kept."""
    pdf.pdf_of(final)
    files(folder)[0].unlink()
    made = pdf.pdf_of(again(final))
    assert "As it was then" in papers.text(made)
    assert "€ 121,00" in papers.text(made)
    assert [one.read_bytes() for one in files(folder)] == [made]


def test_a_draft_is_set_each_time_and_never_kept(company: Company, folder: Path) -> None:
    """It may change a minute later."""
    draft = InvoiceFactory(company=company, draft=True, language="en")
    line = InvoiceLineFactory(invoice=draft, vat_code="high", vat_percent=21)
    assert "€ 121,00" in papers.text(pdf.pdf_of(draft))
    line.net = line.unit_price = Decimal(200)
    line.save()
    found = papers.text(pdf.pdf_of(draft))
    assert "€ 242,00" in found
    assert "DRAFT" in found
    assert files(folder) == []
    assert not again(draft).pdf


def test_it_is_in_the_colour_and_notation_of_the_company(final: Invoice) -> None:
    """As settings and company say at the first rendering."""
    final.company.number_format = "point"
    final.company.date_format = "Y-m-d"
    InvoiceSettings.objects.create(company=final.company, colour="#123456")
    look = pdf.look_of(final.company)
    assert look.colour == "#123456"
    found = papers.text(pdf.pdf_of(final))
    assert "€ 121.00" in found
    assert "2026-11-02" in found


@pytest.mark.parametrize("content", [None, b"", b"GIF89a", b"\x89PNG\r\n\x1a\nbroken"])
def test_a_logo_that_is_gone_or_broken_is_no_logo(final: Invoice, content: bytes | None) -> None:
    """The name of the company stands in its place."""
    company = final.company
    company.logo.save("logo.png", ContentFile(content or b""))
    if content is None:
        company.logo.storage.delete(company.logo.name)
    assert pdf.logo_of(company) == ""
    assert "As it was then" in papers.text(pdf.pdf_of(final))


def test_an_invoice_that_afas_makes_has_no_pdf_here(company: Company) -> None:
    """A sentence, never a paper that could be taken for it."""
    with pytest.raises(DomainError, match="AFAS makes this invoice"):
        pdf.pdf_of(InvoiceFactory(company=company))


def test_a_final_invoice_is_read_in_few_queries(
    final: Invoice, django_assert_max_num_queries: Any
) -> None:
    """The rows, the settings and the keeping; kept, it needs none."""
    with django_assert_max_num_queries(9):
        pdf.pdf_of(final)
    with django_assert_max_num_queries(0):
        pdf.pdf_of(final)
