"""Which rows a get connector answers: AFAS's filters, order and pages.

A filter is a list of alternatives; each alternative is a list of conditions that all must hold.
"""

import json
import logging
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cmp_to_key
from typing import Any

from sandbox import sentences
from sandbox.sentences import Refusal
from sandbox.store import Words

log = logging.getLogger("sandbox")

Row = dict[str, Any]
DEFAULT_TAKE = 100
WORD = re.compile(r"[A-Za-z0-9 ./:+-]+")  # means nothing to JSON, and to LIKE
MOST_WORDS = 8  # more are not faster than looking at every record


@dataclass(frozen=True)
class Column:
    """One column of a get connector, as metainfo describes it."""

    name: str
    type: str  # string | int | decimal | boolean | date
    label: str
    length: int = 0


@dataclass(frozen=True)
class Condition:
    """One column compared with one value by one of AFAS's numbered operators."""

    column: Column
    operator: str
    value: str

    def holds(self, row: Row) -> bool:
        """Whether this row passes. An empty field passes only "is empty", as in SQL."""
        held = row[self.column.name]
        if self.operator in EMPTINESS:
            return EMPTINESS[self.operator](held)
        if held is None:
            return False
        if self.operator in COMPARISONS:
            wanted = _comparable(self.value, self.column)
            return COMPARISONS[self.operator](_order(_comparable(held, self.column), wanted))
        return TEXT_TESTS[self.operator](str(held).casefold(), self.value.strip("%").casefold())


EMPTINESS: dict[str, Callable[[Any], bool]] = {
    "8": lambda held: held is None,
    "9": lambda held: held is not None,
}
COMPARISONS: dict[str, Callable[[int], bool]] = {
    "1": lambda order: order == 0,
    "2": lambda order: order >= 0,
    "3": lambda order: order <= 0,
    "4": lambda order: order > 0,
    "5": lambda order: order < 0,
    "7": lambda order: order != 0,
}
# Clients put % around or after the value, or send it bare; AFAS answers the same to both.
TEXT_TESTS: dict[str, Callable[[str, str], bool]] = {
    "6": lambda held, value: value in held,
    "10": lambda held, value: held.startswith(value),
    "11": lambda held, value: value not in held,
    "12": lambda held, value: not held.startswith(value),
    "13": lambda held, value: held.endswith(value),
    "14": lambda held, value: not held.endswith(value),
    "15": lambda held, value: value in held,
}
OPERATORS = EMPTINESS.keys() | COMPARISONS.keys() | TEXT_TESTS.keys()


def select(
    rows: list[Row], columns: Mapping[str, Column], query: Mapping[str, str], call: int
) -> tuple[int, int, list[Row]]:
    """The page that a query string asks for: `skip`, `take` and its rows.

    `columns` by lower-case name. `call` numbers the calls: without an order the rows come in
    another order each time, as AFAS may do. Raises Refusal.
    """
    skip, take = _page(query)
    alternatives = _alternatives(columns, query)
    if alternatives:
        rows = [row for row in rows if any(all(c.holds(row) for c in a) for a in alternatives)]
    rows = _ordered(rows, columns, query.get("orderbyfieldids", ""), call)
    if (skip, take) == (-1, -1):
        return skip, take, rows
    return skip, take, rows[skip : skip + max(take, 1)]  # take=0 gave one row when it was tried


def words(columns: Mapping[str, Column], query: Mapping[str, str]) -> Words:
    """Words of which a passing row holds one in its text; none where that cannot be said.

    So a list need not look at every record for the one that is asked. Raises Refusal.
    """
    alternatives = _alternatives(columns, query)
    found = [next(filter(None, map(_word, conditions)), "") for conditions in alternatives]
    return tuple(found) if all(found) and len(found) <= MOST_WORDS else ()


def _word(condition: Condition) -> str:
    if condition.column.type != "string" or condition.operator not in ("1", "6"):
        return ""
    word = condition.value.strip("%") if condition.operator == "6" else condition.value
    return word if WORD.fullmatch(word) else ""


