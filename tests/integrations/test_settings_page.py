"""The AFAS page: what is typed is kept, secrets are not shown, and every refusal has its place."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from accounts.models import Company, User
from integrations.afas.client import Limits
from integrations.models import AfasConnection, AppInstallation
from integrations.services import connecting, connection_settings
from integrations.views import afas_settings
from sandbox import seed
from tests.factories import (
    AfasConnectionFactory,
    AfasDocumentFactory,
    AppInstallationFactory,
    CustomerLinkFactory,
)

pytestmark = pytest.mark.django_db
PAGE = "/settings/app-center/afas/"
OWN_SECRET = "a-secret-of-our-own-making-7Q"
SECRET = seed.LIVE_TOKEN.split("<data>")[1][:64]


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    cache.clear()
    monkeypatch.setattr(connecting, "CHECKS", Limits(connect=2, read=3, total=4, tries=1))


@pytest.fixture
def browser(company: Company, owner: User, sandbox: Any, client_of: Callable[..., Any]) -> Any:
    """The owner's browser; the app is switched on."""
    AppInstallationFactory(company=company)
    return client_of(owner, company)


def typed(**changes: str) -> dict[str, str]:
    fields = {"participant": "12345", "realm": "live", "credential": "token"}
    return {**fields, "user_token": seed.LIVE_TOKEN, **changes}


def text(answer: Any) -> str:
    found: str = answer.content.decode()
    return found


@pytest.fixture
def linked(browser: Any) -> AfasConnection:
    """Credentials saved and administration 1 chosen, by the pages."""
    browser.post(reverse("afas_credentials"), typed())
    browser.post(reverse("afas_administration"), {"administration": "1"})
    return AfasConnection.objects.get()


def test_the_way_from_token_to_ready_by_the_page_alone(browser: Any, sandbox: Any) -> None:
    usual = ["KnSalesRelationOrg", "FbDirectInvoice"]
    sandbox.order("grant", {"token": seed.LIVE_TOKEN, "update": usual})
    first = text(browser.get(PAGE))
    for word in ("Participant number", "User token", "Environment", "1 May 2027", "31 August 2027"):
        assert word in first
    assert "Save the credentials first" in first

    answer = browser.post(reverse("afas_credentials"), typed(), follow=True)
    assert answer.status_code == 200
    assert "Now choose the administration" in text(answer)
    assert "1 · Studio Vlier B.V." in text(answer)
    assert "4 of 5 granted" in text(answer)
    assert "add FiEntries" in text(answer)

    answer = browser.post(reverse("afas_administration"), {"administration": "2"}, follow=True)
    assert "Active" in text(answer)
    link = AfasConnection.objects.get()
    assert (link.administration, link.administration_name) == (2, "Studio Vlier Beheer B.V.")


def test_of_a_secret_only_the_last_four_characters_are_shown(
    browser: Any, linked: AfasConnection
) -> None:
    shown = text(browser.get(PAGE))
    assert f"•••• {SECRET[-4:]}" in shown
    assert SECRET not in shown
    assert SECRET[:20] not in shown


def test_what_was_refused_keeps_what_is_no_secret(browser: Any) -> None:
    answer = browser.post(reverse("afas_credentials"), typed(participant="1234", realm="accept"))
    assert answer.status_code == 422
    assert "five digits" in text(answer)
    assert 'value="1234"' in text(answer)
    assert '<option value="accept" selected>' in text(answer)
    assert SECRET not in text(answer)
    assert not AfasConnection.objects.exists()


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"user_token": ""}, "Paste the user token"),
        ({"user_token": "hello"}, "only digits"),
        ({"user_token": seed.REVOKED_TOKEN}, "401"),
        ({"user_token": seed.REFUSED_IP_TOKEN}, "403"),
        ({"credential": "oauth", "client_id": "", "client_secret": "x"}, "Type the client id"),
        ({"credential": "oauth", "client_id": "x", "client_secret": ""}, "Paste the client secret"),
        ({"realm": "moon"}, "moon"),
    ],
)
def test_each_refusal_is_said_and_nothing_is_stored(
    browser: Any, changes: dict[str, str], word: str
) -> None:
    answer = browser.post(reverse("afas_credentials"), typed(**changes))
    assert answer.status_code == 422
    assert word in text(answer)
    assert not AfasConnection.objects.exists()


