"""The audit trail: rows that every service writes, in the transaction of what they record."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import models

from core.models import AuditEvent

if TYPE_CHECKING:
    from accounts.models import Company, User


@dataclass(frozen=True, kw_only=True)
class Change:
    """What happened to a thing: the values that mattered before and after, and the reason given."""

    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    reason: str = ""


def record(
    *,
    company: Company,
    by: User | None,
    action: str,
    obj: models.Model,
    change: Change | None = None,
) -> AuditEvent:
    """Write down that `by` (None: the system) did `action`, like "customer.created", to `obj`."""
    return AuditEvent.objects.create(**_row(company, by, action, obj, change or Change()))


def record_many(
    *,
    company: Company,
    by: User | None,
    action: str,
    objects: Iterable[models.Model],
    change: Change | None = None,
) -> None:
    """`record` for many things that underwent the same change, in one statement."""
    rows = [AuditEvent(**_row(company, by, action, obj, change or Change())) for obj in objects]
    AuditEvent.objects.bulk_create(rows, batch_size=1000)


def record_each(
    *,
    company: Company,
    by: User | None,
    action: str,
    changes: Iterable[tuple[models.Model, Change]],
) -> None:
    """`record` for many things that each underwent their own change, in one statement."""
    rows = [AuditEvent(**_row(company, by, action, obj, change)) for obj, change in changes]
    AuditEvent.objects.bulk_create(rows, batch_size=1000)


def values_of(obj: models.Model, names: Iterable[str]) -> dict[str, Any]:
    """The values of the named fields of `obj`, for a change's before and after."""
    return {name: _plain(getattr(obj, name)) for name in names}


def difference(before: dict[str, Any], after: dict[str, Any], reason: str = "") -> Change:
    """A Change holding only the values that differ."""
    changed = [name for name in after if before.get(name) != after[name]]
    return Change(
        before={name: before.get(name) for name in changed},
        after={name: after[name] for name in changed},
        reason=reason,
    )


def events_of(company: Company, obj: models.Model) -> models.QuerySet[AuditEvent]:
    """The history of one thing, newest first."""
    return AuditEvent.objects.of(company).filter(
        object_type=obj._meta.label_lower, object_id=str(obj.pk)
    )


def _row(
    company: Company, by: User | None, action: str, obj: models.Model, change: Change
) -> dict[str, Any]:
    return {
        "company": company,
        "by": by,
        "by_name": str(by) if by else "",
        "action": action,
        "object_type": obj._meta.label_lower,
        "object_id": str(obj.pk),
        "object_label": str(obj)[:200],
        "reason": change.reason,
        "before": change.before,
        "after": change.after,
    }


def _plain(value: Any) -> Any:
    return value.pk if isinstance(value, models.Model) else value
