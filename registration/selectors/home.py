"""What the dashboard tells: one's week, and what waits for one."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db.models import Count, Q, Sum

from accounts.models import Membership
from registration.models import ApprovalStatus, BillingStatus, Hour, Missing
from registration.selectors.entries import KINDS
from registration.selectors.periods import monday_of
from registration.selectors.reach import Reach


class DayOfWork(NamedTuple):
    """Minutes worked on one day, billable and not."""

    day: date
    billable: int
    other: int

    @property
    def minutes(self) -> int:
        """All of the day."""
        return self.billable + self.other


class Waiting(NamedTuple):
    """How many entries of a kind wait for something."""

    kind: str
    number: int


def week_of_work(membership: Membership, today: date) -> list[DayOfWork]:
    """Seven days of one's own work, from Monday."""
    monday = monday_of(today)
    hours = Hour.objects.of(membership.company_id).filter(
        membership=membership, date__range=(monday, monday + timedelta(days=6))
    )
    sums = hours.values("date").annotate(
        total=Sum("minutes"), billable=Sum("minutes", filter=~Q(billing=BillingStatus.NOT_BILLABLE))
    )
    by_day: dict[date, Any] = {row["date"]: row for row in sums.order_by("date")}
    days = []
    for step in range(7):
        found = by_day.get(monday + timedelta(days=step), {})
        billable = found.get("billable") or 0
        days.append(
            DayOfWork(monday + timedelta(days=step), billable, found.get("total", 0) - billable)
        )
    return days


def to_submit(membership: Membership, today: date) -> list[Waiting]:
    """One's own entries up to `today` that are open or were rejected."""
    waiting = Q(approval__in=(ApprovalStatus.OPEN, ApprovalStatus.REJECTED), date__lte=today)
    return _counts(membership.company_id, waiting & Q(membership=membership))


def to_approve(reach: Reach) -> list[Waiting]:
    """Submitted entries that this person approves."""
    if not reach.approves_any:
        return []
    submitted = Q(approval=ApprovalStatus.SUBMITTED)
    return _counts(reach.company.pk, submitted & reach.approved_by_me())


def without_rate(reach: Reach) -> list[Waiting]:
    """Entries that should have an amount but have none, within reach."""
    return _counts(reach.company.pk, Q(missing=Missing.NO_RATE) & reach.shown())


def _counts(company: int, condition: Q) -> list[Waiting]:
    found = []
    for kind, model in KINDS.items():
        rows = model.objects.of(company).filter(condition).order_by()
        count = rows.aggregate(count=Count("pk"))["count"]
        if count:
            found.append(Waiting(kind, count))
    return found
