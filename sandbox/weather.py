"""Weather: random faults for whoever calls, drawn from a seed and with weights.

{"seed": 7, "share": 0.3, "faults": {"commit_then_hang_up": 2, "slow": 1}, "longest": 899,
 "retry_after": 60, "reads": false, "environment": ""}

`share` of the writes, with `reads` of the reads too, meet a fault of `faults` (name → weight;
absent: DEFAULT_FAULTS). It lasts from 0 to `longest` seconds, and a 503 asks to wait from 0 to
`retry_after`. An environment of its own goes before "", which is all of them. A fault that was
ordered goes before the weather. A read never meets `locked` or `refuse`.

The same seed gives the same draws in the order in which requests come in.
"""

import random
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from sandbox.faults import Fault, Target, UnknownFault, check_seconds
from sandbox.misbehaviour import BEHAVIOURS

DEFAULT_FAULTS = {
    "commit_then_hang_up": 1,
    "hang_then_commit": 1,
    "hang_up_then_commit": 1,
    "hang_up_before_commit": 1,
    "slow": 1,
    "unavailable": 1,
    "unavailable_bare": 1,
    "locked": 1,
    "half_answer": 1,
    "rubbish": 1,
}
NOT_FOR_READS = ("locked", "refuse")
Wish = dict[str, Any]


@dataclass
class Front:
    """The weather over one environment, or over all, and what it did to each."""

    seed: int = 0
    share: float = 0.0
    faults: dict[str, float] = field(default_factory=lambda: dict(DEFAULT_FAULTS))
    longest: float = 30.0
    retry_after: float = 60.0
    reads: bool = False
    environment: str = ""
    met: Counter[str] = field(default_factory=Counter, init=False)
    struck: dict[str, Counter[str]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        check_seconds("longest", self.longest)
        if not 0 <= self.share <= 1:
            raise ValueError("share is from 0 to 1")
        if self.retry_after < 0:
            raise ValueError("retry_after is a number of seconds, 0 or more")
        for name, weight in self.faults.items():
            if name not in BEHAVIOURS:
                raise UnknownFault(name)
            if weight < 0:
                raise ValueError(f"the weight of {name} is 0 or more")
        self._chance = random.Random(self.seed)  # noqa: S311 - repeatable weather, no secret

    def draw(self, target: Target) -> Fault | None:
        """The fault that this request meets, or None.

        Every request takes the same number of draws, so that one more or less of a fault does
        not change all that come after it.
        """
        chances = [self._chance.random() for _ in range(4)]
        self.met[target.environment] += 1
        weights = {
            name: weight
            for name, weight in self.faults.items()
            if weight and (target.is_write or name not in NOT_FOR_READS)
        }
        if chances[0] >= self.share or not weights:
            return None
        name = _weighted(weights, chances[1])
        self.struck.setdefault(target.environment, Counter())[name] += 1
        wait, retry_after = self.longest * chances[2], self.retry_after * chances[3]
        return Fault(name, seconds=wait, retry_after=retry_after)

    def told(self, environment: str) -> Wish:
        """What was ordered, and the tally of one environment."""
        ordered = {
            name: getattr(self, name)
            for name in ("seed", "share", "faults", "longest", "retry_after", "reads")
        }
        struck = dict(self.struck.get(environment, {}))
        return ordered | {"met": self.met[environment], "struck": struck}


class Weather:
    """The fronts that stand. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._fronts: dict[str, Front] = {}

    def order(self, wish: Wish) -> Wish:
        """Take an order as it comes in JSON, and answer what stands now.

        A share of 0 ends the weather, of every environment where none is named; the tally stays.
        Raises ValueError, TypeError for a wrong key.
        """
        front = Front(**wish)
        with self._lock:
            if front.share or front.environment not in {"", *self._fronts}:
                self._fronts[front.environment] = front
            else:
                self._end(front.environment)
        return front.told(front.environment)

    def end(self) -> None:
        """No more weather; the tally stays."""
        with self._lock:
            self._end("")

    def forget(self) -> None:
        """No more weather, and no tally."""
        with self._lock:
            self._fronts.clear()

    def strike(self, target: Target) -> Fault | None:
        """What this request meets, or None."""
        with self._lock:
            front = self._over(target.environment)
            if front is None or not front.share or not (target.is_write or front.reads):
                return None
            return front.draw(target)

    def told(self, environment: str) -> Wish:
        """The weather over an environment and its tally; empty where there was none."""
        with self._lock:
            front = self._over(environment)
            return front.told(environment) if front else {}

    def _over(self, environment: str) -> Front | None:
        return self._fronts.get(environment) or self._fronts.get("")

    def _end(self, environment: str) -> None:
        for name, front in self._fronts.items():
            if environment in ("", name):
                front.share = 0.0


def _weighted(weights: dict[str, float], chance: float) -> str:
    left = chance * sum(weights.values())
    for name, weight in weights.items():
        left -= weight
        if left < 0:
            return name
    return next(reversed(weights))
