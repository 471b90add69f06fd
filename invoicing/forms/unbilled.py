"""What the Unbilled page is narrowed to, and what is ticked on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import formats
from invoicing.selectors.unbilled import CUSTOMER, KINDS, PROJECT, Scope, Ticks
from registration.selectors.periods import month_after

FURTHEST = timedelta(days=366)
NARROWING = ("until", "per", "customer", "q")
MOST_OPEN = 10


@dataclass(frozen=True)
class Asked:
    """What was asked of the page; `problem` is a sentence about a date that could not be taken.

    The rows in `opened` show what they hold; `closed` is the row that did so until now.
    """

    scope: Scope
    opened: list[int]
    closed: int | None = None
    problem: str = ""

    @property
    def is_narrowed(self) -> bool:
        """Whether rows are left out by anything but the date."""
        return bool(self.scope.search) or self.scope.customer is not None


def read(params: QueryDict, today: date) -> Asked:
    """The address of the page. A customer that cannot be read is one that nobody is."""
    until, problem = _until(params.get("until", "").strip(), today)
    customer = params.get("customer", "")
    scope = Scope(
        until=until,
        per=PROJECT if params.get("per") == PROJECT else CUSTOMER,
        customer=next(_numbers([customer]), 0) if customer else None,
        search=params.get("q", "").strip()[:100],
    )
    opened = list(_numbers(params.getlist("open")))[:MOST_OPEN]
    closed = next(_numbers([params.get("closed", "")]), None)
    return Asked(scope, opened, closed, problem)


def _until(text: str, today: date) -> tuple[date, str]:
    if not text:
        return today, ""
    try:
        until = formats.parse_day(text)
    except formats.UnreadableError as error:
        return today, str(error)
    if until - today > FURTHEST:
        furthest = today + FURTHEST
        said = _("At most a year ahead can be shown; this is up to %(date)s.")
        return furthest, said % {"date": formats.write_day(furthest)}
    return until, ""


def quick_dates(today: date) -> list[tuple[str | Promise, date]]:
    """The days that are asked for most."""
    this_month, day = month_after(today, 0), timedelta(days=1)
    quarter = month_after(today, -((today.month - 1) % 3))
    return [
        (gettext_lazy("Today"), today),
        (gettext_lazy("End of last month"), this_month - day),
        (gettext_lazy("End of last quarter"), quarter - day),
        (gettext_lazy("End of this month"), month_after(today, 1) - day),
    ]


def address(params: QueryDict, **changes: str | list[int]) -> str:
    """The query string that asks for the same, with `changes` and without ticks.

    Another date, tab or filter begins on the first page with all rows closed.
    """
    kept = QueryDict(mutable=True)
    stays = not set(changes) & set(NARROWING)
    for name in (*NARROWING, *(("page", "open") if stays else ()), *changes):
        values = changes.get(name, params.getlist(name))
        kept.setlist(name, [str(one) for one in _listed(values) if str(one)])
    return f"?{kept.urlencode()}"


def toggled(params: QueryDict, opened: list[int], key: int) -> str:
    """The address at which the row `key` is open when it is closed now, and the other way round."""
    if key in opened:
        return address(params, open=[one for one in opened if one != key], closed=[key])
    return address(params, open=[*opened, key])


def _listed(values: str | list[Any]) -> list[Any]:
    return values if isinstance(values, list) else [values]


def read_ticks(params: QueryDict) -> Ticks:
    """What is ticked. Ids come one by one from boxes, or joined by commas from a closed row."""
    return Ticks(
        everything=params.get("everything") == "1",
        rows=frozenset(_numbers(params.getlist("row"))),
        rest=frozenset(_numbers(params.getlist("rest"))),
        things={kind: frozenset(_numbers(params.getlist(kind))) for kind in KINDS},
        shown={kind: frozenset(_numbers(params.getlist(f"shown-{kind}"))) for kind in KINDS},
    )


def _numbers(texts: list[str]) -> Iterator[int]:
    for text in texts:
        for part in text.split(","):
            if part.isdecimal() and len(part) < 19:
                yield int(part)
