"""What can go wrong in a run, and how often. A seed draws its mix; a variant may name its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from tests.hostile.stage import Crash, Stage

ALL = (
    "late",  # AFAS does it long after the client gave up, up to 899 s
    "lost",  # requests or answers get lost
    "cut",  # answers break off, or come without a key
    "proxy",  # a bare 503, from a proxy that had passed the request on
    "busy",  # 503 and 429 with AFAS's own body
    "token",  # 401: a token that ran out, lacks a connector, or was revoked
    "refusals",  # AFAS refuses until a person mends something
    "crash",  # processes are killed
    "stall",  # processes stand still while their monotonic clock runs
    "sleep",  # machines are suspended, monotonic clock and all
    "locked",  # the database is locked for a moment
    "jump",  # the database's clock jumps
    "early",  # people answer before it counts
    "undo",  # people undo invoices
    "cancel",  # people cancel what has not left
    "pause",  # people pause and resume the link
    "relink",  # a company books in another administration
    "newcomers",  # customers that AFAS lacks
    "shared",  # two companies bring the same organisation
    "namesake",  # AFAS has another organisation of the same name and postcode
    "imports",  # an import runs meanwhile
    "blind",  # an authorisation filter hides everything for a while
    "reuse",  # AFAS gives deleted numbers again
    "unasked",  # a colleague deletes in AFAS what we are about to delete, and says nothing
    "deaf",  # AFAS cannot be read just now
    "bookings",  # people book what they invoiced themselves; the next five are about that
    "auto",  # the sweep books what was sent
    "attach",  # the PDF goes along
    "keyed",  # a colleague books in AFAS by hand what we are to book
    "paid",  # what is booked gets paid, so that AFAS does not delete it any more
    "filter",  # an authorisation filter hides the journal of sales for a while
    "compare",  # people have AFAS and us compared
)
# "misses", a row that stays out of an answer now and then, is for one variant only: two look-ups
# before the late commit and one that misses it would pass for three.


@dataclass
class Mix:
    """The hazards of one run. `rates` overrides how often something happens.

    `lookup` and `entries` say whether the lists of invoices and of entries are granted. `lag` is
    the longest that AFAS takes to show what it did, of which `sight` was measured before; `longest`
    the longest that it works after a client gave up. With `dedupes` AFAS refuses a reference that
    it has, with `refuses_used` an invoice number. When people are `silent` they leave alone what is
    unknown; `holds` are how long processes stand still. Times are seconds.
    """

    names: frozenset[str]
    lookup: bool = True
    entries: bool = True
    lag: float = 240.0
    sight: int = 0
    longest: float = 899.0
    dedupes: bool = False
    refuses_used: bool = False
    silent: bool = False
    holds: tuple[int, ...] = (5, 40, 58, 70, 200, 400, 1300, 3000)
    rates: dict[str, float] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return name in self.names

    def rate(self, name: str, usual: float) -> float:
        """How often `name` happens, 0 to 1."""
        return self.rates.get(name, usual) if name in self.names else 0.0


def draw(random: Random) -> Mix:
    """Each hazard is there in four runs of ten; three runs of four are granted each list."""
    names = frozenset(name for name in ALL if random.random() < 0.4)
    lookup, entries = random.random() < 0.75, random.random() < 0.75
    if not lookup:  # without it nothing is compared before a DELETE (DECISIONS A6)
        names -= {"reuse", "unasked"}
    lag = random.choice((5.0, 60.0, 240.0))
    return Mix(names, lookup=lookup, entries=entries, lag=lag, refuses_used=random.random() < 0.5)


@dataclass
class Fate:
    """Lets the players stumble, until it grows `calm` so that what is left can end."""

    stage: Stage
    mix: Mix
    calm: bool = False
    crashes: Callable[[str], None] = lambda _name: None

    def chance(self, name: str, usual: float) -> bool:
        """Whether it happens now."""
        rate = 0.0 if self.calm else self.mix.rate(name, usual)
        return rate > 0 and self.stage.random.random() < rate

    def stumble(self, often: float, *, may_sleep: bool = True) -> None:
        """Between two steps: killed, held up, or put to sleep. `often` is for each of them."""
        if self.stage.player is None or self.calm:
            return
        self.die(often)
        if self.chance("stall", often):
            self._hold(self.stage.wait, "stands still")
        if may_sleep and self.chance("sleep", often):
            self._hold(self.stage.suspend, "sleeps")

    def die(self, often: float) -> None:
        """The process may be killed here."""
        if self.chance("crash", often):
            self.stage.say("is killed")
            raise Crash

    def _hold(self, how: Callable[[float], None], word: str) -> None:
        seconds = self.stage.random.choice(self.mix.holds)
        self.stage.say(word, f"for {seconds} s")
        how(seconds)
