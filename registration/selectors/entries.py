"""Hours, expenses and rides as people may see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import F, Q, QuerySet, Sum
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


def entries_listed(kind: str, reach: Reach) -> QuerySet[Any]:
    """What this person may see of one kind, for programs that read very many: the columns of the
    entry, `customer_id` and `approver`, the name of who approved it; nothing else is joined.
    """
    return _with_little(kind, reach).filter(reach.shown())


def entry_listed(kind: str, reach: Reach, pk: int) -> Entry:
    """One entry as `entries_listed` has them, also when this person sees it no more: they have just
    changed it themselves.
    """
    found: Entry = _with_little(kind, reach).get(pk=pk)
    return found


def _with_little(kind: str, reach: Reach) -> QuerySet[Any]:
    rows = KINDS[kind].objects.of(reach.company)
    return rows.annotate(customer_id=F("project__customer"), approver=F("approved_by__name"))


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


def activities_for_entries(
    company: Company, project: Project | None = None, *, own: int | None = None
) -> QuerySet[Activity]:
    """What one can do on `project`: what it lists, or everything when it lists nothing.

    `own` is the activity that an hour has already, and may keep when it is archived by now.
    """
    chosen = Q(archived=False) | Q(pk=own)
    activities: QuerySet[Activity] = Activity.objects.of(company).filter(chosen)
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


def categories_for_entries(
    company: Company, *, own: int | None = None
) -> QuerySet[ExpenseCategory]:
    """The kinds of expense one can choose from, and `own`, which an expense has already."""
    chosen = Q(archived=False) | Q(pk=own)
    return ExpenseCategory.objects.of(company).filter(chosen)
