"""App Center: activating, pausing and switching off keep everything there is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Company, User
from core.models import AuditEvent
from integrations.models import AfasConnection, AfasDocument, AppInstallation, ItemLink
from integrations.services import apps, claims
from integrations.services.apps import AppState
from tests.factories import (
    AfasConnectionFactory,
    AfasDocumentFactory,
    AppInstallationFactory,
    ItemLinkFactory,
)

pytestmark = pytest.mark.django_db
CENTER, AFAS = "/settings/app-center/", "/settings/app-center/afas/"


@pytest.fixture
def browser(client_of: Callable[..., Any], owner: User, company: Company) -> Any:
    """The owner's browser."""
    return client_of(owner, company)


def state(company: Company) -> AppState:
    return apps.state_of_afas(company)


def test_the_state_follows_the_steps(company: Company) -> None:
    assert state(company) == AppState.AVAILABLE
    AppInstallationFactory(company=company)
    assert state(company) == AppState.NEEDS_CREDENTIALS
    link = AfasConnectionFactory(company=company, administration=None)
    assert state(company) == AppState.NEEDS_ADMINISTRATION
    AfasConnection.objects.update(administration=1)
    assert state(company) == AppState.ACTIVE
    AfasConnection.objects.update(paused_at=timezone.now(), paused_because="credentials")
    assert state(company) == AppState.ATTENTION
    AfasConnection.objects.update(paused_because="person")
    assert state(company) == AppState.PAUSED
    assert not link.closed_at


def test_the_page_offers_activation_and_leads_to_the_settings(
    browser: Any, company: Company
) -> None:
    page = browser.get(CENTER)
    assert b"AFAS Profit" in page.content
    assert b"Available" in page.content
    assert b"Integrations" in page.content

    answer = browser.post(reverse("app_activate", args=["afas"]))

    assert answer.url == AFAS
    assert browser.get(AFAS).status_code == 200
    assert b"Needs credentials" in browser.get(CENTER).content
    assert AuditEvent.objects.filter(action="app.activated", company=company).exists()


def test_the_settings_page_is_closed_until_the_app_is_on(browser: Any, company: Company) -> None:
    assert browser.get(AFAS).url == CENTER
    assert browser.post(reverse("afas_credentials"), {"participant": "12345"}).url == CENTER
    assert not AfasConnection.objects.exists()


def test_deactivating_keeps_data_and_settings_and_stops_everything(
    browser: Any, company: Company
) -> None:
    AppInstallationFactory(company=company)
    link = AfasConnectionFactory(company=company, payment_condition="30")
    ItemLinkFactory(company=company)
    document = AfasDocumentFactory(connection=link)
    assert claims.next_due("12345") == document

    browser.post(reverse("app_deactivate", args=["afas"]))

    assert state(company) == AppState.DEACTIVATED
    assert claims.next_due("12345") is None
    assert browser.get(AFAS).url == CENTER
    assert b"Not active" in browser.get(CENTER).content
    assert AfasDocument.objects.get().state == "queued"

    browser.post(reverse("app_activate", args=["afas"]))

    link.refresh_from_db()
    assert state(company) == AppState.ACTIVE
    assert (link.payment_condition, link.secret_hint) == ("30", "CDEF")
    assert ItemLink.objects.filter(company=company).exists()
    assert claims.next_due("12345") == document


def test_pausing_and_resuming_is_said_on_every_page_with_what_waits(
    browser: Any, company: Company, client_of: Callable[..., Any], member: User
) -> None:
    AppInstallationFactory(company=company)
    AfasDocumentFactory(connection=AfasConnectionFactory(company=company))

    browser.post(reverse("app_pause", args=["afas"]))

    shown = browser.get("/relations/customers/").content.decode()
    assert "AFAS is paused" in shown
    assert "1 document waits" in shown
    assert "AFAS is paused" not in client_of(member, company).get("/").content.decode()

    browser.post(reverse("app_resume", args=["afas"]))
    assert "AFAS is paused" not in browser.get("/relations/customers/").content.decode()


def test_resuming_does_not_hide_that_afas_refuses_us(company: Company, owner: User) -> None:
    AppInstallationFactory(company=company)
    AfasConnectionFactory(company=company, paused_at=timezone.now(), paused_because="credentials")
    apps.pause(company=company, app="afas", by=owner)
    apps.resume(company=company, app="afas", by=owner)
    assert state(company) == AppState.ATTENTION


def test_a_test_environment_carries_a_banner_on_every_page_for_everybody(
    company: Company, member: User, client_of: Callable[..., Any]
) -> None:
    AppInstallationFactory(company=company)
    AfasConnectionFactory(company=company, realm="test")
    browser = client_of(member, company)
    for page in ("/", "/register/hours/", "/profile/"):
        shown = browser.get(page).content.decode()
        assert "Test environment" in shown, page
        assert "not real" in shown, page


def test_search_and_filter_find_the_card_or_say_that_there_is_none(browser: Any) -> None:
    assert b"AFAS Profit" in browser.get(CENTER, {"q": "afas invoices"}).content
    assert b"No app matches" in browser.get(CENTER, {"q": "exact"}).content
    assert b"AFAS Profit" not in browser.get(CENTER, {"show": "on"}).content
    assert b"AFAS Profit" in browser.get(CENTER, {"show": "off"}).content


def test_only_admins_may_switch(
    company: Company, biller: User, client_of: Callable[..., Any]
) -> None:
    browser = client_of(biller, company)
    assert browser.get(CENTER).status_code == 403
    assert browser.post(reverse("app_activate", args=["afas"])).status_code == 403
    assert not AppInstallation.objects.exists()


def test_an_app_that_does_not_exist_is_not_there(browser: Any) -> None:
    assert browser.post(reverse("app_activate", args=["exact"])).status_code == 404
    assert browser.get(reverse("app_activate", args=["afas"])).status_code == 405


def test_the_menu_counts_a_refusal(browser: Any, company: Company) -> None:
    AfasConnectionFactory(company=company, paused_at=timezone.now(), paused_because="address")
    shown = browser.get("/relations/customers/").content.decode()
    assert "AFAS refuses us" in shown
    assert '<span class="count is-bad">1</span>' in shown
