"""Many entries at once: batches, the actions of the overviews, and the export."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Company, Membership, Role
from core.api import streams
from registration.models import ApprovalStatus, BillingStatus, Hour
from registration.selectors.entries import KINDS
from tests.factories import (
    ActivityFactory,
    ExpenseCategoryFactory,
    ExpenseFactory,
    HourFactory,
    MembershipFactory,
    ProjectFactory,
    RideFactory,
)

pytestmark = pytest.mark.django_db
FACTORIES = {"hours": HourFactory, "expenses": ExpenseFactory, "rides": RideFactory}
each_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture
def member(company: Company) -> Membership:
    return MembershipFactory(company=company, role=Role.MEMBER)


@pytest.fixture
def items(company: Company) -> dict[str, dict[str, Any]]:
    """One of each kind as a program sends it."""
    project = ProjectFactory(company=company).pk
    shared = {"date": timezone.localdate().isoformat(), "project": project}
    return {
        "hours": {**shared, "activity": ActivityFactory(company=company).pk, "minutes": 30},
        "expenses": {
            **shared,
            "category": ExpenseCategoryFactory(company=company).pk,
            "unit_cost": "12.50",
        },
        "rides": {**shared, "origin": "Delft", "destination": "Leiden", "distance": "20.5"},
    }


def exported(one: Any, path: str) -> list[dict[str, Any]]:
    answer = one.get(path)
    assert answer.status_code == 200, answer.content
    assert answer["Content-Type"].startswith("application/x-ndjson")
    return [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]


@each_kind
def test_each_item_of_a_batch_is_saved_or_refused_by_itself(
    program: Callable[..., Any], items: dict[str, Any], kind: str
) -> None:
    good, bad = items[kind], {**items[kind], "date": "2001-01-01"}
    answer = program().post(f"{kind}/batch/", {"items": [good, bad, "no item", {}, good]})
    assert answer.status_code == 200
    told = answer.json()
    assert (told["done"], told["refused"]) == (2, 3)
    assert [one["status"] for one in told["results"]] == [201, 400, 400, 400, 201]
    assert "two years" in told["results"][1]["problem"]["errors"][0]["detail"]
    made = [one["id"] for one in told["results"] if one["id"]]
    assert set(KINDS[kind].objects.values_list("pk", flat=True)) == set(made)


@each_kind
@pytest.mark.parametrize("sent", [None, [], {}, {"items": []}, {"items": [{}] * 501}, "x"])
def test_a_batch_has_1_to_500_items(program: Callable[..., Any], kind: str, sent: Any) -> None:
    answer = program().post(f"{kind}/batch/", sent)
    assert answer.status_code == 400
    assert "500" in answer.json()["errors"][0]["detail"]


def test_a_batch_of_another_companys_things_saves_nothing_of_them(
    program: Callable[..., Any], items: dict[str, Any]
) -> None:
    foreign = ProjectFactory()
    bad = {**items["hours"], "project": foreign.pk}
    told = program().post("hours/batch/", {"items": [bad]}).json()
    assert told["results"][0]["problem"]["errors"][0]["field"] == "project"
    assert not Hour.objects.exists()


def test_a_batch_that_is_sent_again_registers_nothing_twice(
    program: Callable[..., Any], items: dict[str, Any]
) -> None:
    one, sent = program(), {"items": [items["hours"]] * 3}
    first = one.post("hours/batch/", sent, Idempotency_Key="once")
    assert one.post("hours/batch/", sent, Idempotency_Key="once").json() == first.json()
    assert Hour.objects.count() == 3


@each_kind
def test_entries_go_from_open_to_approved_and_back(
    program: Callable[..., Any], company: Company, member: Membership, kind: str
) -> None:
    rows = FACTORIES[kind].create_batch(2, membership=member)
    ids = sorted(row.pk for row in rows)
    of_member, of_owner = program(member), program()

    def now() -> set[str]:
        return set(KINDS[kind].objects.values_list("approval", flat=True))

    for one, action, more, after in (
        (of_member, "submit", {}, "submitted"),
        (of_member, "withdraw", {}, "open"),
        (of_owner, "approve", {}, "approved"),
        (of_owner, "reject", {"comment": "Wrong day"}, "rejected"),
        (of_owner, "reopen", {}, "open"),
    ):
        answer = one.post(f"{kind}/{action}/", {"ids": ids, **more})
        assert answer.status_code == 200, answer.content
        assert answer.json() == {"done": ids, "skipped": []}
        assert now() == {after}


def test_what_does_not_take_part_says_why(
    program: Callable[..., Any], company: Company, member: Membership
) -> None:
    open_one, approved = (
        HourFactory(membership=member),
        HourFactory(membership=member, approved=True),
    )
    invoiced, foreign = HourFactory(membership=member, invoiced=True), HourFactory()
    sent = {"ids": [open_one.pk, approved.pk, invoiced.pk, foreign.pk, foreign.pk]}
    told = program(member).post("hours/submit/", sent).json()
    assert told["done"] == [open_one.pk]
    reasons = {one["id"]: one["reason"] for one in told["skipped"]}
    assert reasons[approved.pk] == "already approved"
    assert "2026-001" in reasons[invoiced.pk]
    assert "not yours" in reasons[foreign.pk]
    foreign.refresh_from_db()
    assert foreign.approval == ApprovalStatus.OPEN


def test_a_member_approves_nothing(
    program: Callable[..., Any], company: Company, member: Membership
) -> None:
    own, other = HourFactory(membership=member), HourFactory(company=company)
    told = program(member).post("hours/approve/", {"ids": [own.pk, other.pk]}).json()
    assert told["done"] == []
    assert {one["id"] for one in told["skipped"]} == {own.pk, other.pk}
    assert set(Hour.objects.values_list("approval", flat=True)) == {"open"}


def test_rejecting_and_writing_off_ask_why(program: Callable[..., Any], company: Company) -> None:
    hour = HourFactory(company=company)
    for action in ("reject", "write-off"):
        answer = program().post(f"hours/{action}/", {"ids": [hour.pk], "comment": " "})
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["field"] == "comment"
        assert answer.json()["errors"][0]["detail"].startswith("Say ")


@each_kind
def test_the_billing_of_entries_is_decided(
    program: Callable[..., Any], company: Company, kind: str
) -> None:
    row, one = FACTORIES[kind](company=company), program()
    for action, more, billing in (
        ("mark-not-billable", {}, BillingStatus.NOT_BILLABLE),
        ("mark-billable", {}, BillingStatus.UNBILLED),
        ("write-off", {"comment": "Goodwill"}, BillingStatus.WRITTEN_OFF),
        ("restore", {}, BillingStatus.UNBILLED),
    ):
        told = one.post(f"{kind}/{action}/", {"ids": [row.pk], **more})
        assert told.json()["done"] == [row.pk], told.content
        row.refresh_from_db()
        assert row.billing == billing


def test_entries_move_to_another_project_and_are_deleted(
    program: Callable[..., Any], company: Company
) -> None:
    hour, there, one = HourFactory(company=company), ProjectFactory(company=company), program()
    sent = {"ids": [hour.pk], "project": there.pk}
    assert one.post("hours/move/", sent).json()["done"] == [hour.pk]
    hour.refresh_from_db()
    assert hour.project == there
    sent["project"] = ProjectFactory().pk
    assert one.post("hours/move/", sent).status_code == 400
    assert one.post("hours/delete/", {"ids": [hour.pk]}).json()["done"] == [hour.pk]
    assert not Hour.objects.exists()


@pytest.mark.parametrize(
    "sent",
    [None, {}, {"ids": []}, {"ids": [0]}, {"ids": ["x"]}, {"ids": [2**63]}, {"ids": [1] * 501}],
)
def test_ids_that_cannot_be_are_a_400(program: Callable[..., Any], sent: Any) -> None:
    assert program().post("hours/approve/", sent).status_code == 400


@each_kind
def test_the_export_has_all_that_match_as_the_list_shows_them(
    program: Callable[..., Any], company: Company, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "CHUNK", 2)
    for number in range(5):
        FACTORIES[kind](company=company, date=date(2026, 1, 1 + number // 2))
    FACTORIES[kind](company=company, date=date(2026, 2, 1))
    FACTORIES[kind]()
    one = program()
    listed = one.get(f"{kind}/?date_until=2026-01-31&ordering=date").json()["results"]
    assert len(listed) == 5
    assert exported(one, f"{kind}/export/?date_until=2026-01-31") == listed
    assert exported(one, f"{kind}/export/?fields=id&date_until=2026-01-31") == [
        {"id": row["id"]} for row in listed
    ]


def test_the_export_shows_moments_in_the_zone_of_the_caller(
    program: Callable[..., Any], owner: Membership
) -> None:
    owner.user.time_zone = "Asia/Tokyo"
    owner.user.save()
    hour, one = HourFactory(membership=owner), program()
    (line,) = exported(one, "hours/export/")
    assert line["created_at"].endswith("+09:00")
    assert line == one.get(f"hours/{hour.pk}/").json()
    assert timezone.get_current_timezone_name() != "Asia/Tokyo"


def test_a_member_exports_their_own_without_amounts(
    program: Callable[..., Any], company: Company, member: Membership
) -> None:
    own, _other = HourFactory(membership=member), HourFactory(company=company)
    (line,) = exported(program(member), "hours/export/")
    assert (line["id"], line["amount"]) == (own.pk, None)


@pytest.mark.parametrize("query", ["project=x", "fields=secret", "date_from=never"])
def test_an_export_that_cannot_be_is_refused_before_its_first_line(
    program: Callable[..., Any], company: Company, query: str
) -> None:
    HourFactory(company=company)
    answer = program().get(f"hours/export/?{query}", Accept="application/x-ndjson")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["errors"]


def test_an_export_reads_in_chunks(
    program: Callable[..., Any], company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    HourFactory.create_batch(4, company=company)
    monkeypatch.setattr(streams, "CHUNK", 2)
    with CaptureQueriesContext(connection) as queries:
        assert len(exported(program(), "hours/export/")) == 4
    reads = [one["sql"] for one in queries if 'FROM "registration_hour"' in one["sql"]]
    assert len(reads) == 3
    assert all("LIMIT 2" in sql for sql in reads)


def test_an_export_needs_a_key(db: None) -> None:
    assert Client().get("/api/v1/hours/export/").status_code == 401
