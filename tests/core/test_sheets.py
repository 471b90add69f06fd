"""CSV as spreadsheets write it: marks, separators, encodings, and cells that look like formulas."""

from __future__ import annotations

import pytest

from core import sheets
from core.errors import DomainError


def read(content: bytes | str) -> list[tuple[int, list[str]]]:
    return list(sheets.rows_of(content.encode() if isinstance(content, str) else content))


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfkey;name\r\n1;Caf\xc3\xa9\r\n",
        b"key,name\n1,Caf\xc3\xa9\n",
        b"key;name\r\n1;Caf\xe9\r\n",
        "key\tname\r\n1\tCafé\r\n".encode("utf-16"),
        b"sep=;\r\nkey;name\r\n1;Caf\xc3\xa9\r\n",
        b'sep=,\r\n"key","name"\r\n"1","Caf\xc3\xa9"\r\n',
    ],
)
def test_a_file_reads_the_same_however_a_spreadsheet_saved_it(content: bytes) -> None:
    assert [cells for _line, cells in read(content)] == [["key", "name"], ["1", "Café"]]


def test_lines_are_numbered_as_a_person_counts_them_and_empty_ones_are_left_out() -> None:
    found = read("key;name\n\n1;two\n;;\n3;four\n")
    assert found == [(1, ["key", "name"]), (3, ["1", "two"]), (5, ["3", "four"])]


def test_a_comma_within_a_name_is_no_separator() -> None:
    assert read("key;name\n1;Vlier, Eik en Zn.\n")[1] == (2, ["1", "Vlier, Eik en Zn."])


@pytest.mark.parametrize("cell", ["=1+1", "+31", "@name", "-name", "\tname"])
def test_what_looks_like_a_formula_is_made_harmless_and_read_back(cell: str) -> None:
    assert sheets.harmless(cell) == f"'{cell}"
    assert sheets.meant(sheets.harmless(cell)) == cell


@pytest.mark.parametrize(
    ("cell", "meant"), [("'t Hof", "'t Hof"), (" 8000\u00a0", "8000"), ("-1,5", "-1,5")]
)
def test_other_cells_are_only_trimmed(cell: str, meant: str) -> None:
    assert sheets.harmless(cell) == cell
    assert sheets.meant(cell) == meant


@pytest.mark.parametrize("content", [b"PK\x03\x04\x00\x00", b"\xff\xfe\x00", b"a" * 200_000])
def test_what_is_no_csv_is_refused_in_a_sentence(content: bytes) -> None:
    with pytest.raises(DomainError, match="no CSV"):
        read(content)


def test_what_is_written_begins_with_the_mark_of_utf_8() -> None:
    written = "".join(sheets.lines([["key", "a;b"], ["1", "é"]], ";"))
    assert written == '\ufeffkey;"a;b"\r\n1;é\r\n'
    assert read(written)[0] == (1, ["key", "a;b"])
