"""The stretches of time that overviews are asked about. Weeks start on Monday."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _


class Period(NamedTuple):
    """From `first` to `last`, both included; None is without a bound."""

    first: date | None
    last: date | None


EVERYTHING = Period(None, None)
RECENT = "recent"
CUSTOM = "custom"
LABELS = {
    RECENT: _("Last 3 months"),
    "this_week": _("This week"),
    "previous_week": _("Previous week"),
    "this_month": _("This month"),
    "previous_month": _("Previous month"),
    "this_quarter": _("This quarter"),
    "previous_quarter": _("Previous quarter"),
    "this_year": _("This year"),
    "previous_year": _("Previous year"),
    "all": _("All dates"),
}


def monday_of(day: date) -> date:
    """The first day of the week of `day`."""
    return day - timedelta(days=day.weekday())


def period(key: str, today: date) -> Period:
    """The period called `key`, seen from `today`. An unknown key is the last three months."""
    which, _underscore, unit = key.partition("_")
    if key == "all":
        return EVERYTHING
    if unit == "week":
        return _week(monday_of(today) - timedelta(days=7 * (which == "previous")))
    months = {"month": 1, "quarter": 3, "year": 12}.get(unit)
    if months is None or which not in {"this", "previous"}:
        return Period(month_after(today, -2), month_after(today, 1) - timedelta(days=1))
    start = month_after(today, -((today.month - 1) % months))
    start = month_after(start, -months) if which == "previous" else start
    return Period(start, month_after(start, months) - timedelta(days=1))


def _week(monday: date) -> Period:
    return Period(monday, monday + timedelta(days=6))


def month_after(day: date, steps: int) -> date:
    """The first of the month `steps` months after the month of `day`."""
    months = day.year * 12 + day.month - 1 + steps
    return date(months // 12, months % 12 + 1, 1)
