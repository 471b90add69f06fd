"""What an invoice must come to, in whole cents; no line of the product is used here."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from tests.invoicing import oracle
from tests.money.companies import Thing, Work

TAXED = {"high", "low", "zero"}
DISPLACING = {"reverse", "reverse_eu", "export", "exempt"}
PLANNED = {"instalment", "subscription_period"}
KINDS = ("hour", "expense", "ride", "instalment", "subscription_period")
NEW_YEAR = 31  # days after 1 December

Key = tuple[object, ...]


@dataclass(frozen=True)
class Line:
    """Quantity in hundredths, price in EUR 0.0001, net in cents, VAT as code and 0.01 %."""

    quantity: int
    price: int
    net: int
    code: str
    percent: int


@dataclass(frozen=True)
class Truth:
    """What the invoice must say; `claims` and `worths` are cents by the place of the thing."""

    lines: list[Line]
    claims: dict[int, int]
    worths: dict[int, int]
    vat: dict[tuple[str, int], tuple[int, int]]

    @property
    def net(self) -> int:
        """Cents excl. VAT."""
        return sum(line.net for line in self.lines)

    @property
    def total(self) -> int:
        """Cents incl. VAT."""
        return self.net + sum(vat for _base, vat in self.vat.values())


def truth_of(work: Work) -> Truth:
    """Group, add up, round, tax."""
    groups: dict[Key, list[int]] = defaultdict(list)
    for place, thing in enumerate(work.things):
        groups[_key(work, place, thing)].append(place)
    lines, claims = [], {}
    for key, places in groups.items():
        things = [work.things[place] for place in places]
        line = _line(work, things, *key[:2])
        lines.append(line)
        exact = [_exact(work, thing) for thing in things]
        parts = _shares(things, exact, line.net)
        claims.update(zip(places, parts, strict=True))
    return Truth(lines, claims, _worths(work), vat_of(lines))


def vat_of(lines: list[Line]) -> dict[tuple[str, int], tuple[int, int]]:
    """Per treatment the base and the VAT, in cents."""
    bases: dict[tuple[str, int], int] = defaultdict(int)
    for line in lines:
        bases[line.code, line.percent] += line.net
    return {key: (base, oracle.half_up(base * key[1], 10_000)) for key, base in bases.items()}


def _key(work: Work, place: int, thing: Thing) -> Key:
    code = treatment(work, thing)
    same: object = {"activity": thing.what, "project": thing.project, "entry": place, "one": 0}[
        work.grouping
    ]
    if thing.kind in PLANNED:
        same = place
    elif thing.kind == "ride" and work.grouping == "activity":
        same = 0
    return code, percent(work, code, thing.day), thing.kind, thing.price, same


def treatment(work: Work, thing: Thing) -> str:
    """The VAT of a thing: what is sold, the customer, the company."""
    sold = work.treatments[thing.what] if thing.kind in {"hour", "expense", "instalment"} else ""
    code = sold or work.customer or work.company
    if code in TAXED and work.customer in DISPLACING:
        return work.customer
    return code


def percent(work: Work, code: str, day: int) -> int:
    """In 0.01 %, on the day of supply."""
    if code == "high":
        return work.vat_from_january if day >= NEW_YEAR else 2100
    return 900 if code == "low" else 0


def minutes_billed(work: Work, minutes: int) -> int:
    """Rounded to the step of the company."""
    if work.rule == "none" or minutes % work.step == 0:
        return minutes
    below = minutes // work.step * work.step
    over = minutes - below
    up = work.rule == "up" or 2 * over >= work.step
    return below + work.step if up else below


def _line(work: Work, things: list[Thing], code: object, rate: object) -> Line:
    kind, price = things[0].kind, things[0].price
    if kind in PLANNED:
        return Line(100, price * 100, price, str(code), int(str(rate)))
    quantity = sum(_hundredths(work, thing) for thing in things)
    if kind == "hour":
        quantity = oracle.hundredths_of_hours(
            sum(minutes_billed(work, thing.measure) for thing in things)
        )
    return Line(quantity, price, oracle.net_cents(quantity, price), str(code), int(str(rate)))


def _hundredths(work: Work, thing: Thing) -> int:
    if thing.kind == "ride":
        return thing.measure * 10 * (2 if thing.is_return else 1)
    return thing.measure


def _exact(work: Work, thing: Thing) -> int:
    if thing.kind in PLANNED:
        return thing.price
    if thing.kind == "hour":
        return oracle.worth_of_minutes(minutes_billed(work, thing.measure), thing.price)
    return oracle.net_cents(_hundredths(work, thing), thing.price)


def _shares(things: list[Thing], exact: list[int], net: int) -> list[int]:
    """In the order of project, day and place, the first of the largest takes the difference."""
    order = sorted(range(len(things)), key=lambda at: (things[at].project, things[at].day, at))
    shared = oracle.shares([exact[at] for at in order], net)
    back = dict(zip(order, shared, strict=True))
    return [back[at] for at in range(len(things))]


def _worths(work: Work) -> dict[int, int]:
    """What each thing is worth by itself, which is what Unbilled adds up."""
    worths = {}
    for place, thing in enumerate(work.things):
        if thing.kind == "hour":
            hundredths = oracle.hundredths_of_hours(minutes_billed(work, thing.measure))
            worths[place] = oracle.net_cents(hundredths, thing.price)
        else:
            worths[place] = _exact(work, thing)
    return worths
