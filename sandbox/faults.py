"""Orders to misbehave, so that tests can see what a client does when AFAS or the line fails.

| fault | what happens |
|---|---|
| commit_then_hang_up | the work is done and kept, the line is cut before a byte of the answer |
| hang_then_commit | silence for `seconds`, then the work is done, then the line is cut |
| hang_up_then_commit | the line is cut at once, the work is done `seconds` later |
| hang_up_before_commit | the line is cut, nothing was done |
| slow | the work is done, the answer comes after `seconds` |
| unavailable | 503 with AFAS's own body and `retry_after`; nothing was done |
| unavailable_bare | 503 of a proxy, no AFAS body; nothing was done |
| unauthorized | an empty 401; nothing was done |
| forbidden | an empty 403; nothing was done |
| locked | the booking layout is in use by a colleague; nothing was done |
| rubbish | the work is done, the answer is a page of a Wi-Fi portal with status 200 |
| rubbish_before_commit | the same page with status 200, and nothing was done |
| half_answer | the work is done, the answer breaks off halfway |
| refuse | AFAS says `sentence`; nothing was done |

A fault waits for a request of its environment and connector ("FbDirectInvoice", "ProfitDebtor",
"metainfo", "oauth/token"; absent: any), and strikes `times` times. Without a connector the faults
that speak of committing, `locked` and `refuse` wait for a write. `seconds` is at most 899, since
AFAS itself stops at 900; `seconds` and `retry_after` are multiplied by the scale of the sandbox.
Faults live in memory: a restart cures them. What was promised to be done later is done after
`calm` too, but not after `reset` or when the sandbox stops.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.answers import Answer
from sandbox.misbehaviour import BEHAVIOURS, Trouble, Work

ONLY_WRITES = {
    "commit_then_hang_up",
    "hang_then_commit",
    "hang_up_then_commit",
    "hang_up_before_commit",
    "locked",
    "refuse",
}
LONGEST = 899  # seconds; AFAS breaks off whatever takes 900


class UnknownFault(ValueError):  # noqa: N818 - told to the tester
    """There is no fault of this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no fault '{name}'; there are {', '.join(BEHAVIOURS)}")


@dataclass(frozen=True)
class Target:
    """The request a fault may strike."""

    environment: str
    connector: str
    is_write: bool
    language: str = "nl"


@dataclass
class Fault:
    """One order: what goes wrong, where, and how many times more. Durations are AFAS's seconds."""

    name: str
    environment: str = ""
    connector: str = ""
    times: int = 1
    seconds: float = 1.0
    retry_after: float = 60
    sentence: str = "De bewerking is niet toegestaan."

    def __post_init__(self) -> None:
        if self.name not in BEHAVIOURS:
            raise UnknownFault(self.name)
        check_seconds("seconds", self.seconds)
        if self.retry_after < 0:
            raise ValueError("retry_after is a number of seconds, 0 or more")

    def strikes(self, target: Target) -> bool:
        """Whether this request is the one it waits for."""
        return (
            self.times > 0
            and self.environment in ("", target.environment)
            and self.connector.lower() in ("", target.connector.lower())
            and (target.is_write or bool(self.connector) or self.name not in ONLY_WRITES)
        )


def check_seconds(name: str, seconds: float) -> None:
    """Raises ValueError for a silence that AFAS itself would not keep."""
    if not 0 <= seconds <= LONGEST:
        raise ValueError(f"{name} is from 0 to {LONGEST}: AFAS breaks off whatever takes 900")


class Faults:
    """The orders that still stand. Safe to use from several threads.

    `scale` multiplies every duration. A request that no order waits for is shown to `weather`,
    which may find a fault for it.
    """

    def __init__(
        self, scale: float = 1.0, weather: Callable[[Target], Fault | None] = lambda _target: None
    ) -> None:
        self._scale, self._weather = scale, weather
        self._lock = threading.Lock()
        self._standing: list[Fault] = []
        self._ended = threading.Event()

    def order(self, wish: dict[str, Any]) -> Fault:
        """Take an order as it comes in JSON. Raises ValueError, TypeError for a wrong key."""
        details = {name: value for name, value in wish.items() if name != "fault"}
        fault = Fault(str(wish.get("fault", "")), **details)
        with self._lock:
            self._standing.append(fault)
        return fault

    def clear(self) -> None:
        """Forget all orders; what is under way goes on."""
        with self._lock:
            self._standing.clear()

    def end(self) -> None:
        """Forget all orders and break off every silence: what was to be done after it is not."""
        self.clear()
        with self._lock:
            ended, self._ended = self._ended, threading.Event()
        ended.set()

    def answer(self, target: Target, work: Work) -> Answer:
        """The answer to a request, spoiled by the first fault that waits for it.

        Raises HangUp where the line must be cut.
        """
        with self._lock:
            fault, ended = self._next(target), self._ended
        fault = fault or self._weather(target)
        if fault is None:
            return work()
        seconds, retry_after = fault.seconds * self._scale, fault.retry_after * self._scale
        trouble = Trouble(seconds, retry_after, fault.sentence, target.language, ended)
        return BEHAVIOURS[fault.name](trouble, work)

    def _next(self, target: Target) -> Fault | None:
        for fault in self._standing:
            if fault.strikes(target):
                fault.times -= 1
                return fault
        return None
