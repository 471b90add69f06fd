"""Which periods a subscription has, and what each costs. Pure: no database, no clock.

Source: DOMAIN §5. Every period is counted from the same anchor, so that a start on the 31st gives
28 February and then 31 March again. Days that are billed already are left out, whatever the terms
are by now: no day is billed twice.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from typing import NamedTuple

from core import money
from registration.models import Broken, Frequency

DAY = timedelta(days=1)
DAYS: dict[str, int] = {Frequency.WEEK: 7, Frequency.FOUR_WEEKS: 28}
MONTHS: dict[str, int] = {
    Frequency.MONTH: 1,
    Frequency.QUARTER: 3,
    Frequency.HALF_YEAR: 6,
    Frequency.YEAR: 12,
}


class Span(NamedTuple):
    """Days, both the first and the last included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days."""
        return (self.last - self.first).days + 1

    def meets(self, other: Span) -> bool:
        """Whether they have a day in common."""
        return self.first <= other.last and other.first <= self.last

    def without(self, others: Iterable[Span]) -> list[Span]:
        """What is left of it once the days of `others` are taken away, in order."""
        left, first = [], self.first
        for other in sorted(one for one in others if self.meets(one)):
            if other.first > first:
                left.append(Span(first, other.first - DAY))
            first = max(first, other.last + DAY)
        if first <= self.last:
            left.append(Span(first, self.last))
        return left


class Billed(NamedTuple):
    """Days that are billed, or being billed, for an amount (EUR excl. VAT)."""

    span: Span
    amount: Decimal


class Part(NamedTuple):
    """A period as it is billed: its days, its amount (EUR excl. VAT), and when it is due."""

    span: Span
    amount: Decimal
    due_on: date


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a subscription promises. `price` is EUR excl. VAT a period; `earlier` are the prices of
    periods that begin before a day, as (until, price), earliest first."""

    frequency: str
    starts_on: date
    ends_on: date | None = None
    in_advance: bool = True
    by_calendar: bool = False
    broken: str = Broken.PRO_RATA
    price: Decimal
    earlier: Sequence[tuple[date, Decimal]] = field(default=())

    def price_on(self, day: date) -> Decimal:
        """EUR excl. VAT of a whole period that begins on `day`."""
        return next((price for until, price in self.earlier if day < until), self.price)

    def clipped(self, whole: Span) -> Span:
        """The part of a whole period that lies between the first and the last day."""
        last = min(whole.last, self.ends_on) if self.ends_on else whole.last
        return Span(max(whole.first, self.starts_on), last)


def parts(terms: Terms, until: date, billed: Sequence[Billed] = ()) -> Iterator[Part]:
    """The periods that are due by `until`, in order, without the days in `billed`.

    A period that costs nothing is not there.
    """
    taken = [one.span for one in billed]
    for whole in wholes(terms):
        clipped = terms.clipped(whole)
        if clipped.first > min(until, clipped.last):
            return
        for span in clipped.without(taken):
            due_on = span.first if terms.in_advance else span.last
            amount = _amount(terms, whole, span, billed)
            if due_on <= until and amount:
                yield Part(span, amount, due_on)


def wholes(terms: Terms) -> Iterator[Span]:
    """Whole periods without end; the first one holds the first day."""
    anchor = _calendar_first(terms) if terms.by_calendar else terms.starts_on
    firsts = (_counted(anchor, terms.frequency, number) for number in count())
    first = next(firsts)
    for following in firsts:
        yield Span(first, following - DAY)
        first = following


def _amount(terms: Terms, whole: Span, span: Span, billed: Sequence[Billed]) -> Decimal:
    """What these days of a whole period cost.

    Broken by the first or the last day they cost what the terms say; beside days that were billed
    before, their share, and never more than makes the period's full amount where that was asked.
    """
    price = terms.price_on(span.first)
    clipped = terms.clipped(whole)
    if span == whole:
        return price
    if clipped != whole and terms.broken == Broken.SKIP:
        return Decimal(0)
    if span == clipped and terms.broken == Broken.FULL:
        return price
    share = _share(price, whole, clipped, span)
    if terms.broken != Broken.FULL:
        return share
    before = sum((one.amount for one in billed if one.span.meets(whole)), Decimal(0))
    return max(Decimal(0), min(share, price - before))


def _share(price: Decimal, whole: Span, clipped: Span, span: Span) -> Decimal:
    """What `span` costs by its days, rounded so that the parts of one period add up to it."""
    through, before = Span(clipped.first, span.last).days, (span.first - clipped.first).days
    return money.cents(price * through / whole.days) - money.cents(price * before / whole.days)


def _counted(anchor: date, frequency: str, number: int) -> date:
    """The first day of period `number`, counted from the anchor so that nothing drifts."""
    if days := DAYS.get(frequency):
        return anchor + timedelta(days=days * number)
    months = anchor.year * 12 + anchor.month - 1 + MONTHS[frequency] * number
    year, month = months // 12, months % 12 + 1
    return date(year, month, min(anchor.day, monthrange(year, month)[1]))


def _calendar_first(terms: Terms) -> date:
    """The Monday, or the first of the month, quarter or year, at or before the first day."""
    day = terms.starts_on
    if terms.frequency == Frequency.WEEK:
        return day - timedelta(days=day.weekday())
    if terms.frequency == Frequency.FOUR_WEEKS:
        return day
    month = day.month - (day.month - 1) % MONTHS[terms.frequency]
    return date(day.year, month, 1)