def test_an_oauth_client_can_be_pasted_instead(browser: Any) -> None:
    client = {"client_id": seed.LIVE_CLIENT_ID, "client_secret": seed.LIVE_CLIENT_SECRET}
    answer = browser.post(
        reverse("afas_credentials"), typed(credential="oauth", user_token="", **client), follow=True
    )
    shown = text(answer)
    assert "Now choose the administration" in shown
    assert seed.LIVE_CLIENT_ID in shown
    assert seed.LIVE_CLIENT_SECRET not in shown


@pytest.mark.parametrize("debug", [True, False])
def test_a_crash_while_saving_shows_no_secret_on_the_page_or_in_the_log(
    browser: Any,
    monkeypatch: pytest.MonkeyPatch,
    settings: Any,
    caplog: pytest.LogCaptureFixture,
    debug: bool,
) -> None:
    def crash(*_args: Any, **_kwargs: Any) -> None:
        raise RuntimeError("the disk is full")

    settings.DEBUG = debug
    monkeypatch.setattr(connecting, "save_credentials", crash)
    browser.raise_request_exception = False
    with caplog.at_level(logging.DEBUG):
        first = browser.post(reverse("afas_credentials"), typed())
        monkeypatch.setattr(connecting, "try_credentials", crash)
        oauth = {"credential": "oauth", "client_id": "x", "client_secret": OWN_SECRET}
        second = browser.post(reverse("afas_credentials"), typed(**oauth))
    assert (first.status_code, second.status_code) == (500, 500)
    seen = text(first) + text(second) + caplog.text + repr([r.__dict__ for r in caplog.records])
    assert "the disk is full" in caplog.text
    assert SECRET not in seen
    assert OWN_SECRET not in seen


def test_another_environment_is_asked_about_and_the_secret_is_not_asked_again(
    browser: Any, linked: AfasConnection, company: Company
) -> None:
    CustomerLinkFactory(company=company, environment="12345")
    to_test = typed(realm="test", user_token=seed.TEST_TOKEN)

    question = browser.post(reverse("afas_credentials"), to_test)

    assert "12345 – Test" in text(question)
    assert "1 customer is linked there" in text(question)
    assert seed.TEST_TOKEN.split("<data>")[1][:64] not in text(question)
    assert AfasConnection.objects.get().closed_at is None
    assert seed.TEST_TOKEN not in repr(dict(browser.session))

    browser.post(reverse("afas_credentials_confirm"))

    assert AfasConnection.objects.get(closed_at__isnull=True).environment == "12345test"
    again = browser.post(reverse("afas_credentials_confirm"), follow=True)
    assert "took too long" in text(again)


