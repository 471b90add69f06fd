"""Where the books of AFAS and we do not say the same: what the Reconcile page lists.

Nothing is compared here: a comparison leaves tasks, the reading of payments marks items, and
documents stand where they stand. This puts them in one list, group by group, each group asked for
the few rows that a page shows, and counted no further than a page can tell.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from django.db.models import QuerySet

from integrations.models import (
    AfasConnection,
    AfasDocument,
    Comparison,
    Kind,
    PaymentRun,
    PersonTask,
    State,
)
from integrations.selectors import MOST_COUNTED
from integrations.services.difference_rows import Difference, Group
from integrations.services.difference_sources import KINDS, SOURCES, Search, links_to

CHUNK = 1000
ONLY_OF_BOOKINGS = (Group.UNBOOKED, Group.PAYMENT)
"""AFAS books and collects the invoices that it makes."""
UNEQUAL = tuple(one for one in Group if one != Group.UNSEEN)
"""What is not equal; what AFAS has not shown yet may well be."""


class Part(NamedTuple):
    """One heading of the list."""

    group: Group
    kind: Kind


PARTS = tuple(
    Part(group, kind)
    for group in Group
    for kind in KINDS
    if kind == Kind.SALES_BOOKING or group not in ONLY_OF_BOOKINGS
)


@dataclass(frozen=True)
class Wanted:
    """What to list; an empty word narrows nothing."""

    group: str = ""
    kind: str = ""
    q: str = ""

    def shows(self, part: Part) -> bool:
        """Whether a part is listed: all that is not equal, where no group is asked for."""
        is_of_group = part.group == self.group if self.group else part.group in UNEQUAL
        return is_of_group and self.kind in {"", part.kind}


class Differences(Sequence[Difference]):
    """The rows that are wanted, part after part, as a paginator takes them.

    `counts` holds how many there are of each part, each at most MOST_COUNTED + 1.
    """

    def __init__(self, connection: AfasConnection, wanted: Wanted) -> None:
        self.wanted = wanted
        search = Search.of(connection, wanted.q)
        self._rows: dict[Part, QuerySet[Any]] = {
            part: search.of_group(part.group, SOURCES[part.group].rows(connection, part.kind))
            for part in PARTS
        }

    @cached_property
    def counts(self) -> dict[Part, int]:
        """How many there are of each part, whether or not it is listed."""
        return {part: _capped(rows) for part, rows in self._rows.items()}

    @property
    def shown(self) -> list[Part]:
        """The parts that are listed."""
        return [part for part in PARTS if self.wanted.shows(part)]

    def of_group(self, group: Group) -> int:
        """How many there are of a group, of the kinds that are asked for."""
        kinds = {"", *KINDS} if not self.wanted.kind else {self.wanted.kind}
        return sum(
            count
            for part, count in self.counts.items()
            if part.group == group and part.kind in kinds
        )

    def count(self) -> int:  # type: ignore[override]  # as a queryset has it
        """How many rows can be paged through."""
        return sum(min(self.counts[part], MOST_COUNTED) for part in self.shown)

    __len__ = count

    def __getitem__(self, place: Any) -> Any:
        """The rows of a page."""
        start, stop = place.start or 0, place.stop
        found: list[Difference] = []
        for part in self.shown:
            count = min(self.counts[part], MOST_COUNTED)
            if start < count and stop > 0:
                rows = self._rows[part][max(start, 0) : min(stop, count)]
                found += [SOURCES[part.group].told(row) for row in rows]
            start, stop = start - count, stop - count
        return found

    def everything(self) -> Iterator[Difference]:
        """Every row, however many, without holding them."""
        for part in self.shown:
            for row in self._rows[part].iterator(chunk_size=CHUNK):
                yield SOURCES[part.group].told(row)


def equal(connection: AfasConnection, kind: str) -> int:
    """How many documents of a kind AFAS showed with what we sent; MOST_COUNTED + 1 means more.

    Counted in an index alone: the links are those of the company, and what a comparison found
    otherwise is taken off afterwards.
    """
    seen = AfasDocument.objects.filter(
        connection__in=links_to(connection),
        kind=kind,
        state=State.CONFIRMED,
        seen_at__isnull=False,
    )
    count = _capped(seen)
    told = PersonTask.objects.of(connection.company_id).filter(
        what__in=(PersonTask.What.DIFFERS, PersonTask.What.LOST), resolved_at__isnull=True
    )
    otherwise = seen.filter(pk__in=told.values("document"))
    return count if count > MOST_COUNTED else count - _capped(otherwise)


def _capped(rows: QuerySet[Any]) -> int:
    return rows.order_by()[: MOST_COUNTED + 1].count()


def last_comparison(connection: AfasConnection, kind: str) -> Comparison | None:
    """The newest comparison of a list of these books, under way or over."""
    return (
        Comparison.objects.of(connection.company_id)
        .filter(connection__in=links_to(connection), what=kind)
        .select_related("by")
        .first()
    )


def last_reading(connection: AfasConnection) -> PaymentRun | None:
    """The newest reading of payments in these books, under way or over."""
    runs = PaymentRun.objects.of(connection.company_id).select_related("by")
    return runs.filter(connection__in=links_to(connection)).first()
