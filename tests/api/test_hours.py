"""`/hours/`: registering, changing and reading work, as the pages let people do it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Company, Membership, Right, Role
from registration.models import Hour
from tests.factories import (
    ActivityFactory,
    HourFactory,
    MembershipFactory,
    ProjectActivityFactory,
    ProjectFactory,
    ProjectMemberFactory,
    RateFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(company: Company) -> Membership:
    return MembershipFactory(company=company, role=Role.MEMBER)


@pytest.fixture
def work(company: Company) -> dict[str, Any]:
    """An hour as a program sends it."""
    activity = ActivityFactory(company=company)
    RateFactory(company=company, activity=activity, amount=Decimal(90))
    project = ProjectFactory(company=company)
    return {
        "date": timezone.localdate().isoformat(),
        "project": project.pk,
        "activity": activity.pk,
        "minutes": 90,
        "note": "Plan",
    }


def ids(answer: Any) -> list[int]:
    assert answer.status_code == 200, answer.content
    return [one["id"] for one in answer.json()["results"]]


def test_an_hour_is_registered_for_the_person_of_the_key_and_valued(
    program: Callable[..., Any], owner: Membership, work: dict[str, Any]
) -> None:
    answer = program().post("hours/", work)
    assert answer.status_code == 201
    hour = Hour.objects.get()
    shown = answer.json()
    assert hour.membership == owner
    assert answer["Location"].endswith(f"/api/v1/hours/{hour.pk}/")
    assert shown["person"] == owner.pk
    assert shown["customer"] == hour.project.customer_id
    assert (shown["rate"], shown["amount"], shown["missing"]) == ("90.0000", "135.00", "")
    assert (shown["minutes"], shown["billable_minutes"], shown["billable"]) == (90, 90, True)
    assert program().get(f"hours/{hour.pk}/").json() == shown


def test_an_hour_is_billable_when_its_activity_is_so_by_default(
    program: Callable[..., Any], company: Company, work: dict[str, Any]
) -> None:
    internal = ActivityFactory(company=company, billable=False)
    sent = {**work, "activity": internal.pk}
    assert program().post("hours/", sent).json()["billing"] == "not_billable"
    said = program().post("hours/", {**sent, "billable": True}).json()
    assert (said["billable"], said["missing"]) == (True, "no_rate")


def test_a_change_keeps_what_was_not_sent_and_values_again(
    program: Callable[..., Any], work: dict[str, Any]
) -> None:
    one = program()
    made = one.post("hours/", work).json()
    changed = one.patch(f"hours/{made['id']}/", {"minutes": 30})
    assert changed.status_code == 200
    shown = changed.json()
    assert (shown["note"], shown["amount"], shown["version"]) == ("Plan", "45.00", 2)
    assert one.get(f"hours/{made['id']}/")["ETag"] == changed["ETag"]


def test_an_hour_is_deleted(program: Callable[..., Any], work: dict[str, Any]) -> None:
    one = program()
    made = one.post("hours/", work).json()
    assert one.delete(f"hours/{made['id']}/").status_code == 204
    assert one.get(f"hours/{made['id']}/").status_code == 404


@pytest.mark.parametrize("method", ["patch", "delete"])
def test_a_version_that_is_not_the_present_one_changes_nothing(
    program: Callable[..., Any], work: dict[str, Any], method: str
) -> None:
    one = program()
    made = one.post("hours/", work)
    path = f"hours/{made.json()['id']}/"
    one.patch(path, {"note": "Meanwhile"})
    body = {"patch": ({"note": "Lost"},), "delete": ()}[method]
    answer = getattr(one, method)(path, *body, If_Match=made["ETag"])
    assert answer.status_code == 412
    assert Hour.objects.get().note == "Meanwhile"
    seen = one.get(path)["ETag"]
    assert getattr(one, method)(path, *body, If_Match=seen).status_code in {200, 204}


def test_the_sentences_of_the_pages_say_what_cannot_be(
    program: Callable[..., Any], company: Company, work: dict[str, Any]
) -> None:
    closed = ProjectFactory(company=company, active=False)
    narrow = ProjectFactory(company=company)
    ProjectActivityFactory(project=narrow)
    one = program()
    for change, field in (
        ({"project": closed.pk}, "project"),
        ({"project": narrow.pk}, "activity"),
        ({"date": "2001-01-01"}, "date"),
        ({"minutes": 0}, "minutes"),
        ({"minutes": 1441}, "minutes"),
        ({"activity": ActivityFactory(company=company, archived=True).pk}, "activity"),
    ):
        answer = one.post("hours/", {**work, **change})
        assert answer.status_code == 400, change
        assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert not Hour.objects.exists()


def test_an_hour_keeps_an_activity_that_was_archived_since(
    program: Callable[..., Any], owner: Membership
) -> None:
    hour = HourFactory(membership=owner, activity__archived=True)
    sent = {"activity": hour.activity_id, "note": "Same"}
    assert program().patch(f"hours/{hour.pk}/", sent).status_code == 200


def test_what_is_invoiced_stays_as_it_is(program: Callable[..., Any], owner: Membership) -> None:
    hour = HourFactory(membership=owner, invoiced=True)
    answer = program().patch(f"hours/{hour.pk}/", {"minutes": 5})
    assert answer.status_code == 409
    assert "2026-001" in answer.json()["detail"]
    assert program().delete(f"hours/{hour.pk}/").status_code == 409
    assert Hour.objects.get().minutes == 60


@pytest.mark.parametrize(
    "sent",
    [
        {"minutes": "x"},
        {"minutes": 1.5},
        {"minutes": None},
        {"date": "31-12-2026"},
        {"date": "2026-02-30"},
        {"project": "1"},
        {"project": True},
        {"project": 2**70},
        {"project": -1},
        {"project": [1]},
        {"note": "x" * 501},
        {"note": "\x00"},
        {"billable": "perhaps"},
    ],
)
def test_values_that_cannot_be_are_told_by_their_field(
    program: Callable[..., Any], work: dict[str, Any], sent: dict[str, Any]
) -> None:
    answer = program().post("hours/", {**work, **sent})
    assert answer.status_code == 400
    assert {error["field"] for error in answer.json()["errors"]} == set(sent)
    assert not Hour.objects.exists()


def test_nothing_of_another_company_can_be_named_or_reached(
    program: Callable[..., Any], work: dict[str, Any]
) -> None:
    one, foreign = program(), HourFactory(note="Theirs")
    for sent in ({"project": foreign.project_id}, {"activity": foreign.activity_id}):
        assert one.post("hours/", {**work, **sent}).status_code == 400
    assert one.get(f"hours/{foreign.pk}/").status_code == 404
    assert one.patch(f"hours/{foreign.pk}/", {"note": "Ours"}).status_code == 404
    assert one.delete(f"hours/{foreign.pk}/").status_code == 404
    own = one.post("hours/", work).json()["id"]
    assert one.patch(f"hours/{own}/", {"project": foreign.project_id}).status_code == 400
    for name in ("project", "activity", "customer", "person"):
        pk = getattr(foreign, f"{name}_id", None) or foreign.project.customer_id
        pk = foreign.membership_id if name == "person" else pk
        assert ids(one.get(f"hours/?{name}={pk}")) == []
    foreign.refresh_from_db()
    assert foreign.note == "Theirs"


def test_a_member_sees_their_own_hours_and_no_amounts(
    program: Callable[..., Any], company: Company, member: Membership
) -> None:
    own, other = HourFactory(membership=member), HourFactory(company=company)
    one = program(member)
    assert ids(one.get("hours/")) == [own.pk]
    shown = one.get(f"hours/{own.pk}/").json()
    assert (shown["rate"], shown["amount"], shown["missing"]) == (None, None, None)
    assert one.get(f"hours/{other.pk}/").status_code == 404
    assert one.patch(f"hours/{other.pk}/", {"note": "X"}).status_code == 404


def test_who_manages_a_project_sees_its_hours_and_may_move_them_out_of_sight(
    program: Callable[..., Any], company: Company, member: Membership
) -> None:
    hour = HourFactory(company=company)
    ProjectMemberFactory(project=hour.project, membership=member, is_manager=True)
    one = program(member)
    assert ids(one.get("hours/")) == [hour.pk]
    elsewhere = ProjectFactory(company=company)
    answer = one.patch(f"hours/{hour.pk}/", {"project": elsewhere.pk})
    assert (answer.status_code, answer.json()["project"]) == (200, elsewhere.pk)
    assert ids(one.get("hours/")) == []


def test_who_sees_costs_sees_amounts(
    program: Callable[..., Any], company: Company, member: Membership
) -> None:
    hour = HourFactory(membership=member)
    Membership.objects.filter(pk=member.pk).update(rights=[Right.COSTS])
    assert program(member).get(f"hours/{hour.pk}/").json()["amount"] == "100.00"


def test_the_list_narrows_and_orders_as_asked(
    program: Callable[..., Any], company: Company, owner: Membership
) -> None:
    first = HourFactory(company=company, date=date(2026, 1, 1), approved=True)
    last = HourFactory(membership=owner, date=date(2026, 3, 1), billable=False)
    Hour.objects.filter(pk=first.pk).update(changed_at=timezone.now() - timedelta(days=9))
    since = (timezone.now() - timedelta(days=1)).isoformat().replace("+", "%2B")
    one = program()
    both = [last.pk, first.pk]
    assert ids(one.get("hours/")) == both
    for query, found in (
        ("date_from=2026-02-01", [last.pk]),
        ("date_until=2026-02-01", [first.pk]),
        (f"project={first.project_id}", [first.pk]),
        (f"customer={first.project.customer_id}", [first.pk]),
        (f"person={owner.pk}", [last.pk]),
        (f"activity={first.activity_id}", [first.pk]),
        ("approval=approved", [first.pk]),
        ("billing=not_billable", [last.pk]),
        ("billable=true", [first.pk]),
        (f"modified_since={since}", [last.pk]),
        ("ordering=date", both[::-1]),
        ("ordering=-modified", both),
        ("ordering=modified&limit=1", [first.pk]),
    ):
        assert ids(one.get(f"hours/?{query}")) == found, query


@pytest.mark.parametrize(
    "query",
    [
        *("project=x", "project=0", "project=99999999999999999999", "date_from=1-1-2026"),
        *("approval=maybe", "billing=paid", "billable=1", "modified_since=now", "cursor=W10"),
    ],
)
def test_filters_that_cannot_be_are_a_400(program: Callable[..., Any], query: str) -> None:
    assert program().get(f"hours/?{query}").status_code == 400


@pytest.mark.parametrize("order", ["date", "-date", "modified", "-modified"])
def test_pages_hold_every_hour_once(
    program: Callable[..., Any], owner: Membership, order: str
) -> None:
    project = ProjectFactory(company=owner.company)
    for number in range(7):
        HourFactory(membership=owner, project=project, date=date(2026, 1, 1 + number // 3))
    one, found, path = program(), [], f"hours/?limit=2&ordering={order}"
    while path:
        page = one.get(path).json()
        found += [row["id"] for row in page["results"]]
        path = (page["next"] or "").partition("/api/v1/")[2]
    assert sorted(found) == sorted(Hour.objects.values_list("pk", flat=True))
    assert len(found) == 7


def test_more_hours_ask_no_more_queries(program: Callable[..., Any], company: Company) -> None:
    one = program()
    counts = []
    for _round in range(2):
        HourFactory.create_batch(5, company=company)
        with CaptureQueriesContext(connection) as queries:
            assert one.get("hours/").status_code == 200
        counts.append(len(queries))
    assert counts[0] >= counts[1]


def test_only_the_fields_that_were_asked_are_there(
    program: Callable[..., Any], owner: Membership
) -> None:
    hour = HourFactory(membership=owner)
    page = program().get("hours/?fields=id,amount").json()
    assert page["results"] == [{"id": hour.pk, "amount": "100.00"}]


def test_a_key_needs_the_scope(program: Callable[..., Any], work: dict[str, Any]) -> None:
    assert program(None, "relations:write").get("hours/").status_code == 403
    reader = program(None, "registration:read")
    assert reader.get("hours/").status_code == 200
    assert reader.post("hours/", work).status_code == 403
    assert reader.post("hours/batch/", {"items": [work]}).status_code == 403
    assert reader.post("hours/submit/", {"ids": [1]}).status_code == 403
    assert not Hour.objects.exists()
