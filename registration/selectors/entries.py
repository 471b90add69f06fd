"""Hours, expenses and rides as people may see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import QuerySet, Sum
from django.http import Http404

from accounts.models import Company, Membership
from registration.models import (
    Activity,
    ApprovalStatus,
    Entry,
    Expense,
    ExpenseCategory,
    Hour,
    Project,
    Ride,
)
from registration.selectors.periods import Period
from registration.selectors.reach import Reach

# In the order in which locks are taken, as in services.billing_status.
KINDS: dict[str, type[Entry]] = {"hours": Hour, "expenses": Expense, "rides": Ride}
RELATED: dict[str, tuple[str, ...]] = {
    "hours": ("membership__user", "project__customer", "approved_by", "activity"),
    "expenses": ("membership__user", "project__customer", "approved_by", "category"),
    "rides": ("membership__user", "project__customer", "approved_by"),
}
Ids = Mapping[str, Sequence[int]]


def kind_of(entry: Entry) -> str:
    """ "hours", "expenses" or "rides"."""
    return next(kind for kind, model in KINDS.items() if isinstance(entry, model))


def entries_shown(kind: str, reach: Reach) -> QuerySet[Any]:
    """What this person may see of one kind, with all that a list shows, newest first."""
    rows = KINDS[kind].objects.of(reach.company).filter(reach.shown())
    return rows.select_related(*RELATED[kind])


def entry_shown(kind: str, reach: Reach, pk: int) -> Entry:
    """One entry that this person may see; Http404 for any other."""
    entry = entries_shown(kind, reach).filter(pk=pk).first()
    if entry is None:
        raise Http404
    return entry


def entries_of(kind: str, membership: Membership, period: Period) -> QuerySet[Any]:
    """One person's own entries in a period, newest first."""
    rows = KINDS[kind].objects.of(membership.company_id).filter(membership=membership)
    if period.first:
        rows = rows.filter(date__gte=period.first)
    if period.last:
        rows = rows.filter(date__lte=period.last)
    return rows.select_related(*RELATED[kind])


def minutes_on(membership: Membership, day: date, *, without: int | None = None) -> int:
    """What a person worked on one day, in minutes, leaving out the hour `without`."""
    hours = Hour.objects.of(membership.company_id).filter(membership=membership, date=day)
    if without is not None:
        hours = hours.exclude(pk=without)
    return hours.aggregate(total=Sum("minutes"))["total"] or 0


def open_ids(kind: str, membership: Membership, period: Period) -> list[int]:
    """A person's entries in a period that can still be submitted."""
    waiting = (ApprovalStatus.OPEN, ApprovalStatus.REJECTED)
    rows = entries_of(kind, membership, period).filter(approval__in=waiting)
    return list(rows.values_list("pk", flat=True))


def projects_for_entries(company: Company) -> QuerySet[Project]:
    """The projects on which one can register, by customer and name."""
    projects = Project.objects.of(company).filter(active=True).select_related("customer")
    return projects.order_by("customer__name", "name", "pk")


def activities_for_entries(company: Company, project: Project | None = None) -> QuerySet[Activity]:
    """What one can do on `project`: what it lists, or everything when it lists nothing."""
    activities: QuerySet[Activity] = Activity.objects.of(company).filter(archived=False)
    listed = [] if project is None else listed_activities(project)
    return activities.filter(pk__in=listed) if listed else activities


def project_now(project: Project) -> Project:
    """A project with its customer as both are at this moment, and not when they were loaded."""
    rows = Project.objects.of(project.company_id).select_related("customer")
    found: Project = rows.get(pk=project.pk)
    return found


def listed_activities(project: Project) -> list[int]:
    """The activities a project allows; an empty list allows all of them."""
    return list(project.project_activities.values_list("activity_id", flat=True))


def categories_for_entries(company: Company) -> QuerySet[ExpenseCategory]:
    """The kinds of expense one can choose from."""
    return ExpenseCategory.objects.of(company).filter(archived=False)
