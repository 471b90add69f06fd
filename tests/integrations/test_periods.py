"""In which period of AFAS an invoice lands: months, four weeks, shifted years, closed ones."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from core.errors import DomainError
from integrations.afas.ledger import Period
from integrations.models import PeriodRule
from integrations.services.periods import period_of

STOP, NEXT = PeriodRule.INVOICE_DATE, PeriodRule.NEXT_OPEN


def period(year: int, number: int, first: date, last: date, *, blocked: bool = False) -> Period:
    """A row as AFAS writes it."""
    return Period(
        Unit=1,
        Year=year,
        Period=number,
        DateFrom=f"{first}T00:00:00Z",
        DateTo=f"{last}T00:00:00Z",
        Blocked=blocked,
    )


def months(year: int, starts: int = 1, blocked: tuple[int, ...] = ()) -> Iterator[Period]:
    """Twelve months of a financial year that begins with this month."""
    for number in range(1, 13):
        at = year * 12 + starts + number - 2
        first, after = date(at // 12, at % 12 + 1, 1), date((at + 1) // 12, (at + 1) % 12 + 1, 1)
        last = after - timedelta(days=1)
        yield period(year, number, first, last, blocked=number in blocked)


def test_without_a_list_it_is_the_month() -> None:
    for nothing in (None, []):
        assert period_of(date(2026, 10, 14), nothing, STOP) == (2026, 10, date(2026, 10, 14))


@pytest.mark.parametrize("closing_is_blocked", [False, True])
def test_a_thirteenth_period_of_one_day_is_for_closing_entries(closing_is_blocked: bool) -> None:
    last = date(2026, 12, 31)
    closing = period(2026, 13, last, last, blocked=closing_is_blocked)
    opening = period(2026, 0, date(2026, 1, 1), date(2026, 1, 1))
    periods = [opening, *months(2026), closing]
    assert period_of(last, periods, STOP) == (2026, 12, last)
    assert period_of(date(2026, 1, 1), periods, STOP) == (2026, 1, date(2026, 1, 1))


def test_the_closing_period_is_not_the_next_open_one() -> None:
    last = date(2026, 12, 31)
    periods = [*months(2026, blocked=(11, 12)), period(2026, 13, last, last), *months(2027)]
    assert period_of(date(2026, 11, 30), periods, NEXT) == (2027, 1, date(2027, 1, 1))


def test_a_year_of_thirteen_times_four_weeks() -> None:
    first = date(2025, 12, 29)
    weeks = [first + timedelta(weeks=4 * place) for place in range(13)]
    periods = [
        period(2026, number, day, day + timedelta(days=27)) for number, day in enumerate(weeks, 1)
    ]
    assert period_of(date(2026, 12, 27), periods, STOP) == (2026, 13, date(2026, 12, 27))
    assert period_of(date(2025, 12, 31), periods, STOP) == (2026, 1, date(2025, 12, 31))


def test_a_financial_year_may_begin_in_another_month() -> None:
    periods = [*months(2025, starts=7), *months(2026, starts=7)]
    assert period_of(date(2026, 6, 30), periods, STOP) == (2025, 12, date(2026, 6, 30))
    assert period_of(date(2026, 10, 14), periods, STOP) == (2026, 4, date(2026, 10, 14))


def test_a_closed_period_is_refused_with_its_number_and_year() -> None:
    periods = list(months(2025, starts=7, blocked=(12,)))
    with pytest.raises(DomainError, match=r"Period 12 of 2025, in which .* lies, is closed"):
        period_of(date(2026, 6, 30), periods, STOP)


def test_the_next_open_period_may_be_in_another_year_and_begins_with_its_first_day() -> None:
    periods = [*months(2027, blocked=(1,)), *months(2026, blocked=(11, 12))]
    assert period_of(date(2026, 11, 3), periods, NEXT) == (2027, 2, date(2027, 2, 1))


def test_an_earlier_open_period_is_never_taken() -> None:
    with pytest.raises(DomainError, match="is closed in AFAS"):
        period_of(date(2026, 12, 3), list(months(2026, blocked=(12,))), NEXT)


def test_a_day_that_no_period_holds_is_refused_under_either_rule() -> None:
    for rule in (STOP, NEXT):
        with pytest.raises(DomainError, match="AFAS has no period for"):
            period_of(date(2028, 1, 1), list(months(2026)), rule)


def test_rows_that_say_nothing_are_passed_over() -> None:
    broken = [Period(), Period(Year="x", Period=1, DateFrom="?", DateTo=None)]
    day = date(2026, 10, 14)
    assert period_of(day, [*broken, *months(2026)], STOP) == (2026, 10, day)
    with pytest.raises(DomainError, match="AFAS has no period for"):
        period_of(day, broken, STOP)


def test_a_period_without_an_end_is_not_the_usual_one() -> None:
    forever = period(2026, 99, date(1900, 1, 1), date(2999, 12, 31))
    day = date(2026, 10, 14)
    assert period_of(day, [forever, *months(2026)], STOP) == (2026, 10, day)


@pytest.mark.parametrize("number", [0, 14])
def test_a_period_of_the_whole_year_is_not_the_usual_one(number: int) -> None:
    whole = period(2026, number, date(2026, 1, 1), date(2026, 12, 31))
    day = date(2026, 10, 14)
    assert period_of(day, [whole, *months(2026)], STOP) == (2026, 10, day)
    closed = [whole, *months(2026, blocked=(10,)), period(2027, 1, day, date(2027, 12, 31))]
    assert period_of(day, closed, NEXT) == (2026, 11, date(2026, 11, 1))
