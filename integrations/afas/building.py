"""What every body that we send is built of: codes that fit, text that is cut, exact numbers."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from integrations.afas import fieldlist
from integrations.afas.text import cut, exact, one_line, units

LONGEST_REFERENCE = 12


class CannotBuild(ValueError):  # noqa: N818 - as in errors.py
    """A value does not fit what AFAS accepts.

    `field` is the name in our data, `reason` one of "missing", "too_long", "unknown", "invalid",
    "too_many_decimals" and "too_large", and of a booking also "zero", "too_many" and
    "not_balanced". `line` is the line counted from 1: of the invoice, or of the entry, in which the
    debtor's is the first.
    """

    def __init__(self, field: str, reason: str, line: int | None = None) -> None:
        super().__init__(f"{field}: {reason}" + (f" (line {line})" if line else ""))
        self.field = field
        self.reason = reason
        self.line = line


def required(value: str, name: str, code: str, field: str) -> str:
    """A code or a name that has to be there and is never cut. Raises CannotBuild."""
    text = one_line(value)
    if not text:
        raise CannotBuild(field, "missing")
    if units(text) > fieldlist.length(name, code):
        raise CannotBuild(field, "too_long")
    return text


def optional(value: str, name: str, code: str, field: str) -> dict[str, str]:
    """The same where it is given, under its code."""
    return {code: required(value, name, code, field)} if one_line(value) else {}


def unchanged(value: str, name: str, code: str, field: str) -> str:
    """A code that has to arrive letter for letter, because it is looked up again."""
    if required(value, name, code, field) != value:
        raise CannotBuild(field, "invalid")
    return value


def own_reference(reference: str, name: str, code: str) -> str:
    """Our reference, by which a document is found again. Raises CannotBuild."""
    ours = required(reference, name, code, "reference")
    if units(ours) > LONGEST_REFERENCE:
        raise CannotBuild("reference", "too_long")
    return ours


def described(description: str, name: str) -> dict[str, str]:
    """A description, visibly cut where it is too long; nothing when there is none."""
    text = one_line(description)
    return {"Ds": cut(text, fieldlist.length(name, "Ds"))} if text else {}


def number(value: Decimal, *, whole: int, places: int, field: str) -> msgspec.Raw:
    """An exact number of at most `whole` digits and `places` decimals. Raises CannotBuild."""
    if not value.is_finite():
        raise CannotBuild(field, "invalid")
    if value and value.adjusted() >= whole:
        raise CannotBuild(field, "too_large")
    try:
        return exact(value, places)
    except ValueError:
        raise CannotBuild(field, "too_many_decimals") from None


def objects(name: str, element: object) -> dict[str, Any]:
    """One kind of object under an element."""
    return {"Objects": [{name: {"Element": element}}]}


def body(root: str, element: Mapping[str, Any]) -> bytes:
    """The bytes of a request."""
    return msgspec.json.encode({root: {"Element": element}})
