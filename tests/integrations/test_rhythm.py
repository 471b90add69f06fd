"""The durations on which safety rests, and the clock that nobody can set."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings as product

from integrations.models import SweepClock
from integrations.services import clients, rhythm, settling
from integrations.services.rhythm import quiet_time, scaled, tick
from tests.factories import AfasConnectionFactory
from timechimp_afas import settings as shipped

MINUTE = timedelta(minutes=1)


class Machine:
    """A machine with its own monotonic clock."""

    def __init__(self, name: str, now: float) -> None:
        self.name, self.now = name, now

    def sweep(self, patch: pytest.MonkeyPatch, after: float = 60) -> bool:
        """Whether its next sweep, so many seconds later, counts."""
        self.now += after
        patch.setattr(rhythm, "monotonic", lambda: self.now)
        patch.setattr(rhythm, "boot", lambda: self.name)
        return tick()


@pytest.fixture
def machine() -> Machine:
    return Machine("one", 5_000.0)


def test_the_values_that_count_in_production() -> None:
    assert shipped.TIME_SCALE == product.TIME_SCALE == 1
    assert rhythm.AFAS_WORKS_FOR == 15 * MINUTE
    assert rhythm.MARGIN == 5 * MINUTE
    assert rhythm.CLAIM_LIFETIME == MINUTE
    assert timedelta(minutes=5, seconds=30) == rhythm.FLIGHT_LIFETIME
    assert rhythm.UNSETTLED == MINUTE
    assert rhythm.LOOKS_AFTER == (MINUTE, 2 * MINUTE, 4 * MINUTE, 8 * MINUTE)
    assert rhythm.LOOKS_FOR_ABSENCE == 3
    assert rhythm.SWEEPS_FOR_ABSENCE == 20
    assert timedelta(seconds=55) == rhythm.SWEEPS_APART
    assert rhythm.MOST_REPEATS == 5
    assert timedelta(hours=4) == rhythm.STUCK_AFTER
    assert timedelta(hours=24) == rhythm.UNSEEN_AFTER
    assert rhythm.HELD_AFTER_RESTORE == 30 * MINUTE
    assert rhythm.COMPARED_AFTER_RESTORE == (5 * MINUTE, 30 * MINUTE)
    assert (clients.WRITES.total, settling.PATIENCE_SECONDS) == (150, 120)
    assert scaled(MINUTE) == MINUTE


def test_the_durations_fit_together() -> None:
    """A chain breaks when one link is changed alone."""
    claim, flight = rhythm.CLAIM_LIFETIME, rhythm.FLIGHT_LIFETIME
    write, storing = clients.WRITES.total, settling.PATIENCE_SECONDS
    assert claim.total_seconds() + write + storing <= flight.total_seconds()
    assert write + storing < product.CELERY_TASK_TIME_LIMIT < flight.total_seconds()
    # The quiet time runs from the claim: AFAS may have been asked up to a claim and a write later.
    assert claim + timedelta(seconds=write) < rhythm.MARGIN
    sweeping = (rhythm.SWEEPS_FOR_ABSENCE - 1) * rhythm.SWEEPS_APART
    assert sweeping > rhythm.AFAS_WORKS_FOR
    assert rhythm.SWEEPS_FOR_ABSENCE * rhythm.SWEEPS_APART < rhythm.AFAS_WORKS_FOR + rhythm.MARGIN
    early = [one for one in rhythm.LOOKS_AFTER if one < rhythm.AFAS_WORKS_FOR]
    assert len(early) >= rhythm.LOOKS_FOR_ABSENCE - 1
    assert list(rhythm.LOOKS_AFTER) == sorted(rhythm.LOOKS_AFTER)
    assert max(rhythm.COMPARED_AFTER_RESTORE) >= rhythm.HELD_AFTER_RESTORE
    assert rhythm.HELD_AFTER_RESTORE > rhythm.AFAS_WORKS_FOR + rhythm.MARGIN


def test_every_duration_is_scaled_by_the_one_factor(settings: Any) -> None:
    settings.TIME_SCALE = 0.01
    connection = AfasConnectionFactory.build(sight_seconds=7)
    assert scaled(MINUTE) == timedelta(seconds=0.6)
    assert quiet_time(connection) == timedelta(seconds=12 + 7)  # what was measured is as it is


def test_the_quiet_time_grows_with_what_afas_was_measured_to_take() -> None:
    assert quiet_time(AfasConnectionFactory.build(sight_seconds=0)) == 20 * MINUTE
    assert quiet_time(AfasConnectionFactory.build(sight_seconds=600)) == 30 * MINUTE


@pytest.mark.django_db
def test_a_sweep_counts_55_seconds_after_the_last_one_that_did(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not machine.sweep(monkeypatch)  # nothing is known yet of the time before
    assert machine.sweep(monkeypatch, after=55)
    assert not machine.sweep(monkeypatch, after=30)
    assert not machine.sweep(monkeypatch, after=24.9)
    assert machine.sweep(monkeypatch, after=0.1)


@pytest.mark.django_db
def test_the_wall_clock_moves_no_sweep(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.sweep(monkeypatch)
    machine.sweep(monkeypatch)
    with time_machine.travel("2031-01-01 12:00Z", tick=False):
        assert not machine.sweep(monkeypatch, after=1)
    with time_machine.travel("2011-01-01 12:00Z", tick=False):
        assert machine.sweep(monkeypatch, after=54)


def test_our_clock_is_one_that_nobody_can_set() -> None:
    before = rhythm.monotonic()
    with time_machine.travel("2031-01-01 12:00Z", tick=False):
        assert 0 <= rhythm.monotonic() - before < 60


@pytest.mark.django_db
def test_a_restarted_machine_begins_anew(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.sweep(monkeypatch)
    restarted = Machine("one after its restart", 3.0)
    assert not restarted.sweep(monkeypatch)
    assert restarted.sweep(monkeypatch)


@pytest.mark.django_db
def test_two_machines_do_not_count_twice_as_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has a clock of its own; twenty sweeps must take as long as with one."""
    one, two = Machine("one", 5_000.0), Machine("two", 90.0)
    counted = sum(each.sweep(monkeypatch) for _minute in range(20) for each in (one, two))
    assert 10 <= counted <= 20


@pytest.mark.django_db
def test_machines_that_take_turns_count_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker hands the sweep of each minute to whoever is free."""
    one, two, three = (Machine(name, 100.0) for name in ("one", "two", "three"))
    counted = 0
    for minute in range(60):
        for each in (one, two, three):
            each.now += 60
        counted += (one, two, three)[minute % 3].sweep(monkeypatch, after=0)
    assert counted >= 15


@pytest.mark.django_db
def test_machines_that_wake_together_count_one_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the broker had kept is swept at once, by all of them."""
    machines = [Machine(f"machine {number}", 100.0) for number in range(10)]
    for each in machines:
        each.sweep(monkeypatch)
    assert sum(each.sweep(monkeypatch) for each in machines) == 1
    assert sum(each.sweep(monkeypatch, after=1) for each in machines) == 0


@pytest.mark.django_db
def test_the_name_of_a_machine_is_that_of_this_start_of_it() -> None:
    tick()
    tick()
    assert SweepClock.objects.filter(boot=rhythm.boot()).count() == 1
    assert len(rhythm.boot()) <= 64
