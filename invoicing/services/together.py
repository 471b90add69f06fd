"""Many invoices in one transaction, without one of them keeping the others from being made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from core.errors import DomainError

Thing = TypeVar("Thing")
Made = TypeVar("Made")
Outcome = tuple[list[Made], list[tuple[Thing, DomainError]]]


def together(
    things: Sequence[Thing], do: Callable[[Sequence[Thing]], Sequence[Made]], *, most: int
) -> Outcome[Made, Thing]:
    """What `do` made of `things`, at most `most` at a time, and those that it refused, with why.

    `do` saves all that it is given or, raising DomainError, nothing. What is refused is done again
    by halves, so that in the end each thing stands or falls by itself, as if it had come alone.
    """
    made: list[Made] = []
    refused: list[tuple[Thing, DomainError]] = []
    for start in range(0, len(things), most):
        found, lost = _by_halves(things[start : start + most], do)
        made += found
        refused += lost
    return made, refused


def _by_halves(
    things: Sequence[Thing], do: Callable[[Sequence[Thing]], Sequence[Made]]
) -> Outcome[Made, Thing]:
    try:
        return list(do(things)), []
    except DomainError as error:
        if len(things) == 1:
            return [], [(things[0], error)]
    return together(things, do, most=(len(things) + 1) // 2)
