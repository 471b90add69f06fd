"""From reserved entries to the lines of an invoice. Pure: no database, no clock.

Source of the rules: DOMAIN §6. The minutes of a group are added up, made hours, rounded half up to
two decimals, multiplied by the price and rounded to the cent; entries of one line share one price
and one item. What a single entry is worth on its line is its exact share; the cents that rounding
leaves over go to the largest entry.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core.money import cents, hours_of, line_net


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


@dataclass(frozen=True, kw_only=True)
class Billable:
    """One thing to put on a line.

    `measure` is minutes for an hour, units for an expense, km for a ride, 1 for a fixed amount.
    `price` is EUR excl. VAT per hour, unit, km or as a whole.
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
    activity_id: int | None = None
    category_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Share:
    """What one billable thing contributes to its line: a quantity in its unit, an amount in EUR."""

    billable: Billable
    quantity: Decimal
    amount: Decimal


@dataclass(frozen=True, kw_only=True)
class PricedLine:
    """A line that multiplies out: `net` is `quantity` × `unit_price`, rounded to the cent."""

    description: str
    quantity: Decimal
    unit_price: Decimal
    net: Decimal
    item: Item
    kind: str
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
PLACEHOLDERS = ("what", "person", "project", "period", "date", "note")
PLACEHOLDER = re.compile(r"\{(" + "|".join(PLACEHOLDERS) + r")\}")


def price(things: Sequence[Billable], grouping: Grouping, template: str = "") -> list[PricedLine]:
    """The lines for `things`, in the order hours, expenses, rides, fixed, then as first met.

    `template` may use the PLACEHOLDERS in braces; an unknown one stays as it is typed.
    """
    groups: dict[Hashable, list[Billable]] = {}
    for thing in sorted(things, key=_order):
        groups.setdefault(_group_key(thing, grouping), []).append(thing)
    pattern = template or DEFAULT_TEMPLATES[grouping]
    return [_line(group, grouping, pattern) for group in groups.values()]


def total(lines: Iterable[PricedLine]) -> Decimal:
    """The net amount (EUR excl. VAT) of all lines."""
    return sum((line.net for line in lines), Decimal(0))


def _order(thing: Billable) -> tuple[int, str, date, int]:
    kinds = ("hour", "expense", "ride", "instalment", "subscription_period")
    return kinds.index(thing.kind), thing.project, thing.date, thing.pk


def _group_key(thing: Billable, grouping: Grouping) -> Hashable:
    """What must be equal to share a line: kind, price and item always, the rest by choice."""
    by: dict[Grouping, Callable[[Billable], Hashable]] = {
        Grouping.ACTIVITY: lambda one: one.what,
        Grouping.PERSON: lambda one: (one.person, one.what if one.kind != "hour" else ""),
        Grouping.PROJECT: lambda one: one.project,
        Grouping.ENTRY: lambda one: one.pk,
        Grouping.ONE: lambda _one: "",
    }
    return thing.kind, thing.price, thing.item, by[grouping](thing)


def _line(group: Sequence[Billable], grouping: Grouping, template: str) -> PricedLine:
    first = group[0]
    quantity = _quantity(first.kind, sum((thing.measure for thing in group), Decimal(0)))
    net = line_net(quantity, first.price)
    return PricedLine(
        description=describe(group, template, by_entry=grouping is Grouping.ENTRY),
        quantity=quantity,
        unit_price=first.price,
        net=net,
        item=first.item,
        kind=first.kind,
        activity_id=_common([thing.activity_id for thing in group]),
        category_id=_common([thing.category_id for thing in group]),
        shares=_shares(group, net),
    )


def _quantity(kind: str, measure: Decimal) -> Decimal:
    return hours_of(int(measure)) if kind == "hour" else cents(measure)


def _shares(group: Sequence[Billable], net: Decimal) -> tuple[Share, ...]:
    """Each thing's own value; the difference with the line goes to the largest, so none is lost."""
    worth = [cents(_worth(thing)) for thing in group]
    largest = max(range(len(group)), key=lambda index: abs(worth[index]))
    worth[largest] += net - sum(worth, Decimal(0))
    return tuple(
        Share(billable=thing, quantity=_exact(thing).quantize(Decimal("0.0001")), amount=amount)
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
    values = {
        "what": _listed(thing.what for thing in group),
        "person": _listed(thing.person for thing in group),
        "project": _listed(thing.project for thing in group),
        "period": period(thing.date for thing in group),
        "date": date_format(min(thing.date for thing in group), "j-n-Y"),
        "note": _listed(thing.note for thing in group) if by_entry else "",
    }
    text = PLACEHOLDER.sub(lambda found: values[found[1]], template)
    text = " ".join(text.split()).strip(" ,:;-–·") or values["what"]
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
