"""The first steps with AFAS: each by the facts, shown until they are done or hidden."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Company, User
from core.models import AuditEvent
from integrations.models import AfasConnection, AfasDocument, HiddenChecklist
from integrations.services import apps, checklist
from tests.factories import (
    AfasConnectionFactory,
    AfasDocumentFactory,
    AppInstallationFactory,
    CompanyFactory,
    CustomerLinkFactory,
    ImportRunFactory,
    ItemLinkFactory,
    MembershipFactory,
)

pytestmark = pytest.mark.django_db
TITLE = "First steps with AFAS"
AFAS = "/settings/app-center/afas/"


@pytest.fixture
def browser(company: Company, owner: User, client_of: Callable[..., Any]) -> Any:
    """The owner's browser."""
    return client_of(owner, company)


def done(company: Company) -> list[bool]:
    return [step.done for step in checklist.steps(company)]


def urls(company: Company) -> list[str]:
    return [step.url for step in checklist.steps(company)]


def ready(company: Company) -> AfasConnection:
    """A company that has taken every step."""
    AppInstallationFactory(company=company)
    link = AfasConnectionFactory(company=company)
    ItemLinkFactory(company=company)
    ImportRunFactory(connection=link)
    AfasDocumentFactory(connection=link, confirmed=True)
    return link


def test_step_by_step_each_is_done_by_the_facts_and_opens_the_next(company: Company) -> None:
    center, imports = reverse("app_center"), reverse("imports")
    test = "/overviews/hours/?period=all&billing=unbilled"
    assert done(company) == [False] * 6
    assert urls(company) == [center, "", "", "", "", ""]

    AppInstallationFactory(company=company)
    assert done(company) == [True] + [False] * 5
    assert urls(company) == [center, f"{AFAS}#credentials", "", "", "", ""]

    link = AfasConnectionFactory(company=company, administration=None)
    assert done(company) == [True, True] + [False] * 4
    assert urls(company)[2:] == [f"{AFAS}#administration", "", "", ""]

    AfasConnection.objects.update(administration=1)
    assert done(company) == [True] * 3 + [False] * 3
    assert urls(company)[3:] == [f"{AFAS}#items", imports, ""]

    ItemLinkFactory(company=company)
    assert done(company) == [True] * 4 + [False] * 2
    assert urls(company)[4:] == [imports, test]

    ImportRunFactory(connection=link, status="failed")
    assert not done(company)[4]
    ImportRunFactory(connection=link)
    CustomerLinkFactory(company=company)
    assert checklist.steps(company)[4].detail == "1 customer linked"

    AfasDocumentFactory(connection=link, rejected=True)
    assert checklist.remaining(company)
    AfasDocumentFactory(connection=link, confirmed=True)
    assert done(company) == [True] * 6
    assert checklist.remaining(company) == []


def test_a_test_invoice_that_was_undone_was_made(company: Company) -> None:
    link = ready(company)
    AfasDocument.objects.all().delete()
    AfasDocumentFactory(connection=link, undone=True)
    assert done(company)[5]


def test_after_a_trial_the_live_environment_has_steps_of_its_own(company: Company) -> None:
    link = ready(company)
    AfasConnection.objects.filter(pk=link.pk).update(closed_at=link.created_at)
    AfasConnectionFactory(company=company, participant="54321")
    assert done(company) == [True, True, True, False, False, False]


def test_credentials_that_afas_refuses_are_to_be_saved_again(company: Company) -> None:
    ready(company)
    AfasConnection.objects.update(paused_because="credentials")
    assert done(company) == [True, False, True, True, True, True]
    assert urls(company)[1] == f"{AFAS}#credentials"


def test_a_pause_by_hand_takes_no_step_back(company: Company, owner: User) -> None:
    ready(company)
    apps.pause(company=company, app="afas", by=owner)
    assert checklist.remaining(company) == []


def test_another_company_is_not_looked_at(company: Company) -> None:
    ready(CompanyFactory())
    assert done(company) == [False] * 6


def test_it_is_on_the_dashboard_the_app_center_and_the_settings_until_done(
    browser: Any, company: Company, settings: Any
) -> None:
    settings.AFAS_URL_TEMPLATE = "http://127.0.0.1:9/{participant}{environment}"
    AppInstallationFactory(company=company)
    pages = ("/", reverse("app_center"), AFAS)
    for page in pages:
        shown = browser.get(page).content.decode()
        assert TITLE in shown, page
        assert "1 of 6" in shown, page
        assert f'href="{AFAS}#credentials"' in shown, page
    link = AfasConnectionFactory(company=company)
    ItemLinkFactory(company=company)
    ImportRunFactory(connection=link)
    AfasDocumentFactory(connection=link, confirmed=True)
    for page in pages:
        assert TITLE not in browser.get(page).content.decode(), page


def test_only_admins_see_it(company: Company, biller: User, client_of: Any) -> None:
    assert TITLE not in client_of(biller, company).get("/").content.decode()


def test_an_admin_who_may_not_invoice_gets_no_link_to_that(
    company: Company, client_of: Any
) -> None:
    link = ready(company)
    AfasDocument.objects.all().delete()
    admin = MembershipFactory(company=company, rights=["admin"]).user
    shown = client_of(admin, company).get("/").content.decode()
    assert "Invoice one entry as a test" in shown
    assert "billing=unbilled" not in shown[shown.index(TITLE) :]
    assert link.is_ready


def test_hiding_counts_for_the_company_is_written_down_and_can_be_taken_back(
    browser: Any, company: Company, owner: User, client_of: Any
) -> None:
    answer = browser.post(reverse("checklist_hide"), {"next": "/"}, follow=True)
    assert "App Center can show them again" in answer.content.decode()
    assert TITLE not in browser.get("/").content.decode()
    colleague = MembershipFactory(company=company, rights=["admin"]).user
    assert TITLE not in client_of(colleague, company).get("/").content.decode()
    assert not checklist.hide(company=company, by=owner)
    assert HiddenChecklist.objects.get().hidden_by == owner

    assert "Show the first steps" in browser.get(reverse("app_center")).content.decode()
    browser.post(reverse("checklist_show"))
    assert TITLE in browser.get("/").content.decode()
    assert not checklist.show(company=company, by=owner)
    actions = AuditEvent.objects.of(company).order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["checklist.hidden", "checklist.shown"]


def test_hiding_in_one_company_shows_it_in_another(company: Company, owner: User) -> None:
    checklist.hide(company=company, by=owner)
    assert checklist.is_hidden(company)
    assert not checklist.is_hidden(CompanyFactory())


@pytest.mark.parametrize("name", ["checklist_hide", "checklist_show"])
def test_hiding_and_showing_is_for_admins_and_by_post(
    browser: Any, company: Company, biller: User, client_of: Any, name: str
) -> None:
    assert browser.get(reverse(name)).status_code == 405
    assert client_of(biller, company).post(reverse(name)).status_code == 403
    assert Client().post(reverse(name)).status_code == 302
    assert not HiddenChecklist.objects.exists()


def test_after_hiding_nobody_is_sent_elsewhere(browser: Any) -> None:
    answer = browser.post(reverse("checklist_hide"), {"next": "https://evil.example/"})
    assert answer.url == "/"


def test_it_reads_in_the_readers_language(company: Company, person_of: Any, client_of: Any) -> None:
    dutch = person_of(company, "owner", language="nl")
    shown = client_of(dutch, company).get("/").content.decode()
    assert re.search(r'<html lang="nl"', shown)
    assert 'id="first-steps"' in shown
