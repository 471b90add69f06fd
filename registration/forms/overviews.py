"""The filters of an overview, as they stand in its address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core import formats
from registration.models import ApprovalStatus, BillingStatus, Missing
from registration.selectors.overviews import PRICED, SORTS, SORTS_OF_ALL, Filters
from registration.selectors.periods import CUSTOM, LABELS, RECENT, Period, period

NEWEST = "-date"
SIZES = (50, 100, 200)
CHOSEN = ("customer", "project", "person", "what")
STATED = ("approval", "billing", "worth")
# What a tab takes along to the next kind of entry.
SHARED = (
    *("period", "first", "last", "customer", "project", "person"),
    *STATED,
    *("q", "size", "selection"),
)
NAMES: dict[str, str | Promise] = {
    "customer": _("Customer"),
    "project": _("Project"),
    "person": _("Employee"),
    "approval": _("Status"),
    "billing": _("Billing"),
    "worth": _("Amount"),
}
WHATS: dict[str, str | Promise] = {"hours": _("Activity"), "expenses": _("Category")}
STATES: dict[str, list[tuple[str, str | Promise]]] = {
    "approval": list(ApprovalStatus.choices),
    "billing": list(BillingStatus.choices),
    "worth": [(PRICED, _("Has an amount")), *Missing.choices],
}


class Option(NamedTuple):
    """A box in a filter."""

    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True)
class Chip:
    """One filter: its name, what is chosen in words, and all its boxes."""

    name: str
    label: str
    chosen: str
    options: list[Option]
    clear: str


def read_filters(params: QueryDict, today: date) -> Filters:
    """The filters in an address. What cannot be read narrows to nothing rather than to all."""
    return Filters(
        period=read_period(params, today),
        search=params.get("q", "").strip()[:100],
        customer=_ids(params, "customer"),
        project=_ids(params, "project"),
        person=_ids(params, "person"),
        what=_ids(params, "what"),
        approval=tuple(params.getlist("approval")),
        billing=tuple(params.getlist("billing")),
        worth=tuple(params.getlist("worth")),
    )


def read_period(params: QueryDict, today: date) -> Period:
    """The chosen period; own dates count when `period` is "custom"."""
    key = params.get("period", RECENT)
    if key != CUSTOM:
        return period(key, today)
    return Period(_day(params.get("first", "")), _day(params.get("last", "")))


def period_key(params: QueryDict) -> str:
    """Which quick choice is chosen, or "custom"."""
    key = params.get("period", RECENT)
    return key if key in LABELS or key == CUSTOM else RECENT


def period_label(params: QueryDict, today: date) -> str:
    """The chosen period in words."""
    key = period_key(params)
    if key != CUSTOM:
        return str(LABELS[key])
    first, last = read_period(params, today)
    return f"{formats.write_day(first)} – {formats.write_day(last)}"


def read_sort(params: QueryDict, kind: str) -> str:
    """The column to sort by; newest first when the address asks for none that exists."""
    sort = params.get("sort", NEWEST)
    known = {*SORTS_OF_ALL, *SORTS[kind]}
    return sort if sort.removeprefix("-") in known else NEWEST


def read_size(params: QueryDict) -> int:
    """How many rows a page has."""
    text = params.get("size", "")
    return int(text) if text in {str(size) for size in SIZES} else SIZES[0]


def chips(kind: str, params: QueryDict, choices: dict[str, list[tuple[int, str]]]) -> list[Chip]:
    """The filters of this page, in order, with what is chosen."""
    every = {name: [(str(value), label) for value, label in rows] for name, rows in choices.items()}
    every |= {name: [(value, str(label)) for value, label in rows] for name, rows in STATES.items()}
    names = NAMES if kind not in WHATS else {**NAMES, "what": WHATS[kind]}
    order = ("approval", "billing", "customer", "project", "what", "person", "worth")
    return [
        _chip(name, str(names[name]), every[name], params)
        for name in order
        if name in names and name in every
    ]


def is_narrowed(params: QueryDict) -> bool:
    """Whether anything beside the period is filtered."""
    return any(params.getlist(name) for name in (*CHOSEN, *STATED)) or bool(params.get("q"))


def hidden(params: QueryDict, *without: str) -> list[tuple[str, str]]:
    """What a form that changes `without` takes along unseen; paging starts anew."""
    return [
        (name, value)
        for name, values in params.lists()
        if name not in {*without, "page"}
        for value in values
    ]


def address(params: QueryDict, *without: str) -> str:
    """The query string without some of its parts."""
    rest = params.copy()
    for name in (*without, "page"):
        rest.pop(name, None)
    return f"?{rest.urlencode()}"


def _chip(name: str, label: str, choices: list[tuple[str, str]], params: QueryDict) -> Chip:
    chosen = set(params.getlist(name))
    options = [Option(value, text, value in chosen) for value, text in choices]
    words = [option.label for option in options if option.is_chosen]
    if len(words) > 1:
        text = ngettext("%(count)s chosen", "%(count)s chosen", len(words)) % {"count": len(words)}
    else:
        text = "".join(words)
    return Chip(name, label, text, options, address(params, name))


def _ids(params: QueryDict, name: str) -> tuple[int, ...]:
    """Ids in the address; 0, which nobody has, for what is not a number."""
    return tuple(
        int(text) if text.isdecimal() and len(text) < 19 else 0 for text in params.getlist(name)
    )


def _day(text: str) -> date | None:
    try:
        return formats.parse_day(text) if text else None
    except formats.UnreadableError:
        return None
