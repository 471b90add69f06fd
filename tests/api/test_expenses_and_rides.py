"""`/expenses/` and `/rides/`: what they have beside what they share with hours."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Company, Membership, Role
from registration.models import Expense, Ride
from tests.factories import (
    ExpenseCategoryFactory,
    ExpenseFactory,
    MembershipFactory,
    ProjectFactory,
    RateFactory,
    ReceiptFactory,
    RideFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def expense(company: Company) -> dict[str, Any]:
    """An expense as a program sends it, but for its cost."""
    return {
        "date": timezone.localdate().isoformat(),
        "project": ProjectFactory(company=company).pk,
        "category": ExpenseCategoryFactory(company=company).pk,
    }


@pytest.fixture
def ride(company: Company) -> dict[str, Any]:
    """A ride as a program sends it."""
    RateFactory(company=company, unit="km", amount=Decimal("0.23"))
    return {
        "date": timezone.localdate().isoformat(),
        "project": ProjectFactory(company=company).pk,
        "origin": "Delft",
        "destination": "Leiden",
        "distance": "20.5",
    }


def costs(answer: Any) -> tuple[Any, ...]:
    assert answer.status_code in {200, 201}, answer.content
    shown = answer.json()
    return shown["unit_cost"], shown["unit_cost_incl"], shown["receipt_vat"]


def test_a_cost_without_vat_is_kept_as_it_is(
    program: Callable[..., Any], expense: dict[str, Any]
) -> None:
    answer = program().post("expenses/", {**expense, "unit_cost": "12.50", "quantity": 2})
    assert costs(answer) == ("12.50", None, None)
    assert answer.json()["amount"] == "25.00"


def test_a_cost_with_vat_gives_the_cost_without(
    program: Callable[..., Any], expense: dict[str, Any]
) -> None:
    sent = {**expense, "unit_cost_incl": "25.00", "receipt_vat": "21"}
    one = program()
    made = one.post("expenses/", sent)
    assert costs(made) == ("20.66", "25.00", "21.00")
    path = f"expenses/{made.json()['id']}/"
    assert costs(one.patch(path, {"note": "Same"})) == ("20.66", "25.00", "21.00")
    assert costs(one.patch(path, {"receipt_vat": "9"})) == ("22.94", "25.00", "9.00")
    assert costs(one.patch(path, {"unit_cost_incl": "12.10"})) == ("11.10", "12.10", "9.00")
    whole = {name: one.get(path).json()[name] for name in ("unit_cost", "unit_cost_incl")}
    assert costs(one.patch(path, whole)) == ("11.10", "12.10", "9.00")
    assert costs(one.patch(path, {"unit_cost": "5"})) == ("5.00", None, "9.00")


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({}, "unit_cost"),
        ({"unit_cost": None}, "unit_cost"),
        ({"unit_cost": "-1"}, "unit_cost"),
        ({"unit_cost": "1.005"}, "unit_cost"),
        ({"unit_cost": "10000000"}, "unit_cost"),
        ({"unit_cost": "NaN"}, "unit_cost"),
        ({"unit_cost": True}, "unit_cost"),
        ({"unit_cost_incl": "25"}, "receipt_vat"),
        ({"unit_cost": "1", "unit_cost_incl": "25", "receipt_vat": "21"}, "unit_cost"),
        ({"unit_cost": "1", "receipt_vat": "100"}, "receipt_vat"),
        ({"unit_cost": "1", "quantity": "0"}, "quantity"),
        ({"unit_cost": "1", "quantity": "1e30"}, "quantity"),
        ({"unit_cost": "1", "category": 1}, "category"),
    ],
)
def test_a_cost_that_cannot_be_is_told_by_its_field(
    program: Callable[..., Any], expense: dict[str, Any], sent: dict[str, Any], field: str
) -> None:
    if field == "category":
        sent = {**sent, "category": ExpenseCategoryFactory().pk}
    answer = program().post("expenses/", {**expense, **sent})
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert not Expense.objects.exists()


def test_an_expense_too_large_to_keep_is_refused_with_a_sentence(
    program: Callable[..., Any], expense: dict[str, Any]
) -> None:
    sent = {**expense, "unit_cost": "9999999.99", "quantity": "999999.99"}
    answer = program().post("expenses/", sent)
    assert answer.status_code == 409
    assert "cannot be kept" in answer.json()["detail"]


def test_an_expense_shows_its_receipts(program: Callable[..., Any], company: Company) -> None:
    receipt = ReceiptFactory(expense=ExpenseFactory(company=company), name="Ticket.pdf")
    (shown,) = program().get(f"expenses/{receipt.expense_id}/").json()["receipts"]
    assert (shown["id"], shown["name"]) == (receipt.pk, "Ticket.pdf")


def test_more_expenses_ask_no_more_queries(program: Callable[..., Any], company: Company) -> None:
    one, counts = program(), []
    for _round in range(2):
        for row in ExpenseFactory.create_batch(3, company=company):
            ReceiptFactory(expense=row)
        with CaptureQueriesContext(connection) as queries:
            assert one.get("expenses/").status_code == 200
        counts.append(len(queries))
    assert counts[0] >= counts[1]


def test_expenses_narrow_to_their_category(program: Callable[..., Any], company: Company) -> None:
    first, _other = ExpenseFactory(company=company), ExpenseFactory(company=company)
    found = program().get(f"expenses/?category={first.category_id}").json()["results"]
    assert [row["id"] for row in found] == [first.pk]


def test_a_ride_counts_a_return_twice(program: Callable[..., Any], ride: dict[str, Any]) -> None:
    one = program()
    made = one.post("rides/", ride).json()
    assert (made["kilometres"], made["amount"], made["purpose"]) == ("20.5", "4.72", "business")
    changed = one.patch(f"rides/{made['id']}/", {"is_return": True}).json()
    assert (changed["kilometres"], changed["amount"]) == ("41.0", "9.43")
    private = one.patch(f"rides/{made['id']}/", {"purpose": "private"}).json()
    assert (private["amount"], private["missing"]) == (None, "not_billable")
    assert [row["id"] for row in one.get("rides/?purpose=private").json()["results"]]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("distance", one) for one in ("0", "-3", "10000", "1.25", "far")),
        *(("origin", one) for one in ("", " ", "x" * 81, None)),
        ("purpose", "fun"),
        ("is_return", "sometimes"),
    ],
)
def test_a_ride_that_cannot_be_is_told_by_its_field(
    program: Callable[..., Any], ride: dict[str, Any], name: str, value: Any
) -> None:
    answer = program().post("rides/", {**ride, name: value})
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [name]
    assert not Ride.objects.exists()


@pytest.mark.parametrize("kind", ["expenses", "rides"])
def test_another_companys_is_not_there_and_stays(program: Callable[..., Any], kind: str) -> None:
    foreign = {"expenses": ExpenseFactory, "rides": RideFactory}[kind](note="Theirs")
    one, path = program(), f"{kind}/{foreign.pk}/"
    assert one.get(path).status_code == 404
    assert one.patch(path, {"note": "Ours"}).status_code == 404
    assert one.delete(path).status_code == 404
    assert one.get(f"{kind}/").json()["results"] == []
    foreign.refresh_from_db()
    assert foreign.note == "Theirs"


@pytest.mark.parametrize("kind", ["expenses", "rides"])
def test_a_member_keeps_their_own_by_its_version(
    program: Callable[..., Any], company: Company, kind: str
) -> None:
    member: Membership = MembershipFactory(company=company, role=Role.MEMBER)
    own = {"expenses": ExpenseFactory, "rides": RideFactory}[kind](membership=member)
    one, path = program(member), f"{kind}/{own.pk}/"
    seen = one.get(path)
    assert seen.json()["amount"] is None
    assert one.patch(path, {"note": "First"}, If_Match=seen["ETag"]).status_code == 200
    assert one.delete(path, If_Match=seen["ETag"]).status_code == 412
    assert one.delete(path).status_code == 204
