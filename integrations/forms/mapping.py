"""The rows of a page of the mapping as one form, with what is set for all that are ticked."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from integrations.forms.connection import CODE
from integrations.services.item_settings import KINDS
from integrations.services.mapping_marks import Mark, Marking
from integrations.services.mapping_rows import BY_VAT, COLUMNS, Column, Row, Table

LONGEST_TYPED = 80
"""More than AFAS takes, so that what is too long is answered with our own sentence."""
SEEN, BULK = "-seen", "bulk"


@dataclass(frozen=True)
class Cell:
    """A box, under the name of its column."""

    name: str
    label: str | Promise
    box: forms.BoundField
    lacks: bool = False
    proposed: bool = False


@dataclass(frozen=True)
class Line:
    """A row with its boxes; `seen` is what it held when it was shown."""

    row: Row
    cells: list[Cell]
    seen: str
    mark: Mark
    ticked: bool

    @property
    def errors(self) -> list[Cell]:
        """The boxes with something wrong."""
        return [cell for cell in self.cells if cell.box.errors]


class MappingForm(forms.Form):
    """The rows of one page. `proposed` values stand in the boxes and are not saved yet."""

    def __init__(
        self,
        data: Any = None,
        *,
        table: str,
        rows: Iterable[Row],
        marking: Marking,
        proposed: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        self.table, self.rows, self.marking = table, list(rows), marking
        self.proposed = proposed or {}
        self.columns = COLUMNS[table]
        initial = {
            f"{row.key}-{name}": self.proposed.get(row.key, {}).get(name) or value
            for row in self.rows
            for name, value in row.values.items()
        }
        super().__init__(data, initial=initial)
        for row in self.rows:
            for column in self.columns:
                field = _field(table, column, _placeholder(row, column.name))
                self.fields[f"{row.key}-{column.name}"] = field
        for column in self.columns:
            self.fields[f"{BULK}-{column.name}"] = _field(table, column, "")

    @property
    def lines(self) -> list[Line]:
        """The rows with their boxes."""
        ticked = set(self.ticked)
        return [self._line(row, ticked) for row in self.rows]

    def _line(self, row: Row, ticked: set[str]) -> Line:
        proposed = self.proposed.get(row.key, {})
        lacks = row.lacks if row.is_missing else []
        cells = [
            Cell(
                column.name,
                column.label,
                self[f"{row.key}-{column.name}"],
                column.name in lacks,
                column.name in proposed,
            )
            for column in self.columns
        ]
        mark = self.marking.mark(row)
        seen = json.dumps([row.values[column.name] for column in self.columns])
        return Line(row, cells, seen, mark, row.key in ticked)

    @property
    def bulk(self) -> list[forms.BoundField]:
        """The boxes for all that are ticked."""
        return [self[f"{BULK}-{column.name}"] for column in self.columns]

    @property
    def wanted(self) -> dict[str, dict[str, str]]:
        """What was filled in, by the key of the row."""
        given = self.cleaned_data
        return {
            row.key: {one.name: given[f"{row.key}-{one.name}"] for one in self.columns}
            for row in self.rows
        }

    @property
    def seen(self) -> dict[str, dict[str, str]]:
        """What the rows held when they were shown; a row without is as it is now."""
        return {row.key: self._seen(row) for row in self.rows}

    def _seen(self, row: Row) -> dict[str, str]:
        names = [column.name for column in self.columns]
        try:
            values = json.loads(self.data.get(f"{row.key}{SEEN}", ""))
            return {name: str(value) for name, value in zip(names, values, strict=True)}
        except (ValueError, TypeError):
            return dict(row.values)

    @property
    def for_ticked(self) -> dict[str, str]:
        """What was filled in for all that are ticked; empty boxes change nothing."""
        given = {one.name: self.cleaned_data[f"{BULK}-{one.name}"] for one in self.columns}
        return {name: value for name, value in given.items() if value}

    @property
    def ticked(self) -> list[str]:
        """The keys that are ticked on this page."""
        data: Any = self.data
        return list(data.getlist("tick")) if self.is_bound else []


def keys_in(data: Any) -> list[str]:
    """The keys of the rows that a form was shown with."""
    return [name.removesuffix(SEEN) for name in data if name.endswith(SEEN)]


def _placeholder(row: Row, name: str) -> str:
    """What stands in an empty box: what the row gets otherwise, or that it lacks something."""
    if row.is_missing and name in row.lacks:
        return _("missing")
    code = row.otherwise.get(name, "")
    return _("by VAT rate") if code == BY_VAT else code


def _field(table: str, column: Column, placeholder: str) -> forms.Field:
    label: Any = column.label
    if column.name == "kind":
        return forms.ChoiceField(label=label, required=False, choices=[("", "–"), *KINDS])
    attrs = {**CODE, "placeholder": placeholder, "list": _list_of(table, column.name)}
    return forms.CharField(
        label=label,
        required=False,
        max_length=LONGEST_TYPED,
        error_messages={"max_length": _("At most %(limit_value)s signs can be read.")},
        widget=forms.TextInput(attrs={name: value for name, value in attrs.items() if value}),
    )


def _list_of(table: str, name: str) -> str:
    """Which list of AFAS's codes belongs to a box."""
    if name == "code":
        return "afas-vat-codes" if table == Table.VAT else "afas-items"
    return "afas-accounts" if name in {"account", "revenue_account"} else ""
