"""A request with an idempotency key is carried out once, and answered alike for a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.api.people import PeopleView
from accounts.models import Company, IdempotentAnswer, Membership, Role
from accounts.services import people
from accounts.services.idempotency import Answer, forget_old, once
from core.models import AuditEvent
from tests.factories import MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def other(company: Company) -> Membership:
    return MembershipFactory(company=company, role=Role.MEMBER)


def changes() -> int:
    return AuditEvent.objects.filter(action="person.changed").count()


def test_the_same_request_again_gets_the_same_answer_and_does_nothing(
    program: Callable[..., Any], other: Membership
) -> None:
    one, body = program(), {"role": "billing"}
    first = one.patch(f"people/{other.pk}/", body, Idempotency_Key="a")
    people.change_place(
        membership=other, by=one.membership.user, place=people.Place.of("manager", [])
    )
    again = one.patch(f"people/{other.pk}/", body, Idempotency_Key="a")
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert (first["ETag"], again["Idempotent-Replayed"]) == (again["ETag"], "true")
    other.refresh_from_db()
    assert other.role == "manager"


def test_another_request_with_the_same_key_is_refused(
    program: Callable[..., Any], other: Membership
) -> None:
    one = program()
    one.patch(f"people/{other.pk}/", {"role": "billing"}, Idempotency_Key="a")
    answer = one.patch(f"people/{other.pk}/", {"role": "manager"}, Idempotency_Key="a")
    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:problem:idempotency_key_reused"
    other.refresh_from_db()
    assert other.role == "billing"


def test_two_people_may_use_the_same_key(
    program: Callable[..., Any], other: Membership, company: Company
) -> None:
    second = MembershipFactory(company=company, role=Role.OWNER)
    for person, role in ((None, "billing"), (second, "manager")):
        body = {"role": role}
        assert program(person).patch(f"people/{other.pk}/", body, Idempotency_Key="a").json()[
            "role"
        ] == (role)


def test_what_cannot_be_taken_is_answered_alike(
    program: Callable[..., Any], other: Membership
) -> None:
    one = program()
    answers = [
        one.patch(f"people/{other.pk}/", {"role": "king"}, Idempotency_Key="a") for _ in range(2)
    ]
    assert [one.status_code for one in answers] == [400, 400]
    assert answers[1]["Content-Type"] == "application/problem+json"
    assert answers[0].json() == answers[1].json()


def test_a_refusal_that_may_pass_is_not_kept(
    program: Callable[..., Any], owner: Membership
) -> None:
    one = program()
    first = one.post(f"people/{owner.pk}/deactivate/", Idempotency_Key="a")
    assert first.status_code == 409
    MembershipFactory(company=owner.company, role=Role.OWNER)
    assert one.post(f"people/{owner.pk}/deactivate/", Idempotency_Key="a").status_code == 200


def test_a_crash_in_between_leaves_nothing_and_is_safe_to_repeat(
    program: Callable[..., Any], other: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, answer_with = program(), PeopleView.answer_with

    def crash(*_args: Any, **_kwargs: Any) -> Any:
        raise RuntimeError("the power went")

    monkeypatch.setattr(PeopleView, "answer_with", crash)
    with pytest.raises(RuntimeError):
        one.patch(f"people/{other.pk}/", {"role": "billing"}, Idempotency_Key="a")
    other.refresh_from_db()
    assert (other.role, changes(), IdempotentAnswer.objects.count()) == ("member", 0, 0)
    monkeypatch.setattr(PeopleView, "answer_with", answer_with)
    answer = one.patch(f"people/{other.pk}/", {"role": "billing"}, Idempotency_Key="a")
    assert (answer.status_code, changes()) == (200, 1)


def test_after_a_day_a_key_is_new_again(program: Callable[..., Any], other: Membership) -> None:
    one = program()
    one.patch(f"people/{other.pk}/", {"role": "billing"}, Idempotency_Key="a")
    IdempotentAnswer.objects.update(created_at=timezone.now() - timedelta(hours=25))
    answer = one.patch(f"people/{other.pk}/", {"role": "manager"}, Idempotency_Key="a")
    assert answer.json()["role"] == "manager"
    IdempotentAnswer.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert forget_old() == 1


@pytest.mark.parametrize("key", ["", "x" * 201, "a\tb"])
def test_a_key_that_is_none_is_refused(
    program: Callable[..., Any], other: Membership, key: str
) -> None:
    answer = program().patch(f"people/{other.pk}/", {"role": "billing"}, Idempotency_Key=key)
    assert answer.status_code == 400
    assert changes() == 0


def test_an_update_of_an_old_version_is_lost_with_a_sentence(
    program: Callable[..., Any], other: Membership
) -> None:
    one = program()
    seen = one.get(f"people/{other.pk}/")["ETag"]
    assert one.get(f"people/{other.pk}/", If_None_Match=seen).status_code == 304
    first = one.patch(f"people/{other.pk}/", {"role": "billing"}, If_Match=seen)
    assert (first.status_code, first["ETag"] != seen) == (200, True)
    answer = one.patch(f"people/{other.pk}/", {"role": "manager"}, If_Match=seen)
    assert answer.status_code == 412
    assert "Somebody changed this" in answer.json()["detail"]
    other.refresh_from_db()
    assert other.role == "billing"
    assert one.patch(f"people/{other.pk}/", {"role": "manager"}, If_Match="*").status_code == 200


def answer(status: int, *, kept: bool = True) -> Answer:
    return Answer(status=status, body=str(status), is_kept=kept)


@pytest.mark.parametrize("kept", [True, False])
def test_what_was_answered_meanwhile_holds_where_nothing_is_saved_as_a_whole(
    owner: Membership, *, kept: bool
) -> None:
    """A loose action that is asked twice at once runs twice: the first answer is the one."""
    asked = {"membership": owner, "key": "a", "fingerprint": "f", "whole": False}

    def slow() -> Answer:
        assert once(**asked, do=lambda: answer(202)).status == 202
        return answer(409, kept=kept)

    assert once(**asked, do=slow).status == 409
    again = once(**asked, do=lambda: answer(500))
    assert (again.status, again.is_repeated) == (202, True)


def test_what_the_other_one_did_not_keep_leaves_no_trace_of_it(owner: Membership) -> None:
    asked = {"membership": owner, "key": "a", "fingerprint": "f", "whole": False}

    def slow() -> Answer:
        once(**asked, do=lambda: answer(409, kept=False))
        return answer(202)

    assert once(**asked, do=slow).status == 202
