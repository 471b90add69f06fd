"""Changing a planned amount, an instalment or a period: under its lock, and only while unbilled."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import F, ProtectedError, QuerySet
from django.utils.translation import gettext as _

from core.errors import DomainError, StaleError
from core.formats import write_day
from registration.models import BillingStatus
from registration.models.planned import Planned

# What may be taken for a new plan: nothing is billed with it, and nobody wrote it off.
FREE = frozenset({BillingStatus.UNBILLED, BillingStatus.NOT_BILLABLE})


def locked(rows: QuerySet[Any]) -> list[Any]:
    """The rows, held until the transaction ends, by primary key so that locks never cross."""
    return list(rows.select_for_update(of=("self",)).order_by("pk"))


def revise(row: Planned, **values: Any) -> bool:
    """Give an unbilled row these values and a new version; False when it has them already.

    A check page that was opened before notices the version. Raises StaleError when somebody was
    first; DomainError when it is billed or being billed.
    """
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    if not changed:
        return False
    refuse_billed(row)
    rows = (
        type(row)
        .objects.of(row.company_id)
        .filter(pk=row.pk, version=row.version, billing=row.billing)
    )
    if not rows.update(**changed, version=F("version") + 1):
        raise StaleError(stale_sentence())
    for name, value in changed.items():
        setattr(row, name, value)
    row.version += 1
    return True


def drop(row: Planned, **also: Any) -> None:
    """Take an unbilled row off the plan.

    A credited invoice may still name it, and what it billed then stays known: such a row becomes
    not billable instead, with the values of `also`. Raises as `revise` does.
    """
    refuse_billed(row)
    try:
        row.delete()
    except ProtectedError:
        revise(row, billing=BillingStatus.NOT_BILLABLE, **also)


def refuse_billed(row: Planned) -> None:
    """Raise DomainError, saying where it is billed, unless the row is free to be changed."""
    if row.billing in FREE:
        return
    if row.billing == BillingStatus.INVOICED:
        text = _(
            "“%(what)s” is on invoice %(number)s, so it stays as it is. Credit that invoice first; "
            "then it can be changed."
        )
    elif row.billing == BillingStatus.RESERVED:
        text = _(
            "“%(what)s” stands on an invoice that is being made, so it stays as it is. Take it off "
            "that invoice first; then it can be changed."
        )
    else:
        text = _("“%(what)s” is written off, so it stays as it is. Restore it first.")
    raise DomainError(text % {"what": row.description, "number": row.invoice_label or "–"})


def stale_sentence() -> str:
    """What people read when somebody else changed the row first."""
    return _(
        "Somebody changed this a moment ago, so nothing was saved. Below is how it stands now; "
        "look once more and repeat."
    )


def days_in_words(first: date, last: date) -> str:
    """Two days as one period: 01-10-2026 – 31-10-2026."""
    return f"{write_day(first)} – {write_day(last)}"
