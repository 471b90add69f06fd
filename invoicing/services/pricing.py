"""From billable things to lines, and from lines to VAT and a total. Pure: no database, no clock.

Source of the rules: DOMAIN §6 and §7. The minutes of a group are added up, made hours, rounded half
up to two decimals, multiplied by the price and rounded to the cent; entries of one line share one
price, one item and one VAT. What a single entry is worth on its line is its exact share; the cents
that rounding leaves over go to the largest entry. VAT is worked out once per treatment and
percentage.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core.money import allocate as allocate  # noqa: PLC0414  part of pricing's own words
from core.money import cents, hours_of, line_net
from core.vat import CATEGORIES, VatCode


class Grouping(StrEnum):
    """What makes one line."""

    ACTIVITY = "activity"
    PERSON = "person"
    PROJECT = "project"
    ENTRY = "entry"
    ONE = "one"


@dataclass(frozen=True)
class Item:
    """An article of the books: kind, code and unit belong together. Empty where none is needed."""

    kind: str = ""
    code: str = ""
    unit: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Billable:
    """One thing to put on a line.

    `measure` is minutes for an hour, units for an expense, km for a ride, 1 for a fixed amount.
    `price` is EUR excl. VAT per hour, unit, km or as a whole. `unit` is the word that is printed;
    when it is empty, that of its kind.
    """

    kind: str
    pk: int
    measure: Decimal
    price: Decimal
    date: date
    what: str
    person: str
    project: str
    note: str
    item: Item
    unit: str = ""
    vat_code: str = VatCode.HIGH
    vat_percent: Decimal = Decimal(0)
    activity_id: int | None = None
    category_id: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """What one billable thing contributes to its line: a quantity in its unit, an amount in EUR."""

    billable: Billable
    quantity: Decimal
    amount: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class PricedLine:
    """A line that multiplies out: `net` is `quantity` × `unit_price`, rounded to the cent."""

    description: str
    quantity: Decimal
    unit_price: Decimal
    net: Decimal
    item: Item
    kind: str
    unit: str
    vat_code: str
    vat_percent: Decimal
    activity_id: int | None
    category_id: int | None
    shares: tuple[Share, ...]


DEFAULT_TEMPLATES: Mapping[str, str] = {
    Grouping.ACTIVITY: "{what}, {period}",
    Grouping.PERSON: "{person}, {what}, {period}",
    Grouping.PROJECT: "{project}, {what}, {period}",
    Grouping.ENTRY: "{date} {what}: {note}",
    Grouping.ONE: "{what}, {period}",
}
BY: dict[Grouping, Callable[[Billable], Hashable]] = {
    Grouping.ACTIVITY: lambda one: one.what,
    Grouping.PERSON: lambda one: (one.person, one.what if one.kind != "hour" else ""),
    Grouping.PROJECT: lambda one: one.project,
    Grouping.ENTRY: lambda one: one.pk,
    Grouping.ONE: lambda _one: "",
}
KINDS = ("hour", "expense", "ride", "instalment", "subscription_period")
PLANNED = frozenset({"instalment", "subscription_period"})
SHARE_STEP = Decimal("0.0001")
PLACEHOLDERS = ("what", "person", "project", "period", "date", "note")
PLACEHOLDER = re.compile(r"\{(" + "|".join(PLACEHOLDERS) + r")\}")


def price(things: Sequence[Billable], grouping: Grouping, template: str = "") -> list[PricedLine]:
    """The lines for `things`, in the order hours, expenses, rides, fixed, then as first met.

    A fixed amount is always a line of its own, with its own text. `template` may use the
    PLACEHOLDERS in braces; an unknown one stays as it is typed.
    """
    groups: dict[Hashable, list[Billable]] = {}
    for thing in sorted(things, key=_order):
        groups.setdefault(_group_key(thing, grouping), []).append(thing)
    pattern = template or DEFAULT_TEMPLATES[grouping]
    return [_line(group, grouping, pattern) for group in groups.values()]


def total(lines: Iterable[PricedLine]) -> Decimal:
    """The net amount (EUR excl. VAT) of all lines."""
    return sum((line.net for line in lines), Decimal(0))


def taxed(lines: Iterable[PricedLine]) -> list[Taxed]:
    """The lines as VAT sees them."""
    return [Taxed(net=one.net, code=one.vat_code, percent=one.vat_percent) for one in lines]


@dataclass(frozen=True, kw_only=True, slots=True)
class Taxed:
    """What VAT needs to know of a line: its net amount (EUR), its treatment and percentage."""

    net: Decimal
    code: str
    percent: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class VatGroup:
    """All lines of one treatment and percentage together, in EUR."""

    code: str
    percent: Decimal
    base: Decimal
    vat: Decimal

    @property
    def category(self) -> str:
        """UBL's category code (UNCL5305)."""
        return CATEGORIES[self.code]


