"""Virtual time. Everybody is a greenlet, one runs at a time, and nobody waits in earnest.

There are three clocks, as there are in life: the true one (`now`, which the web and the workers
show too), the database's, which can jump (`drift`), and the monotonic one of each player, which
stands still while its machine sleeps.
"""

from __future__ import annotations

import contextlib
import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from greenlet import GreenletExit, getcurrent, greenlet

BEGIN = datetime(2026, 10, 14, 8, tzinfo=UTC)


class Crash(BaseException):
    """The process is killed at this point: nothing of ours catches it, a transaction rolls back."""


@dataclass(eq=False)
class Player:
    """Somebody who acts: a worker, the sweeper, a person, an import. `slept` is in seconds."""

    name: str
    thread: greenlet
    slept: float = 0.0


@dataclass
class Stage:
    """The clock, and who does what when. All times are seconds since the beginning."""

    random: Random
    now: float = 0.0
    drift: float = 0.0
    player: Player | None = None
    told: list[str] | None = None
    players: list[Player] = field(default_factory=list)
    _hub: greenlet = field(default_factory=getcurrent)
    _queue: list[tuple[float, int, Callable[[], Any]]] = field(default_factory=list)
    _order: Any = field(default_factory=itertools.count)

    def wall(self) -> datetime:
        """The time on the clock of a web server or a worker."""
        return BEGIN + timedelta(seconds=self.now)

    def database(self, shift: float = 0.0) -> str:
        """The time on the database's clock, `shift` seconds from now, as SQLite writes it."""
        moment = BEGIN + timedelta(seconds=self.now + self.drift + shift)
        return moment.strftime("%Y-%m-%d %H:%M:%S.") + f"{moment.microsecond // 1000:03d}"

    def monotonic(self) -> float:
        """Whoever acts: seconds that its machine was awake."""
        return 1000.0 + self.now - (self.player.slept if self.player else 0.0)

    def say(self, *words: object) -> None:
        """A line of the trace, when somebody wants one."""
        if self.told is not None:
            who = self.player.name if self.player else "AFAS"
            minutes, seconds = divmod(self.now, 60)
            line = " ".join(str(word) for word in words)
            self.told.append(f"{int(minutes):4d}:{seconds:04.1f}  {who:8} {line}")

    def at(self, delay: float, do: Callable[[], Any]) -> None:
        """Have something done `delay` seconds from now."""
        heapq.heappush(self._queue, (self.now + delay, next(self._order), do))

    def enter(self, name: str, work: Callable[[], None], *, delay: float = 0.0) -> None:
        """Somebody new begins to act."""

        def life() -> None:
            with contextlib.suppress(Crash, GreenletExit):
                work()

        player = Player(name, greenlet(life, parent=self._hub))
        self.players.append(player)
        self.at(delay, lambda: self._resume(player))

    def wait(self, seconds: float) -> None:
        """Whoever acts does nothing for that long; others go on."""
        player = self.player
        if player is None:
            raise RuntimeError("only a player can wait")
        self.at(seconds, lambda: self._resume(player))
        self._hub.switch()

    def suspend(self, seconds: float) -> None:
        """The machine of whoever acts is asleep: its monotonic clock stands still."""
        if self.player:
            self.player.slept += seconds
        self.wait(seconds)

    def play(self, until: float, over: Callable[[], bool] = lambda: False) -> None:
        """Let time pass up to `until`, or until it is over."""
        while self._queue and self._queue[0][0] <= until and not over():
            self.now, _order, do = heapq.heappop(self._queue)
            do()

    def clear(self) -> None:
        """Everybody leaves."""
        self._queue.clear()
        self.player = None
        for player in self.players:
            if not player.thread.dead:
                player.thread.throw(GreenletExit)
        self.players.clear()

    def _resume(self, player: Player) -> None:
        self.player = player
        player.thread.switch()
        self.player = None
