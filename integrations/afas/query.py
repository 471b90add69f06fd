"""What to ask of a GetConnector: conditions, order and page, as AFAS's filterjson."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import IntEnum
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

import msgspec

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
LONGEST_QUERY = 2049
"""Characters from the question mark on; AFAS answers 404 to more (page *get-connector*)."""

Value = str | int | bool | Decimal | date | datetime | None


class Operator(IntEnum):
    """AFAS's filter operators (page *get-connector*)."""

    EQ = 1
    GE = 2
    LE = 3
    GT = 4
    LT = 5
    CONTAINS = 6
    NE = 7
    EMPTY = 8
    NOT_EMPTY = 9
    STARTS = 10
    CONTAINS_NOT = 11
    STARTS_NOT = 12
    ENDS = 13
    ENDS_NOT = 14
    QUICK = 15


@dataclass(frozen=True)
class Condition:
    """One comparison of a column; EMPTY and NOT_EMPTY need no value."""

    field: str
    operator: Operator
    value: Value = None


class QueryTooLong(ValueError):  # noqa: N818 - as in errors.py
    """The conditions do not fit into one URL: ask in smaller portions."""


@dataclass(frozen=True)
class AnyOf:
    """Rows that meet every condition of at least one of these groups."""

    groups: Sequence[Sequence[Condition]]

    def and_also(self, condition: Condition) -> AnyOf:
        """The same rows, as far as they meet this condition too."""
        return AnyOf([[*group, condition] for group in self.groups])


def all_of(where: Sequence[Condition] | AnyOf) -> AnyOf:
    """A plain list of conditions holds together: one group."""
    return where if isinstance(where, AnyOf) else AnyOf([where])


def query(
    where: Sequence[Condition] | AnyOf, *, order_by: str, take: int, all_rows: bool = False
) -> str:
    """The query string, with its question mark; a plain list of conditions holds together.

    Always from the first row: a later page is another condition, never a skip, because rows that
    vanish between two pages would push others over the edge unseen. `all_rows` asks for everything
    at once. Raises QueryTooLong.
    """
    parts = {"skip": "-1", "take": "-1"} if all_rows else {"skip": "0", "take": str(take)}
    if order_by:
        parts["orderbyfieldids"] = order_by
    groups = all_of(where).groups
    if any(groups):
        parts["filterjson"] = filterjson(groups)
    text = "?" + urlencode(parts, quote_via=quote)
    if len(text) > LONGEST_QUERY:
        raise QueryTooLong(f"{len(text)} characters, AFAS accepts {LONGEST_QUERY}")
    return text


def filterjson(groups: Sequence[Sequence[Condition]]) -> str:
    """The conditions in AFAS's JSON form, the only one in which a value may hold a comma.

    A row is wanted when it meets every condition of at least one group.
    """
    filters = [
        {"@FilterId": f"F{number}", "Field": [_field(condition) for condition in group]}
        for number, group in enumerate(groups, start=1)
    ]
    return msgspec.json.encode({"Filters": {"Filter": filters}}).decode()


def _field(condition: Condition) -> dict[str, str]:
    return {
        "@FieldId": condition.field,
        "@OperatorType": str(int(condition.operator)),
        "#text": as_text(condition.value),
    }


def as_text(value: Value) -> str:
    """A value as AFAS compares it: local Amsterdam time without Z, a point in decimals."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime():
            local = value.astimezone(AMSTERDAM) if value.tzinfo else value
            return local.replace(tzinfo=None).isoformat(timespec="seconds")
        case date():
            return value.isoformat()
        case Decimal():
            return format(value, "f")
    return str(value)
