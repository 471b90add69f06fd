"""Items: kind, code and unit together, for a use, an activity or an expense category."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.urls import reverse

from accounts.models import Company, User
from integrations.models import AfasConnection, ItemLink
from integrations.services.items import ItemLadder
from sandbox import seed
from tests.factories import (
    ActivityFactory,
    AfasConnectionFactory,
    AppInstallationFactory,
    ExpenseCategoryFactory,
    ItemLinkFactory,
    RideFactory,
)

pytestmark = pytest.mark.django_db
PAGE = "/settings/app-center/afas/"


@pytest.fixture(autouse=True)
def _fresh() -> None:
    cache.clear()


@pytest.fixture
def link(company: Company, sandbox: Any) -> AfasConnection:
    AppInstallationFactory(company=company)
    return AfasConnectionFactory(company=company, user_token=seed.LIVE_TOKEN)


@pytest.fixture
def browser(link: AfasConnection, owner: User, client_of: Callable[..., Any]) -> Any:
    return client_of(owner, link.company)


@pytest.fixture
def typed_only(link: AfasConnection) -> None:
    """AFAS gives no list of items."""
    found = [{"connector": "Profit_Article", "access": "read", "granted": False}]
    AfasConnection.objects.update(findings=found)


def text(answer: Any) -> str:
    found: str = answer.content.decode()
    return found


def of(use: str) -> tuple[str, str, str]:
    found = ItemLink.objects.get(use=use)
    return found.kind, found.code, found.unit


def test_code_alone_is_enough_where_afas_knows_the_item(browser: Any, company: Company) -> None:
    browser.post(reverse("afas_items"), {"default-code": "uren-alg", "rides-code": " KM "})
    assert of("default") == ("1", "UREN-ALG", "uur")
    assert of("rides") == ("6", "KM", "km")
    ride = RideFactory(company=company)
    assert ItemLadder.of(company, "12345").item_of("ride", ride).code == "KM"


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"default-code": "NONE", "default-kind": "1"}, "no item with this code"),
        ({"default-code": "KM", "default-kind": "1"}, "of the kind"),
        ({"default-code": "NONE"}, "what kind of item"),
        ({"default-code": "X" * 41, "default-kind": "7"}, "At most 40"),
    ],
)
def test_what_afas_would_refuse_is_said_beside_the_field(
    browser: Any, fields: dict[str, str], word: str
) -> None:
    answer = browser.post(reverse("afas_items"), {**fields, "rides-code": "KM"})
    assert answer.status_code == 422
    assert word in text(answer)
    assert 'value="KM"' in text(answer)
    assert not ItemLink.objects.exists()


def test_a_blocked_item_is_refused(browser: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from integrations.afas.records import Item
    from integrations.services import picking

    blocked = Item("OLD", "Old", "uur", "1", Blocked=True)
    monkeypatch.setattr(picking, "_items", lambda *_: [blocked])
    answer = browser.post(reverse("afas_items"), {"default-code": "OLD", "default-kind": "1"})
    assert "has blocked this item" in text(answer)


@pytest.mark.usefixtures("typed_only")
def test_without_a_list_code_and_kind_are_typed_and_the_unit_may_be_none(browser: Any) -> None:
    assert "what kind" in text(browser.post(reverse("afas_items"), {"default-code": "HRS"}))
    browser.post(reverse("afas_items"), {"default-code": "HRS", "default-kind": "2"})
    assert of("default") == ("2", "HRS", "*****")


def test_emptying_the_code_takes_the_item_away(browser: Any, company: Company) -> None:
    ItemLinkFactory(company=company)
    browser.post(reverse("afas_items"), {"default-code": "", "default-kind": "1"})
    assert not ItemLink.objects.exists()


def test_the_table_saves_activities_and_categories_at_once(browser: Any, company: Company) -> None:
    design = ActivityFactory(company=company, name="Design")
    meals = ExpenseCategoryFactory(company=company, name="Meals")
    ActivityFactory(company=company, name="Old", archived=True)
    stranger = ActivityFactory()

    shown = text(browser.get(PAGE))
    assert "Design" in shown
    assert "Meals" in shown
    assert "2 without" in shown
    assert f"activity-{stranger.pk}-code" not in shown

    browser.post(
        reverse("afas_item_table"),
        {
            f"activity-{design.pk}-code": "UREN-DEV",
            f"category-{meals.pk}-code": "KM",
            f"activity-{stranger.pk}-code": "KM",
        },
    )

    assert of("activity") == ("1", "UREN-DEV", "uur")
    assert of("category")[1] == "KM"
    assert ItemLink.objects.count() == 2


def test_an_activity_and_a_category_have_a_card_of_their_own(
    browser: Any, company: Company
) -> None:
    design = ActivityFactory(company=company)
    meals = ExpenseCategoryFactory(company=company)
    for page, subject, save in (
        ("activity", design, "afas_activity_item"),
        ("category", meals, "afas_category_item"),
    ):
        url = reverse(page, args=[subject.pk])
        assert "AFAS item" in text(browser.get(url))
        field = f"{page}-{subject.pk}-code"
        answer = browser.post(reverse(save, args=[subject.pk]), {field: "UREN-PM"}, follow=True)
        assert "UREN-PM" in text(answer)
        answer = browser.post(reverse(save, args=[subject.pk]), {field: "NONE"}, follow=True)
        assert "what kind" in text(answer)


def test_the_card_is_there_only_while_the_app_is_on(
    owner: User, company: Company, client_of: Callable[..., Any]
) -> None:
    design = ActivityFactory(company=company)
    browser = client_of(owner, company)
    assert "AFAS item" not in text(browser.get(reverse("activity", args=[design.pk])))


def test_the_item_of_another_company_is_not_there(browser: Any) -> None:
    stranger = ActivityFactory()
    answer = browser.post(
        reverse("afas_activity_item", args=[stranger.pk]), {f"activity-{stranger.pk}-code": "KM"}
    )
    assert answer.status_code == 404
    assert not ItemLink.objects.exists()


def test_the_list_to_pick_from_comes_from_afas_and_is_kept(browser: Any, sandbox: Any) -> None:
    assert "UREN-ALG" in text(browser.get(reverse("afas_item_options")))
    asked = len(sandbox.state()["requests"])
    browser.get(reverse("afas_item_options"))
    assert len(sandbox.state()["requests"]) == asked


def test_a_list_that_cannot_be_read_is_no_reason_to_fail(browser: Any, settings: Any) -> None:
    settings.AFAS_URL_TEMPLATE = "http://127.0.0.1:9/{participant}{environment}"
    assert browser.get(reverse("afas_item_options")).status_code == 200
    assert browser.get(PAGE).status_code == 200


def test_items_belong_to_one_environment(browser: Any, company: Company) -> None:
    ItemLinkFactory(company=company, environment="12345test", code="TEST-ONLY")
    assert "TEST-ONLY" not in text(browser.get(PAGE))
