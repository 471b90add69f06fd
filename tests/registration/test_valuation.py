"""What an entry is worth, against arithmetic in whole cents that knows nothing of Decimal."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import DomainError
from registration.models import (
    Activity,
    BillingStatus,
    Expense,
    ExpenseCategory,
    Hour,
    Missing,
    Project,
    Ride,
)
from registration.services.valuation import Ladder, Rung, value

DAY = date(2026, 6, 15)
EVER = date(2000, 1, 1)
CUSTOMER, ACTIVITY, PERSON, PROJECT = 1, 2, 3, 4
METHODS = ("hourly_activity", "hourly_person", "hourly_project", "hourly_customer")


def project(method: str = "hourly_activity", **fields: Any) -> Project:
    fields.setdefault("rounding_rule", "none")
    return Project(
        id=PROJECT, **{"billing_method": method, "customer_id": CUSTOMER, "name": "P", **fields}
    )


def hour(minutes: int = 60, of: Project | None = None, **fields: Any) -> Hour:
    return Hour(
        project=of or project(),
        activity=Activity(id=ACTIVITY, name="A"),
        membership_id=PERSON,
        minutes=minutes,
        **{"date": DAY, **fields},
    )


def ride(km: str = "10.0", of: Project | None = None, **fields: Any) -> Ride:
    return Ride(
        project=of or project(), membership_id=PERSON, date=DAY, distance=Decimal(km), **fields
    )


def expense(cost: str, quantity: str = "1", price: str | None = None, **fields: Any) -> Expense:
    category = ExpenseCategory(name="C", sales_price=None if price is None else Decimal(price))
    numbers = {"quantity": Decimal(quantity), "unit_cost": Decimal(cost)}
    return Expense(
        project=project(), category=category, membership_id=PERSON, date=DAY, **numbers, **fields
    )


def ladder(*steps: tuple[str, Rung, str], since: date = EVER) -> Ladder:
    return Ladder({(unit, rung): [(since, Decimal(amount))] for unit, rung, amount in steps})


def valued(entry: Any, rates: Ladder) -> Any:
    value([entry], rates)
    return entry


def half_up(numerator: int, denominator: int) -> int:
    """Whole number nearest to the fraction, half away from zero, by integers alone."""
    sign = -1 if numerator < 0 else 1
    return sign * ((2 * abs(numerator) + denominator) // (2 * denominator))


EVERY_RUNG = {
    "project and activity": Rung(project=PROJECT, activity=ACTIVITY),
    "activity": Rung(activity=ACTIVITY),
    "project and person": Rung(project=PROJECT, membership=PERSON),
    "person": Rung(membership=PERSON),
    "project": Rung(project=PROJECT),
    "customer": Rung(customer=CUSTOMER),
    "company": Rung(),
}
RUNGS_OF_METHOD = {
    "hourly_activity": ("project and activity", "activity"),
    "hourly_person": ("project and person", "person"),
    "hourly_project": ("project",),
    "hourly_customer": ("customer", "company"),
}


@pytest.mark.parametrize("method", METHODS)
def test_each_hourly_method_climbs_its_own_rungs_in_order_and_no_other(method: str) -> None:
    filled = {name: Decimal(10 + place) for place, name in enumerate(EVERY_RUNG)}
    for name in RUNGS_OF_METHOD[method]:
        rates = Ladder(
            {("hour", EVERY_RUNG[rung]): [(EVER, amount)] for rung, amount in filled.items()}
        )
        assert rates.hour_rate(hour(of=project(method))) == filled.pop(name)
    rest = Ladder({("hour", EVERY_RUNG[rung]): [(EVER, amount)] for rung, amount in filled.items()})
    assert filled
    assert rest.hour_rate(hour(of=project(method))) is None


@pytest.mark.parametrize("method", METHODS)
def test_an_own_rate_comes_before_every_rung(method: str) -> None:
    rates = Ladder({("hour", rung): [(EVER, Decimal(50))] for rung in EVERY_RUNG.values()})
    entry = valued(hour(of=project(method), rate_override=Decimal("12.5")), rates)
    assert (entry.rate, entry.amount) == (Decimal("12.5"), Decimal("12.50"))


def test_an_own_rate_of_zero_is_a_rate() -> None:
    entry = valued(hour(rate_override=Decimal(0)), ladder())
    assert (entry.amount, entry.missing) == (Decimal("0.00"), "")


def test_a_ride_looks_at_project_then_customer_then_company() -> None:
    steps = [
        ("km", Rung(project=PROJECT), "0.40"),
        ("km", Rung(customer=CUSTOMER), "0.30"),
        ("km", Rung(), "0.23"),
    ]
    amounts = [valued(ride(), ladder(*steps[place:])).amount for place in range(3)]
    assert amounts == [Decimal("4.00"), Decimal("3.00"), Decimal("2.30")]
    assert valued(ride(rate_override=Decimal("0.5")), ladder(*steps)).amount == Decimal("5.00")


def test_a_return_trip_counts_twice_also_before_it_is_saved() -> None:
    rates = ladder(("km", Rung(), "0.23"))
    assert valued(ride("12.3", is_return=True), rates).amount == Decimal("5.66")


def test_the_rate_of_the_work_date_holds_and_a_later_one_does_not() -> None:
    dated = Ladder({("hour", Rung(activity=ACTIVITY)): [(DAY, Decimal(90)), (EVER, Decimal(80))]})
    assert dated.hour_rate(hour(date=DAY)) == 90
    assert dated.hour_rate(hour(date=DAY - timedelta(days=1))) == 80


def test_a_rung_whose_rates_all_start_later_is_passed_over() -> None:
    later = DAY + timedelta(days=1)
    rates = Ladder(
        {
            ("hour", Rung(project=PROJECT, activity=ACTIVITY)): [(later, Decimal(99))],
            ("hour", Rung(activity=ACTIVITY)): [(EVER, Decimal(80))],
        }
    )
    assert rates.hour_rate(hour()) == 80


def test_an_hour_without_rate_says_so_and_is_never_zero() -> None:
    entry = valued(hour(90), ladder())
    assert (entry.rate, entry.amount, entry.missing) == (None, None, Missing.NO_RATE)
    assert (entry.billing, entry.billable_minutes) == (BillingStatus.UNBILLED, 90)


@pytest.mark.parametrize("method", ["fixed_project", "fixed_activity", "subscription"])
def test_hours_on_a_fixed_price_are_covered_even_with_an_own_rate(method: str) -> None:
    entry = valued(hour(of=project(method), rate_override=Decimal(80)), ladder())
    assert (entry.amount, entry.missing) == (None, Missing.COVERED)
    assert (entry.billing, entry.billable_minutes) == (BillingStatus.UNBILLED, 60)


@pytest.mark.parametrize("method", ["fixed_project", "subscription"])
def test_rides_and_expenses_on_a_fixed_price_are_billed_all_the_same(method: str) -> None:
    trip = valued(ride(of=project(method)), ladder(("km", Rung(), "0.23")))
    assert (trip.amount, trip.billing) == (Decimal("2.30"), BillingStatus.UNBILLED)


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (hour(billable=False), Missing.NOT_BILLABLE),
        (hour(of=project("none")), Missing.NOT_BILLABLE),
        (hour(of=project(customer_id=None)), Missing.NO_CUSTOMER),
        (ride(purpose="private"), Missing.NOT_BILLABLE),
        (ride(purpose="commute"), Missing.NOT_BILLABLE),
        (expense("10", billable=False), Missing.NOT_BILLABLE),
    ],
    ids=["flag off", "method none", "no customer", "private", "commute", "expense flag off"],
)
def test_what_nobody_pays_is_not_billable_and_says_why(entry: Any, reason: str) -> None:
    valued(entry, ladder(("km", Rung(), "1"), ("hour", Rung(activity=ACTIVITY), "1")))
    assert (entry.rate, entry.amount, entry.missing) == (None, None, reason)
    assert entry.billing == BillingStatus.NOT_BILLABLE
    assert getattr(entry, "billable_minutes", 0) == 0


def test_what_becomes_billable_again_goes_back_to_unbilled() -> None:
    entry = valued(hour(billing=BillingStatus.NOT_BILLABLE), ladder())
    assert entry.billing == BillingStatus.UNBILLED


@pytest.mark.parametrize("status", ["reserved", "invoiced", "written_off"])
def test_a_claimed_entry_is_never_touched(status: str) -> None:
    entry = hour(billing=status, rate=Decimal(1), amount=Decimal(1), billable_minutes=7)
    valued(entry, ladder(("hour", Rung(activity=ACTIVITY), "80")))
    assert (entry.rate, entry.amount, entry.billable_minutes, entry.billing) == (1, 1, 7, status)


@pytest.mark.parametrize(
    ("price", "own", "rate"),
    [(None, None, "19.95"), ("25", None, "25"), ("25", "30", "30"), (None, "30", "30")],
)
def test_an_expense_takes_own_price_then_sales_price_then_cost(
    price: str | None, own: str | None, rate: str
) -> None:
    override = None if own is None else Decimal(own)
    entry = valued(expense("19.95", "2", price, rate_override=override), ladder())
    assert (entry.rate, entry.amount) == (Decimal(rate), Decimal(rate) * 2)


def test_a_refund_has_a_negative_amount_rounded_away_from_zero() -> None:
    assert valued(expense("-0.05", "0.5"), ladder()).amount == Decimal("-0.03")


def test_an_amount_too_large_for_the_books_is_refused_with_a_sentence() -> None:
    with pytest.raises(DomainError, match="nothing was saved"):
        valued(expense("2000000"), ladder())


@given(
    minutes=st.integers(1, 1440),
    rate=st.integers(0, 9_999_999),
    rule=st.sampled_from(["none", "nearest", "up"]),
    step=st.sampled_from([5, 6, 10, 15, 30, 60]),
)
def test_the_value_of_an_hour_equals_integer_arithmetic(
    minutes: int, rate: int, rule: str, step: int
) -> None:
    """`rate` counts ten-thousandths of a euro."""
    entry = hour(minutes, of=project(rounding_rule=rule, rounding_step=step))
    valued(entry, ladder(("hour", Rung(activity=ACTIVITY), f"{Decimal(rate) / 10_000}")))
    over = minutes % step
    up = over and (rule == "up" or (rule == "nearest" and over * 2 >= step))
    billed = minutes if rule == "none" else minutes - over + (step if up else 0)
    hundredths = half_up(billed * 100, 60)
    cents = half_up(hundredths * rate, 10_000)
    assert entry.billable_minutes == billed
    assert entry.amount * 100 == cents
    assert entry.minutes == minutes


@given(
    metres=st.integers(1, 99_999),
    is_return=st.booleans(),
    rate=st.integers(0, 99_999),
)
def test_the_value_of_a_ride_equals_integer_arithmetic(
    metres: int, is_return: bool, rate: int
) -> None:
    """`metres` counts hundreds of metres, `rate` ten-thousandths of a euro."""
    entry = ride(f"{Decimal(metres) / 10}", is_return=is_return)
    valued(entry, ladder(("km", Rung(), f"{Decimal(rate) / 10_000}")))
    assert entry.amount * 100 == half_up(metres * (2 if is_return else 1) * rate, 1_000)


@given(
    cents=st.integers(-9_999_999, 9_999_999),
    quantity=st.integers(-9_999, 9_999).filter(bool),
)
def test_the_value_of_an_expense_equals_integer_arithmetic(cents: int, quantity: int) -> None:
    entry = expense(f"{Decimal(cents) / 100}", f"{Decimal(quantity) / 100}")
    assert valued(entry, ladder()).amount * 100 == half_up(cents * quantity, 100)


@given(
    changes=st.lists(
        st.tuples(st.integers(0, 60), st.integers(0, 200)), unique_by=lambda one: one[0]
    ),
    worked=st.integers(0, 60),
)
def test_the_latest_rate_not_after_the_work_date_holds(
    changes: list[tuple[int, int]], worked: int
) -> None:
    dated = sorted(((EVER + timedelta(days=d), Decimal(a)) for d, a in changes), reverse=True)
    found = Ladder({("hour", Rung(activity=ACTIVITY)): dated}).hour_rate(
        hour(date=EVER + timedelta(days=worked))
    )
    begun = {day: amount for day, amount in changes if day <= worked}
    assert found == (begun[max(begun)] if begun else None)
