"""Settings → VAT rates: rows from a day on, which never edit history."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from core.models import AuditEvent
from invoicing.models import VatRate
from invoicing.selectors.settings import VatBook
from tests.factories import VatRateFactory
from tests.invoicing.own import DAY, Studio, fresh

pytestmark = pytest.mark.django_db
PAGE = reverse("vat_rates")
ROW = {"code": "high", "percent": "22", "valid_from": "2030-01-01"}


@pytest.fixture
def browser(client_of: Any, studio: Studio) -> Any:
    return client_of(studio.by, studio.company)


def said(response: Any) -> str:
    return str(response.content.decode())


def test_the_page_shows_the_law_and_where_it_stands(browser: Any) -> None:
    page = said(browser.get(PAGE))
    for words in ("21%", "9%", "Btw verlegd", "Wet op de omzetbelasting 1968", "as the law"):
        assert words in page


def test_a_row_holds_from_its_day_on(browser: Any, studio: Studio) -> None:
    assert browser.post(PAGE, ROW).url == PAGE
    book = VatBook.of(studio.company)
    assert book.percent("high", date(2029, 12, 31)) == 21
    assert book.percent("high", date(2030, 1, 1)) == 22
    assert "22% from 01-01-2030" in said(browser.get(PAGE))
    assert AuditEvent.objects.filter(action="vat_rate.created").exists()


def test_a_ground_of_ones_own_is_printed(browser: Any, studio: Studio) -> None:
    typed = {"reason_nl": "Vrijgesteld, art. 11", "reason_en": "Exempt, art. 11"}
    browser.post(PAGE, {"code": "exempt", "percent": "0", "valid_from": "2026-01-01", **typed})
    book = VatBook.of(studio.company)
    assert book.reason("exempt", DAY, "nl") == "Vrijgesteld, art. 11"
    assert book.reason("exempt", DAY, "en") == "Exempt, art. 11"


@pytest.mark.parametrize(
    ("typed", "box"),
    [
        ({"code": "reverse", "percent": "21"}, "percent"),
        ({"code": "zero", "percent": "1"}, "percent"),
        ({"percent": "0"}, "percent"),
        ({"percent": "100"}, "percent"),
        ({"percent": "-1"}, "percent"),
        ({"percent": "21,005"}, "percent"),
        ({"valid_from": ""}, "valid_from"),
        ({"code": "other"}, "code"),
    ],
)
def test_a_row_that_cannot_be_is_refused_beside_its_box(
    browser: Any, typed: dict[str, str], box: str
) -> None:
    response = browser.post(PAGE, {**ROW, **typed})
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [box]
    assert not VatRate.objects.exists()


def test_a_day_has_one_row(browser: Any) -> None:
    browser.post(PAGE, ROW)
    response = browser.post(PAGE, {**ROW, "percent": "23"})
    assert response.status_code == 422
    assert "There is a row from this day already" in said(response)
    assert VatRate.objects.get().percent == 22


def test_final_invoices_keep_their_vat_and_drafts_say_that_theirs_differs(
    browser: Any, studio: Studio
) -> None:
    final = studio.finalise(studio.free(("1", "100")))
    draft = studio.free(("1", "100"))
    response = browser.post(PAGE, {**ROW, "valid_from": DAY.isoformat()}, follow=True)
    assert "1 final invoice from that day on keeps the VAT it was given." in said(response)
    assert (fresh(final).vat, fresh(draft).vat) == (21, 21)
    assert final.vat_groups.get().percent == 21
    page = said(browser.get(reverse("invoice", args=[draft.pk])))
    assert "1 line carries other VAT" in page


def test_a_row_for_later_is_removed(browser: Any, studio: Studio) -> None:
    row = VatRateFactory(company=studio.company)
    browser.post(reverse("vat_rate_remove", args=[row.pk]))
    assert not VatRate.objects.exists()
    assert AuditEvent.objects.filter(action="vat_rate.deleted").exists()


def test_a_row_that_final_invoices_were_given_stays(browser: Any, studio: Studio) -> None:
    row = VatRateFactory(company=studio.company, percent=Decimal(22), valid_from=DAY)
    studio.finalise(studio.free(("1", "100")))
    url = reverse("vat_rate_remove", args=[row.pk])
    assert "Final invoices were given this row" in said(browser.post(url, follow=True))
    assert VatRate.objects.exists()


def test_a_row_that_holds_but_nothing_final_used_may_go(browser: Any, studio: Studio) -> None:
    yesterday = timezone.localdate() - timedelta(days=1)
    row = VatRateFactory(company=studio.company, valid_from=yesterday)
    browser.post(reverse("vat_rate_remove", args=[row.pk]))
    assert not VatRate.objects.exists()


def test_rows_of_another_company_are_not_there(browser: Any) -> None:
    row = VatRateFactory()
    assert browser.post(reverse("vat_rate_remove", args=[row.pk])).status_code == 404
    assert VatRate.objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize("name", ["vat_rates", "vat_rate_remove"])
def test_only_an_admin_sets_vat(client_of: Any, person_of: Any, studio: Studio, name: str) -> None:
    row = VatRateFactory(company=studio.company)
    biller = client_of(person_of(studio.company, "billing"), studio.company)
    args = [row.pk] if name == "vat_rate_remove" else []
    assert biller.post(reverse(name, args=args)).status_code == 403
    assert VatRate.objects.exists()
