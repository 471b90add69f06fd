"""Who calls the API, and what a key may do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import ApiKey, Company, Membership, Role, Scope
from accounts.services import people
from accounts.services.api_keys import KeyData, api_key_make, api_key_of, api_key_revoke
from core.errors import FieldsError
from tests.factories import MembershipFactory

pytestmark = pytest.mark.django_db


def test_a_key_works_as_its_person(program: Callable[..., Any], owner: Membership) -> None:
    answer = program().get("me/")
    assert answer.status_code == 200
    assert answer.json()["person"] == owner.pk
    assert set(answer.json()["scopes"]) == set(Scope.values)


def test_only_a_hash_of_the_key_is_kept(program: Callable[..., Any]) -> None:
    one = program()
    kept = " ".join(str(value) for value in ApiKey.objects.values().get().values())
    assert one.secret.rpartition("_")[2] not in kept
    assert api_key_of(one.secret) == one.key


def test_that_a_key_was_used_is_noted(program: Callable[..., Any]) -> None:
    one = program()
    assert one.key.last_used_at is None
    one.get("me/")
    one.key.refresh_from_db()
    assert one.key.last_used_at


@pytest.mark.parametrize("spoil", ["revoked", "expired", "deactivated", "altered"])
def test_a_key_that_does_not_work_is_401_with_a_sentence(
    program: Callable[..., Any], owner: Membership, company: Company, spoil: str
) -> None:
    MembershipFactory(company=company, role=Role.OWNER)
    one = program()
    if spoil == "revoked":
        api_key_revoke(key=one.key, by=owner.user)
    if spoil == "expired":
        ApiKey.objects.update(expires_on=date(2020, 1, 1))
    if spoil == "deactivated":
        people.deactivate(membership=owner, by=owner.user)
    if spoil == "altered":
        one.secret += "x"
    answer = one.get("me/")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'Bearer realm="api"'
    assert answer["Content-Type"] == "application/problem+json"
    assert "revoked" in answer.json()["detail"]


def test_without_a_key_nothing_is_told(db: None) -> None:
    answer = Client().get("/api/v1/people/")
    assert answer.status_code == 401
    assert answer.json()["type"] == "urn:problem:not_authenticated"


def test_a_key_without_the_scope_is_refused_by_its_name(program: Callable[..., Any]) -> None:
    reader = program(None, "people:read")
    assert reader.get("people/").status_code == 200
    answer = reader.post(f"people/{reader.membership.pk}/deactivate/")
    assert answer.status_code == 403
    assert "people:write" in answer.json()["detail"]
    assert program(None, "people:write").get("people/").status_code == 200


def test_the_right_of_the_person_is_needed_too(
    program: Callable[..., Any], company: Company
) -> None:
    member = MembershipFactory(company=company, role=Role.MEMBER)
    assert program(member).get("people/").status_code == 403


def test_the_last_day_of_a_key_is_a_day_to_come(owner: Membership) -> None:
    data = KeyData(name=" ", scopes=(), expires_on=timezone.localdate() - timedelta(days=1))
    with pytest.raises(FieldsError) as refused:
        api_key_make(membership=owner, data=data)
    assert set(refused.value.errors) == {"name", "scopes", "expires_on"}


def test_sentences_are_in_the_language_of_the_person_unless_another_is_asked(
    program: Callable[..., Any], company: Company
) -> None:
    member = MembershipFactory(company=company, role=Role.MEMBER, user__language="nl")
    one = program(member)
    assert one.get("people/").json()["title"] == "Niet toegestaan"
    assert one.get("people/", Accept_Language="en").json()["title"] == "Not allowed"


def test_too_many_requests_are_429_and_say_when_to_come_back(
    program: Callable[..., Any], settings: Any
) -> None:
    settings.API_REQUESTS_PER_MINUTE = 2
    one = program()
    left = [one.get("me/")["RateLimit-Remaining"] for _ in range(2)]
    assert left == ["1", "0"]
    answer = one.get("me/")
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 60
    assert answer["RateLimit-Limit"] == "2"


def test_what_is_no_address_is_told_as_a_problem(program: Callable[..., Any]) -> None:
    for address in ("salaries/", "people/x/", "people/%0A/"):
        answer = program().get(address)
        assert answer.status_code == 404
        assert answer["Content-Type"] == "application/problem+json"
        assert "/api/docs/" in answer.json()["detail"]


def test_a_session_in_the_same_browser_does_not_get_in_the_way_of_a_key(
    program: Callable[..., Any], company: Company
) -> None:
    one = program()
    one.client.force_login(MembershipFactory(role=Role.OWNER).user)
    other = MembershipFactory(company=company)
    assert one.patch(f"people/{other.pk}/", {"role": "billing"}).status_code == 200


def test_without_a_key_the_answer_says_how_to_get_one(db: None) -> None:
    assert "Settings → API" in Client().get("/api/v1/people/").json()["detail"]


def test_while_the_cache_is_away_nobody_is_refused_for_it(
    program: Callable[..., Any], settings: Any
) -> None:
    one = program()
    backend = "django.core.cache.backends.redis.RedisCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": "redis://127.0.0.1:1"}}
    assert one.get("me/").status_code == 200


def test_what_is_no_json_and_what_asks_for_none_is_told_as_a_problem(
    program: Callable[..., Any], owner: Membership
) -> None:
    one, path = program(), f"/api/v1/people/{owner.pk}/"
    headers = {"Authorization": f"Bearer {one.secret}"}
    form = one.client.generic("PATCH", path, b"a=1", "text/plain", headers=headers)
    page = one.client.get(path, headers={**headers, "Accept": "text/html"})
    broken = one.client.generic("PATCH", path, b"{", "application/json", headers=headers)
    assert [one.status_code for one in (form, page, broken)] == [415, 406, 400]
    for answer in (form, page, broken):
        assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("headers", [{}, {"Idempotency_Key": "a"}])
def test_more_than_is_read_at_once_is_refused_with_a_sentence(
    program: Callable[..., Any], owner: Membership, settings: Any, headers: dict[str, str]
) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2**20
    body = {"role": "billing", "note": "x" * 2**20}
    answer = program().patch(f"people/{owner.pk}/", body, **headers)
    assert answer.status_code == 413
    assert "At most 1 MB" in answer.json()["detail"]
    owner.refresh_from_db()
    assert owner.role == Role.OWNER
