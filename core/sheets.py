"""Tables as spreadsheets write and read them: CSV with a mark of its encoding, and its oddities."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from django.utils.translation import gettext as _

from core.errors import DomainError

# A cell that starts with one of these is a formula to a spreadsheet.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
DELIMITERS = (";", ",", "\t")
BYTE_ORDER = (b"\xff\xfe", b"\xfe\xff")


class _Echo:
    """A file for the csv module that hands back each line."""

    def write(self, line: str) -> str:
        """Return `line`."""
        return line


def lines(rows: Iterable[Sequence[str]], delimiter: str) -> Iterator[str]:
    """Rows as lines of CSV, the first with the mark by which a spreadsheet knows UTF-8."""
    writer = csv.writer(_Echo(), delimiter=delimiter)
    mark = "\ufeff"
    for row in rows:
        yield mark + str(writer.writerow(row))
        mark = ""


def harmless(cell: str) -> str:
    """A cell that no spreadsheet runs as a formula; a negative number stays a number."""
    if not cell.startswith(FORMULA) or _is_number(cell):
        return cell
    return f"'{cell}"


def meant(cell: str) -> str:
    """What a cell says: without the mark of `harmless`, and trimmed."""
    text = cell.replace("\u00a0", " ").strip()
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA) else text


def rows_of(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """The rows of a file as a spreadsheet saves it, each with the number of its line.

    Rows with nothing in them are left out, as is Excel's "sep=;". Cells are as `meant`. Raises
    DomainError for what is no such file.
    """
    text = _decoded(content)
    first = text.split("\n", 1)[0]
    delimiter = _delimiter(first)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row in reader:
            cells = [meant(cell) for cell in row]
            if any(cells) and not (reader.line_num == 1 and _says_delimiter(first)):
                yield reader.line_num, cells
    except csv.Error:
        raise _unreadable() from None


def _decoded(content: bytes) -> str:
    """The text: UTF-8, or what older spreadsheets write on Windows."""
    if b"\x00" in content and not content.startswith(BYTE_ORDER):
        raise _unreadable()
    for encoding in ("utf-16",) if content.startswith(BYTE_ORDER) else ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _unreadable()


def _unreadable() -> DomainError:
    return DomainError(
        _("This file is no CSV that can be read. Save it in your spreadsheet as “CSV UTF-8”.")
    )


def _delimiter(first: str) -> str:
    """What parts the cells: as the file itself says, or what stands oftenest in its first line."""
    if _says_delimiter(first):
        return first.strip()[4:5]
    return max(DELIMITERS, key=first.count)


def _says_delimiter(first: str) -> bool:
    text = first.strip().lower()
    return text.startswith("sep=") and text[4:5] in DELIMITERS


def _is_number(cell: str) -> bool:
    return cell[1:].replace(".", "").replace(",", "").isdecimal() and cell[0] == "-"
