"""The rows of the Unbilled page, the things inside an opened one, and what needs attention."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Company
from core import formats
from invoicing.forms.unbilled import Asked
from invoicing.selectors.unbilled import (
    ENTRIES,
    KINDS,
    NOBODY,
    PROJECT,
    Figures,
    Part,
    Row,
    Scope,
    Ticks,
    things_of,
)
from registration.views.rows import counted as counted_entries
from registration.views.rows import quantity_of, what_of

MOST_SHOWN = 100  # things of one opened row; the rest is one tick


@dataclass(frozen=True)
class Thing:
    """One thing in an opened row, with a box to tick."""

    kind: str
    pk: int
    day: str
    what: str
    detail: str
    quantity: str
    amount: Decimal
    name: str
    is_ticked: bool


@dataclass(frozen=True)
class Note:
    """A sentence about part of a row, and the page where it can be seen or mended."""

    text: str
    url: str
    amount: Decimal = Decimal(0)


@dataclass
class Shown:
    """A row as the page shows it. `kept` are the ticks of single things of a closed row."""

    row: Row
    per: str
    is_open: bool
    is_ticked: bool
    things: list[Thing] = field(default_factory=list)
    rest: Part = field(default_factory=Part)
    rest_is_ticked: bool = False
    kept: list[tuple[str, str]] = field(default_factory=list)
    partly: int = 0
    waiting: list[Note] = field(default_factory=list)
    attention: list[Note] = field(default_factory=list)

    @property
    def figures(self) -> Figures:
        """What it holds."""
        return self.row.figures

    @property
    def url(self) -> str:
        """The page of the customer or the project."""
        if self.per == PROJECT:
            return reverse("project", args=[self.row.key])
        return reverse("customer", args=[self.row.key]) if self.row.key != NOBODY else ""

    @property
    def summary(self) -> str:
        """What can be billed, in words: 12:30 hours · 3 expenses."""
        return summary_of(self.figures)

    @property
    def all_ticked(self) -> bool:
        """Whether each box of an opened row is ticked."""
        boxes = [thing.is_ticked for thing in self.things]
        return bool(boxes) and all(boxes) and (self.rest_is_ticked or not self.rest)

    @property
    def shown_ids(self) -> list[tuple[str, str]]:
        """What the tick for the rest does not mean, by kind."""
        return [
            (f"shown-{kind}", ",".join(str(one.pk) for one in self.things if one.kind == kind))
            for kind in KINDS
        ]


def show(company: Company, asked: Asked, rows: Iterable[Row], ticks: Ticks) -> list[Shown]:
    """The rows with their ticks; the opened ones with their things, at most five queries each."""
    found = [_shown(company, asked, row, ticks) for row in rows]
    for one in found:
        one.waiting = waiting_notes(asked.scope, one.row)
        one.attention = attention_notes(asked.scope, one.row)
    return found


def _shown(company: Company, asked: Asked, row: Row, ticks: Ticks) -> Shown:
    if row.key in asked.opened:
        return _opened(company, asked.scope, row, ticks)
    if row.key == asked.closed:
        return _just_closed(company, asked.scope, row, ticks)
    return _closed(asked.scope, row, ticks)


def _closed(scope: Scope, row: Row, ticks: Ticks) -> Shown:
    return Shown(row=row, per=scope.per, is_open=False, is_ticked=ticks.holds(row))


def _just_closed(company: Company, scope: Scope, row: Row, ticks: Ticks) -> Shown:
    """A row that was just closed: when all in it was ticked it is ticked, else it remembers."""
    shown = _opened(company, scope, row, ticks)
    closed = _closed(scope, row, ticks)
    ticked = [thing for thing in shown.things if thing.is_ticked]
    if ticks.holds(row) or shown.all_ticked:
        closed.is_ticked = True
    elif ticked or shown.rest_is_ticked:
        closed.partly = len(ticked) + (shown.rest.count if shown.rest_is_ticked else 0)
        closed.kept = [
            (kind, ",".join(str(one.pk) for one in ticked if one.kind == kind)) for kind in KINDS
        ]
        if shown.rest_is_ticked:
            closed.kept += [("rest", str(row.key)), *shown.shown_ids]
        closed.kept = [(name, value) for name, value in closed.kept if value]
    return closed


def _opened(company: Company, scope: Scope, row: Row, ticks: Ticks) -> Shown:
    whole = ticks.holds(row)
    found = things_of(company, scope, row, MOST_SHOWN)
    things = [
        _thing(scope, kind, one, is_ticked=whole or one.pk in ticks.things.get(kind, ()))
        for kind, one in found
    ]
    worths = (Part(1, one.amount, getattr(one, "billable_minutes", 0)) for _kind, one in found)
    return Shown(
        row=row,
        per=scope.per,
        is_open=True,
        is_ticked=whole,
        things=things,
        rest=row.figures["ready"] - sum(worths, Part()),
        rest_is_ticked=whole or row.key in ticks.rest,
    )


def _thing(scope: Scope, kind: str, thing: Any, *, is_ticked: bool) -> Thing:
    is_entry = kind in ENTRIES
    what = what_of(thing) if is_entry else str(thing.description)
    day = formats.write_day(thing.date if is_entry else thing.due_on)
    details = [] if scope.per == PROJECT else [str(thing.project)]
    if is_entry:
        details += [str(thing.membership), thing.note]
    return Thing(
        kind=kind,
        pk=thing.pk,
        day=day,
        what=what,
        detail=" · ".join(part for part in details if part),
        quantity=_quantity(kind, thing),
        amount=thing.amount,
        name=f"{day}, {what}, {formats.write_money(thing.amount)}",
        is_ticked=is_ticked,
    )


def _quantity(kind: str, thing: Any) -> str:
    if kind == "hours":
        return formats.write_minutes(thing.billable_minutes)
    return quantity_of(thing) if kind in ENTRIES else ""


def counted(kind: str, count: int) -> str:
    """How many things of a kind, in words: 42 hours, 1 instalment."""
    if kind in ENTRIES:
        return counted_entries(kind, count)
    words = {
        "instalments": ngettext("%(count)s instalment", "%(count)s instalments", count),
        "periods": ngettext(
            "%(count)s subscription period", "%(count)s subscription periods", count
        ),
    }[kind]
    return words % {"count": formats.write_number(count)}


def summary_of(figures: Figures) -> str:
    """What can be billed, in words: 12:30 hours · 3 expenses."""
    return " · ".join(
        _("%(time)s hours") % {"time": formats.write_minutes(part.minutes)}
        if kind == "hours"
        else counted(kind, part.count)
        for kind, part in figures.by_kind("ready")
    )


def waiting_notes(scope: Scope, row: Row) -> list[Note]:
    """What only lacks approval, with the overview that lists it."""
    return [
        Note(
            text=counted(kind, part.count),
            url=_overview(scope, row, kind, approval=("open", "submitted"), billing="unbilled"),
            amount=part.amount,
        )
        for kind, part in row.figures.by_kind("waiting")
    ]


def attention_notes(scope: Scope, row: Row) -> list[Note]:
    """What cannot be billed until somebody mends it, with the page where that is done."""
    found = [
        *_notes(scope, row, "no_rate", _("%(things)s without a rate"), worth="no_rate"),
        *_notes(scope, row, "rejected", _("%(things)s rejected"), approval="rejected"),
    ]
    for kind, part in row.figures.by_kind("no_customer"):
        text = _("%(things)s for nobody: fill in a customer")
        found.append(
            Note(text % {"things": counted(kind, part.count)}, _place_url(row, "no_customer"))
        )
    for kind, part in row.figures.by_kind("archived"):
        text = _("%(things)s of an archived customer") % {"things": counted(kind, part.count)}
        found.append(Note(text, reverse("customer", args=[row.place.customer_id]), part.amount))
    return found


def _notes(scope: Scope, row: Row, state: str, text: str, **filters: str) -> Iterator[Note]:
    for kind, part in row.figures.by_kind(state):
        url = _overview(scope, row, kind, **filters, billing="unbilled")
        yield Note(text % {"things": counted(kind, part.count)}, url, part.amount)


def _place_url(row: Row, state: str) -> str:
    """The project that has something in this state; the first, when there are more."""
    place = next(place for place, figures in row.places if figures[state])
    return reverse("project", args=[place.pk])


def _overview(scope: Scope, row: Row, kind: str, **filters: str | tuple[str, ...]) -> str:
    """The overview of exactly these entries."""
    whose = {"project": row.key} if scope.per == PROJECT else {"customer": row.key}
    query = {"period": "custom", "last": scope.until.isoformat(), **whose, **filters}
    return f"{reverse(f'overview_{kind}')}?{urlencode(query, doseq=True)}"
