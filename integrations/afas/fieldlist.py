"""AFAS's own list of the fields we write: fieldlist.json, with its source and date inside.

Made from AFAS's published schemas by `python -m tests.contract.published`; a contract test compares
the two. Lengths are asked here, so that no length stands in our code.
"""

from __future__ import annotations

from pathlib import Path

import msgspec


class Field(msgspec.Struct, frozen=True):
    """One field of an AFAS object: its type, and what limits its value."""

    type: str
    length: int | None = None
    enum: tuple[str, ...] = ()
    decimals: int | None = None
    required: bool = False


class FieldList(msgspec.Struct, frozen=True):
    """The fields of each object that we write, by AFAS's codes."""

    source: str
    date: str
    objects: dict[str, dict[str, Field]]


PUBLISHED = msgspec.json.decode(
    Path(__file__).with_name("fieldlist.json").read_bytes(), type=FieldList
)


def length(name: str, code: str) -> int:
    """How long a text may be, in UTF-16 units; KeyError when AFAS has no such field."""
    return PUBLISHED.objects[name][code].length or 0


def decimals(name: str, code: str) -> int:
    """How many digits a fraction may have."""
    return PUBLISHED.objects[name][code].decimals or 0


def codes(name: str, code: str) -> tuple[str, ...]:
    """The values that AFAS knows; empty when any will do."""
    return PUBLISHED.objects[name][code].enum
