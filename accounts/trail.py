"""The audit trail in words: what an event says to a person who reads it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Field
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.models import Right
from accounts.selectors import type_name
from accounts.trail_verbs import action_name
from core.formats import write_amount, write_day, write_number
from core.models import AuditEvent
from core.vat import VatCode

EMPTY = "–"
DECIMAL = re.compile(r"-?\d+\.\d{2,4}", re.ASCII)  # an amount, as JSON keeps it
NUMBER = re.compile(r"-?\d+(?:\.\d+)?", re.ASCII)
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
PLAIN_NUMBERS = {"quantity", "discount"}
AMOUNTS = {"unit_price"}
# Values of events that no field of the model puts into words.
LOOSE_NAMES: dict[str, str | Promise] = {
    "activities": gettext_lazy("activities"),
    "amount": gettext_lazy("amount"),
    "arrived": gettext_lazy("arrived"),
    "auto_book_since": gettext_lazy("book by itself since"),
    "changed": pgettext_lazy("imported", "Changed"),
    "channel": gettext_lazy("Kind"),
    "credential": gettext_lazy("Sign in with"),
    "credited": gettext_lazy("Credited"),
    "credits": gettext_lazy("credits"),
    "customers": gettext_lazy("Customers"),
    "debtor": gettext_lazy("Debtor"),
    "default": gettext_lazy("Default item"),
    "description": gettext_lazy("description"),
    "discount": gettext_lazy("Discount"),
    "how": gettext_lazy("how"),
    "import": gettext_lazy("Import"),
    "key": gettext_lazy("AFAS number"),
    "left": gettext_lazy("Open in AFAS"),
    "lines": gettext_lazy("Lines"),
    "message": gettext_lazy("Message"),
    "net": gettext_lazy("Net"),
    "new": pgettext_lazy("imported", "New"),
    "number": gettext_lazy("number"),
    "of": pgettext_lazy("rate", "of"),
    "paid_on": gettext_lazy("paid on"),
    "paused_because": gettext_lazy("Paused"),
    "payment": gettext_lazy("payment"),
    "people": gettext_lazy("people"),
    "quantity": gettext_lazy("quantity"),
    "rate": gettext_lazy("rate"),
    "receipt": gettext_lazy("receipt"),
    "released": gettext_lazy("Released"),
    "secret_hint": gettext_lazy("Credentials"),
    "settled": gettext_lazy("settled"),
    "skipped": pgettext_lazy("imported", "Skipped"),
    "status": gettext_lazy("Status"),
    "to": pgettext_lazy("addressee of a mail", "To"),
    "total": gettext_lazy("total"),
    "unchanged": pgettext_lazy("imported", "Unchanged"),
    "unit": gettext_lazy("unit"),
    "unit_price": gettext_lazy("unit price"),
    "valid_from": gettext_lazy("from"),
    "vat_code": gettext_lazy("VAT"),
}
LOOSE_CHOICES: dict[str, dict[Any, Any]] = {
    "unit": {"hour": gettext_lazy("hour"), "cost": gettext_lazy("cost per hour")},
    "vat_code": dict(VatCode.choices),
}


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One value of an event: what it is called, was and became."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class Told:
    """An event with its words: what kind of thing, what was done, and which values changed."""

    event: AuditEvent
    kind: str
    done: str
    differences: list[Difference]


def told(event: AuditEvent) -> Told:
    """Put `event` into words."""
    return Told(
        event=event,
        kind=type_name(event.object_type),
        done=action_name(event.action),
        differences=[_difference(event, name) for name in {**event.before, **event.after}],
    )


def _difference(event: AuditEvent, name: str) -> Difference:
    field = _field(event.object_type, name)
    words = _named(field, name)
    choices = dict(field.flatchoices) if field else LOOSE_CHOICES.get(name, {})
    if name == "rights":
        choices = {right.value: right.word for right in Right}
    return Difference(
        name=words[:1].upper() + words[1:],
        before=_value(event.before.get(name), choices, name),
        after=_value(event.after.get(name), choices, name),
    )


def _named(field: Field[Any, Any] | None, name: str) -> str:
    """What a value is called: as its field is, else by our own word for it."""
    plain = name.replace("_", " ")
    if field and str(field.verbose_name) != plain:
        return str(field.verbose_name)
    return str(LOOSE_NAMES.get(name, plain))


def _field(label: str, name: str) -> Field[Any, Any] | None:
    """The field that an event tells about; None when it is gone or never was one."""
    try:
        field = apps.get_model(label)._meta.get_field(name)
    except (LookupError, ValueError, FieldDoesNotExist):
        return None
    return field if isinstance(field, Field) else None


def _value(value: Any, choices: dict[Any, Any], name: str = "") -> str:
    if value is None or value in ("", [], {}):
        return EMPTY
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(_value(part, choices, name) for part in value)
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_value(part, {})}" for key, part in value.items())
    if isinstance(value, str) and value not in choices:
        return _written(value, name)
    return str(choices.get(value, value))


def _written(text: str, name: str) -> str:
    """What JSON keeps of a day, an amount or a number, as the company writes it; else `text`."""
    if DAY.fullmatch(text):
        return write_day(date.fromisoformat(text))
    if name in PLAIN_NUMBERS and NUMBER.fullmatch(text):
        return write_number(Decimal(text))
    if DECIMAL.fullmatch(text) or (name in AMOUNTS and NUMBER.fullmatch(text)):
        return write_amount(Decimal(text), 4)
    return text
