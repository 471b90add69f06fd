"""Every rounding of money, hours and kilometres happens here and nowhere else.

Source of the rules: DOMAIN §6. Half up, quantity first, then price, then the line to the cent, so
that what is printed multiplies out.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
TENTH = Decimal("0.1")
MINUTES_PER_HOUR = 60


def cents(amount: Decimal) -> Decimal:
    """`amount` (EUR) to two decimals, half up, away from zero: 0.125 → 0.13, -0.125 → -0.13."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def hours_of(minutes: int) -> Decimal:
    """`minutes` as hours with two decimals, half up: 50 → 0.83."""
    return cents(Decimal(minutes) / MINUTES_PER_HOUR)


def line_net(quantity: Decimal, unit_price: Decimal) -> Decimal:
    """The net amount (EUR excl. VAT) of a line whose quantity is already rounded."""
    return cents(quantity * unit_price)


def without_vat(amount: Decimal, percent: Decimal) -> Decimal:
    """What is left of `amount` (EUR incl. VAT at `percent`) without its VAT: 121 at 21 → 100."""
    return cents(amount * 100 / (100 + percent))


def with_vat(amount: Decimal, percent: Decimal) -> Decimal:
    """`amount` (EUR excl. VAT) and its VAT at `percent` together: 100 at 21 → 121."""
    return cents(amount * (100 + percent) / 100)


def kilometres(distance: Decimal) -> Decimal:
    """A distance in km to one decimal, half up."""
    return distance.quantize(TENTH, rounding=ROUND_HALF_UP)


def billable_minutes(minutes: int, *, rule: str, step: int) -> int:
    """Worked `minutes` rounded to a billing `step` (minutes) by `rule`: "none", "nearest" or "up".

    An entry already on the step stays as it is; half a step goes up.
    """
    if rule == "none" or step <= 1 or minutes % step == 0:
        return minutes
    below = minutes - minutes % step
    if rule == "up" or (minutes - below) * 2 >= step:
        return below + step
    return below


def allocate(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """`amount` (EUR) over `weights` in whole cents, none lost: the parts add up to it exactly.

    Each part is cut off to the cent; the cents left over go, one each, to the largest remainders,
    and of equal ones to the first. Weights of nought in all share alike. Raises ValueError without
    weights.
    """
    if not weights:
        raise ValueError("There is nothing to allocate to.")
    counted = _as_whole_numbers(weights)
    if not sum(counted):
        counted = [1] * len(counted)
    whole, all_cents = sum(counted), int(amount / CENT)
    if whole < 0:
        counted, whole = [-one for one in counted], -whole
    shares = [divmod(all_cents * one, whole) for one in counted]
    parts = [part for part, _left in shares]
    by_remainder = sorted(range(len(parts)), key=lambda at: -shares[at][1])
    for at in by_remainder[: all_cents - sum(parts)]:
        parts[at] += 1
    return [part * CENT for part in parts]


def _as_whole_numbers(weights: Sequence[Decimal]) -> list[int]:
    """In proportion, exactly: with 28 digits two equal remainders may look different."""
    places = max(0, *(-int(one.as_tuple().exponent) for one in weights))
    return [int(one.scaleb(places)) for one in weights]
