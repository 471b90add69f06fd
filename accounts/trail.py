"""The audit trail in words: what an event says to a person who reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.utils.translation import gettext as _

from accounts.selectors import type_name
from core.models import AuditEvent

EMPTY = "–"


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
        done=_action_name(event.action),
        differences=[
            Difference(
                name=_field_name(event.object_type, name),
                before=_value(event.before.get(name)),
                after=_value(event.after.get(name)),
            )
            for name in {**event.before, **event.after}
        ],
    )


def _action_name(action: str) -> str:
    verb = action.rpartition(".")[2]
    known = {
        "created": _("Created"),
        "changed": _("Changed"),
        "deleted": _("Deleted"),
        "archived": _("Archived"),
        "activated": _("Activated"),
        "deactivated": _("Deactivated"),
        "reactivated": _("Reactivated"),
        "paused": _("Paused"),
        "resumed": _("Resumed"),
        "joined": _("Joined"),
        "renewed": _("Sent again"),
        "withdrawn": _("Withdrawn"),
        "logo_changed": _("Logo changed"),
        "submitted": _("Submitted"),
        "approved": _("Approved"),
        "rejected": _("Rejected"),
        "imported": _("Imported"),
    }
    words = verb.replace("_", " ")
    return known.get(verb, words[:1].upper() + words[1:])


def _field_name(label: str, name: str) -> str:
    try:
        words = str(apps.get_model(label)._meta.get_field(name).verbose_name)
    except (LookupError, ValueError, FieldDoesNotExist, AttributeError):
        words = name.replace("_", " ")
    return words[:1].upper() + words[1:]


def _value(value: Any) -> str:
    if value is None or value in ("", [], {}):
        return EMPTY
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(_value(part) for part in value)
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_value(part)}" for key, part in value.items())
    return str(value)
