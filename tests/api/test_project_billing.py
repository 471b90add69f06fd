"""How projects are billed: another method, subscriptions and instalments."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Company, Membership, Right, Role
from registration.models import Instalment, Project, Subscription, SubscriptionPeriod
from tests.factories import (
    HourFactory,
    InstalmentFactory,
    MembershipFactory,
    ProjectFactory,
    SubscriptionFactory,
)

pytestmark = pytest.mark.django_db


def with_rights(company: Company, *rights: str) -> Membership:
    return MembershipFactory(company=company, role=Role.MEMBER, rights=list(rights))


def test_another_method_is_looked_at_and_then_holds(
    program: Callable[..., Any], company: Company
) -> None:
    hour, one = HourFactory(company=company), program()
    path = f"projects/{hour.project_id}/method/"
    sent = {"billing_method": "fixed_project", "price": "700"}
    looked = one.post(f"{path}preview/", sent).json()
    assert (looked["changed"], looked["before"], looked["after"]) == (1, "100.00", "0.00")
    assert Project.objects.get().billing_method == "hourly_activity"
    answer = one.post(path, sent)
    assert (answer.json()["billing_method"], answer.json()["price"]) == ("fixed_project", "700.00")
    hour.refresh_from_db()
    assert hour.missing == "covered"
    again = one.post(path, sent)
    assert again.json()["errors"][0]["field"] == "billing_method"


def test_a_method_needs_what_its_page_asks(program: Callable[..., Any], company: Company) -> None:
    hour = HourFactory(company=company, invoiced=True)
    path, one = f"projects/{hour.project_id}/method/", program()
    for sent, field in (
        ({"billing_method": "fixed_project"}, "price"),
        ({"billing_method": "none"}, "starts"),
        ({"billing_method": "none", "starts": "1999-01-01"}, "starts"),
        ({"billing_method": "barter"}, "billing_method"),
        ({}, "billing_method"),
    ):
        for address in (path, f"{path}preview/"):
            answer = one.post(address, sent)
            assert answer.status_code == 400
            assert field in {error["field"] for error in answer.json()["errors"]}
    assert Project.objects.get().billing_method == "hourly_activity"


def test_how_a_project_is_billed_is_changed_by_who_has_the_right_costs(
    program: Callable[..., Any], company: Company
) -> None:
    terms = SubscriptionFactory(company=company)
    path = f"projects/{terms.project_id}/"
    editor = program(with_rights(company, Right.ALL_PROJECTS, Right.INVOICES))
    assert editor.get(f"{path}subscription/").status_code == 200
    assert editor.patch(f"{path}subscription/", {"price": "1"}).status_code == 403
    assert editor.post(f"{path}method/", {"billing_method": "none"}).status_code == 403
    member = program(with_rights(company, Right.ALL_PROJECTS))
    assert member.get(f"{path}subscription/").status_code == 403
    assert member.get(f"{path}periods/").status_code == 403
    reader = program(None, "relations:read")
    preview = reader.post(f"{path}method/preview/", {"billing_method": "none"})
    assert preview.status_code == 200
    assert reader.post(f"{path}method/", {"billing_method": "none"}).status_code == 403


def test_the_terms_of_a_subscription_are_read_and_changed(
    program: Callable[..., Any], company: Company
) -> None:
    terms = SubscriptionFactory(company=company, starts_on=date(2026, 1, 1))
    path, one = f"projects/{terms.project_id}/subscription/", program()
    seen = one.get(path)
    assert (seen.json()["price"], seen.json()["frequency"]) == ("250.00", "month")
    sent = {"price": "300", "price_from": "2026-06-01", "ends_on": "2026-12-31"}
    changed = one.patch(path, sent, If_Match=seen["ETag"])
    assert changed.status_code == 200, changed.content
    assert (changed.json()["price"], changed.json()["starts_on"]) == ("300.00", "2026-01-01")
    assert one.patch(path, sent, If_Match=seen["ETag"]).status_code == 412
    amounts = dict(SubscriptionPeriod.objects.values_list("starts_on", "amount"))
    assert amounts[date(2026, 5, 1)] == Decimal(250)
    assert amounts[date(2026, 6, 1)] == Decimal(300)
    periods = one.get(f"projects/{terms.project_id}/periods/").json()["periods"]
    assert periods[0]["starts_on"] > periods[-1]["starts_on"] == "2026-01-01"


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"price": None}, "price"),
        ({"price": "-1"}, "price"),
        ({"starts_on": "0001-01-01"}, "starts_on"),
        ({"starts_on": "9999-12-31"}, "starts_on"),
        ({"ends_on": "2025-01-01"}, "ends_on"),
        ({"frequency": "daily"}, "frequency"),
        ({"template": ""}, "template"),
        ({"price_from": "1900-01-01"}, "price_from"),
    ],
)
def test_terms_that_cannot_be_are_told_by_their_field(
    program: Callable[..., Any], company: Company, sent: dict[str, Any], field: str
) -> None:
    terms = SubscriptionFactory(company=company)
    answer = program().patch(f"projects/{terms.project_id}/subscription/", sent)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert Subscription.objects.get().starts_on == date(2026, 1, 1)


def test_a_project_without_subscription_has_none(
    program: Callable[..., Any], company: Company
) -> None:
    path = f"projects/{ProjectFactory(company=company).pk}/"
    assert program().get(f"{path}subscription/").status_code == 404
    assert program().patch(f"{path}subscription/", {"price": "1"}).status_code in {404, 409}
    assert program().get(f"{path}periods/").json() == {"periods": []}


# ---- instalments


@pytest.fixture
def fixed(company: Company) -> Project:
    return ProjectFactory(company=company, billing_method="fixed_project", price=Decimal(1000))


def test_instalments_take_from_what_is_left_of_the_price(
    program: Callable[..., Any], fixed: Project
) -> None:
    one = program()
    sent = {"project": fixed.pk, "description": "Start", "due_on": "2026-01-01", "amount": "400"}
    made = one.post("instalments/", sent)
    assert made.status_code == 201, made.content
    listed = one.get(f"instalments/?project={fixed.pk}").json()["results"]
    assert {row["amount"] for row in listed} == {"400.00", "600.00"}
    path = made["Location"].partition("/api/v1/")[2]
    changed = one.patch(path, {"percent": "25"}, If_Match=made["ETag"]).json()
    assert (changed["amount"], changed["percent"]) == ("250.00", "25.0000")
    fixed_again = one.patch(path, {"amount": "300"}).json()
    assert (fixed_again["amount"], fixed_again["percent"]) == ("300.00", None)
    assert one.patch(path, {"amount": "1"}, If_Match=made["ETag"]).status_code == 412
    assert one.delete(path).status_code == 204
    (left,) = one.get("instalments/").json()["results"]
    assert (left["amount"], left["implicit"]) == ("1000.00", True)


def test_an_instalment_that_cannot_be_is_refused(
    program: Callable[..., Any], company: Company, fixed: Project
) -> None:
    one = program()
    good = {"project": fixed.pk, "description": "Start", "due_on": "2026-01-01", "amount": "4"}
    for change in (
        {"amount": None},
        {"percent": "10"},
        {"amount": "0"},
        {"description": ""},
        {"due_on": None},
        {"vat_code": "half"},
        {"project": ProjectFactory(billing_method="fixed_project").pk},
    ):
        assert one.post("instalments/", {**good, **change}).status_code == 400, change
    hourly = ProjectFactory(company=company)
    assert one.post("instalments/", {**good, "project": hourly.pk}).status_code == 409
    assert not Instalment.objects.exists()
    made = one.post("instalments/", good).json()
    moved = one.patch(f"instalments/{made['id']}/", {"project": hourly.pk})
    assert "stays with its project" in moved.json()["errors"][0]["detail"]


def test_a_billed_instalment_stays_as_it_is(program: Callable[..., Any], fixed: Project) -> None:
    row = InstalmentFactory(project=fixed, billing="invoiced", invoice_label="2026-001")
    path, one = f"instalments/{row.pk}/", program()
    assert "2026-001" in one.patch(path, {"amount": "1"}).json()["detail"]
    assert one.delete(path).status_code == 409
    assert Instalment.objects.get().amount == Decimal(1000)


def test_instalments_are_of_ones_own_company_and_for_who_sees_amounts(
    program: Callable[..., Any], company: Company
) -> None:
    own, foreign, one = InstalmentFactory(company=company), InstalmentFactory(), program()
    assert [row["id"] for row in one.get("instalments/").json()["results"]] == [own.pk]
    assert one.get(f"instalments/?project={foreign.project_id}").json()["results"] == []
    assert one.patch(f"instalments/{foreign.pk}/", {"amount": "1"}).status_code == 404
    assert one.delete(f"instalments/{foreign.pk}/").status_code == 404
    assert program(with_rights(company, Right.ADMIN)).get("instalments/").status_code == 403
    biller = program(with_rights(company, Right.INVOICES))
    assert biller.get(f"instalments/{own.pk}/").status_code == 200
    assert biller.patch(f"instalments/{own.pk}/", {"amount": "1"}).status_code == 403
    assert Instalment.objects.filter(amount=Decimal(1000)).count() == 2
