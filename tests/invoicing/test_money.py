"""Half up, away from zero, and in one place."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import money
from tests.invoicing import oracle

STEPS = (5, 6, 10, 15, 30, 60)


@pytest.mark.parametrize(
    ("amount", "rounded"),
    [
        ("0.125", "0.13"),
        ("-0.125", "-0.13"),
        ("0.124999", "0.12"),
        ("-0.124999", "-0.12"),
        ("2.675", "2.68"),
        ("0.005", "0.01"),
        ("-0.005", "-0.01"),
        ("1E+3", "1000.00"),
    ],
)
def test_cents_round_half_up_also_below_zero(amount: str, rounded: str) -> None:
    assert str(money.cents(Decimal(amount))) == rounded


@pytest.mark.parametrize(
    ("minutes", "hours"),
    [(0, "0.00"), (1, "0.02"), (10, "0.17"), (20, "0.33"), (50, "0.83"), (90, "1.50")],
)
def test_minutes_become_hours_of_two_decimals(minutes: int, hours: str) -> None:
    assert str(money.hours_of(minutes)) == hours


@given(st.integers(0, 10**6))
def test_hours_agree_with_integers(minutes: int) -> None:
    assert oracle.cents(money.hours_of(minutes)) == oracle.hundredths_of_hours(minutes)


@given(st.integers(-(10**8), 10**8), st.integers(-(10**8), 10**8))
def test_a_line_agrees_with_integers(hundredths: int, price: int) -> None:
    net = money.line_net(Decimal(hundredths) / 100, Decimal(price) / 10_000)
    assert oracle.cents(net) == oracle.net_cents(hundredths, price)


@pytest.mark.parametrize(
    ("rule", "step", "minutes", "billed"),
    [
        ("none", 15, 7, 7),
        ("up", 15, 1, 15),
        ("up", 15, 15, 15),
        ("up", 15, 16, 30),
        ("up", 6, 61, 66),
        ("nearest", 15, 7, 0),
        ("nearest", 15, 8, 15),
        ("nearest", 10, 5, 10),
        ("nearest", 10, 4, 0),
        ("nearest", 60, 90, 120),
        ("up", 1, 7, 7),
        ("up", 15, 0, 0),
    ],
)
def test_billable_minutes_by_rule_and_step(rule: str, step: int, minutes: int, billed: int) -> None:
    assert money.billable_minutes(minutes, rule=rule, step=step) == billed


@given(st.sampled_from(("nearest", "up")), st.sampled_from(STEPS), st.integers(0, 1440))
def test_billable_minutes_lie_on_the_step_and_near_what_was_worked(
    rule: str, step: int, minutes: int
) -> None:
    billed = money.billable_minutes(minutes, rule=rule, step=step)
    assert billed % step == 0
    if rule == "up":
        assert 0 <= billed - minutes < step
    else:
        assert -step < 2 * (minutes - billed) <= step - 1 or 2 * (billed - minutes) == step


@given(st.sampled_from(("none", "nearest", "up")), st.sampled_from(STEPS), st.integers(0, 96))
def test_an_entry_on_the_step_stays_as_it_is(rule: str, step: int, steps: int) -> None:
    assert money.billable_minutes(step * steps, rule=rule, step=step) == step * steps
