"""Sync history: everything that passed between AFAS and us, newest first, in one list.

Imports, tests of the link, invoicing runs, readings of payments, deletions and corrections lie in
tables of their own (`history_sources`). Each is asked for the few rows that a page can hold, from a
cursor on, and those are merged; so a page costs the same whether there are a hundred rows or a
hundred thousand.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from accounts.models import Company
from integrations.services.history_sources import KINDS, SOURCES, Happening, Source

PAGE = 50


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What to show; empty or None is no bound. `first` and `last` are days, both included."""

    kind: str = ""
    outcome: str = ""
    first: date | None = None
    last: date | None = None


def history_of(
    company: Company, filters: Filters, *, before: str = ""
) -> tuple[list[Happening], str]:
    """A page of at most fifty, newest first, and the cursor of the next one, empty at the end.

    `before` is the cursor of an earlier page; one that cannot be read is the beginning.
    """
    start = _read_cursor(before)
    found: list[Happening] = []
    for kind in [filters.kind] if filters.kind else SOURCES:
        found += _some_of(company, kind, filters, start)
    found.sort(key=_place, reverse=True)
    return found[:PAGE], found[PAGE - 1].cursor if len(found) > PAGE else ""


def _place(one: Happening) -> tuple[datetime, str, Any]:
    """Newest first; what happened at one moment by kind and number, so that no page repeats it."""
    return one.at, one.kind, one.row.pk


def _some_of(
    company: Company, kind: str, filters: Filters, start: tuple[datetime, str, str] | None
) -> list[Happening]:
    source = SOURCES[kind]
    rows = source.rows(company)
    if filters.outcome:
        known = source.outcomes(company) if callable(source.outcomes) else source.outcomes
        if filters.outcome not in known:
            return []
        rows = rows.filter(known[filters.outcome])
    rows = rows.filter(_in_period(source.at, filters))
    if start:
        rows = rows.filter(_before(source, kind, start))
    return source.told(list(rows.order_by(f"-{source.at}", "-pk")[: PAGE + 1]))


def _in_period(at: str, filters: Filters) -> Q:
    inside = Q()
    if filters.first:
        inside &= Q(**{f"{at}__gte": _midnight(filters.first)})
    if filters.last:
        inside &= Q(**{f"{at}__lt": _midnight(filters.last + timedelta(days=1))})
    return inside


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _before(source: Source, kind: str, start: tuple[datetime, str, str]) -> Q:
    at, last_kind, pk = start
    older = Q(**{f"{source.at}__lt": at})
    if kind == last_kind:
        return older | Q(**{source.at: at, "pk__lt": int(pk) if source.by_number else UUID(pk)})
    return older | Q(**{source.at: at}) if kind < last_kind else older


def _read_cursor(text: str) -> tuple[datetime, str, str] | None:
    at, _mark, rest = text.partition("~")
    kind, _mark, pk = rest.partition("~")
    try:
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None or kind not in KINDS:
            return None
        int(pk) if SOURCES[kind].by_number else UUID(pk)
    except ValueError:
        return None
    return moment, kind, pk
