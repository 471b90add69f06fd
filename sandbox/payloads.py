"""Reads the body of an update connector as strictly as AFAS does, and says what is wrong first.

Tolerated, because AFAS's own examples do it: `Objects` as a list or one object, the `Element` of
an object as a list or one object, `Fields` as a list with one member or `""`, numbers and
booleans as text, keys as `"@DbId"` or as a field, `null` or `""` for an empty optional value,
custom fields (U + 32 hexadecimal characters).
"""

import json
import re
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox import sentences
from sandbox.fields import Element, Field
from sandbox.sentences import Refusal

CUSTOM_FIELD = re.compile(r"U[0-9A-F]{32}")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
WHOLE_NUMBER = re.compile(r"-?\d+")
ACTION = "@Action"
ACTION_NAMES = (ACTION, "Action")
LARGEST_POWER_OF_TEN = 15  # AFAS's widest number has 26 digits, ten of them decimals
BOOLEANS = {"true": True, "1": True, "false": False, "0": False}

Value = str | int | Decimal | bool | None


class NotJson(Exception):  # noqa: N818 - AFAS answers it as such
    """The body is no JSON at all."""


@dataclass
class Received:
    """One element as it was received: checked values by field code, and the objects under it.

    `action` is its `@Action`: insert, update, delete, or empty where none was sent.
    """

    element: Element
    values: dict[str, Value] = field(default_factory=dict)
    objects: dict[str, list["Received"]] = field(default_factory=dict)
    action: str = ""

    def text(self, code: str) -> str:
        """The value as text; empty when it was not sent."""
        value = self.values.get(code)
        return "" if value is None else str(value)

    def number(self, code: str) -> Decimal | None:
        """The value as an exact number; None when it was not sent."""
        value = self.values.get(code)
        return None if value is None else Decimal(str(value))

    def flag(self, code: str) -> bool:
        """The value as yes or no; no when it was not sent."""
        return self.values.get(code) is True

    def first(self, code: str) -> "Received | None":
        """The first object of this name under it, or None."""
        return next(iter(self.objects.get(code, [])), None)

    def field(self, code: str) -> Field:
        """The field's description, for a sentence that names it."""
        return self.element.fields[code]

    def as_sent(self) -> dict[str, Any]:
        """The values fit for JSON: exact numbers as text."""
        return {
            code: str(value) if isinstance(value, Decimal) else value
            for code, value in self.values.items()
            if value is not None
        }


def parse(body: bytes) -> Any:
    """The JSON of a request body, with exact numbers. Raises NotJson."""
    try:
        return json.loads(body.decode("utf-8-sig"), parse_float=Decimal)
    except (ValueError, RecursionError):
        raise NotJson from None


def read(document: Any, connector: Element, *, new: bool) -> Received:
    """The connector's element out of a parsed body. Raises Refusal with AFAS's sentence.

    `new` is true for an insert (POST), where required fields must be there.
    """
    root = _only_member(document, connector)
    element = root.get("Element") if isinstance(root, dict) else None
    if not isinstance(element, dict):
        raise Refusal(sentences.WRONG_SHAPE, connector)
    return _received(element, connector, new=new)


def _only_member(document: Any, connector: Element) -> Any:
    if not isinstance(document, dict) or len(document) != 1:
        raise Refusal(sentences.WRONG_SHAPE, connector)
    name, root = next(iter(document.items()))
    if name.lower() != connector.root.lower():
        raise Refusal(sentences.UNKNOWN_FIELD, name)
    return root


def _received(raw: Any, element: Element, *, new: bool) -> Received:
    if not isinstance(raw, dict):
        raise Refusal(sentences.WRONG_SHAPE, element)
    received = Received(element, action=_action(raw, element))
    for code, value in _sent(raw, element).items():
        if not CUSTOM_FIELD.fullmatch(code):
            received.values[code] = _checked(value, _described(code, element))
    if new:
        require(received)
    for name, part in _objects_of(raw.get("Objects"), element):
        received.objects[name] = [_received(e, part.element, new=new) for e in part.raw]
    return received


def _sent(raw: dict[str, Any], element: Element) -> dict[str, Any]:
    """The fields of an element and its `@Key` attributes, unchecked."""
    unknown = [name for name in raw if name not in ("Fields", "Objects") and name[:1] != "@"]
    if unknown:
        raise Refusal(sentences.UNKNOWN_FIELD, unknown[0])
    sent = {name[1:]: value for name, value in raw.items() if name.startswith("@")}
    sent |= _fields_of(raw.get("Fields"), element)
    for name in ACTION_NAMES:
        sent.pop(name, None)
    return sent


