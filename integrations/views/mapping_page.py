"""Everything the mapping shows, worked out when it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.core.paginator import Page, Paginator
from django.utils.functional import Promise

from integrations.forms.mapping import MappingForm, keys_in
from integrations.models import AfasConnection
from integrations.services import granting, mapping
from integrations.services.mapping import EMPTY, MISSING, Filter
from integrations.services.mapping_marks import Marking
from integrations.services.mapping_rows import LABELS, Row, Table, all_rows

ROWS = 50


@dataclass(frozen=True)
class Tab:
    """A table, and how many of its rows somebody has to look at."""

    table: str
    label: str | Promise
    missing: int


class MappingPage:
    """One table as the address asks for it; `data` is what was posted."""

    def __init__(self, connection: AfasConnection, query: Any, data: Any = None) -> None:
        self.connection, self.query, self.data = connection, query, data
        asked = query.get("table", "")
        self.table = Table(asked) if asked in set(Table) else Table.ACTIVITIES
        self.filter = Filter(
            show=query.get("show", ""), q=query.get("q", ""), key=query.get("row", "")
        )

    @property
    def label(self) -> str | Promise:
        """What the table is called."""
        return LABELS[self.table]

    @cached_property
    def everything(self) -> dict[str, list[Row]]:
        """Every row of every table."""
        return all_rows(self.connection)

    @property
    def tabs(self) -> list[Tab]:
        """All tables."""
        counts = mapping.counts_of(self.everything)
        return [Tab(table.value, LABELS[table], counts[table]) for table in Table]

    @cached_property
    def matching(self) -> list[Row]:
        """The rows that match, on every page."""
        return self.filter.rows(self.everything[self.table])

    @cached_property
    def page(self) -> Page[Row]:
        """The rows of the page that the address asks for."""
        return Paginator(self.matching, ROWS).get_page(self.query.get("page"))

    @property
    def counts(self) -> dict[str, int]:
        """How many rows there are of each choice of `show`, with what is looked for."""
        return {
            show or "all": len(self._shown(show).rows(self.everything[self.table]))
            for show in ("", EMPTY, MISSING)
        }

    def _shown(self, show: str) -> Filter:
        return Filter(show=show, q=self.filter.q, key=self.filter.key)

    @property
    def is_narrowed(self) -> bool:
        """Whether a filter hides rows."""
        return bool(self.filter.show or self.filter.q or self.filter.key)

    @cached_property
    def rows(self) -> list[Row]:
        """The rows in the form: those that were posted, else those of the page."""
        if self.data is None:
            return list(self.page.object_list)
        posted = set(keys_in(self.data))
        return [row for row in self.everything[self.table] if row.key in posted]

    @property
    def gone(self) -> int:
        """How many of the rows that were posted are not there (any more)."""
        return len(set(keys_in(self.data))) - len(self.rows)

    @cached_property
    def form(self) -> MappingForm:
        """The rows with their boxes."""
        return MappingForm(
            self.data,
            table=self.table,
            rows=self.rows,
            marking=Marking(self.connection, self.table),
            proposed=self.proposed,
        )

    @cached_property
    def proposed(self) -> Mapping[str, Mapping[str, str]]:
        """What AFAS's list suggests for VAT, when that was asked for."""
        if self.data is not None or not self.suggests or "suggest" not in self.query:
            return {}
        return mapping.suggestions(self.connection, self.rows)

    @property
    def suggests(self) -> bool:
        """Whether AFAS's list may suggest something for this table."""
        return self.table == Table.VAT and self._reads(self.connection.vat_connector)

    @property
    def has_lists(self) -> bool:
        """Whether AFAS has lists of these codes; of cost centres and projects we read none."""
        return self.table != Table.PROJECTS

    @property
    def wants_cost_centres(self) -> bool:
        """Whether a project without a cost centre cannot be booked."""
        return any(row.needs for row in self.rows) and self.table == Table.PROJECTS

    @property
    def lists(self) -> list[tuple[str, str]]:
        """The lists to pick from that AFAS gives: the id in the page, and its name."""
        found = [
            ("afas-accounts", "accounts", self.connection.account_connector),
            ("afas-vat-codes", "vat-codes", self.connection.vat_connector),
        ]
        return [(one, name) for one, name, connector in found if self._reads(connector)]

    @property
    def may_pick_items(self) -> bool:
        """Whether AFAS gives a list of items to pick from."""
        return self._reads(self.connection.item_connector)

    def _reads(self, connector: str) -> bool:
        return granting.may_read(self.connection, connector)
