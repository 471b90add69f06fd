"""What goes wrong by itself: processes are killed, Redis forgets, the weather is bad."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

from integrations.models import CustomerLink
from tests.chaos.companies import ENVIRONMENTS
from tests.chaos.stage import WORKERS, Process
from tests.chaos.world import World

# Weights of the faults that a write meets. Those that leave the outcome open come first.
FAULTS = {
    "commit_then_hang_up": 5,
    "hang_then_commit": 4,
    "hang_up_then_commit": 3,
    "hang_up_before_commit": 4,
    "half_answer": 2,
    "rubbish": 2,
    "rubbish_before_commit": 1,
    "slow": 4,
    "unavailable": 3,
    "unavailable_bare": 2,
    "locked": 0.5,
    "refuse": 0.5,
    "unauthorized": 0.5,
    "forbidden": 0.3,
}
# Where a rule is switched off, half of all writes meet what those rules are there for.
FAULTS_IF_BROKEN = {"hang_then_commit": 1, "hang_up_then_commit": 1}
FAULTS_OF_READS = {"hang_up_before_commit": 3, "unavailable": 2, "half_answer": 1, "slow": 2}
SHARE, SHARE_OF_READS, SHARE_IF_BROKEN = 0.3, 0.25, 0.5
LONGEST = 899  # seconds of AFAS
KILL_EVERY, FLUSH_EVERY, BLOCK_EVERY = 12, 23, 37  # steps, on average
FOG_EVERY, FOG_LASTS = 41, 5


@dataclass
class Mischief:
    """Does the worst it can, a step at a time. `restarts` are what is started again, and when."""

    world: World
    beat_dies_at: int
    afas_dies_at: int
    restarts: dict[int, list[Process]] = field(default_factory=dict)

    def begin(self) -> None:
        """The weather turns."""
        for number, environment in enumerate(ENVIRONMENTS):
            self._weather(environment, self.world.plan.seed + number)

    def act(self, step: int) -> None:
        """Whatever this step has in store."""
        dice = self.world.plan.dice("mischief", step)
        kill, flush, block, worker, pause, whom = (dice.random() for _ in range(6))
        self._start_again(step)
        if kill < 1 / KILL_EVERY:
            self._kill(WORKERS[int(worker * len(WORKERS))], step + 1 + int(pause * 8))
        if flush < 1 / FLUSH_EVERY:
            self.world.stage.flush_redis()
            self.world.tally.count("Redis flushed")
        if block < 1 / BLOCK_EVERY:
            self._block_a_debtor(whom)
        if step == self.beat_dies_at:
            self._kill("beat", step + 6)
        if step == self.afas_dies_at and not self.world.plan.variant.is_broken:
            self._kill_afas()  # which forgets what it had promised to do later
        if step % FOG_EVERY in (0, FOG_LASTS) and step:
            self._fog(step % FOG_EVERY == 0, step)

    def end(self) -> None:
        """Everything runs again, and the sun shines."""
        self._take_stock()
        self.world.afas.order("weather", share=0)
        for process in self.world.stage.processes.values():
            if not process.lives:
                process.start()

    def _kill(self, name: str, until: int) -> None:
        process = self.world.stage.processes[name]
        if not process.lives:
            return
        process.kill()
        self.world.tally.count(f"SIGKILL {name.split(maxsplit=1)[0]}")
        self.restarts.setdefault(until, []).append(process)

    def _start_again(self, step: int) -> None:
        for process in self.restarts.pop(step, ()):
            process.start()

    def _kill_afas(self) -> None:
        """What it had promised to do later it never does; the weather it forgets is made anew."""
        self._take_stock()
        afas = self.world.stage.processes["AFAS"]
        afas.kill()
        self.world.tally.count("SIGKILL AFAS")
        threading.Event().wait(1)
        afas.start()
        afas.wait()
        for number, environment in enumerate(ENVIRONMENTS):
            self._weather(environment, self.world.plan.seed + 100 + number)

    def _weather(self, environment: str, seed: int, **other: Any) -> None:
        share, faults = SHARE, FAULTS
        if self.world.plan.variant.is_broken:
            share, faults = SHARE_IF_BROKEN, FAULTS_IF_BROKEN
        wish = {"share": share, "faults": faults, "longest": LONGEST, "seed": seed, **other}
        self.world.afas.order("weather", environment=environment, **wish)

    def _fog(self, on: bool, step: int) -> None:
        """For a while reading fails, too."""
        self._take_stock()
        seed = self.world.plan.seed + step
        other = {"share": SHARE_OF_READS, "faults": FAULTS_OF_READS, "reads": True} if on else {}
        for number, environment in enumerate(ENVIRONMENTS):
            self._weather(environment, seed + number, **other)

    def _take_stock(self) -> None:
        """A new order starts a new tally, so the old one is added up first."""
        for environment in ENVIRONMENTS:
            weather = self.world.afas.books(environment).weather
            self.world.tally.faults.update(weather.get("struck", {}))

    def _block_a_debtor(self, whom: float) -> None:
        """A bookkeeper blocks a debtor; what is billed to it is refused until somebody mends it."""
        links = CustomerLink.objects.order_by("pk")
        place = int(whom * links.count())
        for link in links[place : place + 1]:
            order = {"environment": link.environment, "kind": "debtor", "key": link.debtor_number}
            self.world.afas.order("block", **order)
            self.world.tally.count("debtors blocked")
