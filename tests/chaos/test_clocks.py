"""One factor scales every clock; without it the production values hold."""

from __future__ import annotations

from datetime import timedelta

from timechimp_afas.schedule import SCHEDULE, in_scale


def test_a_scale_of_one_leaves_the_schedule_as_it_is() -> None:
    assert in_scale(SCHEDULE, 1.0) is SCHEDULE


def test_intervals_are_scaled_and_times_of_the_day_are_not() -> None:
    scaled = in_scale(SCHEDULE, 0.025)
    assert scaled.keys() == SCHEDULE.keys()
    assert scaled["sweep"] == {"task": "integrations.sweep", "schedule": timedelta(seconds=1.5)}
    assert scaled["import_due"] == SCHEDULE["import_due"]