def _page(query: Mapping[str, str]) -> tuple[int, int]:
    try:
        skip, take = int(query.get("skip", 0)), int(query.get("take", DEFAULT_TAKE))
    except ValueError:
        raise Refusal(sentences.UNEXPECTED_ERROR) from None
    if (skip < 0 or take < 0) and (skip, take) != (-1, -1):
        raise Refusal(sentences.UNEXPECTED_ERROR)
    return skip, take


def _column(columns: Mapping[str, Column], name: str) -> Column:
    if name.lower() not in columns:
        raise Refusal(sentences.UNKNOWN_FIELD, name)
    return columns[name.lower()]


def _alternatives(columns: Mapping[str, Column], query: Mapping[str, str]) -> list[list[Condition]]:
    if query.get("filterjson"):
        return _from_json(columns, query["filterjson"])
    if query.get("filterfieldids"):
        return _from_lists(columns, query)
    return []


def _from_lists(columns: Mapping[str, Column], query: Mapping[str, str]) -> list[list[Condition]]:
    """`,` is AND and binds tighter than `;`, OR; the three lists must have the same shape.

    AFAS does not say which binds tighter, and clients disagree: who mixes them is warned.
    """
    if {",", ";"} <= set(query["filterfieldids"]):
        log.warning("A filter mixes , and ; and AFAS may read it otherwise: use filterjson.")
    fields, values, operators = (
        [part.split(",") for part in query.get(name, "").split(";")]
        for name in ("filterfieldids", "filtervalues", "operatortypes")
    )
    shape = [len(part) for part in fields]
    if shape != [len(part) for part in values] or shape != [len(part) for part in operators]:
        raise Refusal(sentences.UNEXPECTED_ERROR)
    return [
        [_condition(columns, *triple) for triple in zip(*parts, strict=True)]
        for parts in zip(fields, operators, values, strict=True)
    ]


def _from_json(columns: Mapping[str, Column], text: str) -> list[list[Condition]]:
    try:
        filters = _listed(json.loads(text)["Filters"]["Filter"])
        return [
            [
                _condition(columns, f["@FieldId"], str(f["@OperatorType"]), str(f.get("#text", "")))
                for f in _listed(part["Field"])
            ]
            for part in filters
        ]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Refusal(sentences.UNEXPECTED_ERROR) from None


def _listed(part: Any) -> list[Any]:
    return part if isinstance(part, list) else [part]


def _condition(columns: Mapping[str, Column], name: str, operator: str, value: str) -> Condition:
    if operator.strip() not in OPERATORS:
        raise Refusal(sentences.UNEXPECTED_ERROR)
    condition = Condition(_column(columns, name.strip()), operator.strip(), value)
    if condition.operator in COMPARISONS:
        _comparable(value, condition.column)  # a value of the wrong type is refused at once
    return condition


def _comparable(value: Any, column: Column) -> Any:
    """A value that can be ordered: text without regard to case, numbers as numbers."""
    if column.type == "boolean":
        return _truth(value, column.name)
    if column.type in ("int", "decimal"):
        try:
            return Decimal(str(value))
        except InvalidOperation:
            raise Refusal(sentences.TYPE_MISMATCH, column.name) from None
    text = str(value)
    return text.removesuffix("Z") if column.type == "date" else text.casefold()


def _truth(value: Any, name: str) -> bool:
    text = str(value).lower()
    if text not in ("true", "1", "false", "0"):
        raise Refusal(sentences.TYPE_MISMATCH, name)
    return text in ("true", "1")


def _order(one: Any, other: Any) -> int:
    return (one > other) - (one < other)


def _ordered(rows: list[Row], columns: Mapping[str, Column], names: str, call: int) -> list[Row]:
    if not names:
        mixed = list(rows)
        random.Random(call).shuffle(mixed)  # noqa: S311 - repeatable disorder, no secret
        return mixed
    wanted = [
        (_column(columns, name.strip().removeprefix("-")), name.strip().startswith("-"))
        for name in names.split(",")
    ]

    def compare(one: Row, other: Row) -> int:
        for column, descending in wanted:
            order = _order(_sort_key(one, column), _sort_key(other, column))
            if order:
                return -order if descending else order
        return 0

    return sorted(rows, key=cmp_to_key(compare))


def _sort_key(row: Row, column: Column) -> tuple[bool, Any]:
    held = row[column.name]
    if held is None:
        return (False, "")
    return (True, _comparable(held, column))
