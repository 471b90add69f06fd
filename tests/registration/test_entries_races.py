"""Two hands on the same entries, on a database that lets them race."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, connections
from django.db.utils import DatabaseError

from accounts.models import Membership, Role
from core.errors import StaleError
from registration.models import BillingStatus, Hour
from registration.services import approval, billable
from registration.services.entries import HourData, hour_change
from tests.factories import CompanyFactory, HourFactory, MembershipFactory, ProjectFactory

HANDS = 6
ROUNDS = 6

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="SQLite has one writer, so nothing races"
    ),
]


@pytest.fixture
def admin() -> Membership:
    return MembershipFactory(company=CompanyFactory(), role=Role.OWNER)


def at_once(hands: list[Callable[[], object]]) -> list[object]:
    """Run all hands at the same moment; an error is an outcome."""
    start = Barrier(len(hands))

    def run(hand: Callable[[], object]) -> object:
        try:
            start.wait(timeout=10)
            return hand()
        except (StaleError, DatabaseError) as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(hands)) as pool:
        return list(pool.map(run, hands))


def test_of_many_changes_of_one_version_exactly_one_is_kept(admin: Membership) -> None:
    for _round in range(ROUNDS):
        hour = HourFactory(membership=admin)

        def change(minutes: int, hour: Hour = hour) -> Hour:
            data = HourData(
                date=hour.date, project=hour.project, activity=hour.activity, minutes=minutes
            )
            return hour_change(by=admin, hour=hour, version=1, data=data)

        outcomes = at_once([lambda m=minutes: change(m) for minutes in range(10, 10 + HANDS)])
        kept = [one for one in outcomes if isinstance(one, Hour)]
        assert len(kept) == 1
        assert all(isinstance(one, StaleError) for one in outcomes if one not in kept)
        hour.refresh_from_db()
        assert (hour.minutes, hour.version) == (kept[0].minutes, 2)
        Hour.objects.all().delete()


def test_overlapping_bulk_changes_neither_deadlock_nor_lose_a_version(admin: Membership) -> None:
    dice = random.Random(42)
    there = ProjectFactory(company=admin.company)
    hours = HourFactory.create_batch(12, company=admin.company)
    for _round in range(ROUNDS):
        before = {hour.pk: hour.version for hour in Hour.objects.all()}

        def ids() -> dict[str, list[int]]:
            return {"hours": dice.sample([hour.pk for hour in hours], 8)}

        def pair(
            step: Callable[..., object], chosen: dict[str, list[int]], **more: object
        ) -> Callable[[], object]:
            return lambda: step(by=admin, ids=chosen, **more)

        outcomes = at_once(
            [
                pair(approval.approve, ids()),
                pair(approval.reopen, ids()),
                pair(billable.mark_not_billable, ids()),
                pair(billable.mark_billable, ids()),
                pair(billable.move_to_project, ids(), project=there),
                pair(billable.write_off, ids(), reason="Goodwill"),
            ]
        )
        assert [one for one in outcomes if isinstance(one, Exception)] == []
        changes = sum(len(one.done) for one in outcomes)
        after = {hour.pk: hour.version for hour in Hour.objects.all()}
        assert sum(after.values()) - sum(before.values()) == changes
        Hour.objects.update(billing=BillingStatus.UNBILLED)
