"""Every duration on which safety rests, in one place, with what it must be longer than.

`settings.TIME_SCALE` multiplies them all, so that a proof can play fifteen minutes in thirty
seconds; in production it is 1, and a test asserts the values that count there.
"""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.db.models import F

from integrations.models import AfasConnection, SweepClock

# What AFAS may take: it keeps working for 900 s after a client has given up (page troubleshooting).
AFAS_WORKS_FOR = timedelta(seconds=900)
MARGIN = timedelta(minutes=5)

# A claim holds for 60 s; a write may then take 150 s, and storing its answer two minutes.
CLAIM_LIFETIME = timedelta(seconds=60)
FLIGHT_LIFETIME = timedelta(minutes=5, seconds=30)
# A worker that dies after storing its proof leaves it to the sweep.
UNSETTLED = timedelta(minutes=1)

LOOKS_AFTER = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 4, 8))
LOOKS_FOR_ABSENCE = 3
LOOK_AGAIN = timedelta(minutes=1)
LOOK_AGAIN_WHILE_A_PERSON_IS_ASKED = timedelta(minutes=10)
SWEEPS_FOR_ABSENCE = 20
SWEEPS_APART = timedelta(seconds=55)
MOST_REPEATS = 5
STUCK_AFTER = timedelta(hours=4)
UNSEEN_AFTER = timedelta(hours=24)
SIGHT_AT_MOST_EVERY = timedelta(hours=1)

ALL_MACHINES = "all machines"
THIS_PROCESS = f"process {uuid4()}"  # where a start of the machine has no name

# After a restored backup (DECISIONS A9).
HELD_AFTER_RESTORE = timedelta(minutes=30)
COMPARED_AFTER_RESTORE = (timedelta(minutes=5), timedelta(minutes=30))


def scaled(duration: timedelta) -> timedelta:
    """A duration as it counts here; in production the very same."""
    return duration * settings.TIME_SCALE


def quiet_time(connection: AfasConnection) -> timedelta:
    """How long after a claim an absence proves nothing yet (DECISIONS A4).

    What AFAS may still be doing, the longest it ever took to show what it had confirmed, and five
    minutes.
    """
    sight = timedelta(seconds=connection.sight_seconds)
    return scaled(AFAS_WORKS_FOR + MARGIN) + sight


def monotonic() -> float:
    """Seconds that no change of the clock can move; they stand still while the machine sleeps."""
    return time.monotonic()


def boot() -> str:
    """This start of this machine: what gives `monotonic` its meaning."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return THIS_PROCESS


def tick() -> bool:
    """Whether this sweep counts: 55 s after the last one that did, by this machine's own clock.

    Machines cannot compare their clocks, so each measures how long it has known the same count: it
    adds one only to a count that it has seen stand still for so long. Two of them count no faster
    than one.
    """
    counted, _new = SweepClock.objects.get_or_create(boot=ALL_MACHINES, defaults={"ticked": 0})
    own, _new = SweepClock.objects.get_or_create(boot=boot(), defaults={"counted": -1, "ticked": 0})
    now = monotonic()
    counts = own.counted == counted.counted and _stood_still(own.ticked, now)
    if counts and not _count(counted.counted):
        return False  # another machine was first
    if counts or own.counted != counted.counted:
        known = counted.counted + counts
        SweepClock.objects.filter(pk=own.pk).update(counted=known, ticked=now)
    return counts


def _stood_still(since: float, now: float) -> bool:
    return now - since >= scaled(SWEEPS_APART).total_seconds()


def _count(known: int) -> bool:
    same = SweepClock.objects.filter(boot=ALL_MACHINES, counted=known)
    return bool(same.update(counted=F("counted") + 1))
