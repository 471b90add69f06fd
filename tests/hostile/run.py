"""One run: a seed becomes a mix of hazards, a few hours of work, and a verdict."""

from __future__ import annotations

import logging
import os
import random as random_module
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any
from unittest import mock

from django.db import OperationalError, connection
from django.utils import timezone

from integrations.afas.transport import Session
from integrations.models import State
from integrations.services import rhythm
from tests.hostile import hazards, own, world
from tests.hostile.actors import Background
from tests.hostile.afas import Afas, Order
from tests.hostile.books_truth import BooksTruth
from tests.hostile.hazards import Fate, Mix
from tests.hostile.ledger import Entry, Ledger
from tests.hostile.people import Person
from tests.hostile.stage import Stage
from tests.hostile.truth import OPEN, Truth, Violation, things_of
from tests.hostile.wire import Wire
from tests.hostile.world import KNOWN, NEW, Firm, Template, sql

HOUR = 3600.0
DOCUMENT = "integrations_afasdocument"
SHOWN_IN = (
    "SELECT document.reference, document.state, document.ever_unknown,"
    f" coalesce(target.kind, document.kind) FROM {DOCUMENT} document"
    f" LEFT JOIN {DOCUMENT} target ON target.id = document.target_id"
)
WRITES = ("BEGIN", "UPDATE", "INSERT", "DELETE")


@dataclass
class Verdict:
    """What came of one seed."""

    seed: int
    violations: list[Violation]
    tally: Counter[str]
    trace: list[str] = field(default_factory=list)