@dataclass(frozen=True, kw_only=True, slots=True)
class Totals:
    """What is asked: `total` is `net` plus the VAT of every group, in EUR."""

    groups: tuple[VatGroup, ...]

    @property
    def net(self) -> Decimal:
        """EUR excl. VAT."""
        return sum((group.base for group in self.groups), Decimal("0.00"))

    @property
    def vat(self) -> Decimal:
        """EUR of VAT."""
        return sum((group.vat for group in self.groups), Decimal("0.00"))

    @property
    def total(self) -> Decimal:
        """EUR incl. VAT."""
        return self.net + self.vat


def totals(lines: Iterable[Taxed]) -> Totals:
    """Net, VAT and total; VAT is rounded half up once per group, so a credit mirrors to the cent.

    Groups come with the highest percentage first.
    """
    bases: dict[tuple[str, Decimal], Decimal] = {}
    for line in lines:
        key = (line.code, line.percent)
        bases[key] = bases.get(key, Decimal("0.00")) + line.net
    ordered = sorted(bases, key=lambda key: (-key[1], VatCode.values.index(key[0])))
    return Totals(groups=tuple(vat_group(code, pc, bases[code, pc]) for code, pc in ordered))


def vat_group(code: str, percent: Decimal, base: Decimal) -> VatGroup:
    """The group of `base` (EUR excl. VAT): its VAT is `percent` of it, half up to the cent."""
    return VatGroup(code=code, percent=percent, base=base, vat=cents(base * percent / 100))


def vat_code(*, line: str = "", sold: str = "", customer: str = "", company: str) -> str:
    """How VAT treats a line: its own code, else what is sold, else the customer, else the company.

    A customer with reverse charge or export goes before every rate of what is sold, not before
    what is exempt or outside the scope of VAT (DOMAIN §7).
    """
    if line:
        return line
    code = sold or customer or company
    displaced = customer and not VatCode(customer).is_taxed and VatCode(code).is_taxed
    return customer if displaced else code


def discounted(quantity: Decimal, unit_price: Decimal, discount: Decimal) -> Decimal:
    """The net amount (EUR) of a line with `discount` per cent off, rounded once."""
    return cents(quantity * unit_price * (100 - discount) / 100)


def reproduces(line: PricedLine, price_decimals: int = 4) -> bool:
    """Whether books that multiply quantity by price again come to our net amount, to the cent."""
    step = Decimal(1).scaleb(-price_decimals)
    fits = line.unit_price == line.unit_price.quantize(step)
    return fits and line_net(line.quantity, line.unit_price) == line.net


def as_one(line: PricedLine) -> PricedLine:
    """The same line as one unit of its net amount, which every bookkeeping reproduces."""
    return replace(line, quantity=Decimal("1.00"), unit_price=line.net)


def _order(thing: Billable) -> tuple[int, str, date, int]:
    return KINDS.index(thing.kind), thing.project, thing.date, thing.pk


