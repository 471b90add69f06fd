"""The night's work: an import that failed or never came, a test of the link that was refused."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import Company, User
from integrations.models import AfasConnection, Alert, ImportRun
from integrations.services import connection_settings, pausing
from integrations.services.connection_settings import CustomerSettings
from tests.factories import (
    CheckRunFactory,
    ImportRunFactory,
)
from tests.integrations.watched import NOON, clock, kinds, link, open_alerts

__all__ = ["clock", "link"]  # fixtures
pytestmark = pytest.mark.django_db
Kind = Alert.Kind


@pytest.fixture
def nightly(link: AfasConnection) -> AfasConnection:
    """The same link with its nightly import on."""
    AfasConnection.objects.update(nightly_import=True)
    link.refresh_from_db()
    return link


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-{text}+01:00")


def night_run(link: AfasConnection, when: str, **fields: Any) -> ImportRun:
    """A nightly import that was queued and ended at a moment of November, Dutch time."""
    run = ImportRunFactory(connection=link, **{"trigger": "nightly", **fields})
    ImportRun.objects.filter(pk=run.pk).update(queued_at=at(when), finished_at=at(when))
    run.refresh_from_db()
    return run


def test_a_nightly_import_that_failed_stays_until_an_import_is_done(
    nightly: AfasConnection, company: Company, clock: Any
) -> None:
    run = night_run(nightly, "18T02:37", status="failed", error="AFAS did not answer in time.")
    expected = {"what": "import", "run": run.pk, "said": "AFAS did not answer in time."}
    assert open_alerts(company) == {(Kind.NIGHT, f"import {nightly.pk}"): expected}

    for later in ("18T23:59", "19T02:00", "19T05:59"):
        clock.move_to(at(later))
        assert kinds(company) == [Kind.NIGHT], later
    night_run(nightly, "19T02:37", status="failed", error="Again.")
    clock.move_to(at("19T12:00"))
    assert kinds(company) == [Kind.NIGHT]
    assert Alert.objects.count() == 1  # one story, told once

    night_run(nightly, "19T12:10", trigger="button")
    assert kinds(company) == []


def test_a_failure_of_tonight_is_known_tonight(
    nightly: AfasConnection, company: Company, clock: Any
) -> None:
    night_run(nightly, "17T02:37")
    clock.move_to(at("18T02:40"))
    assert kinds(company) == []
    night_run(nightly, "18T02:37", status="failed")
    assert kinds(company) == [Kind.NIGHT]


def test_a_nightly_import_that_did_not_run_is_told_at_six(
    nightly: AfasConnection, company: Company, clock: Any
) -> None:
    night_run(nightly, "17T02:37")
    clock.move_to(at("18T05:59"))
    assert kinds(company) == []
    clock.move_to(at("18T06:00"))
    assert list(open_alerts(company).values()) == [
        {"what": "import", "night": "2026-11-18T02:00:00+01:00"}
    ]


def test_nothing_is_missed_while_it_is_off_or_has_just_been_switched_on(
    link: AfasConnection, company: Company, owner: User, clock: Any
) -> None:
    assert kinds(company) == []
    connection_settings.save_customer_settings(
        connection=link,
        settings=CustomerSettings(create_customers=True, nightly_import=True, lead="afas"),
        by=owner,
    )
    assert kinds(company) == []
    clock.shift(timedelta(days=1))
    assert kinds(company) == [Kind.NIGHT]


def test_a_new_link_missed_no_night(nightly: AfasConnection, company: Company) -> None:
    AfasConnection.objects.update(created_at=at("18T09:00"))
    assert kinds(company) == []


def test_a_long_import_at_work_is_not_missed(
    nightly: AfasConnection, company: Company, clock: Any
) -> None:
    run = night_run(nightly, "18T02:37", status="running", heartbeat_at=NOON)
    ImportRun.objects.filter(pk=run.pk).update(finished_at=None)
    assert kinds(company) == []
    clock.shift(timedelta(minutes=11))
    assert kinds(company) == [Kind.NIGHT]


def test_a_night_in_which_the_link_was_paused_is_not_told_twice(
    nightly: AfasConnection, company: Company, clock: Any
) -> None:
    clock.move_to(at("18T02:38"))
    pausing.pause(nightly, because="credentials", by=None)
    night_run(nightly, "18T02:37", status="failed")
    assert kinds(company) == [Kind.PAUSED]
    clock.move_to(at("18T09:00"))
    pausing.resume(nightly, by=None)
    assert kinds(company) == []


def test_a_night_that_passed_while_paused_is_not_told_after_resuming(
    nightly: AfasConnection, company: Company, owner: User, clock: Any
) -> None:
    clock.move_to(at("17T23:00"))
    pausing.pause(nightly, because="person", by=owner)
    assert kinds(company) == [Kind.PAUSED]
    clock.move_to(at("18T09:00"))
    pausing.resume(nightly, by=owner)
    assert kinds(company) == []
    clock.shift(timedelta(days=1))
    assert kinds(company) == [Kind.NIGHT]


def test_a_refused_nightly_check_stays_until_one_is_accepted(
    link: AfasConnection, company: Company, clock: Any
) -> None:
    clock.move_to(at("17T20:00"))
    CheckRunFactory(connection=link, accepted=False, trigger="saved", message="Typed wrong.")
    assert kinds(company) == []
    clock.move_to(at("18T01:40"))
    CheckRunFactory(connection=link, accepted=False, trigger="nightly", message="AFAS is away.")
    clock.move_to(at("18T05:59"))
    assert kinds(company) == []  # it is repeated until six
    clock.move_to(at("18T06:00"))
    assert open_alerts(company) == {
        (Kind.NIGHT, f"check {link.pk}"): {"what": "check", "said": "AFAS is away."}
    }
    clock.move_to(at("19T01:40"))
    CheckRunFactory(connection=link, accepted=False, trigger="nightly", message="Still away.")
    assert kinds(company) == [Kind.NIGHT]
    CheckRunFactory(connection=link, accepted=True, trigger="nightly")
    assert kinds(company) == []
    assert Alert.objects.count() == 1
