"""Settings → Invoicing: what is typed is kept, numbers stay safe, and the sample can be seen."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone

from core.models import AuditEvent
from invoicing.models import InvoiceSettings, NumberCounter
from invoicing.selectors.settings import settings_of
from invoicing.services import numbering
from invoicing.services.sample import sample_paper
from tests.invoicing.own import Studio

pytestmark = pytest.mark.django_db
PAGE, COUNTER = reverse("invoice_settings"), reverse("invoice_counter")
FORM = {
    "number_prefix": "F{yy}-",
    "number_digits": "5",
    "credit_prefix": "C{yy}-",
    "payment_term": "21",
    "vat_code": "low",
    "colour": "#8a1f4d",
    "intro_nl": "Dank",
    "intro_en": "Thanks",
    "closing_nl": "Groet",
    "closing_en": "Bye",
    "subject_nl": "Factuur {number}",
    "subject_en": "Invoice {number}",
    "mail_nl": "Beste {customer}",
    "mail_en": "Dear {customer}",
    "reply_to": "books@studio.test",
    "copy_to": "archive@studio.test",
    "with_specification": "on",
}


@pytest.fixture
def browser(client_of: Any, studio: Studio) -> Any:
    return client_of(studio.by, studio.company)


def said(response: Any) -> str:
    return str(response.content.decode())


def series(studio: Studio) -> str:
    return numbering.counter_of(studio.company, "invoice", timezone.localdate()).series


def test_everything_typed_is_kept_and_recorded(browser: Any, studio: Studio) -> None:
    assert browser.post(PAGE, FORM).status_code == 302
    saved = settings_of(studio.company)
    told = {name: str(getattr(saved, name)) for name in FORM if name != "with_specification"}
    assert told == {name: value for name, value in FORM.items() if name in told}
    assert (saved.with_specification, saved.with_receipts, saved.attach_ubl) == (True, False, False)
    assert AuditEvent.objects.filter(action="invoice_settings.changed").exists()
    year = timezone.localdate().year % 100
    page = said(browser.get(PAGE))
    assert f"The next invoice gets F{year}-00001" in page
    assert f"The next credit note gets C{year}-00001" in page


def test_a_company_that_changed_nothing_sees_the_defaults(browser: Any, studio: Studio) -> None:
    page = said(browser.get(PAGE))
    assert f"The next invoice gets {timezone.localdate().year}-0001" in page
    assert "Factuur {number} van {company}" in page
    assert "<code>{due_date}</code>" in page
    assert not InvoiceSettings.objects.exists()


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("number_prefix", "Factuur-{year}-"),
        ("number_prefix", "{month}-"),
        ("number_digits", "9"),
        ("number_digits", "0"),
        ("payment_term", "400"),
        ("colour", "red"),
        ("reply_to", "nobody"),
        ("vat_code", "half"),
        ("mail_nl", "x" * 4001),
    ],
)
def test_what_cannot_be_is_refused_beside_its_box(
    browser: Any, studio: Studio, name: str, typed: str
) -> None:
    response = browser.post(PAGE, {**FORM, name: typed})
    assert response.status_code == 422
    assert name in response.context["form"].errors
    assert not InvoiceSettings.objects.exists()


def test_numbers_go_on_from_where_somebody_says(browser: Any, studio: Studio) -> None:
    response = browser.post(COUNTER, {"series": series(studio), "last": "41"}, follow=True)
    assert f"The next invoice gets {series(studio)}0042" in said(response)
    final = studio.finalise(studio.date(studio.free(("1", "100")), timezone.localdate()))
    assert final.number == f"{series(studio)}0042"


def test_numbers_never_go_below_one_that_was_given(browser: Any, studio: Studio) -> None:
    browser.post(COUNTER, {"series": series(studio), "last": "41"})
    studio.finalise(studio.date(studio.free(("1", "100")), timezone.localdate()))
    response = browser.post(COUNTER, {"series": series(studio), "last": "10"})
    assert response.status_code == 422
    assert "was given already" in said(response)
    assert NumberCounter.objects.get().last == 42


@pytest.mark.parametrize("last", ["", "-1", "many", "99999999999"])
def test_a_last_number_that_is_none_is_refused(browser: Any, studio: Studio, last: str) -> None:
    response = browser.post(COUNTER, {"series": series(studio), "last": last})
    assert response.status_code == 422
    assert not NumberCounter.objects.exists()


def test_a_series_that_does_not_exist_is_not_made(browser: Any, studio: Studio) -> None:
    response = browser.post(COUNTER, {"series": "X-", "last": "4"}, follow=True)
    assert "does not exist any more" in said(response)
    assert not NumberCounter.objects.exists()


def test_after_a_restored_backup_somebody_confirms_the_last_number(
    browser: Any, studio: Studio
) -> None:
    numbering.require_confirmation([studio.company])
    page = said(browser.get(PAGE))
    assert "A backup was put back" in page
    browser.post(COUNTER, {"series": series(studio), "last": "7"})
    assert "A backup was put back" not in said(browser.get(PAGE))
    assert not NumberCounter.objects.filter(to_confirm=True, series=series(studio)).exists()
    assert AuditEvent.objects.filter(action="counter.number_confirmed").exists()


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_sample_is_a_pdf_that_uses_no_number(
    browser: Any, studio: Studio, language: str
) -> None:
    response = browser.get(reverse("invoice_preview"), {"language": language})
    assert response["Content-Type"] == "application/pdf"
    assert response.content.startswith(b"%PDF")
    assert not NumberCounter.objects.exists()


def test_the_sample_adds_up_and_says_what_is_set(studio: Studio) -> None:
    data = {"intro_en": "Hello", "payment_term": 10}
    numbering.settings_save(company=studio.company, data=data, by=None)
    paper = sample_paper(studio.company, date(2026, 10, 14), "en")
    assert (paper.intro, paper.due_date) == ("Hello", date(2026, 10, 24))
    assert (paper.net, paper.vat, paper.total) == (
        Decimal("1641.82"),
        Decimal("338.48"),
        Decimal("1980.30"),
    )
    assert paper.net == sum(line.net for line in paper.items)
    assert paper.seller.name == studio.company.name


def test_the_logo_of_the_organisation_is_shown(
    browser: Any, studio: Studio, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    assert "No logo yet" in said(browser.get(PAGE))
    studio.company.logo.save("logo.png", ContentFile(b"\x89PNG"))
    assert reverse("organisation_logo") in said(browser.get(PAGE))


@pytest.mark.parametrize("name", ["invoice_settings", "invoice_counter", "invoice_preview"])
def test_only_an_admin_sets_how_is_invoiced(
    client_of: Any, person_of: Any, studio: Studio, name: str
) -> None:
    biller = client_of(person_of(studio.company, "billing"), studio.company)
    method = biller.post if name == "invoice_counter" else biller.get
    assert method(reverse(name)).status_code == 403
