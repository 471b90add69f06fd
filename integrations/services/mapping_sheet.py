"""A table of the mapping as a spreadsheet: written, filled in elsewhere, and read back.

Columns are known by their heads in any of our languages. The column of keys says which row is
meant; the name beside it is for the eye, and what stands there is not read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, override

from core import sheets
from core.errors import DomainError, FieldsError
from integrations.models import AfasConnection
from integrations.services.item_settings import KINDS
from integrations.services.mapping_rows import COLUMNS, LABELS, Row, rows_of
from integrations.services.mapping_saving import Edit, check_rows

MOST_BYTES = 2_000_000
MOST_LINES = 20_000
KEY = gettext_lazy("Key")
DETAIL = gettext_lazy("Remark")
Line = tuple[int, list[str]]


@dataclass(frozen=True)
class Wrong:
    """What is wrong on a line of the file, in a sentence."""

    line: int
    sentence: str


@dataclass(frozen=True)
class Change:
    """One cell that would change: what its column is called, and what stands in it."""

    label: str
    before: str
    after: str


class SheetError(DomainError):
    """A file that cannot be taken, with every line that is wrong; nothing was saved."""

    def __init__(self, wrong: list[Wrong]) -> None:
        count = len(wrong)
        super().__init__(
            ngettext(
                "Nothing was saved: %(count)s thing in the file needs another look.",
                "Nothing was saved: %(count)s things in the file need another look.",
                count,
            )
            % {"count": count}
        )
        self.wrong = sorted(wrong, key=lambda one: one.line)


def sheet_of(table: str, rows: Iterable[Row]) -> list[list[str]]:
    """The head and a line for each row, in the reader's language."""
    columns = COLUMNS[table]
    head = [str(KEY), str(LABELS[table]), str(DETAIL), *(str(one.label) for one in columns)]
    kinds = {code: str(label) for code, label in KINDS}
    lines = [
        [row.key, row.label, row.detail, *(_shown(one.name, row.values, kinds) for one in columns)]
        for row in rows
    ]
    return [head, *([sheets.harmless(cell) for cell in line] for line in lines)]


def changes_of(table: str, edit: Edit) -> list[Change]:
    """What an edit changes, cell by cell, in the reader's language."""
    kinds = {code: str(label) for code, label in KINDS}
    return [
        Change(
            str(column.label),
            _shown(column.name, edit.row.values, kinds),
            _shown(column.name, edit.values, kinds),
        )
        for column in COLUMNS[table]
        if column.name in edit.changed
    ]


def _shown(name: str, values: Mapping[str, str], kinds: Mapping[str, str]) -> str:
    return kinds.get(values[name], values[name]) if name == "kind" else values[name]


def read_sheet(*, connection: AfasConnection, table: str, content: bytes) -> list[Edit]:
    """What a file would change; nothing is saved.

    Raises SheetError with every line that is wrong, DomainError for what is no such file.
    """
    if len(content) > MOST_BYTES:
        raise DomainError(_("The file is too large: at most 2 MB are read."))
    lines = iter(sheets.rows_of(content))
    head = next(lines, None)
    if head is None:
        raise DomainError(_("The file is empty. Download the table first and fill it in."))
    names = _names(table, head)
    return _Reading(connection, table, names).read(lines)


def _names(table: str, head: Line) -> list[str]:
    """What each column of the file is: "key", a column of the table, or empty when not read."""
    known = _heads(table)
    number, cells = head
    while cells and not cells[-1]:
        cells.pop()
    unknown = [cell for cell in cells if cell.casefold() not in known]
    wrong = [Wrong(number, _unknown_column(table, cell)) for cell in unknown]
    names = [known.get(cell.casefold(), "") for cell in cells]
    both = zip(names, cells, strict=True)
    twice = [cell for name, cell in both if name and names.count(name) > 1]
    if twice:
        sentence = _("These columns are the same one, so nobody knows which counts: %(columns)s.")
        wrong.append(Wrong(number, sentence % {"columns": ", ".join(twice)}))
    if "key" not in names:
        sentence = _("The column “%(key)s” is missing; without it nobody knows which row is meant.")
        wrong.append(Wrong(number, sentence % {"key": KEY}))
    if wrong:
        raise SheetError(wrong)
    return names


