"""The billing axis of entries, changed only together with a claim on them.

Nobody but `invoicing` calls these. Each is a conditional update that counts its rows, so that two
hands reaching for the same entry leave exactly one of them with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, models, transaction
from django.db.models import F, Q

from accounts.models import Company, User
from core.tenancy import CompanyOwned
from registration.models import (
    BillingStatus,
    Entry,
    Expense,
    Hour,
    Instalment,
    Ride,
    SubscriptionPeriod,
)
from registration.services import valuation

TAKEN = (BillingStatus.RESERVED, BillingStatus.INVOICED)
# The order in which locks are taken; every transaction takes them the same way round.
BILLABLE: dict[str, type[CompanyOwned]] = {
    "hour": Hour,
    "expense": Expense,
    "ride": Ride,
    "instalment": Instalment,
    "subscription_period": SubscriptionPeriod,
}
RELATED = {
    "hour": ("project__customer", "activity", "membership__user"),
    "expense": ("project__customer", "category", "membership__user"),
    "ride": ("project__customer", "membership__user"),
    "instalment": ("project__customer", "activity"),
    "subscription_period": ("project__customer",),
}


@dataclass(frozen=True)
class Taken:
    """What `reserve` found: the rows that are now ours, and those that somebody else had first."""

    rows: list[Any]
    lost: list[Any]


def reserve(*, company: Company, kind: str, ids: Iterable[int]) -> Taken:
    """Lock the rows `ids` of one `kind` ("hour", "expense", …) and mark the unbilled ones reserved.

    Must run inside a transaction; take the kinds in the order of BILLABLE. The rows come back as
    they are while the lock is held, so what is priced now cannot change before it is claimed.
    """
    wanted = sorted(set(ids))
    _lock(company, kind, wanted)
    rows = list(
        _rows(company, kind).filter(pk__in=wanted).select_related(*RELATED[kind]).order_by("pk")
    )
    free = [row for row in rows if row.billing == BillingStatus.UNBILLED]
    changed = _update(company, kind, free, BillingStatus.UNBILLED, billing=BillingStatus.RESERVED)
    if changed != len(free):  # SQLite has no row locks, but its writers queue up before they read
        message = f"{kind}: {len(free)} rows were free, {changed} could be reserved"
        raise RuntimeError(message)
    for row in free:
        row.billing = BillingStatus.RESERVED
    return Taken(rows=free, lost=[row for row in rows if row not in free])


@transaction.atomic
def release(*, company: Company, kind: str, ids: Sequence[int], by: User | None = None) -> int:
    """Reserved or invoiced rows go back to unbilled, their approval as it was; returns how many.

    They are valued again, because a rate that changed meanwhile passed them by. Must run inside a
    transaction that began with `valuation.hold`.
    """
    _lock(company, kind, ids)
    released = (
        _rows(company, kind)
        .filter(pk__in=ids, billing__in=TAKEN)
        .update(billing=BillingStatus.UNBILLED, invoice_label="", version=F("version") + 1)
    )
    model = BILLABLE[kind]
    if issubclass(model, Entry):
        valuation.revalue(company=company, where=Q(pk__in=ids), by=by, kinds=(model,))
    return released


@transaction.atomic
def mark_invoiced(*, company: Company, kind: str, ids: Sequence[int], label: str) -> int:
    """Reserved rows become invoiced under `label`, the number people know; returns how many."""
    _lock(company, kind, ids)
    return (
        _rows(company, kind)
        .filter(pk__in=ids, billing__in=TAKEN)
        .update(billing=BillingStatus.INVOICED, invoice_label=label, version=F("version") + 1)
    )


def _rows(company: Company, kind: str) -> models.QuerySet[Any]:
    return BILLABLE[kind].objects.of(company)


def _lock(company: Company, kind: str, ids: Sequence[int]) -> None:
    """Row locks in the order of the primary key, so that two transactions cannot deadlock."""
    if not connection.features.has_select_for_update:
        return
    rows = _rows(company, kind).filter(pk__in=ids)
    list(rows.select_for_update().order_by("pk").values_list("pk", flat=True))


def _update(
    company: Company, kind: str, rows: Sequence[Entry], was: BillingStatus, **values: object
) -> int:
    return (
        _rows(company, kind).filter(pk__in=[row.pk for row in rows], billing=was).update(**values)
    )
