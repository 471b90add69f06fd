"""Every operation of the API, tried by the wrong callers; and by the right one, to compare.

The operations come from the OpenAPI document, so a new one cannot be forgotten: it fails until
`good_requests.py` knows a request for it that gets something done.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from accounts.models import Scope
from tests.api.conftest import Program
from tests.api.good_requests import GOOD, changes_nothing, good_request
from tests.api.operations import Asked, Operation, every_operation, send, text_of
from tests.doors import walking
from tests.doors.houses import House

pytestmark = pytest.mark.django_db
OPERATIONS = every_operation()
NOT_OF_A_COMPANY = {"table"}  # of the mapping; the rows in it are
WITH_IDS = [one for one in OPERATIONS if set(one.words) - NOT_OF_A_COMPANY]
WITH_BODY = [one for one in OPERATIONS if "requestBody" in one.told]
LISTS = [one for one in OPERATIONS if one.method == "get" and not one.words]


def key_of(house: House, *scopes: str) -> str:
    return Program(house.place, *scopes).secret


def rows(house: House) -> dict[str, Any]:
    """All rows but those that reading leaves: when a key was used, and periods that became due."""
    left = {"accounts.ApiKey", "registration.SubscriptionPeriod"}
    return {name: some for name, some in house.rows().items() if name not in left}


def test_every_operation_has_a_request_that_gets_something_done() -> None:
    assert sorted(GOOD) == sorted(str(one) for one in OPERATIONS)
    assert len(OPERATIONS) > 60


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_without_a_key_nothing_is_told_and_nothing_done(operation: Operation, ours: House) -> None:
    asked = good_request(operation, ours)
    before = rows(ours)
    answer = send("", operation, asked)
    assert answer.status_code == 401
    assert " of Ours" not in text_of(answer)
    assert rows(ours) == before


@pytest.mark.parametrize("operation", [one for one in OPERATIONS if one.scope], ids=str)
def test_without_the_scope_it_is_refused_by_its_name(operation: Operation, ours: House) -> None:
    asked = good_request(operation, ours)
    others = [one for one in Scope.values if one.partition(":")[0] not in operation.scope]
    secret, before = key_of(ours, *others), rows(ours)
    answer = send(secret, operation, asked)
    assert answer.status_code == 403
    assert operation.scope in answer.json()["detail"]
    assert rows(ours) == before


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_the_owner_gets_an_answer_and_what_changes_something_does(
    operation: Operation, ours: House
) -> None:
    asked = good_request(operation, ours)
    secret, before = key_of(ours), rows(ours)
    answer = send(secret, operation, asked)
    assert 200 <= answer.status_code < 300, text_of(answer)
    text_of(answer)  # a stream does its work while it is read
    if operation.changes and not changes_nothing(operation):
        assert rows(ours) != before
    if not operation.changes:
        assert rows(ours) == before


@pytest.mark.parametrize("operation", WITH_IDS, ids=str)
def test_a_stranger_finds_nothing_where_the_owner_finds_something(
    operation: Operation, ours: House, theirs: House
) -> None:
    asked, own = good_request(operation, ours), good_request(operation, theirs)
    secret, before = key_of(theirs), rows(ours)
    for body, told in ((own.body, {404}), (asked.body, {400, 404})):
        answer = send(secret, operation, Asked(asked.ids, asked.query, body))
        assert answer.status_code in told, text_of(answer)
    assert rows(ours) == before


@pytest.mark.parametrize("operation", WITH_BODY, ids=str)
def test_ids_of_another_company_in_a_body_change_nothing_there(
    operation: Operation, ours: House, theirs: House
) -> None:
    """The whole body of the other company, and its ids one by one in a body that is right."""
    wrong, right = good_request(operation, ours), good_request(operation, theirs)
    secret, before = key_of(theirs), rows(ours)
    for body in (wrong.body, *with_one_of(wrong.body, right.body)):
        answer = send(secret, operation, Asked(right.ids, right.query, body))
        assert answer.status_code < 500
        assert " of Ours" not in text_of(answer)
        assert rows(ours) == before
    assert walking.rows_across() == []


@pytest.mark.parametrize("operation", LISTS, ids=str)
def test_a_filter_by_what_is_another_companys_shows_nothing_of_it(
    operation: Operation, ours: House, theirs: House
) -> None:
    secret = key_of(theirs)
    values = {str(value) for name, value in ours.ids.items() if name != "row"}
    known = good_request(operation, theirs).query
    for name in operation.filters():
        for value in sorted(values):
            answer = send(secret, operation, Asked({}, f"{known}&{name}={value}"))
            assert answer.status_code < 500
            assert " of Ours" not in text_of(answer)


def with_one_of(wrong: Any, right: Any) -> Iterator[Any]:
    """The right body with one value at a time of the wrong one."""
    if isinstance(wrong, dict) and isinstance(right, dict):
        for name in wrong.keys() & right.keys():
            yield from (
                type(right)({**right, name: one}) for one in with_one_of(wrong[name], right[name])
            )
    elif isinstance(wrong, list) and isinstance(right, list) and right:
        yield from ([one, *right[1:]] for one in with_one_of(wrong[0], right[0]))
        yield [*right, *wrong]
    elif wrong != right:
        yield wrong
