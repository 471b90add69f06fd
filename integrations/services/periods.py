"""In which period of AFAS an invoice is booked, by AFAS's own list or else by the calendar."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from django.utils.translation import gettext as _

from core.errors import DomainError
from core.formats import write_day
from integrations.afas.ledger import Period
from integrations.models import PeriodRule

A_YEAR = timedelta(days=366)


class Booked(NamedTuple):
    """Financial year, period, and the day of the entry, which lies in it."""

    year: int
    period: int
    day: date


def period_of(day: date, periods: Sequence[Period] | None, rule: str) -> Booked:
    """Where an invoice of `day` is booked. Without a list that is its month, taken to be open.

    Raises DomainError when that period is closed and the rule wants no other, or none is open.
    """
    if not periods:
        return Booked(day.year, day.month, day)
    own = _around(day, periods)
    if own is None:
        raise DomainError(
            _(
                "AFAS has no period for %(day)s in this administration, so nothing can be booked "
                "on that day. Let the AFAS administrator make the periods of that year."
            )
            % {"day": write_day(day)}
        )
    if not own.is_blocked:
        return _booked(own, day)
    following = _next_open(own, periods) if rule == PeriodRule.NEXT_OPEN else None
    if following is None or following.first is None:
        raise DomainError(_closed(own, day))
    return _booked(following, following.first)


def _around(day: date, periods: Sequence[Period]) -> Period | None:
    """The ordinary period of a day: the shortest, but AFAS also has periods of one day, for the
    closing entries."""
    found = sorted((one for one in periods if _holds(one, day)), key=_length)
    return next((one for one in found if _length(one)), found[0] if found else None)


def _holds(period: Period, day: date) -> bool:
    if period.first is None or period.last is None:
        return False
    return _is_whole(period) and period.first <= day <= period.last


def _is_whole(period: Period) -> bool:
    """Whether AFAS says all that a booking needs, and it is of a year at most."""
    if period.year is None or period.number is None:
        return False
    return timedelta(0) <= _length(period) < A_YEAR


def _length(period: Period) -> timedelta:
    if period.first is None or period.last is None:
        return timedelta(0)
    return period.last - period.first


def _next_open(own: Period, periods: Sequence[Period]) -> Period | None:
    """The next ordinary period that is open: one of a day is for closing entries only."""
    later = [
        one
        for one in periods
        if one.first and own.last and one.first > own.last and not one.is_blocked and _length(one)
    ]
    whole = [one for one in later if _is_whole(one)]
    return min(whole, key=lambda one: (one.first or date.max, _length(one)), default=None)


def _booked(period: Period, day: date) -> Booked:
    return Booked(period.year or day.year, period.number or day.month, day)


def _closed(period: Period, day: date) -> str:
    return _(
        "Period %(period)s of %(year)s, in which %(day)s lies, is closed in AFAS, so it cannot be "
        "booked there. Have it opened, or let the settings book it in the next open period."
    ) % {"period": period.number, "year": period.year, "day": write_day(day)}
