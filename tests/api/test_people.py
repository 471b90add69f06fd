"""People, what they may do, and who is asked to join."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Company, Invitation, Membership, Role
from tests.factories import MembershipFactory

pytestmark = pytest.mark.django_db


def test_everybody_is_listed_and_may_be_narrowed_down(
    program: Callable[..., Any], company: Company, owner: Membership
) -> None:
    away = MembershipFactory(company=company, active=False)
    MembershipFactory()
    one = program()
    assert {row["id"] for row in one.get("people/").json()["results"]} == {owner.pk, away.pk}
    assert [row["id"] for row in one.get("people/?active=false").json()["results"]] == [away.pk]
    assert [row["id"] for row in one.get("people/?role=owner").json()["results"]] == [owner.pk]


def test_a_role_brings_no_rights_by_itself_but_an_owner_has_all(
    program: Callable[..., Any], company: Company
) -> None:
    other = MembershipFactory(company=company, role=Role.MEMBER)
    one = program()
    answer = one.patch(f"people/{other.pk}/", {"role": "billing", "rights": ["invoices"]})
    assert answer.json()["rights"] == ["invoices"]
    answer = one.patch(f"people/{other.pk}/", {"role": "owner"})
    assert len(answer.json()["rights"]) == 4


def test_the_last_administrator_stays(program: Callable[..., Any], owner: Membership) -> None:
    one = program()
    answer = one.post(f"people/{owner.pk}/deactivate/")
    assert answer.status_code == 409
    owner.refresh_from_db()
    assert owner.active


def test_people_leave_and_come_back(program: Callable[..., Any], company: Company) -> None:
    other = MembershipFactory(company=company)
    one = program()
    assert one.post(f"people/{other.pk}/deactivate/").json()["active"] is False
    assert one.post(f"people/{other.pk}/reactivate/").json()["active"] is True


def test_a_page_of_people_costs_as_much_however_many_there_are(
    program: Callable[..., Any], company: Company
) -> None:
    one, counts = program(), []
    one.get("me/")  # that the key was used is noted now
    for _ in range(2):
        MembershipFactory.create_batch(5, company=company)
        with CaptureQueriesContext(connection) as queries:
            one.get("people/")
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 5


def test_somebody_is_invited_once_and_the_letter_leaves_after_it_is_saved(
    program: Callable[..., Any], django_capture_on_commit_callbacks: Any
) -> None:
    one, body = program(), {"email": "anna@new.example", "name": "Anna", "role": "billing"}
    with django_capture_on_commit_callbacks(execute=True):
        first = one.post("invitations/", body, Idempotency_Key="a")
        again = one.post("invitations/", body, Idempotency_Key="a")
    assert (first.status_code, first.json()) == (201, again.json())
    assert [letter.to for letter in mail.outbox] == [["anna@new.example"]]
    assert first.json()["rights"] == ["all_projects", "costs", "invoices"]
    assert one.post("invitations/", body).status_code == 409
    assert Invitation.objects.count() == 1


def test_an_invitation_is_renewed_and_withdrawn(program: Callable[..., Any]) -> None:
    one = program()
    made = one.post("invitations/", {"email": "anna@new.example", "name": "Anna"})
    pk = made.json()["id"]
    assert made["Location"].endswith(f"/invitations/{pk}/")
    assert one.post(f"invitations/{pk}/renew/").status_code == 200
    assert one.post(f"invitations/{pk}/withdraw/").json()["is_open"] is False
    assert one.post(f"invitations/{pk}/withdraw/").status_code == 404
    assert one.get("invitations/").json()["results"] == []
