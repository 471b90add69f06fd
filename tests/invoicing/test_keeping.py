"""What became final gets its paper by itself, before anything around it can change."""

from __future__ import annotations

from typing import Any

import pytest

from invoicing.models import Invoice
from invoicing.services import keeping
from invoicing.services.pdf import pdf_of
from tests.factories import CompanyFactory, InvoiceFactory, InvoiceLineFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = str(tmp_path)


def final(**fields: Any) -> Invoice:
    invoice = InvoiceFactory(ours=True, **fields)
    InvoiceLineFactory(invoice=invoice, vat_code="high", vat_percent=21)
    return invoice


def test_a_final_invoice_keeps_the_name_that_its_seller_had() -> None:
    invoice = final(seller={"name": "Vlier B.V."}, buyer={"name": "Kade"})
    assert keeping.keep_papers() == 1
    invoice.refresh_from_db()
    before = pdf_of(invoice)
    type(invoice.company).objects.filter(pk=invoice.company_id).update(name="Other", phone="1")
    assert pdf_of(Invoice.objects.get(pk=invoice.pk)) == before


def test_drafts_and_what_afas_makes_get_none_and_nothing_is_set_twice() -> None:
    company = CompanyFactory()
    InvoiceFactory(company=company, draft=True)
    InvoiceFactory(company=company)
    final(company=company)
    assert [keeping.keep_papers(), keeping.keep_papers()] == [1, 0]


def test_one_that_cannot_be_set_holds_up_no_other(caplog: pytest.LogCaptureFixture) -> None:
    other = final()
    broken = final(language="nl")
    broken.lines.update(vat_code="no such code")
    assert keeping.keep_papers() == 1
    other.refresh_from_db()
    assert other.pdf
    assert "could not be set" in caplog.text


def test_many_that_cannot_be_set_hold_up_no_older_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "AT_ONCE", 2)
    company = CompanyFactory()
    older = [final(company=company) for _ in range(3)]
    for _ in range(3):
        final(company=company).lines.update(vat_code="no such code")
    assert [keeping.keep_papers() for _ in range(3)] == [2, 1, 0]
    assert all(Invoice.objects.get(pk=one.pk).pdf for one in older)
