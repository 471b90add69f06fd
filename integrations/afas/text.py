"""Text and numbers as AFAS can keep them."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

ELLIPSIS = "…"


def units(text: str) -> int:
    """The length as AFAS counts it: UTF-16 units, in which an emoji is two."""
    return len(text.encode("utf-16-le")) // 2


def one_line(text: str) -> str:
    """The text on one line: no control characters, no broken ones, single spaces."""
    return " ".join("".join(map(_printable, text)).split())


def lines(text: str) -> str:
    """The text with its line breaks and nothing else that cannot be printed."""
    return "\n".join(one_line(line) for line in text.strip().splitlines())


def cut(text: str, limit: int) -> str:
    """At most `limit` units, an ellipsis in place of the rest; an accent stays on its letter."""
    if units(text) <= limit:
        return text
    end = min(len(text), limit)
    while end and (units(text[:end]) > limit - 1 or _leans_back(text[end])):
        end -= 1
    return text[:end].rstrip() + ELLIPSIS


def exact(number: Decimal, places: int) -> msgspec.Raw:
    """A Decimal as a JSON number, digit for digit; ValueError beyond `places` decimals."""
    if number and number.adjusted() < -places:
        raise ValueError("smaller than the last decimal")
    whole, point, fraction = format(number or Decimal(0), "f").partition(".")
    if fraction[places:].strip("0"):
        raise ValueError("too many decimals")
    return msgspec.Raw(f"{whole}{point}{fraction[:places]}".encode())


def _printable(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cs" or character in "\ufffe\uffff":
        return "\ufffd"
    return " " if category == "Cc" else character


def _leans_back(character: str) -> bool:
    return character == "\u200d" or unicodedata.category(character) in ("Mn", "Mc", "Me")


def cell(row: Mapping[str, Any], column: str) -> str:
    """The text in a column of a row, on one line and trimmed; empty when there is none."""
    value = row.get(column) if column else None
    return "" if value is None else " ".join(str(value).split())
