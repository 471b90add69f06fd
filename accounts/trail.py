"""The audit trail in words: what an event says to a person who reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Field
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import Right
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
        differences=[_difference(event, name) for name in {**event.before, **event.after}],
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
        "confirmed": _("Confirmed by AFAS"),
        "unknown": _("Became unknown"),
        "started": _("Started"),
        "requested": _("Asked for"),
        "done": _("Done"),
        "revalued": _("Valued anew"),
        "drawn_up": _("Drawn up"),
        "released": _("Released"),
        "removed": _("Removed"),
        "restored": _("Restored"),
        "codes": _("Codes learnt from AFAS"),
        "moved": _("Moved"),
        "written_off": _("Written off"),
        "reserved": _("Reserved"),
        "cancelled": _("Cancelled"),
        "linked": _("Linked"),
        "saved": _("Saved"),
        "set": _("Rate set"),
        "made": _("Made"),
        "closed": _("Closed"),
        "reopened": _("Reopened"),
        "unarchived": _("Brought back"),
        "people": _("People changed"),
        "activities": _("Activities changed"),
        "made_billable": _("Made billable"),
        "made_not_billable": _("Made not billable"),
        "not_the_same": _("Said to be another customer"),
        "retried": _("Sent again"),
    }
    words = verb.replace("_", " ")
    return known.get(verb, words[:1].upper() + words[1:])


def _difference(event: AuditEvent, name: str) -> Difference:
    field = _field(event.object_type, name)
    words = str(field.verbose_name) if field else _loose_name(name)
    choices = dict(field.flatchoices) if field else {}
    if name == "rights":
        choices = {right.value: right.word for right in Right}
    return Difference(
        name=words[:1].upper() + words[1:],
        before=_value(event.before.get(name), choices),
        after=_value(event.after.get(name), choices),
    )


def _loose_name(name: str) -> str:
    """What a value is called that is no field of the thing the event is about."""
    known = {
        "unit": _("unit"),
        "valid_from": _("from"),
        "of": pgettext("rate", "of"),
        "rate": _("rate"),
        "activities": _("activities"),
        "people": _("people"),
    }
    return known.get(name, name.replace("_", " "))


def _field(label: str, name: str) -> Field[Any, Any] | None:
    """The field that an event tells about; None when it is gone or never was one."""
    try:
        field = apps.get_model(label)._meta.get_field(name)
    except (LookupError, ValueError, FieldDoesNotExist):
        return None
    return field if isinstance(field, Field) else None


def _value(value: Any, choices: dict[Any, Any]) -> str:
    if value is None or value in ("", [], {}):
        return EMPTY
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(_value(part, choices) for part in value)
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_value(part, {})}" for key, part in value.items())
    return str(choices.get(value, value))