def _action(raw: dict[str, Any], element: Element) -> str:
    """AFAS's newer pages put it inside Fields, the older ones on the Element."""
    sent = raw | _fields_of(raw.get("Fields"), element)
    action = str(next((sent[name] for name in ACTION_NAMES if sent.get(name)), "")).lower()
    if action not in ("", "insert", "update", "delete"):
        raise Refusal(sentences.DOES_NOT_EXIST, ACTION)
    return action


def _fields_of(fields: Any, element: Element) -> dict[str, Any]:
    if fields in (None, "", []):
        return {}
    if isinstance(fields, list) and len(fields) == 1:
        fields = fields[0]
    if not isinstance(fields, dict):
        raise Refusal(sentences.WRONG_SHAPE, element)
    return fields


@dataclass(frozen=True)
class _Part:
    element: Element
    raw: list[Any]


def _objects_of(objects: Any, element: Element) -> list[tuple[str, _Part]]:
    members = objects if isinstance(objects, list) else [objects] if objects else []
    found: dict[str, _Part] = {}
    for member in members:
        if not isinstance(member, dict):
            raise Refusal(sentences.WRONG_SHAPE, element)
        for name, body in member.items():
            if name not in element.objects:
                raise Refusal(sentences.UNKNOWN_FIELD, name)
            part = found.setdefault(name, _Part(element.objects[name], []))
            part.raw.extend(_elements_of(body, part.element))
    return list(found.items())


def _elements_of(body: Any, element: Element) -> list[Any]:
    inner = body.get("Element") if isinstance(body, dict) else None
    if inner is None:
        raise Refusal(sentences.WRONG_SHAPE, element)
    return inner if isinstance(inner, list) else [inner]


def _described(code: str, element: Element) -> Field:
    if code not in element.fields:
        raise Refusal(sentences.UNKNOWN_FIELD, code)
    return element.fields[code]


def require(received: Received) -> None:
    """Refuses an element that lacks a mandatory field. Raises Refusal."""
    for code, described in received.element.fields.items():
        if described.required and received.values.get(code) is None:
            raise Refusal(sentences.ENTER_A_VALUE, described)


def _checked(value: Any, described: Field) -> Value:
    if value is None or value == "":
        return None
    if isinstance(value, (dict, list)):
        raise Refusal(sentences.TYPE_MISMATCH, described)
    text = ("true" if value else "false") if isinstance(value, bool) else str(value)
    match described.type:
        case "boolean":
            return _boolean(text, described)
        case "int":
            return _whole_number(text, described)
        case "decimal":
            return _decimal(text, described)
        case "date":
            return _moment(text, described) if described.timed else _date(text, described)
        case _:
            return _string(value, text, described)


def _boolean(text: str, described: Field) -> bool:
    if text.lower() not in BOOLEANS:
        raise Refusal(sentences.TYPE_MISMATCH, described)
    return BOOLEANS[text.lower()]


def _whole_number(text: str, described: Field) -> int:
    if not WHOLE_NUMBER.fullmatch(text):
        raise Refusal(sentences.TYPE_MISMATCH, described)
    return int(text)


def _decimal(text: str, described: Field) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise Refusal(sentences.TYPE_MISMATCH, described) from None
    exponent = number.normalize().as_tuple().exponent
    if not isinstance(exponent, int) or number.adjusted() > LARGEST_POWER_OF_TEN:
        raise Refusal(sentences.TYPE_MISMATCH, described)
    if described.decimals is not None and -exponent > described.decimals:
        raise Refusal(sentences.TOO_MANY_DECIMALS, described, str(described.decimals))
    return number


def _date(text: str, described: Field) -> str:
    day = text.removesuffix("T00:00:00")
    try:
        return date.fromisoformat(day).isoformat() if len(day) == 10 else _no_date(described)
    except ValueError:
        return _no_date(described)


def _moment(text: str, described: Field) -> str:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None).isoformat(timespec="seconds")
    except ValueError:
        return _no_date(described)


def _no_date(described: Field) -> str:
    raise Refusal(sentences.TYPE_MISMATCH, described)


def _string(value: Any, text: str, described: Field) -> str:
    if isinstance(value, bool):
        raise Refusal(sentences.TYPE_MISMATCH, described)
    if described.values is not None and text not in described.values:
        raise Refusal(sentences.DOES_NOT_EXIST, described)
    if described.length is not None and len(text) > described.length:
        raise Refusal(sentences.TOO_LONG, described, str(described.length))
    if described.email and not EMAIL.fullmatch(text):
        raise Refusal(sentences.NO_EMAIL, described)
    return text