def test_a_question_that_was_left_too_long_is_asked_again(
    browser: Any, linked: AfasConnection, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    CustomerLinkFactory(company=company, environment="12345")
    browser.post(reverse("afas_credentials"), typed(realm="test", user_token=seed.TEST_TOKEN))
    monkeypatch.setattr(afas_settings, "PENDING_SECONDS", -1)
    assert "took too long" in text(browser.post(reverse("afas_credentials_confirm"), follow=True))
    assert AfasConnection.objects.count() == 1


def test_another_administration_is_asked_about(browser: Any, linked: AfasConnection) -> None:
    AfasDocumentFactory(connection=linked, confirmed=True)

    question = browser.post(reverse("afas_administration"), {"administration": "2"})
    assert "1 document was sent" in text(question)
    assert "Studio Vlier Beheer B.V." in text(question)
    assert AfasConnection.objects.count() == 1

    browser.post(reverse("afas_administration"), {"administration": "2", "confirmed": "1"})
    assert AfasConnection.objects.get(closed_at__isnull=True).administration == 2


def test_documents_on_their_way_hold_the_link_in_its_place(
    browser: Any, linked: AfasConnection
) -> None:
    AfasDocumentFactory(connection=linked)
    answer = browser.post(reverse("afas_administration"), {"administration": "2"})
    assert answer.status_code == 422
    assert "still on their way" in text(answer)


@pytest.mark.parametrize(("number", "word"), [("7", "no such"), ("", "Choose"), ("x", "no such")])
def test_an_administration_that_afas_lacks_is_refused(browser: Any, number: str, word: str) -> None:
    browser.post(reverse("afas_credentials"), typed())
    answer = browser.post(reverse("afas_administration"), {"administration": number})
    assert answer.status_code == 422
    assert word in text(answer)


def test_the_administration_is_typed_where_afas_gives_no_list(browser: Any, sandbox: Any) -> None:
    sandbox.order("grant", {"token": seed.LIVE_TOKEN, "get": ["ProfitDebtor"]})
    browser.post(reverse("afas_credentials"), typed())
    assert "AFAS gives no list" in text(browser.get(PAGE))
    refused = browser.post(reverse("afas_administration"), {"administration": "one"})
    assert "has a number" in text(refused)
    browser.post(reverse("afas_administration"), {"administration": "12"})
    assert AfasConnection.objects.get().administration == 12


def test_testing_again_tells_what_changed(
    browser: Any, linked: AfasConnection, sandbox: Any
) -> None:
    grants = {
        "get": list(seed.GET_CONNECTORS),
        "update": sorted({*seed.UPDATE_CONNECTORS, "FiEntries"}),
    }
    sandbox.order("grant", {"token": seed.LIVE_TOKEN, **grants})
    assert "All granted" in text(browser.post(reverse("afas_check_again"), follow=True))

    sandbox.order("revoke", {"token": seed.LIVE_TOKEN})
    shown = text(browser.post(reverse("afas_check_again"), follow=True))
    assert "Needs attention" in shown
    assert "AFAS refuses us" in shown


def test_customer_settings_are_kept(browser: Any, linked: AfasConnection) -> None:
    browser.post(
        reverse("afas_customers"),
        {
            "nightly_import": "on",
            "lead": "us",
            "payment_condition": "30",
            "vat_duty": "1",
            "collective_account": "1300",
        },
    )
    linked.refresh_from_db()
    assert (linked.create_customers, linked.nightly_import, linked.lead) == (False, True, "us")
    assert (linked.payment_condition, linked.vat_duty) == ("30", "1")
    assert linked.collective_account == "1300"
    refused = browser.post(reverse("afas_customers"), {"lead": "us", "payment_condition": "123456"})
    assert refused.status_code == 422


def names(**changes: str) -> dict[str, str]:
    columns = {
        f"column_{name}": column
        for name, column in connection_settings.mapping_of(AfasConnection()).items()
    }
    connectors = {
        "debtor_connector": "ProfitDebtor",
        "administration_connector": "",
        "item_connector": "",
    }
    return {**connectors, **columns, **changes}


def test_names_of_connectors_and_columns_are_checked_with_afas(
    browser: Any, linked: AfasConnection
) -> None:
    refused = browser.post(reverse("afas_names"), names(column_email="Mail"))
    assert "ProfitDebtor has no column Mail" in text(refused)
    assert "DebtorId" in text(refused)
    assert "Without this column" in text(browser.post(reverse("afas_names"), names(column_name="")))

    browser.post(
        reverse("afas_names"),
        names(debtor_connector="Profit_Debtor", column_email="TelNr", column_iban=""),
    )

    linked.refresh_from_db()
    assert linked.debtor_connector == "Profit_Debtor"
    assert linked.debtor_mapping == {"email": "TelNr", "iban": ""}
    assert linked.administration_connector == "DDI_Profit_Administraties"
    shown = text(browser.get(PAGE))
    assert "Profit_Debtor" in shown


def test_a_connector_that_is_not_granted_is_kept_and_shown_as_missing(
    browser: Any, linked: AfasConnection
) -> None:
    browser.post(reverse("afas_names"), names(debtor_connector="Onze_Debiteuren"))
    assert "add Onze_Debiteuren" in text(browser.get(PAGE))


def test_the_page_says_when_the_credential_is_about_to_expire(
    browser: Any, company: Company
) -> None:
    today = timezone.localdate()
    AfasConnectionFactory(company=company, expires_on=today + timezone.timedelta(days=23))
    assert "expire in 23 days" in text(browser.get(PAGE))
    AfasConnection.objects.update(expires_on=today - timezone.timedelta(days=1))
    assert "have expired" in text(browser.get(PAGE))


def test_a_page_without_a_link_sends_later_cards_back(browser: Any) -> None:
    for name in ("afas_items", "afas_item_table", "afas_customers", "afas_names"):
        assert browser.post(reverse(name)).url == PAGE


def test_only_admins_see_the_page(
    browser: Any, biller: User, company: Company, client_of: Callable[..., Any]
) -> None:
    other = client_of(biller, company)
    assert other.get(PAGE).status_code == 403
    assert other.post(reverse("afas_credentials"), typed()).status_code == 403


def test_another_company_sees_nothing_of_it(
    linked: AfasConnection, client_of: Callable[..., Any], person_of: Callable[..., User]
) -> None:
    other: Company = AppInstallationFactory().company
    browser = client_of(person_of(other, "owner"), other)
    shown = text(browser.get(PAGE))
    assert SECRET[-4:] not in shown
    assert "Studio Vlier" not in shown
    assert AppInstallation.objects.count() == 2
