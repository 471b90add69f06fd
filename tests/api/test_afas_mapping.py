"""`/afas/mapping/` and `/afas/items/`: the same rows, checks and sentences as the pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Company, Role
from core import audit
from integrations.models import AccountLink, AfasConnection, ItemLink
from sandbox import seed
from tests.factories import (
    ActivityFactory,
    AfasConnectionFactory,
    CompanyFactory,
    MembershipFactory,
)

pytestmark = pytest.mark.django_db
ACTIVITIES, ITEMS = "afas/mapping/activities/", "afas/items/"


@pytest.fixture
def link(company: Company, sandbox: Any) -> AfasConnection:
    """The company linked with participant 12345."""
    return AfasConnectionFactory(company=company, user_token=seed.LIVE_TOKEN)


def wants(activity: Any, **values: str) -> dict[str, Any]:
    return {"rows": [{"key": f"activity-{activity.pk}", "values": values}]}


def test_a_table_tells_its_rows_and_what_they_lack(
    program: Callable[..., Any], link: AfasConnection
) -> None:
    known = ActivityFactory(company=link.company, name="Design", code="ONT")
    answer = program().get(ACTIVITIES)
    assert answer.status_code == 200
    (row,) = answer.json()["rows"]
    assert row == {
        "key": f"activity-{known.pk}",
        "label": "Design",
        "detail": "ONT",
        "archived": False,
        "values": {"code": "", "kind": "", "unit": "", "account": ""},
        "otherwise": {"code": "", "account": ""},
        "lacks": ["account"],
    }


def test_only_what_lacks_a_code_or_is_searched_for(
    program: Callable[..., Any], link: AfasConnection
) -> None:
    one, two = (ActivityFactory(company=link.company, name=name) for name in ("Design", "Build"))
    program().patch(ACTIVITIES, wants(one, account="8010"))
    (lacking,) = program().get(f"{ACTIVITIES}?missing=true").json()["rows"]
    assert lacking["key"] == f"activity-{two.pk}"
    (found,) = program().get(f"{ACTIVITIES}?search=desi").json()["rows"]
    assert found["key"] == f"activity-{one.pk}"


def test_codes_are_set_completed_and_taken_away(
    program: Callable[..., Any], link: AfasConnection, owner: Any
) -> None:
    known = ActivityFactory(company=link.company)
    answer = program().patch(ACTIVITIES, wants(known, code="uren-dev", account="8010"))
    assert answer.status_code == 200, answer.json()
    (row,) = answer.json()["rows"]
    assert row["values"] == {"code": "UREN-DEV", "kind": "1", "unit": "uur", "account": "8010"}
    assert AccountLink.objects.get().account == "8010"
    assert audit.events_of(link.company, link).first().by == owner.user
    again = program().patch(ACTIVITIES, wants(known, account=""))
    assert again.json()["rows"][0]["values"]["account"] == ""
    assert again.json()["rows"][0]["values"]["code"] == "UREN-DEV"


def test_what_afas_would_refuse_is_refused_at_its_place_and_nothing_saved(
    program: Callable[..., Any], link: AfasConnection
) -> None:
    one, two = ActivityFactory.create_batch(2, company=link.company)
    sent = {"rows": [*wants(one, account="8010")["rows"], *wants(two, account="9")["rows"]]}
    answer = program().patch(ACTIVITIES, sent)
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["field"] == "rows.1.values.account"
    assert not AccountLink.objects.exists()


def test_rows_and_columns_that_are_not_there_are_refused(
    program: Callable[..., Any], link: AfasConnection
) -> None:
    ours = ActivityFactory(company=link.company)
    theirs = ActivityFactory(company=CompanyFactory())
    for sent, field in (
        (wants(theirs, account="8010"), "rows.0.key"),
        (wants(ours, cost_centre="1"), "rows.0.values"),
        (wants(ours, kind="1"), "rows.0.values"),
        (wants(ours, code=" ", unit="uur"), "rows.0.values"),
        ({"rows": []}, "rows"),
    ):
        answer = program().patch(ACTIVITIES, sent)
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["field"] == field
    assert program().get("afas/mapping/customers/").status_code == 404
    assert not AccountLink.objects.exists()


def test_half_a_character_is_told_of_all_the_same(
    program: Callable[..., Any], link: AfasConnection
) -> None:
    activity = ActivityFactory(company=link.company)
    answer = program().patch(ACTIVITIES, wants(activity, **{"\ud800": "x"}))
    assert answer.status_code == 400
    assert "“?”" in answer.json()["errors"][0]["detail"]


def test_what_is_named_twice_is_refused(program: Callable[..., Any], link: AfasConnection) -> None:
    row = wants(ActivityFactory(company=link.company), account="8010")["rows"][0]
    rides = {"use": "rides", "kind": "1", "code": "UREN-ALG"}
    for path, sent, field in (
        (ACTIVITIES, {"rows": [row, row]}, "rows.1.key"),
        (ITEMS, {"items": [rides, rides]}, "items.1.use"),
    ):
        answer = program().patch(path, sent)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)
    assert not AccountLink.objects.exists()
    assert not ItemLink.objects.exists()


def test_what_somebody_else_changed_is_not_written_over(
    program: Callable[..., Any], link: AfasConnection
) -> None:
    known = ActivityFactory(company=link.company)
    seen = program().get(f"{ACTIVITIES}?search=nothing")["ETag"]
    first = program().patch(ACTIVITIES, wants(known, account="8010"), If_Match=seen)
    assert first.status_code == 200
    late = program().patch(ACTIVITIES, wants(known, account="8020"), If_Match=seen)
    assert late.status_code == 412
    next_one = program().patch(ACTIVITIES, wants(known, account="8020"), If_Match=first["ETag"])
    assert next_one.status_code == 200


def test_a_repeat_of_what_was_saved_is_no_lost_update(
    program: Callable[..., Any], link: AfasConnection
) -> None:
    """As after a crash between the saving and the answer."""
    known = ActivityFactory(company=link.company)
    seen = program().get(ACTIVITIES)["ETag"]
    items = program().get(ITEMS)["ETag"]
    rides = {"items": [{"use": "rides", "kind": "1", "code": "UREN-ALG", "unit": "uur"}]}
    for _each in range(2):
        one = program().patch(ACTIVITIES, wants(known, account="8010"), If_Match=seen)
        two = program().patch(ITEMS, rides, If_Match=items)
        assert (one.status_code, two.status_code) == (200, 200)
    other = {"items": [{"use": "rides", "code": ""}]}
    assert program().patch(ITEMS, other, If_Match=items).status_code == 412


def test_the_tag_of_a_table_hangs_on_no_language(
    program: Callable[..., Any], link: AfasConnection
) -> None:
    dutch, english = (
        program().get("afas/mapping/vat/", Accept_Language=one) for one in ("nl", "en")
    )
    assert dutch.json() != english.json()
    assert dutch["ETag"] == english["ETag"]


def test_only_true_and_false_are_an_answer(
    program: Callable[..., Any], link: AfasConnection
) -> None:
    assert program().get(f"{ACTIVITIES}?missing=perhaps").status_code == 400


def test_the_default_items_are_told_and_set(
    program: Callable[..., Any], link: AfasConnection
) -> None:
    sent = {"items": [{"use": "default", "code": "UREN-ALG"}]}
    answer = program().patch(ITEMS, sent, Idempotency_Key="once")
    assert answer.status_code == 200, answer.json()
    told = {one["use"]: one["code"] for one in program().get(ITEMS).json()["items"]}
    assert told == {
        "default": "UREN-ALG",
        "hours": "",
        "expenses": "",
        "rides": "",
        "fixed": "",
        "subscription": "",
    }
    assert ItemLink.objects.get().kind == "1"
    emptied = program().patch(ITEMS, {"items": [{"use": "default", "code": ""}]})
    assert emptied.status_code == 200
    assert not ItemLink.objects.exists()


def test_an_item_that_afas_does_not_know_is_refused_at_its_place(
    program: Callable[..., Any], link: AfasConnection
) -> None:
    sent = {"items": [{"use": "rides", "kind": "1", "code": "NO-SUCH"}]}
    answer = program().patch(ITEMS, sent)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "items.0.code")


def test_without_a_link_or_an_administration_it_says_what_to_do(
    program: Callable[..., Any], company: Company
) -> None:
    assert "not linked" in program().get(ACTIVITIES).json()["detail"]
    AfasConnectionFactory(company=company, administration=None)
    for answer in (program().get(ACTIVITIES), program().get(ITEMS)):
        assert answer.status_code == 409
        assert "administration first" in answer.json()["detail"]


def test_only_an_administrator_sees_and_sets_codes(
    program: Callable[..., Any], link: AfasConnection
) -> None:
    biller = program(MembershipFactory(company=link.company, role=Role.BILLING))
    assert biller.get(ACTIVITIES).status_code == 403
    assert biller.patch(ITEMS, {"items": [{"use": "rides", "code": ""}]}).status_code == 403