def _unknown_column(table: str, cell: str) -> str:
    labels = ", ".join(str(column.label) for column in COLUMNS[table])
    return _("There is no column “%(cell)s”. These can be filled in: %(labels)s.") % {
        "cell": cell[:40] or "–",
        "labels": labels,
    }


def _heads(table: str) -> dict[str, str]:
    """The name of a column by its head in small letters, in every language."""
    labels: list[tuple[str, str | Promise]] = [
        *((column.name, column.label) for column in COLUMNS[table]),
        *(("key", KEY), ("", DETAIL), ("", LABELS[table])),
    ]
    found = {column.name: column.name for column in COLUMNS[table]}
    for language, _name in settings.LANGUAGES:
        with override(language):
            found |= {str(label).casefold(): name for name, label in labels}
    return found


def _kinds() -> dict[str, str]:
    """AFAS's code of a kind of item by its name in small letters, in every language."""
    found = {code: code for code, _label in KINDS}
    for language, _name in settings.LANGUAGES:
        with override(language):
            found |= {str(label).casefold(): code for code, label in KINDS}
    return found


class _Reading:
    """Reads the lines below the head."""

    def __init__(self, connection: AfasConnection, table: str, names: list[str]) -> None:
        self.connection, self.table, self.names = connection, table, names
        self.rows = {row.key: row for row in rows_of(connection, table)}
        self.kinds = _kinds()
        self.wanted: dict[str, dict[str, str]] = {}
        self.lines: dict[str, int] = {}
        self.wrong: list[Wrong] = []

    def read(self, lines: Iterator[Line]) -> list[Edit]:
        """What would change; raises SheetError."""
        for number, cells in lines:
            if len(self.wanted) >= MOST_LINES:
                raise DomainError(_("The file has too many lines: at most 20,000 are read."))
            self._take(number, cells)
        try:
            edits = check_rows(connection=self.connection, table=self.table, wanted=self.wanted)
        except FieldsError as error:
            self.wrong += self._on_lines(error.errors)
        if self.wrong:
            raise SheetError(self.wrong)
        return edits

    def _take(self, number: int, cells: list[str]) -> None:
        if any(cells[len(self.names) :]):
            self._refuse(number, _("This line has more columns than the head of the file."))
            return
        named = dict(zip(self.names, cells, strict=False))
        key = named.pop("key", "")
        named.pop("", None)
        if key not in self.rows:
            self._refuse(number, self._unknown_row(key))
        elif key in self.wanted:
            first = self.lines[key]
            sentence = _("“%(key)s” stands in the file already, on line %(line)s.")
            self._refuse(number, sentence % {"key": key, "line": first})
        else:
            self.lines[key] = number
            self.wanted[key] = self._values(number, named)

    def _values(self, number: int, named: dict[str, str]) -> dict[str, str]:
        kind = named.get("kind", "")
        if kind and kind.casefold() not in self.kinds:
            names = ", ".join(str(label) for _code, label in KINDS)
            sentence = _("There is no kind of item “%(kind)s”. There are: %(names)s.")
            self._refuse(number, sentence % {"kind": kind[:40], "names": names})
        return named | ({"kind": self.kinds.get(kind.casefold(), "")} if kind else {})

    def _refuse(self, number: int, sentence: str) -> None:
        self.wrong.append(Wrong(number, sentence))

    def _unknown_row(self, key: str) -> str:
        if not key:
            return _("This line has no key, so nobody knows which row is meant.")
        return _("There is no row “%(key)s” in this table. Download it again.") % {"key": key[:60]}

    def _on_lines(self, errors: Mapping[str, str]) -> list[Wrong]:
        by_field = {
            f"{key}-{column.name}": (line, column, self.rows[key])
            for key, line in self.lines.items()
            for column in COLUMNS[self.table]
        }
        found = []
        for name, sentence in errors.items():
            line, column, row = by_field[name]
            found.append(Wrong(line, f"{row.label}, {column.label}: {sentence}"))
        return found
