"""Settings → API: keys are made, shown once, listed and revoked."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from accounts.forms import AREAS
from accounts.models import ApiKey, Company, Membership, Role
from accounts.services.api_keys import api_key_of
from core.models import AuditEvent
from tests.api.conftest import Program
from tests.factories import MembershipFactory

pytestmark = pytest.mark.django_db
PAGE = "/settings/api/"
NOTHING = dict.fromkeys(AREAS, "nothing")


@pytest.fixture
def browser(client_of: Callable[..., Any], owner: Membership) -> Any:
    return client_of(owner.user, owner.company)


def make(browser: Any, **more: str) -> Any:
    return browser.post(PAGE, {**NOTHING, "name": "Payroll", "registration": "read", **more})


def text_of_key(answer: Any) -> str:
    found = re.search(r"uwk_[0-9a-f]{8}_[\w-]{43}", answer.content.decode())
    assert found
    return found[0]


def test_a_key_is_shown_once_and_works(browser: Any, owner: Membership) -> None:
    text = text_of_key(make(browser))
    key = api_key_of(text)
    assert key is not None
    assert (key.membership, key.scopes) == (owner, ["registration:read"])
    assert text.rpartition("_")[2] not in browser.get(PAGE).content.decode()


def test_what_is_missing_is_told_beside_its_field(browser: Any) -> None:
    answer = make(browser, expires_on="2020-01-01")
    assert answer.status_code == 422
    assert "This day is past" in answer.content.decode()
    answer = make(browser, registration="nothing")
    assert "Choose at least one thing" in answer.content.decode()
    assert not ApiKey.objects.exists()


def test_revoking_is_for_ever_and_stands_in_the_audit_log(browser: Any) -> None:
    text = text_of_key(make(browser))
    key = ApiKey.objects.get()
    assert browser.post(f"{PAGE}{key.pk}/revoke/").status_code == 302
    assert api_key_of(text) is None
    actions = list(AuditEvent.objects.order_by("pk").values_list("action", flat=True))
    assert actions == ["api_key.created", "api_key.revoked"]
    assert text.rpartition("_")[2] not in str(AuditEvent.objects.values_list("after", flat=True))


def test_people_see_their_own_keys_and_an_administrator_sees_all(
    browser: Any, client_of: Callable[..., Any], company: Company
) -> None:
    make(browser)
    member = MembershipFactory(company=company, role=Role.MEMBER, user__language="en")
    theirs = Program(member, "registration:read")
    page = client_of(member.user, company)
    assert "Payroll" not in page.get(PAGE).content.decode()
    key = ApiKey.objects.get(name="Payroll")
    assert page.post(f"{PAGE}{key.pk}/revoke/").status_code == 404
    assert theirs.key.prefix in browser.get(PAGE).content.decode()


def test_a_key_of_another_company_is_not_there(browser: Any) -> None:
    other = Program(MembershipFactory(role=Role.OWNER))
    assert browser.post(f"{PAGE}{other.key.pk}/revoke/").status_code == 404
    assert api_key_of(other.secret)
