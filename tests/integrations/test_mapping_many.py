"""The mapping of many rows: filters, paging, and one code for all that are ticked or match."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache

from accounts.models import Company, User
from core.models import AuditEvent
from integrations.models import AccountLink, AfasConnection, ItemLink, ProjectLink
from integrations.services.mapping_rows import rows_of
from integrations.services.mapping_saving import save_rows
from registration.models import Activity, Project
from sandbox import seed
from tests.factories import (
    AccountLinkFactory,
    ActivityFactory,
    AfasConnectionFactory,
    AppInstallationFactory,
    CustomerFactory,
    ProjectFactory,
    ProjectLinkFactory,
)
from tests.integrations.test_mapping import address, form, text

pytestmark = pytest.mark.django_db


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
def activities(company: Company) -> list[Activity]:
    return [ActivityFactory(company=company, name=f"Work {n:03}") for n in range(60)]


def page_of(link: AfasConnection, activities: list[Activity], **typed: str) -> dict[str, Any]:
    """The form of a page that shows these activities alone."""
    keys = tuple(f"activity-{one.pk}-" for one in activities)
    held = form(link, "activities")
    return {name: value for name, value in held.items() if name.startswith(keys)} | typed


def test_fifty_rows_stand_on_a_page(browser: Any, activities: list[Activity]) -> None:
    first = text(browser.get(address("activities")))
    assert "1–50 of 60" in first
    assert "Work 049" in first
    assert "Work 050" not in first
    assert "Work 050" in text(browser.get(address("activities", page="2")))


def test_filters_find_by_name_code_and_what_is_lacking(
    browser: Any, company: Company, activities: list[Activity]
) -> None:
    AccountLinkFactory(company=company, use="activity", activity=activities[7], account="8080")
    ActivityFactory(company=company, name="Work of old", archived=True)
    shown = text(browser.get(address("activities", show="missing")))
    assert "1–50 of 59" in shown
    assert "Work 007" not in shown
    assert "Work 007" in text(browser.get(address("activities", q="8080")))
    assert "Work of old" not in text(browser.get(address("activities", page="2")))
    assert "Work of old" in text(browser.get(address("activities", q="of old")))
    assert "No row matches" in text(browser.get(address("activities", q="nothing")))
    only = text(browser.get(address("activities", row=f"activity-{activities[7].pk}")))
    assert "1–1 of 1" in only


def test_with_a_default_nothing_is_missing_and_it_stands_in_grey(
    browser: Any, company: Company, activities: list[Activity]
) -> None:
    AccountLinkFactory(company=company, account="8000")
    assert "Nothing is missing" in text(browser.get(address("activities", show="missing")))
    shown = text(browser.get(address("activities", show="empty")))
    assert "1–50 of 60" in shown
    assert 'placeholder="8000"' in shown


def test_what_is_set_for_the_ticked_rows_goes_with_what_was_typed(
    browser: Any, link: AfasConnection, activities: list[Activity]
) -> None:
    keys = [f"activity-{one.pk}" for one in activities[:4]]
    fields = page_of(link, activities[:50], **{f"{keys[0]}-account": "8010"})
    fields |= {"tick": keys[1:3], "bulk-account": "8080", "bulk-code": "UREN-DEV", "do": "bulk"}
    answer = browser.post(address("activities"), fields, follow=True)
    assert "Saved: 3 rows changed" in text(answer)
    found = {one.activity_id: one.account for one in AccountLink.objects.all()}
    assert found == {activities[0].pk: "8010", activities[1].pk: "8080", activities[2].pk: "8080"}
    assert {one.activity_id for one in ItemLink.objects.all()} == {
        one.pk for one in activities[1:3]
    }


def test_all_that_match_get_it_on_every_page(
    browser: Any, link: AfasConnection, activities: list[Activity], company: Company
) -> None:
    ActivityFactory(company=company, name="Other")
    fields = page_of(link, activities[:50])
    fields |= {"every": "1", "matching": "60", "bulk-account": "8080", "do": "bulk"}
    answer = browser.post(address("activities", q="work"), fields, follow=True)
    assert "Saved: 60 rows changed" in text(answer)
    assert AccountLink.objects.count() == 60


def test_all_that_match_is_refused_once_others_match(
    browser: Any, link: AfasConnection, activities: list[Activity]
) -> None:
    fields = page_of(link, activities[:50])
    fields |= {"every": "1", "matching": "59", "bulk-account": "8080", "do": "bulk"}
    answer = browser.post(address("activities"), fields)
    assert answer.status_code == 422
    assert "Meanwhile other rows match" in text(answer)
    assert not AccountLink.objects.exists()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"bulk-account": "8080"}, "Tick the rows first"),
        ({"tick": "all", "bulk-account": ""}, "Fill in what the ticked rows shall get"),
        ({"tick": "all", "bulk-account": "9999"}, "AFAS knows no ledger account 9999"),
        ({"every": "1", "matching": "60", "bulk-account": "8090"}, "has blocked ledger account"),
        ({"tick": "stranger", "bulk-account": "8080"}, "Tick the rows first"),
    ],
)
def test_what_cannot_be_set_for_many_is_said_once(
    browser: Any,
    link: AfasConnection,
    activities: list[Activity],
    fields: dict[str, Any],
    sentence: str,
) -> None:
    all_of_page = [f"activity-{one.pk}" for one in activities[:50]]
    ticks = {"all": all_of_page, "stranger": [f"activity-{ActivityFactory().pk}"]}
    typed = {**fields, "do": "bulk"}
    if "tick" in typed:
        typed["tick"] = ticks[typed["tick"]]
    answer = browser.post(address("activities"), page_of(link, activities[:50]) | typed)
    assert answer.status_code == 422
    assert text(answer).count(sentence) == 1
    assert not AccountLink.objects.exists()


def test_after_a_refusal_the_ticks_and_what_was_typed_are_still_there(
    browser: Any, link: AfasConnection, activities: list[Activity]
) -> None:
    key = f"activity-{activities[0].pk}"
    fields = page_of(link, activities[:50], **{f"activity-{activities[1].pk}-account": "8010"})
    fields |= {"tick": [key], "bulk-account": "9999", "do": "bulk"}
    shown = text(browser.post(address("activities"), fields))
    assert f'value="{key}" checked' in shown
    assert 'value="9999"' in shown
    assert 'value="8010"' in shown


def test_projects_lack_a_cost_centre_only_where_afas_asks_for_one(
    browser: Any, company: Company, link: AfasConnection
) -> None:
    customer = CustomerFactory(company=company, name="Vlier")
    site = ProjectFactory(company=company, customer=customer, name="Site")
    shop = ProjectFactory(company=company, customer=customer, name="Shop")
    ProjectFactory(company=company, customer=None, name="Own office")
    ProjectFactory(company=company, name="Finished", active=False)
    ProjectLinkFactory(company=company, project=shop)
    AccountLinkFactory(company=company, account="8000")
    assert "Nothing is missing" in text(browser.get(address("projects", show="missing")))

    AccountLink.objects.update(account="8074")
    shown = text(browser.get(address("projects", show="missing")))
    assert "AFAS wants a cost centre" in shown
    for name, is_there in (("Site", True), ("Shop", False), ("Own office", False)):
        assert (f">{name}<" in shown) is is_there
    assert "Finished" not in shown
    assert "Finished" in text(browser.get(address("projects", q="finished")))
    assert ProjectLink.objects.exclude(project=site).count() == 1


def test_thousands_of_projects_can_be_set_and_emptied_at_once(
    link: AfasConnection, company: Company, owner: User
) -> None:
    customer = CustomerFactory(company=company)
    many = [Project(company=company, customer=customer, name=f"P {n}") for n in range(1100)]
    Project.objects.bulk_create(many)
    keys = [row.key for row in rows_of(link, "projects")]
    for centre in ("NOORD", "WEST", ""):
        wanted = {key: {"cost_centre": centre} for key in keys}
        assert save_rows(connection=link, table="projects", wanted=wanted, by=owner) == 1100
        assert ProjectLink.objects.filter(cost_centre=centre).count() == (1100 if centre else 0)
    assert AuditEvent.objects.filter(action__startswith="afas_allocation").count() == 3300


def test_a_list_that_cannot_be_read_refuses_nothing(
    browser: Any, link: AfasConnection, activities: list[Activity]
) -> None:
    AfasConnection.objects.update(user_token=seed.BARE_TOKEN)
    key = f"activity-{activities[0].pk}"
    typed = {f"{key}-account": "ANY", f"{key}-code": "HRS", f"{key}-kind": "2"}
    answer = browser.post(
        address("activities"), page_of(link, activities[:50], **typed), follow=True
    )
    assert "Saved: 1 row changed" in text(answer)
    assert "No list" in text(answer)
    assert AccountLink.objects.get().account == "ANY"


def test_while_afas_is_away_the_page_still_works(
    browser: Any, activities: list[Activity], settings: Any
) -> None:
    settings.AFAS_URL_TEMPLATE = "http://127.0.0.1:9/{participant}{environment}"
    assert browser.get(address("vat", suggest="1")).status_code == 200
    assert browser.get(address("activities")).status_code == 200
