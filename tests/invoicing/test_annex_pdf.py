"""Specification and receipts as a file of their own, for an invoice that AFAS makes."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from PIL import Image

from accounts.models import Company
from core.errors import DomainError
from invoicing.models import DocumentStatus, Invoice
from invoicing.services.annex_pdf import Annexes, annexes_of, expected_of, has_annexes
from tests.factories import (
    ClaimFactory,
    CustomerFactory,
    ExpenseFactory,
    HourFactory,
    InstalmentFactory,
    InvoiceFactory,
    InvoiceLineFactory,
    ProjectFactory,
    ReceiptFactory,
    SubscriptionPeriodFactory,
)
from tests.invoicing import papers

pytestmark = pytest.mark.django_db
DAY = date(2026, 10, 14)
REFERENCE = "TC2345678923"


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    """Where the files of this test lie."""
    settings.MEDIA_ROOT = str(tmp_path)
    return tmp_path


@pytest.fixture
def invoice(company: Company) -> Invoice:
    """One that AFAS is about to make, in Dutch, with an hour and an expense on it."""
    customer = CustomerFactory(company=company, name="Bakker B.V.", number="10001", language="nl")
    made: Invoice = InvoiceFactory(
        company=company,
        customer=customer,
        status=DocumentStatus.DRAFT,
        invoice_date=date(2026, 11, 2),
        supply_from=DAY,
        supply_until=DAY,
        reference="PO 4711",
        language="nl",
        with_specification=True,
        with_receipts=True,
    )
    project = ProjectFactory(company=company, customer=customer, name="Website")
    hour = HourFactory(company=company, project=project, date=DAY, minutes=90, note="Home page")
    line = InvoiceLineFactory(invoice=made, quantity=Decimal("1.5"), vat_code="high")
    ClaimFactory(line=line, hour=hour, quantity=Decimal("1.5"), amount=Decimal(150))
    return made


def expense_on(invoice: Invoice) -> Any:
    """A train ticket, billed, with a photograph of it."""
    expense = ExpenseFactory(company=invoice.company, date=DAY, note="Train")
    line = InvoiceLineFactory(invoice=invoice, vat_code="high")
    ClaimFactory(line=line, hour=None, expense=expense, amount=expense.amount)
    page = io.BytesIO()
    Image.new("RGB", (600, 900), "white").save(page, format="JPEG")
    receipt = ReceiptFactory(expense=expense, content_type="image/jpeg")
    receipt.file.save("receipt", ContentFile(page.getvalue()))
    return expense


def words_of(content: bytes) -> list[str]:
    """The text of each page, its gaps closed."""
    return [" ".join(page.split()) for page in papers.pages(content)]


def test_it_says_whose_it_is_and_to_which_invoice_it_belongs(invoice: Invoice) -> None:
    expense_on(invoice)
    first, second = words_of(annexes_of(invoice, REFERENCE))
    for word in ("Studio Test", "Bakker B.V.", REFERENCE, "02-11-2026", "10001", "PO 4711"):
        assert word in first
    assert "Home page" in first
    assert "1:30" in first
    assert "Train" in second
    assert REFERENCE in second


def test_it_asks_for_no_money(invoice: Invoice) -> None:
    (page,) = words_of(annexes_of(invoice, REFERENCE))
    for word in ("Btw", "btw", "IBAN", "Te betalen", "Totaal incl.", "Factuurnummer"):
        assert word not in page.split("KvK")[0]


def test_receipts_alone_begin_on_the_first_page(invoice: Invoice) -> None:
    invoice.with_specification = False
    expense_on(invoice)
    (page,) = words_of(annexes_of(invoice, REFERENCE))
    assert "Home page" not in page
    assert "Train" in page


def test_what_was_kept_is_what_comes_again(invoice: Invoice, folder: Path) -> None:
    first = annexes_of(invoice, REFERENCE)
    invoice.company.name = "Renamed"
    invoice.company.save()
    expense_on(invoice)
    again = Invoice.objects.get(pk=invoice.pk)
    assert annexes_of(again, REFERENCE) == first
    assert len([one for one in folder.rglob("*.pdf") if one.is_file()]) == 1


def test_two_who_ask_at_once_get_the_same(invoice: Invoice) -> None:
    other = Invoice.objects.get(pk=invoice.pk)
    first = annexes_of(invoice, REFERENCE)
    assert annexes_of(other, "TCSOMETHINGX") == first


def test_a_file_that_is_lost_is_set_again_the_same(invoice: Invoice, folder: Path) -> None:
    first = annexes_of(invoice, REFERENCE)
    for one in folder.rglob("*.pdf"):
        one.unlink()
    assert annexes_of(Invoice.objects.get(pk=invoice.pk), REFERENCE) == first


def test_without_hours_and_receipts_there_is_nothing(invoice: Invoice) -> None:
    assert has_annexes(invoice)
    invoice.with_specification = False
    assert not has_annexes(invoice)
    with pytest.raises(DomainError, match="no hours and no receipts"):
        annexes_of(invoice, REFERENCE)
    expense_on(invoice)
    assert has_annexes(invoice)
    invoice.with_receipts = False
    assert not has_annexes(invoice)


def test_what_there_would_be_is_known_before_there_is_an_invoice(invoice: Invoice) -> None:
    expense = expense_on(invoice)
    hour = HourFactory(company=invoice.company, date=DAY)
    rows = [("hour", hour), ("expense", expense)]
    both = {"with_specification": True, "with_receipts": True}
    assert expected_of(rows, **both) == Annexes(specification=True, receipts=1)
    assert expected_of(rows[1:], **both) == Annexes(specification=False, receipts=1)
    neither = expected_of(rows, with_specification=False, with_receipts=False)
    assert not neither


@pytest.mark.parametrize("factory", [InstalmentFactory, SubscriptionPeriodFactory])
@pytest.mark.parametrize("is_covered", [False, True])
def test_a_fixed_amount_has_hours_to_specify_when_somebody_worked_on_it(
    factory: Any, is_covered: bool, company: Company
) -> None:
    part = factory(company=company)
    kind = "instalment" if factory is InstalmentFactory else "subscription_period"
    day = part.due_on if kind == "instalment" else part.starts_on
    if is_covered:
        HourFactory(company=company, project=part.project, date=day, missing="covered")
    found = expected_of([(kind, part)], with_specification=True, with_receipts=True)
    assert found.specification is is_covered
