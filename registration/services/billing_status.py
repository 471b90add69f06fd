"""The billing axis of entries, changed only together with a claim on them.

Nobody but `invoicing` calls these. Each is a conditional update that counts its rows, so that two
hands reaching for the same entry leave exactly one of them with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Case, CharField, F, Q, Value, When
from django.utils import timezone

from accounts.models import Company, User
from core.related import read_along
from core.tenancy import Among, CompanyOwned, CompanyQuerySet
from registration.models import (
    BillingStatus,
    Entry,
    Expense,
    Hour,
    Instalment,
    Ride,
    SubscriptionPeriod,
)
from registration.services import subscriptions, valuation

TAKEN = (BillingStatus.RESERVED, BillingStatus.INVOICED)
# The order in which locks are taken; every transaction takes them the same way round.
BILLABLE: dict[str, type[CompanyOwned]] = {
    "hour": Hour,
    "expense": Expense,
    "ride": Ride,
    "instalment": Instalment,
    "subscription_period": SubscriptionPeriod,
}
# Fetched apart, not joined: many entries share few projects, customers, activities and people.
RELATED = {
    "hour": ("project__customer", "activity", "membership__user"),
    "expense": ("project__customer", "category", "membership__user"),
    "ride": ("project__customer", "membership__user"),
    "instalment": ("project__customer", "activity"),
    "subscription_period": ("project__customer", "project__subscription"),
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
    rows = list(_rows(company, kind).among(wanted).order_by("pk"))
    read_along(rows, *RELATED[kind])
    free = [row for row in rows if row.billing == BillingStatus.UNBILLED]
    ids = [row.pk for row in free]
    changed = _update(company, kind, ids, BillingStatus.UNBILLED, billing=BillingStatus.RESERVED)
    if changed != len(free):  # SQLite has no row locks, but its writers queue up before they read
        message = f"{kind}: {len(free)} rows were free, {changed} could be reserved"
        raise RuntimeError(message)
    for row in free:
        row.billing = BillingStatus.RESERVED
    ours = {row.pk for row in free}
    return Taken(rows=free, lost=[row for row in rows if row.pk not in ours])


@dataclass(frozen=True)
class Seen:
    """What `reserve_seen` found: how many rows are ours as they were seen, and who lost what."""

    unchanged: int
    lost: list[Any]


def reserve_seen(*, company: Company, kind: str, versions: Mapping[int, int]) -> Seen:
    """`reserve` for rows that were read and priced before, at these `versions` by id.

    A row at the version at which it was priced is worth what it was worth, so it need not be read
    again. Must run inside a transaction; take the kinds in the order of BILLABLE.
    """
    rows = _rows(company, kind).among(versions).select_for_update().order_by("pk")
    now = list(rows.values_list("pk", "version", "billing"))
    free = [pk for pk, _version, billing in now if billing == BillingStatus.UNBILLED]
    changed = _update(company, kind, free, BillingStatus.UNBILLED, billing=BillingStatus.RESERVED)
    if changed != len(free):
        message = f"{kind}: {len(free)} rows were free, {changed} could be reserved"
        raise RuntimeError(message)
    lost = [pk for pk, _version, billing in now if billing != BillingStatus.UNBILLED]
    same = {pk for pk, version, _billing in now if versions[pk] == version}
    return Seen(
        unchanged=len(same.intersection(free)),
        lost=list(_rows(company, kind).among(lost).order_by("pk")) if lost else [],
    )


@transaction.atomic
def release(*, company: Company, kind: str, ids: Sequence[int], by: User | None = None) -> int:
    """Reserved or invoiced rows go back to unbilled, their approval as it was; returns how many.

    They are valued again, because a rate that changed meanwhile passed them by. Must run inside a
    transaction that began with `valuation.hold`.
    """
    _lock(company, kind, ids)
    released = (
        _rows(company, kind)
        .among(ids)
        .filter(billing__in=TAKEN)
        .update(billing=BillingStatus.UNBILLED, invoice_label="", **_moment(kind))
    )
    model = BILLABLE[kind]
    if issubclass(model, Entry):
        valuation.revalue(company=company, where=Q(pk__in=ids), by=by, kinds=(model,))
    elif model is SubscriptionPeriod:
        subscriptions.price_again(company, ids)
    return released


@transaction.atomic
def mark_invoiced(*, company: Company, kind: str, labels: Mapping[int, str]) -> int:
    """Reserved rows become invoiced; returns how many.

    `labels` gives per id the number that people know the invoice by.
    """
    ids = list(labels)
    _lock(company, kind, ids)
    rows = _rows(company, kind).among(ids).filter(billing__in=TAKEN)
    changed: int = rows.update(
        billing=BillingStatus.INVOICED, invoice_label=_label(labels), **_moment(kind)
    )
    return changed


def _label(labels: Mapping[int, str]) -> Case:
    """To each row its own label, in one statement for all."""
    ids_of: dict[str, list[int]] = {}
    for pk, label in labels.items():
        ids_of.setdefault(label, []).append(pk)
    return Case(
        *(When(Among(F("pk"), ids), then=Value(label)) for label, ids in ids_of.items()),
        output_field=CharField(),
    )


def _rows(company: Company, kind: str) -> CompanyQuerySet:
    return BILLABLE[kind].objects.of(company)


def _lock(company: Company, kind: str, ids: Sequence[int]) -> None:
    """Row locks in the order of the primary key, so that two transactions cannot deadlock."""
    if not connection.features.has_select_for_update:
        return
    rows = _rows(company, kind).among(ids)
    list(rows.select_for_update().order_by("pk").values_list("pk", flat=True))


def _update(
    company: Company, kind: str, ids: Sequence[int], was: BillingStatus, **values: object
) -> int:
    rows = _rows(company, kind).among(ids).filter(billing=was)
    return rows.update(**values, **_changed(kind))


def _changed(kind: str) -> dict[str, object]:
    """When it changed, for programs that ask; what is planned does not keep that."""
    return {"changed_at": timezone.now()} if issubclass(BILLABLE[kind], Entry) else {}


def _moment(kind: str) -> dict[str, object]:
    return {"version": F("version") + 1, **_changed(kind)}