@dataclass
class Run:
    """Everything of one seed."""

    template: Template
    seed: int
    mix: Mix
    random: Random
    told: list[str] | None = None
    dropped: tuple[str, ...] = ()

    def play(self) -> Verdict:
        """Some hours of everything at once, then calm until all has ended."""
        self._furnish()
        with self._clocks(), connection.execute_wrapper(self._statement):
            self.background.begin()
            for person in self.people:
                self.stage.enter(f"person {person.firm.name}", person.live)
            self.stage.play(self.random.uniform(0.4, 1.1) * HOUR)
            self.fate.calm = True
            self.stage.play(self.stage.now + 0.25 * HOUR)
            end = self.stage.now + 14 * HOUR
            while self.stage.now < end and not self._all_ended():
                self.stage.play(self.stage.now + 0.5 * HOUR)
            self.truth.close()
            self.books.close()
            if not {"crash", "locked"} & self.mix.names:
                self.truth.kept(self.wire.told)
            self.stage.clear()
        return Verdict(self.seed, self.truth.violations, self._tally(), self.told or [])

    def _furnish(self) -> None:
        world.restore(self.template)
        for index in self.dropped:
            sql(f"DROP INDEX {index}")
        self.stage = Stage(self.random, told=self.told)
        self.afas = Afas(self.stage, lag=self.mix.lag, things_of=things_of)
        self.truth = Truth(self.stage, self.afas)
        self.fate = Fate(self.stage, self.mix)
        self.ledger = Ledger(self.afas)
        self.books = BooksTruth(self.truth, self.ledger)
        self.truth.entries_of = self.ledger.live
        self.wire = Wire(
            self.stage,
            self.afas,
            self.ledger,
            self.fate,
            meant=self.truth.meant,
            deleted=self._look_at_deleted,
        )
        self.background = Background(self.stage, self.fate)
        self.people = [
            Person(self.stage, self.fate, self.wire, self.truth, firm)
            for firm in (*self.template.firms, self.template.firms[0])
        ]
        self.afas.committed = self.truth.committed
        self.ledger.asked = lambda: self.books.totals
        self.ledger.booked, self.ledger.filed = self.books.booked, self.books.filed
        self._set_hazards()
        self._set_books()

    def _look_at_deleted(self, gone: Order | Entry, meant: str) -> None:
        if isinstance(gone, Entry):
            self.books.deleted(gone, meant)
        else:
            self.truth.deleted(gone, meant)

    def _set_books(self) -> None:
        mix, ledger = self.mix, self.ledger
        ledger.refuses_used = mix.refuses_used
        ledger.reuses_numbers = "reuse" in mix and mix.entries
        if "filter" in mix:
            begin = self.random.uniform(0, HOUR)
            ledger.hidden = (begin, begin + self.random.uniform(0.2, 1) * HOUR)
        if "bookings" in mix:
            for person in self.people:
                person.to_book = self._drawn(person.firm)
            played = frozenset[int]().union(*(person.to_book for person in self.people))
            own.play(played, auto="auto" in mix, attach="attach" in mix)

    def _drawn(self, firm: Firm) -> frozenset[int]:
        """Some of its own invoices; those of a customer that AFAS lacks only where such come."""
        kinds = {KNOWN, NEW} if "newcomers" in self.mix else {KNOWN}
        offered = [pk for pk, kind in firm.own.items() if kind in kinds]
        return frozenset(self.random.sample(offered, 2))

    def _set_hazards(self) -> None:
        mix, afas = self.mix, self.afas
        world.furnish(afas, self.ledger, mix)
        world.prove_look_up(mix)
        afas.reuses_numbers = "reuse" in mix
        afas.misses_rows = mix.rate("misses", 0.4)
        afas.refuses_known_references = mix.dedupes
        self.wire.longest = mix.longest
        if "blind" in mix:
            begin = self.random.uniform(0, HOUR)
            afas.blind = (begin, begin + self.random.uniform(0.5, 2) * HOUR)
        if "jump" in mix:
            for _time in range(2):
                self.stage.at(self.random.uniform(0, HOUR), self._jump)

    def _jump(self) -> None:
        seconds = self.random.choice((1800, 3600, -600))
        self.stage.drift += seconds
        self.stage.say("the database's clock jumps by", seconds)

    @contextmanager
    def _clocks(self) -> Iterator[None]:
        """Every clock is the stage's, the wire is ours, and what is random comes from the seed."""
        raw = connection.connection
        raw.create_function("strftime", -1, self._database_clock)
        patches: list[tuple[Any, str, Any]] = [
            (timezone, "now", self.stage.wall),
            (time, "monotonic", self.stage.monotonic),
            (time, "sleep", self.stage.wait),
            (rhythm, "boot", lambda: self.stage.player.name if self.stage.player else "hub"),
            (os, "urandom", self.random.randbytes),
            (random_module, "_urandom", self.random.randbytes),
            (Session, "__init__", lambda _self: None),
            (Session, "__exit__", lambda *_: None),
            (Session, "send", lambda _self, *call: self.wire.send(*call)),
        ]
        with ExitStack() as stack:
            for where, name, what in patches:
                stack.enter_context(mock.patch.object(where, name, what))
            yield

    def _database_clock(self, *asked: str) -> str:
        return self.stage.database(-4 * HOUR if "-4 hours" in asked else 0.0)

    def _statement(
        self, execute: Callable[..., Any], statement: str, params: Any, many: bool, context: Any
    ) -> Any:
        """Before every statement somebody else may come first, or the process may end."""
        if self.stage.player is not None and not self.fate.calm:
            if connection.in_atomic_block:
                self.fate.die(0.0005)
            else:
                self._between(statement)
        return execute(statement, params, many, context)

    def _between(self, statement: str) -> None:
        self.fate.stumble(0.001)
        if self.random.random() < 0.05:
            self.stage.wait(self.random.uniform(0, 3))
        if statement.startswith(WRITES) and self.fate.chance("locked", 0.01):
            raise OperationalError("database is locked")

    def _all_ended(self) -> bool:
        """Nothing is open, all consequences are done, and nobody has something to state yet."""
        is_open = ", ".join(f"'{one}'" for one in OPEN)
        left = (
            f"SELECT 1 FROM {DOCUMENT} WHERE state IN ({is_open})"
            " OR state = 'confirmed' AND followed_up_at IS NULL LIMIT 1"
        )
        stated = not any(person.by_hand or person.surplus() for person in self.people)
        return not sql(left) and stated

    def _tally(self) -> Counter[str]:
        rows = sql(f"SELECT reference, state, ever_unknown, repeats FROM {DOCUMENT}")
        tally = Counter(
            runs=1,
            documents=len(rows),
            posts=self.wire.posts,
            people=sum(person.done for person in self.people),
            violations=len(self.truth.violations),
            found=self._events("afas_document.looked_up"),
            absent=self._events("afas_document.absent"),
            unknown=sum(row[2] for row in rows),
            repeats=sum(row[3] for row in rows),
        )
        self._count_unaided(tally)
        self._count_books(tally)
        return tally

    def _count_books(self, tally: Counter[str]) -> None:
        of_books = (("sales_booking", "bookings"), ("attachment", "files"))
        for kind, name in of_books:
            tally[name] = sql(f"SELECT count(*) FROM {DOCUMENT} WHERE kind = ?", kind)[0][0]
        reversed_ones = "kind = 'sales_booking' AND state = 'undone'"
        tally["reversed"] = sql(f"SELECT count(*) FROM {DOCUMENT} WHERE {reversed_ones}")[0][0]

    def _count_unaided(self, tally: Counter[str]) -> None:
        """How many got where they should without a person, of those that AFAS did not refuse and
        whose list can be asked. Dossier items are in no list: people are asked of those in doubt.
        """
        asked = set().union(*(person.asked for person in self.people))
        refused = set().union(*(person.mended for person in self.people))
        for reference, state, ever_unknown, shown_in in sql(SHOWN_IN):
            if reference in refused or state == State.CANCELLED:
                continue
            alone = reference not in asked and state not in OPEN
            if shown_in == "attachment":
                tally["filed"] += 1
                tally["filed alone"] += alone
            elif self.mix.entries if shown_in == "sales_booking" else self.mix.lookup:
                tally["granted"] += 1
                tally["unaided"] += alone
                tally["doubted"] += ever_unknown
                tally["doubted alone"] += ever_unknown and alone

    def _events(self, action: str) -> int:
        return int(sql("SELECT count(*) FROM core_auditevent WHERE action = ?", action)[0][0])


def run_seed(
    template: Template,
    seed: int,
    mix: Mix | None = None,
    *,
    dropped: tuple[str, ...] = (),
    trace: bool = False,
) -> Verdict:
    """Play one seed, with its own mix of hazards or a given one, and without some indexes."""
    logging.disable(logging.CRITICAL)
    random = Random(seed)
    mixed = mix or hazards.draw(random)
    return Run(template, seed, mixed, random, [] if trace else None, dropped).play()
