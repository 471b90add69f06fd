"""The nightly import: once a night, at its own minute, whatever the clock does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from accounts.models import Company
from integrations.models import AfasConnection, ImportRun
from integrations.services import importing, nights
from sandbox import seed
from tests.factories import AfasConnectionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def link(company: Company, sandbox: Any) -> AfasConnection:
    """The company linked with participant 12345."""
    return AfasConnectionFactory(company=company, user_token=seed.LIVE_TOKEN)


@pytest.fixture
def nightly(link: AfasConnection) -> AfasConnection:
    AfasConnection.objects.update(nightly_import=True)
    return link


@pytest.fixture
def at() -> Iterator[Callable[[datetime], None]]:
    """Set the clock."""
    with time_machine.travel(datetime(2026, 6, 1, tzinfo=UTC), tick=False) as traveller:
        yield traveller.move_to


def test_the_nightly_import_comes_once_a_night_at_its_own_minute(
    nightly: AfasConnection, at: Callable[[datetime], None]
) -> None:
    minute = nights.nightly_minute(nightly)
    assert 0 <= minute < 60
    two = datetime(2026, 6, 1, 0, 0, tzinfo=UTC)  # 02:00 in Amsterdam

    at(two - timedelta(minutes=1))
    importing.import_due()
    at(two + timedelta(minutes=minute) - timedelta(seconds=1))
    importing.import_due()
    assert not ImportRun.objects.exists()

    at(two + timedelta(minutes=minute))
    importing.import_due()
    run = ImportRun.objects.get()
    assert run.trigger == "nightly"

    run.status = "done"
    run.save()
    at(two + timedelta(hours=1))
    importing.import_due()
    assert ImportRun.objects.count() == 1

    at(two + timedelta(days=1, hours=3, minutes=59))
    importing.import_due()
    assert ImportRun.objects.count() == 2


def test_a_missed_nightly_import_is_caught_up_until_six_and_not_while_paused(
    nightly: AfasConnection, at: Callable[[datetime], None]
) -> None:
    six = datetime(2026, 1, 10, 5, 0, tzinfo=UTC)  # winter
    at(six)
    importing.import_due()
    AfasConnection.objects.update(paused_at=six, paused_because="person")
    at(six - timedelta(minutes=1))
    importing.import_due()
    assert not ImportRun.objects.exists()

    AfasConnection.objects.update(paused_at=None, paused_because="")
    importing.import_due()
    assert ImportRun.objects.count() == 1


@pytest.mark.parametrize(
    "day", [datetime(2026, 10, 24, tzinfo=UTC), datetime(2026, 3, 28, tzinfo=UTC)]
)
def test_nights_in_which_the_clock_changes_have_one_import(
    nightly: AfasConnection, at: Callable[[datetime], None], day: datetime
) -> None:
    for minutes in range(0, 10 * 60, 5):
        at(day + timedelta(hours=22, minutes=minutes))
        importing.import_due()
        ImportRun.objects.update(status="done")
    assert ImportRun.objects.count() == 1
