"""`/projects/`: what is worked on, its activities and its people."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Company, Membership, Right, Role
from registration.models import Instalment, Project
from tests.factories import (
    ActivityFactory,
    CustomerFactory,
    MembershipFactory,
    ProjectActivityFactory,
    ProjectFactory,
    ProjectMemberFactory,
)

pytestmark = pytest.mark.django_db


def with_rights(company: Company, *rights: str) -> Membership:
    return MembershipFactory(company=company, role=Role.MEMBER, rights=list(rights))


def ids(answer: Any) -> list[int]:
    assert answer.status_code == 200, answer.content
    return [one["id"] for one in answer.json()["results"]]


def test_a_project_is_made_as_the_form_begins(
    program: Callable[..., Any], company: Company
) -> None:
    customer = CustomerFactory(company=company)
    answer = program().post("projects/", {"name": "Website", "customer": customer.pk})
    assert answer.status_code == 201
    shown = answer.json()
    assert (shown["billing_method"], shown["rounding_rule"]) == ("hourly_activity", "inherit")
    assert (shown["customer"], shown["active"], shown["price"]) == (customer.pk, True, None)


def test_a_project_with_a_price_is_billed_by_it(program: Callable[..., Any]) -> None:
    sent = {"name": "Site", "billing_method": "fixed_project", "price": "1000"}
    one = program()
    path = one.post("projects/", sent)["Location"].partition("/api/v1/")[2]
    assert Instalment.objects.get().amount == Decimal(1000)
    assert one.patch(path, {"price": "1200.50"}).json()["price"] == "1200.50"
    assert Instalment.objects.get().amount == Decimal("1200.50")
    del sent["price"]
    refused = one.post("projects/", sent)
    assert refused.json()["errors"][0]["field"] == "price"


def test_a_change_keeps_what_was_not_sent_and_refuses_a_lost_update(
    program: Callable[..., Any], company: Company
) -> None:
    known, one = ProjectFactory(company=company, code="A1"), program()
    path = f"projects/{known.pk}/"
    seen = one.get(path)["ETag"]
    changed = one.patch(path, {"name": "Renamed"}, If_Match=seen)
    assert (changed.json()["name"], changed.json()["code"]) == ("Renamed", "A1")
    assert one.patch(path, {"name": "Lost"}, If_Match=seen).status_code == 412
    known.refresh_from_db()
    assert known.name == "Renamed"


def test_how_a_project_is_billed_has_an_action_of_its_own(
    program: Callable[..., Any], company: Company
) -> None:
    path = f"projects/{ProjectFactory(company=company).pk}/"
    one = program()
    assert one.patch(path, {"billing_method": "hourly_activity"}).status_code == 200
    for sent in ({"billing_method": "none"}, {"price": "5"}):
        assert one.patch(path, sent).json()["errors"][0]["field"] in sent


def test_prices_are_seen_and_set_by_who_has_the_right(
    program: Callable[..., Any], company: Company
) -> None:
    known = ProjectFactory(company=company, billing_method="fixed_project", price=Decimal(10))
    path, editor = f"projects/{known.pk}/", program(with_rights(company, Right.ALL_PROJECTS))
    assert editor.get(path).json()["price"] is None
    assert editor.patch(path, {"price": None, "name": "Same price"}).status_code == 200
    assert "right Costs" in editor.patch(path, {"price": "1"}).json()["errors"][0]["detail"]
    assert program(with_rights(company, Right.COSTS)).get(path).json()["price"] == "10.00"
    known.refresh_from_db()
    assert known.price == Decimal(10)


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"name": " "}, "name"),
        ({"code": "A1"}, "code"),
        ({"starts_on": "2026-02-01", "ends_on": "2026-01-01"}, "ends_on"),
        ({"billing_method": "fixed_project", "price": "-1"}, "price"),
        ({"billing_method": "fixed_project", "price": "10000000"}, "price"),
        (
            {"billing_method": "subscription", "price": "1", "starts_on": "0001-01-01"},
            "starts_on",
        ),
        (
            {"billing_method": "subscription", "price": "1", "starts_on": "9999-12-31"},
            "starts_on",
        ),
        ({"customer": 2**63}, "customer"),
        ({"rounding_step": 7}, "rounding_step"),
    ],
)
def test_what_cannot_be_is_told_by_its_field(
    program: Callable[..., Any], company: Company, sent: dict[str, Any], field: str
) -> None:
    ProjectFactory(company=company, code="A1")
    customer = CustomerFactory(company=company).pk
    answer = program().post("projects/", {"name": "New", "customer": customer, **sent})
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert Project.objects.count() == 1


def test_a_project_is_for_a_customer_that_can_be_chosen(
    program: Callable[..., Any], company: Company
) -> None:
    archived, one = CustomerFactory(company=company, archived=True), program()
    for customer in (archived, CustomerFactory()):
        assert one.post("projects/", {"name": "X", "customer": customer.pk}).status_code == 400
    own = ProjectFactory(company=company, customer=archived)
    path = f"projects/{own.pk}/"
    assert one.patch(path, {"customer": archived.pk}).status_code == 200
    assert one.patch(path, {"customer": None}).json()["customer"] is None


def test_a_project_is_closed_and_opened_again(
    program: Callable[..., Any], company: Company
) -> None:
    known, one = ProjectFactory(company=company), program()
    assert one.post(f"projects/{known.pk}/close/").json()["active"] is False
    assert ids(one.get("projects/?active=true")) == []
    assert ids(one.get("projects/?active=false")) == [known.pk]
    assert one.post(f"projects/{known.pk}/reopen/").json()["active"] is True


def test_the_list_narrows_as_asked(program: Callable[..., Any], company: Company) -> None:
    first = ProjectFactory(company=company, name="Alpha", code="A1")
    last = ProjectFactory(company=company, name="Beta", billing_method="none")
    ProjectFactory()
    for query, found in (
        ("", [first, last]),
        ("search=alp", [first]),
        ("code=A1", [first]),
        (f"customer={last.customer_id}", [last]),
        ("billing_method=none", [last]),
        ("ordering=-id", [last, first]),
    ):
        assert ids(program().get(f"projects/?{query}")) == [one.pk for one in found], query


def test_more_projects_ask_no_more_queries(program: Callable[..., Any], company: Company) -> None:
    one, counts = program(), []
    for _round in range(2):
        ProjectFactory.create_batch(3, company=company)
        with CaptureQueriesContext(connection) as queries:
            assert one.get("projects/").status_code == 200
        counts.append(len(queries))
    assert counts[0] >= counts[1]


def test_a_member_reads_and_does_not_change(program: Callable[..., Any], company: Company) -> None:
    known = ProjectFactory(company=company)
    member, path = program(with_rights(company)), f"projects/{known.pk}/"
    assert member.get(path).status_code == 200
    assert member.get(f"{path}activities/").status_code == 200
    assert member.patch(path, {"name": "X"}).status_code == 403
    assert member.post(f"{path}close/").status_code == 403
    assert member.call("PUT", f"{path}people/", {"people": []}).status_code == 403
    assert program(None, "relations:read").patch(path, {"name": "X"}).status_code == 403


def test_another_companys_project_is_not_there(program: Callable[..., Any]) -> None:
    foreign, one = ProjectFactory(name="Theirs"), program()
    path = f"projects/{foreign.pk}/"
    for answer in (
        one.get(path),
        one.patch(path, {"name": "Ours"}),
        one.post(f"{path}close/"),
        one.get(f"{path}activities/"),
        one.call("PUT", f"{path}activities/", {"activities": []}),
        one.call("PUT", f"{path}people/", {"people": []}),
        one.post(f"{path}method/", {"billing_method": "none"}),
        one.get(f"{path}periods/"),
        one.patch(f"{path}subscription/", {"price": "1"}),
    ):
        assert answer.status_code == 404
    foreign.refresh_from_db()
    assert (foreign.name, foreign.active) == ("Theirs", True)


# ---- its activities and its people


def test_a_project_lists_exactly_the_activities_that_were_sent(
    program: Callable[..., Any], company: Company
) -> None:
    project, one = ProjectFactory(company=company), program()
    old = ProjectActivityFactory(project=project)
    new = ActivityFactory(company=company)
    path = f"projects/{project.pk}/activities/"
    seen = one.get(path)
    assert seen.json() == {
        "activities": [{"activity": old.activity_id, "fixed_amount": None, "due_on": None}]
    }
    sent = {"activities": [{"activity": new.pk}]}
    answer = one.call("PUT", path, sent, If_Match=seen["ETag"])
    assert answer.status_code == 200, answer.content
    assert [row["activity"] for row in answer.json()["activities"]] == [new.pk]
    assert one.call("PUT", path, {"activities": []}, If_Match=seen["ETag"]).status_code == 412


def test_amounts_of_activities_become_instalments(
    program: Callable[..., Any], company: Company
) -> None:
    project = ProjectFactory(company=company, billing_method="fixed_activity")
    activity, one = ActivityFactory(company=company), program()
    path = f"projects/{project.pk}/activities/"
    row = {"activity": activity.pk, "fixed_amount": "500.00", "due_on": "2026-05-01"}
    assert one.call("PUT", path, {"activities": [row]}).json() == {"activities": [row]}
    assert Instalment.objects.get().amount == Decimal(500)
    kept = one.call("PUT", path, {"activities": [{"activity": activity.pk}]})
    assert kept.json() == {"activities": [row]}
    Instalment.objects.update(billing="invoiced")
    less = one.call("PUT", path, {"activities": [{**row, "fixed_amount": "100"}]})
    assert less.json()["errors"][0]["field"] == "activities.0.fixed_amount"


def test_amounts_are_set_by_who_may_and_where_there_are_any(
    program: Callable[..., Any], company: Company
) -> None:
    priced = ProjectFactory(company=company, billing_method="fixed_activity")
    row = ProjectActivityFactory(project=priced, fixed_amount=Decimal(10))
    editor = program(with_rights(company, Right.ALL_PROJECTS))
    path = f"projects/{priced.pk}/activities/"
    assert editor.get(path).json()["activities"][0]["fixed_amount"] is None
    for amount, code in ((None, 200), ("10", 200), ("20", 400)):
        sent = {"activities": [{"activity": row.activity_id, "fixed_amount": amount}]}
        assert editor.call("PUT", path, sent).status_code == code
    row.refresh_from_db()
    assert row.fixed_amount == Decimal(10)
    hourly = ProjectFactory(company=company)
    sent = {"activities": [{"activity": row.activity_id, "fixed_amount": "20"}]}
    answer = program().call("PUT", f"projects/{hourly.pk}/activities/", sent)
    assert answer.status_code == 400


@pytest.mark.parametrize("what", ["foreign", "archived", "twice", "no list", "no id"])
def test_a_list_of_activities_that_cannot_be_changes_nothing(
    program: Callable[..., Any], company: Company, what: str
) -> None:
    project, own = ProjectFactory(company=company), ActivityFactory(company=company)
    sent: Any = {
        "foreign": [{"activity": ActivityFactory().pk}],
        "archived": [{"activity": ActivityFactory(company=company, archived=True).pk}],
        "twice": [{"activity": own.pk}] * 2,
        "no list": 5,
        "no id": [{}],
    }[what]
    answer = program().call("PUT", f"projects/{project.pk}/activities/", {"activities": sent})
    assert answer.status_code == 400
    assert not project.project_activities.exists()


def test_exactly_these_people_are_on_a_project(
    program: Callable[..., Any], company: Company, owner: Membership
) -> None:
    project, one = ProjectFactory(company=company), program()
    left = ProjectMemberFactory(project=project, membership__active=False)
    path = f"projects/{project.pk}/people/"
    rows = [
        {"person": left.membership_id, "manages": False},
        {"person": owner.pk, "manages": True},
    ]
    answer = one.call("PUT", path, {"people": rows})
    assert answer.status_code == 200, answer.content
    assert sorted(answer.json()["people"], key=str) == sorted(rows, key=str)
    assert one.get(path).json() == answer.json()
    foreign = {"person": MembershipFactory().pk, "manages": True}
    assert one.call("PUT", path, {"people": [foreign]}).status_code == 400
    assert one.call("PUT", path, {"people": rows[1:] * 2}).status_code == 400
    assert project.project_members.count() == 2
