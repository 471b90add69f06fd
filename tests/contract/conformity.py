"""Whether a payload keeps to the field list that the project carries."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from integrations.afas.fieldlist import PUBLISHED, Field
from integrations.afas.text import units

Found = tuple[str, str, Any]
FORMS: dict[str, tuple[re.Pattern[str], Callable[[str], Any]]] = {
    "date": (re.compile(r"\d{4}-\d\d-\d\d"), date.fromisoformat),
    "time": (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"), datetime.fromisoformat),
    "email": (re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+"), bool),
    "base64": (re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}[A-Za-z0-9+/=]=)?"), bool),
}
"""How a text of this type is written, and what has to make something of it."""


def parsed(payload: bytes) -> dict[str, Any]:
    """The payload with exact numbers."""
    return json.loads(payload, parse_float=Decimal)


def fields(payload: bytes) -> Iterator[Found]:
    """Object, code and value of every field that is sent."""
    for name, sent in elements(parsed(payload)):
        for code, value in sent.items():
            yield name, code, value


def elements(objects: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object's name with its fields and keys."""
    for name, part in objects.items():
        element = part["Element"]
        for one in element if isinstance(element, list) else [element]:
            keys = {code[1:]: value for code, value in one.items() if code.startswith("@")}
            assert set(one) - {f"@{code}" for code in keys} <= {"Fields", "Objects"}
            yield name, {**keys, **one["Fields"]}
            for inner in one.get("Objects", []):
                yield from elements(inner)


def complaints(payload: bytes) -> list[str]:
    """What the field list has against a payload; empty when it conforms."""
    found = []
    for name, sent in elements(parsed(payload)):
        known = PUBLISHED.objects[name]
        found += [
            f"{name}.{code} is missing"
            for code, field in known.items()
            if field.required and code not in sent
        ]
        for code, value in sent.items():
            if code not in known:
                found.append(f"{name}.{code} is unknown to AFAS")
            elif problem := _problem(known[code], value):
                found.append(f"{name}.{code}: {problem}")
    return found


def _problem(field: Field, value: Any) -> str:
    if not _is_of(field.type, value):
        return f"{value!r} is no {field.type}"
    if field.enum and value not in field.enum:
        return f"{value!r} is not one of {field.enum}"
    if field.length and units(value) > field.length:
        return f"{units(value)} long, {field.length} allowed"
    if field.decimals is not None and _decimals(value) > field.decimals:
        return f"{value} has more than {field.decimals} decimals"
    return ""


def _decimals(value: int | Decimal) -> int:
    return max(0, -Decimal(value).as_tuple().exponent)


def _is_of(kind: str, value: Any) -> bool:
    if kind in ("number", "integer"):
        allowed = int | Decimal if kind == "number" else int
        return isinstance(value, allowed) and not isinstance(value, bool)
    if kind == "boolean":
        return isinstance(value, bool)
    if not isinstance(value, str):
        return False
    return kind not in FORMS or _is_written(*FORMS[kind], value)


def _is_written(form: re.Pattern[str], read: Callable[[str], Any], text: str) -> bool:
    try:
        return bool(form.fullmatch(text) and read(text))
    except ValueError:
        return False
