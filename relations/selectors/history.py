"""The history of a thing, from the audit trail, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.models import Company
from core import audit, formats
from core.models import AuditEvent

# By the whole action, else by its last word.
ACTIONS: dict[str, str | Promise] = {
    "rate.set": gettext_lazy("Rate set"),
    "rate.removed": gettext_lazy("Rate removed"),
    "project.activities": gettext_lazy("Activities changed"),
    "project.people": gettext_lazy("People changed"),
    "project.method": gettext_lazy("Billed another way"),
    "project.subscription": gettext_lazy("Subscription changed"),
    "project.instalment_added": gettext_lazy("Instalment added"),
    "project.instalment_changed": gettext_lazy("Instalment changed"),
    "project.instalment_removed": gettext_lazy("Instalment removed"),
    "created": pgettext_lazy("history", "Created"),
    "changed": pgettext_lazy("history", "Changed"),
    "archived": pgettext_lazy("history", "Archived"),
    "closed": pgettext_lazy("history", "Closed"),
    "reopened": pgettext_lazy("history", "Reopened"),
    "unarchived": pgettext_lazy("history", "Brought back"),
}
NAMES: dict[str, str | Promise] = {
    "activities": gettext_lazy("activities"),
    "people": gettext_lazy("people"),
    "instalment": gettext_lazy("instalment"),
    "method_from": gettext_lazy("from"),
    "frequency": gettext_lazy("frequency"),
    "in_advance": gettext_lazy("in advance"),
    "by_calendar": gettext_lazy("by calendar"),
    "broken": gettext_lazy("a broken period"),
    "template": gettext_lazy("text on the invoice"),
    "vat_code": gettext_lazy("VAT"),
    "earlier_prices": gettext_lazy("earlier amounts"),
}
# Lists whose items may name an amount.
WITH_AMOUNTS = {"activities", "instalment", "earlier_prices"}
UNITS: dict[str, str | Promise] = {
    "hour": gettext_lazy("per hour"),
    "km": gettext_lazy("per km"),
}


@dataclass(frozen=True)
class Changed:
    """One value that changed, as people read it."""

    label: str
    before: str
    after: str
    is_money: bool = False


@dataclass(frozen=True)
class HistoryLine:
    """What somebody did."""

    at: datetime
    who: str
    what: str
    reason: str
    changes: list[Changed]


def history_of(
    company: Company, obj: models.Model, *, money: bool, most: int = 20
) -> list[HistoryLine]:
    """The latest things that were done to `obj`, newest first, at most `most`.

    Without `money`, for whoever may not see amounts, rates and prices are left out.
    """
    events = audit.events_of(company, obj)
    if not money:
        events = events.exclude(action__startswith="rate.")
    return [_line(event, obj, money=money) for event in events[:most]]


def _line(event: AuditEvent, obj: models.Model, *, money: bool) -> HistoryLine:
    changes = [_rate(event)] if event.action.startswith("rate.") else _values(event, obj)
    return HistoryLine(
        at=event.at,
        who=event.by_name or _("The system"),
        what=_action(event.action),
        reason=event.reason,
        changes=[change for change in changes if money or not change.is_money],
    )


def _values(event: AuditEvent, obj: models.Model) -> list[Changed]:
    places = {field.name: place for place, field in enumerate(obj._meta.fields)}
    names = [] if event.action.endswith(".created") else event.after
    return [
        Changed(
            _label(obj, name),
            _shown(obj, name, event.before.get(name)),
            _shown(obj, name, event.after[name]),
            is_money=isinstance(_field(obj, name), models.DecimalField) or name in WITH_AMOUNTS,
        )
        for name in sorted(names, key=lambda name: (places.get(name, len(places)), name))
    ]


def _rate(event: AuditEvent) -> Changed:
    """A rate in one line: Development, per hour, from 01-01-2027: € 95,00 → € 105,00."""
    about = [event.after.get("of", ""), str(UNITS.get(event.after.get("unit", ""), ""))]
    if since := event.after.get("valid_from"):
        day = formats.write_day(date.fromisoformat(since))
        about.append(_("from %(day)s") % {"day": day})
    before, after = (_money(side.get("rate")) for side in (event.before, event.after))
    return Changed(", ".join(filter(None, about)), before, after, is_money=True)


def _money(amount: str | None) -> str:
    return formats.write_money(None if amount is None else Decimal(amount), 4)


def _action(action: str) -> str:
    last = action.rpartition(".")[2]
    known = ACTIONS.get(action) or ACTIONS.get(last)
    return str(known) if known else last.replace("_", " ").capitalize()


def _field(obj: models.Model, name: str) -> Any:
    try:
        return obj._meta.get_field(name)
    except FieldDoesNotExist:
        return None


def _label(obj: models.Model, name: str) -> str:
    known = NAMES.get(name) or getattr(_field(obj, name), "verbose_name", name)
    return str(known)


def _shown(obj: models.Model, name: str, value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if value is None or value == "":
        return formats.DASH
    if isinstance(value, list):
        return ", ".join(map(str, value)) or formats.DASH
    field = _field(obj, name)
    if isinstance(field, models.DecimalField):
        return _money(str(value))
    choices = dict(getattr(field, "flatchoices", None) or [])
    return str(choices.get(value) or value)
