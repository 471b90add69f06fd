"""`/unbilled/` and `/selections/`: the figures of the page, the things behind them, and ticking."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Role
from invoicing.selectors import unbilled
from registration.models import Selection
from tests.factories import (
    CustomerFactory,
    ExpenseFactory,
    HourFactory,
    InstalmentFactory,
    MembershipFactory,
    ProjectFactory,
    RideFactory,
    SelectionFactory,
    SubscriptionPeriodFactory,
)
from tests.invoicing.own import DAY, Studio

pytestmark = pytest.mark.django_db
UNTIL = "until=2026-10-31"


def on(studio: Studio) -> dict[str, Any]:
    return {"company": studio.company, "project": studio.project}


@pytest.fixture
def things(studio: Studio) -> dict[str, Any]:
    """One of every kind that can be invoiced."""
    return {
        "hours": studio.hour(90),
        "expenses": ExpenseFactory(**on(studio), date=DAY),
        "rides": RideFactory(**on(studio), date=DAY),
        "instalments": InstalmentFactory(**on(studio), due_on=DAY),
        "periods": SubscriptionPeriodFactory(**on(studio)),
    }


# The figures.


@pytest.mark.parametrize("by", ["customer", "project"])
def test_the_figures_are_those_of_the_page(
    desk: Any, studio: Studio, things: dict[str, Any], by: str
) -> None:
    studio.hour(60, approval="rejected")
    answer = desk.get(f"unbilled/?by={by}&{UNTIL}")
    assert answer.status_code == 200
    (row,) = answer.json()["results"]
    scope = unbilled.Scope(until=DAY, per=by)
    (shown,) = unbilled.rows_of(studio.company, scope)
    assert row["total"] == str(shown.figures.total) == "1434.20"
    assert row["ready"]["hours"] == {"count": 1, "minutes": 90, "amount": "150.00"}
    assert row["rejected"] == {"count": 1, "minutes": 60, "amount": "100.00"}
    assert row["ready"]["periods"]["amount"] == "250.00"
    assert (row["customer"], row["customer_name"]) == (studio.customer.pk, "Bakker B.V.")
    assert row["project"] == (studio.project.pk if by == "project" else None)
    assert row["projects"] == [studio.project.pk]
    assert answer.json()["total"]["count"] == row["count"] == 5


def test_work_for_nobody_has_no_customer(desk: Any, studio: Studio) -> None:
    nobody = ProjectFactory(company=studio.company, customer=None)
    uncharged = {"missing": "no_customer", "billing": "not_billable"}
    HourFactory(company=studio.company, project=nobody, date=DAY, **uncharged)
    for by in ("customer", "project"):
        (row,) = desk.get(f"unbilled/?by={by}&{UNTIL}").json()["results"]
        assert (row["customer"], row["customer_name"], row["count"]) == (None, "", 0)
        assert row["no_customer"]["count"] == 1


def test_what_becomes_billable_after_the_day_comes_later(desk: Any, studio: Studio) -> None:
    InstalmentFactory(**on(studio), due_on=DAY + timedelta(days=1))
    (row,) = desk.get(f"unbilled/?until={DAY}").json()["results"]
    assert (row["later"]["amount"], row["later_on"]) == ("1000.00", "2026-10-15")


def test_no_further_than_a_year_ahead(desk: Any) -> None:
    far = timezone.localdate() + timedelta(days=367)
    for path in ("unbilled/", "unbilled/things/"):
        answer = desk.get(f"{path}?until={far}")
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["field"] == "until"


@pytest.mark.parametrize(
    "query", ["by=nobody", "until=tomorrow", "customer=x", "customer=0", "search=" + "x" * 101]
)
def test_what_cannot_be_read_is_refused(desk: Any, query: str) -> None:
    assert desk.get(f"unbilled/?{query}").status_code == 400


def test_figures_take_as_many_queries_whatever_there_is(
    desk: Any, studio: Studio, django_assert_max_num_queries: Any
) -> None:
    for _number in range(5):
        project = ProjectFactory(
            company=studio.company, customer=CustomerFactory(company=studio.company)
        )
        studio.hour(project=project)
    with django_assert_max_num_queries(20):
        assert len(desk.get(f"unbilled/?{UNTIL}").json()["results"]) == 5


# The things.


@pytest.mark.parametrize("kind", ["hours", "expenses", "rides", "instalments", "periods"])
def test_each_kind_tells_its_ids_and_amounts(
    desk: Any, studio: Studio, things: dict[str, Any], kind: str
) -> None:
    answer = desk.get(f"unbilled/things/?kind={kind}&{UNTIL}")
    (shown,) = answer.json()["results"]
    thing = things[kind]
    assert (shown["kind"], shown["id"]) == (kind, thing.pk)
    assert shown["amount"] == f"{thing.amount:.2f}"
    assert shown["project"] == studio.project.pk
    assert shown["minutes"] == (90 if kind == "hours" else None)
    expected = {"expenses": "1.00", "rides": "40.00"}.get(kind)
    assert shown["quantity"] == expected
    assert (shown["person"] is None) == (kind in {"instalments", "periods"})


def test_things_come_by_the_page_and_of_one_customer(
    desk: Any, studio: Studio, django_assert_max_num_queries: Any
) -> None:
    mine = [studio.hour().pk for _number in range(3)]
    other = CustomerFactory(company=studio.company)
    studio.hour(project=ProjectFactory(company=studio.company, customer=other))
    path = f"unbilled/things/?{UNTIL}&customer={studio.customer.pk}&limit=2"
    with django_assert_max_num_queries(12):
        first = desk.get(path).json()
    second = desk.get(first["next"].partition("/api/v1/")[2]).json()
    assert [one["id"] for one in first["results"] + second["results"]] == mine
    assert second["next"] is None
    found = desk.get(f"unbilled/things/?{UNTIL}&project={studio.project.pk}&fields=id").json()
    assert found["results"] == [{"id": pk} for pk in mine]


def test_another_companys_things_are_not_told(desk: Any) -> None:
    theirs = HourFactory(date=DAY)
    assert desk.get(f"unbilled/things/?{UNTIL}").json()["results"] == []
    found = desk.get(f"unbilled/things/?{UNTIL}&project={theirs.project_id}").json()
    assert found["results"] == []
    assert (
        desk.get(f"unbilled/?{UNTIL}&customer={theirs.project.customer_id}").json()["results"] == []
    )


# Rights and scopes.


@pytest.mark.parametrize("path", ["unbilled/", "unbilled/things/"])
def test_only_who_invoices_sees_what_is_unbilled(
    studio: Studio, desk: Any, program: Callable[..., Any], path: str
) -> None:
    member = MembershipFactory(company=studio.company, role=Role.MEMBER)
    assert program(member).get(path).status_code == 403
    assert program(desk.membership, "registration:read").get(path).status_code == 403
    assert program(desk.membership, "invoicing:read").get(path).status_code == 200


# Selecting.


def test_ids_of_every_kind_become_a_frozen_selection(
    desk: Any, studio: Studio, things: dict[str, Any]
) -> None:
    ids = {kind: [thing.pk] for kind, thing in things.items()}
    answer = desk.post("selections/", {"until": "2026-10-31", **ids})
    assert answer.status_code == 201
    shown = answer.json()
    assert {kind: shown[kind] for kind in ids} == ids
    assert (shown["count"], any(shown["left_out"].values())) == (5, False)
    made = Selection.objects.get(pk=shown["id"])
    assert (made.user, made.company) == (studio.by, studio.company)
    assert made.frozen_at
    again = desk.get(answer["Location"].partition("/api/v1/")[2])
    assert again.json()["hours"] == ids["hours"]


def test_whole_customers_and_projects_go_with_single_things(desk: Any, studio: Studio) -> None:
    other = CustomerFactory(company=studio.company)
    two = [ProjectFactory(company=studio.company, customer=other) for _number in range(2)]
    of_other = sorted(studio.hour(project=one).pk for one in two)
    single, _not = studio.hour().pk, studio.hour().pk
    body = {"until": "2026-10-31", "customers": [other.pk], "hours": [single]}
    assert desk.post("selections/", body).json()["hours"] == sorted([*of_other, single])
    body = {"until": "2026-10-31", "projects": [two[0].pk]}
    assert desk.post("selections/", body).json()["hours"] == of_other[:1]
    body = {"until": "2026-10-31", "everything": True}
    assert desk.post("selections/", body).json()["count"] == 4


def test_what_cannot_be_invoiced_or_is_not_there_is_left_out_and_told(
    desk: Any, studio: Studio
) -> None:
    good, bad, theirs = studio.hour(), studio.hour(approval="rejected"), HourFactory(date=DAY)
    body = {"until": "2026-10-31", "hours": [good.pk, bad.pk, theirs.pk]}
    shown = desk.post("selections/", body).json()
    assert shown["hours"] == [good.pk]
    assert shown["left_out"]["hours"] == sorted([bad.pk, theirs.pk])


def test_nothing_to_select_is_refused_with_the_sentence_of_the_page(
    desk: Any, studio: Studio
) -> None:
    theirs = HourFactory(date=DAY)
    answer = desk.post("selections/", {"hours": [theirs.pk], "projects": [theirs.project_id]})
    assert answer.status_code == 409
    assert answer.json()["detail"].startswith("Nothing is ticked")
    assert not Selection.objects.exists()


@pytest.mark.parametrize(
    "body", [{"hours": "1"}, {"hours": ["x"]}, {"hours": [-1]}, {"hours": [2**63]}, [1], "x"]
)
def test_a_body_that_cannot_be_read_is_refused(desk: Any, body: Any) -> None:
    assert desk.post("selections/", body).status_code == 400


def test_a_selection_is_a_persons_own(
    desk: Any, studio: Studio, program: Callable[..., Any]
) -> None:
    mine = SelectionFactory(company=studio.company, user=studio.by)
    colleague = MembershipFactory(company=studio.company, role=Role.OWNER)
    stranger = SelectionFactory()
    assert desk.get(f"selections/{mine.pk}/").status_code == 200
    assert program(colleague).get(f"selections/{mine.pk}/").status_code == 404
    assert desk.get(f"selections/{stranger.pk}/").status_code == 404
    assert desk.get(f"selections/{'-' * 36}/").status_code == 404


def test_selecting_needs_the_right_and_the_scope_to_write(
    studio: Studio, desk: Any, program: Callable[..., Any]
) -> None:
    body = {"until": "2026-10-31", "hours": [studio.hour().pk]}
    member = MembershipFactory(company=studio.company, role=Role.MEMBER)
    assert program(member).post("selections/", body).status_code == 403
    assert program(desk.membership, "invoicing:read").post("selections/", body).status_code == 403
    assert not Selection.objects.exists()
