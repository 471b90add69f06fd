"""`/activities/`, `/products/` and `/rates/`: what sets what work is and costs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Company, Membership, Right, Role
from registration.models import Activity, ExpenseCategory, Rate
from tests.factories import (
    ActivityFactory,
    CustomerFactory,
    ExpenseCategoryFactory,
    ExpenseFactory,
    HourFactory,
    MembershipFactory,
    ProjectFactory,
    RateFactory,
)

pytestmark = pytest.mark.django_db
FACTORIES = {"activities": ActivityFactory, "products": ExpenseCategoryFactory}
both = pytest.mark.parametrize("kind", FACTORIES)


def with_rights(company: Company, *rights: str) -> Membership:
    return MembershipFactory(company=company, role=Role.MEMBER, rights=list(rights))


@both
def test_one_is_made_changed_and_archived(program: Callable[..., Any], kind: str) -> None:
    one = program()
    made = one.post(f"{kind}/", {"name": " Advice ", "vat_code": "high"})
    assert made.status_code == 201
    assert (made.json()["name"], made.json()["billable"]) == ("Advice", True)
    path = made["Location"].partition("/api/v1/")[2]
    changed = one.patch(path, {"archived": True}, If_Match=made["ETag"])
    assert (changed.json()["archived"], changed.json()["vat_code"]) == (True, "high")
    assert one.patch(path, {"name": "Late"}, If_Match=made["ETag"]).status_code == 412
    assert [row["name"] for row in one.get(f"{kind}/?archived=true").json()["results"]] == [
        "Advice"
    ]
    assert one.get(f"{kind}/?archived=false").json()["results"] == []


@both
def test_a_name_is_there_once(program: Callable[..., Any], company: Company, kind: str) -> None:
    FACTORIES[kind](company=company, name="Advice", archived=True)
    answer = program().post(f"{kind}/", {"name": "Advice"})
    assert answer.status_code == 400
    assert "archived" in answer.json()["errors"][0]["detail"]


@both
def test_everybody_reads_them_and_an_admin_keeps_them(
    program: Callable[..., Any], company: Company, kind: str
) -> None:
    known = FACTORIES[kind](company=company, name="Advice")
    member = program(with_rights(company))
    assert [row["id"] for row in member.get(f"{kind}/").json()["results"]] == [known.pk]
    assert member.post(f"{kind}/", {"name": "Other"}).status_code == 403
    assert member.patch(f"{kind}/{known.pk}/", {"name": "Other"}).status_code == 403
    assert program(None, "relations:read").post(f"{kind}/", {"name": "X"}).status_code == 403
    known.refresh_from_db()
    assert known.name == "Advice"


@both
def test_another_companys_is_not_there(program: Callable[..., Any], kind: str) -> None:
    foreign = FACTORIES[kind](name="Theirs")
    assert program().get(f"{kind}/{foreign.pk}/").status_code == 404
    assert program().patch(f"{kind}/{foreign.pk}/", {"name": "Ours"}).status_code == 404
    foreign.refresh_from_db()
    assert foreign.name == "Theirs"


@both
def test_more_of_them_ask_no_more_queries(
    program: Callable[..., Any], company: Company, kind: str
) -> None:
    one, counts = program(), []
    for _round in range(2):
        FACTORIES[kind].create_batch(3, company=company)
        with CaptureQueriesContext(connection) as queries:
            assert one.get(f"{kind}/").status_code == 200
        counts.append(len(queries))
    assert counts[0] >= counts[1]


def test_another_price_values_expenses_again(program: Callable[..., Any], company: Company) -> None:
    expense = ExpenseFactory(company=company)
    answer = program().patch(f"products/{expense.category_id}/", {"sales_price": "30.5"})
    assert answer.json()["sales_price"] == "30.5000"
    expense.refresh_from_db()
    assert expense.amount == Decimal("30.50")


def test_prices_are_seen_and_set_by_who_has_the_right(
    program: Callable[..., Any], company: Company
) -> None:
    known = ExpenseCategoryFactory(company=company, sales_price=Decimal(10))
    path = f"products/{known.pk}/"
    admin = program(with_rights(company, Right.ADMIN))
    assert admin.get(path).json()["sales_price"] is None
    assert admin.patch(path, {"sales_price": None, "unit": "night"}).status_code == 200
    answer = admin.patch(path, {"sales_price": "1"})
    assert answer.json()["errors"][0]["field"] == "sales_price"
    assert admin.post("products/", {"name": "New", "sales_price": "1"}).status_code == 400
    known.refresh_from_db()
    assert (known.sales_price, known.unit) == (Decimal(10), "night")
    assert ExpenseCategory.objects.count() == 1


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("activities/", {"name": "x" * 81}),
        ("activities/", {"name": "A", "code": "x" * 21}),
        ("activities/", {"name": "A", "vat_code": "half"}),
        ("products/", {"name": "A", "sales_price": "1000000"}),
        ("products/", {"name": "A", "sales_price": "0.00001"}),
        ("products/", {"name": "A", "unit": "x" * 16}),
    ],
)
def test_what_cannot_be_is_a_400(program: Callable[..., Any], path: str, sent: Any) -> None:
    assert program().post(path, sent).status_code == 400
    assert not Activity.objects.exists()
    assert not ExpenseCategory.objects.exists()


# ---- rates


def test_a_rate_is_set_changed_and_taken_away_and_values_hours(
    program: Callable[..., Any], company: Company
) -> None:
    hour, one = HourFactory(company=company), program()
    sent = {"unit": "hour", "activity": hour.activity_id, "amount": "80"}

    def worth() -> Any:
        hour.refresh_from_db()
        return hour.amount

    looked = one.post("rates/preview/", sent).json()
    assert (looked["count"], looked["after"]) == (1, "80.00")
    assert worth() == Decimal(100)
    made = one.post("rates/", sent)
    assert made.status_code == 201
    assert (made.json()["valid_from"], worth()) == (None, Decimal(80))
    path = made["Location"].partition("/api/v1/")[2]
    assert one.patch(path, {"amount": "90"}).json()["amount"] == "90.0000"
    assert worth() == Decimal(90)
    assert one.patch(path, {"amount": "1"}, If_Match=made["ETag"]).status_code == 412
    assert one.patch(path, {"unit": "km"}).status_code == 400
    assert one.delete(path).status_code == 204
    assert worth() is None


def test_a_rate_of_the_same_day_is_replaced(program: Callable[..., Any]) -> None:
    one, sent = program(), {"unit": "km", "amount": "0.23", "valid_from": "2026-01-01"}
    assert (
        one.post("rates/", sent).json()["id"]
        == one.post("rates/", {**sent, "amount": "0.25"}).json()["id"]
    )
    assert Rate.objects.get().amount == Decimal("0.25")


@pytest.mark.parametrize(
    "sent",
    [
        {"unit": "km", "activity": 1},
        {"unit": "hour", "project": 1, "customer": 1},
        {"unit": "cost", "project": 1},
        {"unit": "day"},
        {"unit": "hour", "amount": "-1"},
        {"unit": "hour", "amount": "1000000"},
        {"unit": "hour", "amount": "1.00001"},
        {"unit": "hour", "valid_from": "soon"},
        {"amount": "1"},
    ],
)
def test_a_rate_that_cannot_be_is_a_400(
    program: Callable[..., Any], company: Company, sent: dict[str, Any]
) -> None:
    ours = {
        "activity": ActivityFactory(company=company).pk,
        "project": ProjectFactory(company=company).pk,
        "customer": CustomerFactory(company=company).pk,
    }
    named = {name: ours.get(name, one) for name, one in sent.items()}
    for path in ("rates/", "rates/preview/"):
        assert program().post(path, {"amount": "1", **named}).status_code == 400
    assert not Rate.objects.exists()


def test_rates_are_for_who_has_the_right_costs_and_of_ones_own_company(
    program: Callable[..., Any], company: Company
) -> None:
    own = RateFactory(company=company, valid_from=date(2026, 1, 1))
    foreign, one = RateFactory(activity=ActivityFactory()), program()
    assert [row["id"] for row in one.get("rates/").json()["results"]] == [own.pk]
    assert one.get(f"rates/{foreign.pk}/").status_code == 404
    assert one.delete(f"rates/{foreign.pk}/").status_code == 404
    sent = {"unit": "hour", "amount": "1", "activity": foreign.activity_id}
    assert one.post("rates/", sent).json()["errors"][0]["field"] == "activity"
    biller = program(with_rights(company, Right.INVOICES, Right.ADMIN))
    assert biller.get("rates/").status_code == 403
    assert biller.delete(f"rates/{own.pk}/").status_code == 403
    assert Rate.objects.count() == 2
