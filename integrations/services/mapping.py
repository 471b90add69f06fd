"""The mapping: which code of AFAS stands for what of ours, and what still lacks one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from integrations.models import AfasConnection
from integrations.services.ledger_checks import Ledger
from integrations.services.mapping_rows import Row, all_rows
from integrations.services.mapping_vat import suggested

MISSING, EMPTY = "missing", "empty"


@dataclass(frozen=True, kw_only=True)
class Filter:
    """Which rows to see: `show` is "missing", "empty" or all; `q` is looked for in names and codes;
    `key` is that of one row."""

    show: str = ""
    q: str = ""
    key: str = ""

    def rows(self, rows: Iterable[Row]) -> list[Row]:
        """Those that match; what is archived only when it is looked for."""
        return [row for row in rows if self._finds(row) and self._shows(row)]

    def _finds(self, row: Row) -> bool:
        if self.key:
            return row.key == self.key
        if not self.q.strip():
            return row.is_listed
        text = " ".join((row.label, row.detail, *row.values.values())).casefold()
        return all(word in text for word in self.q.casefold().split())

    def _shows(self, row: Row) -> bool:
        if self.show == MISSING:
            return row.is_missing
        return row.is_empty if self.show == EMPTY else True


def missing_counts(connection: AfasConnection) -> dict[str, int]:
    """By table: how many rows lack a code without which something in use cannot be invoiced or
    booked. Nothing before an administration is chosen."""
    if connection.administration is None:
        return {}
    return counts_of(all_rows(connection))


def counts_of(rows: dict[str, list[Row]]) -> dict[str, int]:
    """The same, of rows that were read already."""
    return {table: sum(row.is_missing for row in rows[table]) for table in rows}


def suggestions(connection: AfasConnection, rows: Iterable[Row]) -> dict[str, dict[str, str]]:
    """By the key of a row of VAT: what AFAS's list suggests for its empty columns."""
    ledger, found = Ledger(connection), {}
    for row in rows:
        fits = suggested(ledger, row.of, row.values["code"])
        new = {name: code for name, code in fits.items() if code and not row.values[name]}
        if new:
            found[row.key] = new
    return found
