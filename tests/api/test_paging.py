"""Pages by key, few columns, and orders that hold while rows come and go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Company, Membership
from tests.factories import MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def eleven(company: Company, owner: Membership) -> list[int]:
    made = [MembershipFactory(company=company).pk for _ in range(10)]
    MembershipFactory()  # of another company
    return [owner.pk, *made]


def walk(one: Any, path: str) -> list[list[int]]:
    pages, following = [], path
    while following:
        answer = one.get(following).json()
        pages.append([row["id"] for row in answer["results"]])
        following = (answer["next"] or "").partition("/api/v1/")[2]
    return pages


@pytest.mark.parametrize("order", ["id", "-id", "created_at", "-created_at"])
def test_every_row_is_met_once_in_order(
    program: Callable[..., Any], eleven: list[int], order: str
) -> None:
    pages = walk(program(), f"people/?limit=4&ordering={order}")
    assert [len(page) for page in pages] == [4, 4, 3]
    met = [pk for page in pages for pk in page]
    assert met == sorted(eleven, reverse=order.startswith("-"))


def test_rows_that_come_and_go_do_not_shift_the_pages(
    program: Callable[..., Any], eleven: list[int], company: Company
) -> None:
    one = program()
    first = one.get("people/?limit=4&ordering=-id").json()
    MembershipFactory(company=company)
    Membership.objects.filter(pk=first["results"][0]["id"]).delete()
    second = one.get(first["next"].partition("/api/v1/")[2]).json()
    assert second["results"][0]["id"] == sorted(eleven, reverse=True)[4]


@pytest.mark.parametrize(
    "query",
    [
        *("limit=0", "limit=501", "limit=x", "limit=99999999999", "ordering=salary"),
        *("cursor=x", "cursor=W10", "cursor=WyItaWQiLCAxXQ", "cursor=%00", "fields=id,salary"),
    ],
)
def test_a_question_that_makes_no_sense_is_told_so(program: Callable[..., Any], query: str) -> None:
    answer = program().get(f"people/?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == query.partition("=")[0]


def test_a_cursor_of_another_order_is_refused(
    program: Callable[..., Any], eleven: list[int]
) -> None:
    one = program()
    cursor = one.get("people/?limit=1&ordering=id").json()["next"].partition("cursor=")[2]
    assert one.get(f"people/?ordering=-id&cursor={cursor}").status_code == 400


def test_few_columns_on_request(program: Callable[..., Any], owner: Membership) -> None:
    one = program()
    assert one.get("people/?fields=id,name").json()["results"] == [
        {"id": owner.pk, "name": owner.user.name}
    ]
    assert set(one.get(f"people/{owner.pk}/?fields=role").json()) == {"role"}
