"""Money in whole cents and nothing else: a second opinion that shares no code with the product.

Prices are integers of EUR 0.0001, quantities integers of 0.01, amounts integers of EUR 0.01.
"""

from __future__ import annotations

from decimal import Decimal


def half_up(numerator: int, denominator: int) -> int:
    """The nearest integer of a fraction with a positive denominator; a half goes away from zero."""
    size = (2 * abs(numerator) + denominator) // (2 * denominator)
    return size if numerator >= 0 else -size


def hundredths_of_hours(minutes: int) -> int:
    """50 minutes are 83 hundredths of an hour."""
    return half_up(minutes * 100, 60)


def net_cents(hundredths: int, price: int) -> int:
    """The line in cents: a quantity of 0.01 times a price of EUR 0.0001."""
    return half_up(hundredths * price, 10_000)


def worth_of_minutes(minutes: int, price: int) -> int:
    """What one entry contributes: its exact minutes at the price per hour, in cents."""
    return half_up(minutes * price, 60 * 100)


def shares(worths: list[int], net: int) -> list[int]:
    """The worths, made to add up to the line; the first of the largest takes the difference."""
    taker = [abs(worth) for worth in worths].index(max(abs(worth) for worth in worths))
    return [
        worth + (net - sum(worths) if index == taker else 0) for index, worth in enumerate(worths)
    ]


def cents(amount: Decimal) -> int:
    """An amount that must be of whole cents, as an integer."""
    found = amount * 100
    assert found == int(found), f"{amount} is not of whole cents"
    return int(found)
