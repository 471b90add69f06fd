"""Selections, and what they add up to."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Count, Q, QuerySet, Sum
from django.http import Http404

from accounts.models import Company, User
from core import money
from registration.models import ApprovalStatus, BillingStatus, Selection
from registration.selectors.entries import KINDS, entries_shown
from registration.selectors.reach import Reach


@dataclass(frozen=True)
class KindSum:
    """How many entries of one kind are ticked, and in which states."""

    count: int = 0
    minutes: int = 0
    amount: Decimal = Decimal(0)
    own_open: int = 0
    approvable: int = 0
    rejectable: int = 0
    reopenable: int = 0
    unlocked: int = 0
    billable: int = 0
    not_billable: int = 0
    unbilled: int = 0
    written_off: int = 0


@dataclass(frozen=True)
class SelectionSum:
    """What a selection adds up to, for the tray; `amount` is EUR excl. VAT."""

    kinds: dict[str, KindSum] = field(default_factory=dict)
    customers: int = 0

    @property
    def count(self) -> int:
        """How many entries there are, of all kinds."""
        return sum(one.count for one in self.kinds.values())

    @property
    def amount(self) -> Decimal:
        """What all of it is worth."""
        return sum((one.amount for one in self.kinds.values()), Decimal(0))

    def has(self, name: str) -> int:
        """How many entries of all kinds are in the state `name` of KindSum."""
        return sum(getattr(one, name) for one in self.kinds.values())


def selection_of(company: Company, user: User, id: uuid.UUID | str) -> Selection:
    """The selection `id` of this user in this company; Http404 for any other."""
    try:
        selection: Selection | None = Selection.objects.of(company).filter(user=user, pk=id).first()
    except (ValidationError, ValueError) as error:
        raise Http404 from error
    if selection is None:
        raise Http404
    return selection


def picked(kind: str, reach: Reach, selection: Selection) -> QuerySet[Any]:
    """The entries of one kind that are ticked and that this person may still see."""
    return entries_shown(kind, reach).filter(pk__in=getattr(selection, kind))


def ids_of(selection: Selection) -> dict[str, list[int]]:
    """The ticked ids per kind."""
    return {kind: list(getattr(selection, kind)) for kind in KINDS}


def sum_of(reach: Reach, selection: Selection) -> SelectionSum:
    """Add a selection up: two queries for each kind that has ticks."""
    kinds, customers = {}, set()
    for kind in KINDS:
        if getattr(selection, kind):
            rows = picked(kind, reach, selection).order_by()
            kinds[kind] = _sum(kind, reach, rows)
            customers |= set(rows.values_list("project__customer", flat=True).distinct())
        else:
            kinds[kind] = KindSum()
    return SelectionSum(kinds, len(customers - {None}))


def _sum(kind: str, reach: Reach, rows: QuerySet[Any]) -> KindSum:
    unlocked = ~Q(billing__in=(BillingStatus.RESERVED, BillingStatus.INVOICED))
    status = {name: Q(approval=name) & unlocked for name in ApprovalStatus.values}
    mine = reach.approved_by_me() if reach.approves_any else Q(pk__in=())
    conditions = {
        "own_open": Q(membership=reach.membership) & (status["open"] | status["rejected"]),
        "approvable": mine & (status["open"] | status["submitted"]),
        "rejectable": mine & (status["open"] | status["submitted"] | status["approved"]),
        "reopenable": mine & (status["approved"] | status["rejected"]),
        "unlocked": unlocked & ~Q(billing=BillingStatus.WRITTEN_OFF),
        "billable": Q(billing=BillingStatus.UNBILLED),
        "not_billable": Q(billing=BillingStatus.NOT_BILLABLE),
        "unbilled": Q(billing=BillingStatus.UNBILLED),
        "written_off": Q(billing=BillingStatus.WRITTEN_OFF),
    }
    columns: dict[str, Any] = {
        name: Count("pk", filter=condition) for name, condition in conditions.items()
    }
    if kind == "hours":
        columns["minutes_total"] = Sum("minutes")
    found = rows.aggregate(count=Count("pk"), amount_total=Sum("amount"), **columns)
    amount = found.pop("amount_total") or Decimal(0)
    minutes = found.pop("minutes_total", 0) or 0
    return KindSum(amount=money.cents(Decimal(amount)), minutes=minutes, **found)
