"""Programs that send the same request twice at the same moment, on PostgreSQL: one write."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection as database

from accounts.models import IdempotentAnswer, Membership, Role
from core.models import AuditEvent
from tests.api.conftest import Program
from tests.factories import CompanyFactory, MembershipFactory

ROUNDS, HANDS = 10, 4


@pytest.fixture
def program() -> Program:
    cache.clear()
    company = CompanyFactory()
    return Program(MembershipFactory(company=company, role=Role.OWNER, user__language="en"))


def at_once(*works: Any) -> list[Any]:
    gate = threading.Barrier(len(works))

    def one(work: Any) -> Any:
        gate.wait(30)
        try:
            return work()
        finally:
            database.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return [done.result(60) for done in [pool.submit(one, work) for work in works]]


def changes(person: Membership) -> int:
    return AuditEvent.objects.filter(action="person.changed", object_id=str(person.pk)).count()


def test_the_same_request_from_many_threads_is_one_write_and_one_answer(program: Program) -> None:
    for number in range(ROUNDS):
        person = MembershipFactory(company=program.membership.company, role=Role.MEMBER)

        def press(person: Membership = person, number: int = number) -> Any:
            body = {"role": "billing"}
            return program.patch(f"people/{person.pk}/", body, Idempotency_Key=f"round {number}")

        answers = at_once(*[press] * HANDS)
        assert [one.status_code for one in answers] == [200] * HANDS
        assert len({one.content for one in answers}) == 1
        assert sum(one.has_header("Idempotent-Replayed") for one in answers) == HANDS - 1
        assert changes(person) == 1
    assert IdempotentAnswer.objects.count() == ROUNDS


def test_of_two_different_requests_with_one_key_one_is_refused(program: Program) -> None:
    for number in range(ROUNDS):
        person = MembershipFactory(company=program.membership.company, role=Role.MEMBER)

        def press(role: str, person: Membership = person, number: int = number) -> Any:
            body = {"role": role}
            return program.patch(f"people/{person.pk}/", body, Idempotency_Key=f"round {number}")

        answers = at_once(lambda: press("billing"), lambda: press("manager"))
        assert sorted(one.status_code for one in answers) == [200, 409]
        assert changes(person) == 1


def test_of_two_who_saw_the_same_version_one_update_is_lost_with_a_sentence(
    program: Program,
) -> None:
    for _ in range(ROUNDS):
        person = MembershipFactory(company=program.membership.company, role=Role.MEMBER)
        seen = program.get(f"people/{person.pk}/")["ETag"]

        def press(role: str, person: Membership = person, seen: str = seen) -> Any:
            return program.patch(f"people/{person.pk}/", {"role": role}, If_Match=seen)

        answers = at_once(lambda: press("billing"), lambda: press("manager"))
        assert sorted(one.status_code for one in answers) == [200, 412]
        assert changes(person) == 1
