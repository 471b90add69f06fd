"""The audit trail in words: what an event says to a person who reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Field
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.models import Right
from accounts.selectors import type_name
from core.models import AuditEvent

EMPTY = "–"
# Values of events that no field of the model puts into words.
LOOSE_NAMES: dict[str, str | Promise] = {
    "activities": gettext_lazy("activities"),
    "changed": pgettext_lazy("imported", "Changed"),
    "channel": gettext_lazy("Kind"),
    "credential": gettext_lazy("Sign in with"),
    "customers": gettext_lazy("Customers"),
    "debtor": gettext_lazy("Debtor"),
    "default": gettext_lazy("Default item"),
    "import": gettext_lazy("Import"),
    "key": gettext_lazy("AFAS number"),
    "lines": gettext_lazy("Lines"),
    "net": gettext_lazy("Net"),
    "new": pgettext_lazy("imported", "New"),
    "of": pgettext_lazy("rate", "of"),
    "paused_because": gettext_lazy("Paused"),
    "people": gettext_lazy("people"),
    "rate": gettext_lazy("rate"),
    "released": gettext_lazy("Released"),
    "secret_hint": gettext_lazy("Credentials"),
    "skipped": pgettext_lazy("imported", "Skipped"),
    "status": gettext_lazy("Status"),
    "unchanged": pgettext_lazy("imported", "Unchanged"),
    "unit": gettext_lazy("unit"),
    "valid_from": gettext_lazy("from"),
}
LOOSE_CHOICES: dict[str, dict[Any, Any]] = {"unit": {"hour": gettext_lazy("hour")}}


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
        "dismissed": _("Put away"),
        "hidden": _("Hidden"),
        "shown": _("Shown again"),
        "backup_restored": _("A backup was put back"),
        "trial_released": _("Released after a trial"),
    }
    words = verb.replace("_", " ")
    return known.get(verb, words[:1].upper() + words[1:])


def _difference(event: AuditEvent, name: str) -> Difference:
    field = _field(event.object_type, name)
    words = _named(field, name)
    choices = dict(field.flatchoices) if field else LOOSE_CHOICES.get(name, {})
    if name == "rights":
        choices = {right.value: right.word for right in Right}
    return Difference(
        name=words[:1].upper() + words[1:],
        before=_value(event.before.get(name), choices),
        after=_value(event.after.get(name), choices),
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
