"""The pages about activities and expense categories."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from registration.models import Activity, ExpenseCategory, Rate
from registration.services.catalogue import CategoryData, category_save
from registration.services.rates import RateSubject, rate_set
from tests.factories import (
    ActivityFactory,
    ExpenseCategoryFactory,
    ExpenseFactory,
    HourFactory,
    MembershipFactory,
    RateFactory,
)
from tests.registration.confirming import confirmed

pytestmark = pytest.mark.django_db
PAGES = ("activities", "activity_new", "categories", "category_new")


@pytest.fixture
def at_work(owner: Any, company: Any, client_of: Any) -> Any:
    return client_of(owner, company)


@pytest.fixture
def admin_only(company: Any, client_of: Any) -> Any:
    return client_of(MembershipFactory(company=company, rights=["admin"]).user, company)


def text_of(client: Any, name: str, *args: Any, query: str = "") -> str:
    response = client.get(reverse(name, args=args) + query)
    assert response.status_code == 200
    return response.content.decode()


def queries_of(address: str, client: Any) -> int:
    """How many questions a page asks the database."""
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


def test_the_lists_show_prices_and_hide_the_archive(at_work: Any, company: Any) -> None:
    RateFactory(activity=ActivityFactory(company=company, name="Design"), amount=95)
    ActivityFactory(company=company, name="Old work", archived=True)
    ExpenseCategoryFactory(company=company, name="Hosting", sales_price=Decimal("35"))
    shown = text_of(at_work, "activities")
    assert "Design" in shown
    assert "€\u00a095,00" in shown
    assert "Old work" not in shown
    assert "Old work" in text_of(at_work, "activities", query="?state=archived")
    assert "€\u00a035,00" in text_of(at_work, "categories")


def test_empty_lists_say_what_to_do(at_work: Any) -> None:
    assert "No activities here" in text_of(at_work, "activities")
    assert "No categories here" in text_of(at_work, "categories")


def test_many_activities_take_as_many_queries_as_few(at_work: Any, company: Any) -> None:
    RateFactory(activity=ActivityFactory(company=company))
    few = queries_of(reverse("activities"), at_work)
    for activity in ActivityFactory.create_batch(20, company=company):
        RateFactory(activity=activity)
    assert queries_of(reverse("activities"), at_work) == few


def test_an_activity_is_made_changed_and_archived(at_work: Any, company: Any) -> None:
    at_work.post(reverse("activity_new"), {"name": "Design", "billable": "on"})
    made = Activity.objects.of(company).get()
    at_work.post(reverse("activity", args=[made.pk]), {"name": "Advice", "archived": "on"})
    made.refresh_from_db()
    assert (made.name, made.billable, made.archived) == ("Advice", False, True)


def test_the_rate_of_an_activity_values_its_hours(at_work: Any, company: Any) -> None:
    entry = HourFactory(company=company, missing="no_rate")
    address = reverse("activity_rate", args=[entry.activity_id])
    assert confirmed(at_work, address, {"rate": "95"}).status_code == 302
    entry.refresh_from_db()
    assert entry.rate == 95
    refused = at_work.post(address, {"rate": "a lot"})
    assert refused.status_code == 422
    assert 'value="a lot"' in refused.content.decode()


def test_a_category_with_another_price_values_its_expenses(at_work: Any, company: Any) -> None:
    entry = ExpenseFactory(company=company)
    address = reverse("category", args=[entry.category_id])
    data = {"name": entry.category.name, "sales_price": "30,50", "billable": "on"}
    assert at_work.post(address, data).status_code == 302
    entry.refresh_from_db()
    assert entry.amount == Decimal("30.50")


def test_a_taken_name_is_refused_beside_its_box(at_work: Any, company: Any) -> None:
    known, other = ActivityFactory.create_batch(2, company=company)
    response = at_work.post(reverse("activity", args=[known.pk]), {"name": other.name})
    assert response.status_code == 422
    assert "exists already" in response.content.decode()


def test_an_admin_without_costs_sees_and_changes_no_price(admin_only: Any, company: Any) -> None:
    activity = ActivityFactory(company=company)
    category = ExpenseCategoryFactory(company=company, sales_price=Decimal("34"))
    priced = CategoryData(name="Hotel", sales_price=Decimal(35))
    category_save(company=company, category=category, data=priced, by=None)
    subject = RateSubject(activity=activity)
    rate_set(company=company, by=None, subject=subject, unit="hour", amount=Decimal("95"))
    for name, args in (
        ("activities", []),
        ("activity", [activity.pk]),
        ("categories", []),
        ("category", [category.pk]),
    ):
        shown = text_of(admin_only, name, *args)
        assert "95,00" not in shown
        assert "35,00" not in shown
        assert "34,00" not in shown
    data = {"name": "Hosting", "sales_price": "1"}
    assert admin_only.post(reverse("category", args=[category.pk]), data).status_code == 302
    category.refresh_from_db()
    assert (category.name, category.sales_price) == ("Hosting", 35)
    address = reverse("activity_rate", args=[activity.pk])
    assert admin_only.post(address, {"rate": "1"}).status_code == 403
    assert Rate.objects.get().amount == 95


def test_nobody_but_an_admin_keeps_the_catalogue(
    manager: Any, company: Any, client_of: Any
) -> None:
    client = client_of(manager, company)
    activity = ActivityFactory(company=company)
    assert [client.get(reverse(name)).status_code for name in PAGES] == [403] * 4
    for name in ("activity", "activity_rate"):
        assert client.post(reverse(name, args=[activity.pk]), {"rate": "1"}).status_code == 403
    assert not Rate.objects.exists()


def test_another_companys_rows_are_not_there(at_work: Any) -> None:
    activity, category = ActivityFactory(name="A"), ExpenseCategoryFactory(name="C")
    for name, pk in (
        ("activity", activity.pk),
        ("activity_rate", activity.pk),
        ("category", category.pk),
    ):
        assert at_work.post(reverse(name, args=[pk]), {"name": "X"}).status_code == 404
    assert Activity.objects.get().name == "A"
    assert ExpenseCategory.objects.get().name == "C"