def _group_key(thing: Billable, grouping: Grouping) -> Hashable:
    """What must be equal to share a line: kind, price, item and VAT always, the rest by choice."""
    same = BY[Grouping.ENTRY if thing.kind in PLANNED else grouping]
    vat = (thing.vat_code, thing.vat_percent)
    return thing.kind, thing.price, thing.item, thing.unit, vat, same(thing)


def _line(group: Sequence[Billable], grouping: Grouping, template: str) -> PricedLine:
    first = group[0]
    quantity = _quantity(first.kind, sum((thing.measure for thing in group), Decimal(0)))
    net = line_net(quantity, first.price)
    text = "{what}" if first.kind in PLANNED else template
    return PricedLine(
        description=describe(group, text, by_entry=grouping is Grouping.ENTRY),
        quantity=quantity,
        unit_price=first.price,
        net=net,
        item=first.item,
        kind=first.kind,
        unit=first.unit or _counted_in(first.kind),
        vat_code=first.vat_code,
        vat_percent=first.vat_percent,
        activity_id=_common([thing.activity_id for thing in group]),
        category_id=_common([thing.category_id for thing in group]),
        shares=_shares(group, net),
    )


def _counted_in(kind: str) -> str:
    if kind == "hour":
        return _("hour")
    return _("km") if kind == "ride" else ""


def _quantity(kind: str, measure: Decimal) -> Decimal:
    return hours_of(int(measure)) if kind == "hour" else cents(measure)


def _shares(group: Sequence[Billable], net: Decimal) -> tuple[Share, ...]:
    """Each thing's own value; the difference with the line goes to the largest, so none is lost."""
    worth = [cents(_worth(thing)) for thing in group]
    largest = max(range(len(group)), key=lambda index: abs(worth[index]))
    worth[largest] += net - sum(worth, Decimal(0))
    return tuple(
        Share(billable=thing, quantity=_exact(thing).quantize(SHARE_STEP), amount=amount)
        for thing, amount in zip(group, worth, strict=True)
    )


def _exact(thing: Billable) -> Decimal:
    return thing.measure / 60 if thing.kind == "hour" else thing.measure


def _worth(thing: Billable) -> Decimal:
    """Divided last: two minutes at 2.25 are 0.075, and not a thirtieth that was cut off first."""
    worth = thing.measure * thing.price
    return worth / 60 if thing.kind == "hour" else worth


def _common(values: Sequence[int | None]) -> int | None:
    return values[0] if len(set(values)) == 1 else None


def describe(group: Sequence[Billable], template: str, *, by_entry: bool = False) -> str:
    """The text of a line, at most 255 characters, cut visibly."""
    values: Mapping[str, Callable[[], str]] = {
        "what": lambda: _listed(thing.what for thing in group),
        "person": lambda: _listed(thing.person for thing in group),
        "project": lambda: _listed(thing.project for thing in group),
        "period": lambda: period(thing.date for thing in group),
        "date": lambda: date_format(min(thing.date for thing in group), "j-n-Y"),
        "note": lambda: _listed(thing.note for thing in group) if by_entry else "",
    }
    text = PLACEHOLDER.sub(lambda found: values[found[1]](), template)
    text = " ".join(text.split()).strip(" ,:;-–·") or values["what"]()
    return text if len(text) <= 255 else text[:254] + "…"


def period(days: Iterable[date]) -> str:
    """The months that `days` cover: "October 2026", or "October – November 2026"."""
    ordered = sorted(days)
    first, last = ordered[0], ordered[-1]
    if (first.year, first.month) == (last.year, last.month):
        return date_format(first, "F Y")
    if first.year == last.year:
        return f"{date_format(first, 'F')} – {date_format(last, 'F Y')}"
    return f"{date_format(first, 'F Y')} – {date_format(last, 'F Y')}"


def _listed(values: Iterable[str]) -> str:
    """Up to three different values; more are summed up."""
    distinct = list(dict.fromkeys(value for value in values if value))
    if len(distinct) <= 3:
        return ", ".join(distinct)
    return _("%(first)s and %(count)d more") % {
        "first": ", ".join(distinct[:2]),
        "count": len(distinct) - 2,
    }
