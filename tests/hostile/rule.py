"""A safety rule that is switched off, and the weather that shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.hostile.hazards import Mix
from tests.hostile.truth import DOUBLE, LOSS

Patch = tuple[Any, str, Any]


@dataclass(frozen=True)
class Variant:
    """One rule that is off. `budget` is how many seeds it may take to notice."""

    name: str
    mix: Mix
    patches: tuple[Patch, ...] = ()
    dropped: tuple[str, ...] = ()
    expected: tuple[str, ...] = (DOUBLE, LOSS)
    budget: int = 600


def mix(*names: str, **more: Any) -> Mix:
    """Only these hazards."""
    return Mix(frozenset(names), **more)


def always(*_: Any, **__: Any) -> bool:
    """In place of a question that must not always be answered with yes."""
    return True


def never(*_: Any, **__: Any) -> bool:
    """In place of a question that must not always be answered with no."""
    return False
