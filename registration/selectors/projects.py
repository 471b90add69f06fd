"""Projects of a company, and what they hold that is still to be invoiced."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.shortcuts import get_object_or_404
from django.utils import timezone

from accounts.models import Company, Membership
from core import money
from core.tenancy import CompanyQuerySet
from registration.models import (
    Activity,
    ApprovalStatus,
    BillingStatus,
    Entry,
    Expense,
    ExpenseCategory,
    Hour,
    Instalment,
    Missing,
    Project,
    ProjectActivity,
    ProjectMember,
    Ride,
    SubscriptionPeriod,
)
from relations.models import Customer

KINDS: tuple[type[Entry], ...] = (Hour, Expense, Ride)


@dataclass(frozen=True, kw_only=True)
class ProjectFilter:
    """What the list of projects narrows to; `state` is "active", "closed" or anything else."""

    search: str = ""
    customer: str = ""
    state: str = "active"


@dataclass
class Unbilled:
    """What a project holds that is not invoiced: EUR excl. VAT, and billable minutes.

    `waiting` are amounts that lack the approval their project asks for, or were rejected; `covered`
    minutes are paid by a fixed price; `without_rate` counts the hours and rides that have no amount
    yet.
    """

    amount: Decimal = Decimal("0.00")
    waiting: Decimal = Decimal("0.00")
    minutes: int = 0
    covered: int = 0
    without_rate: int = 0
    entries: int = 0

    def __add__(self, other: Unbilled) -> Unbilled:
        """Both together."""
        return Unbilled(
            self.amount + other.amount,
            self.waiting + other.waiting,
            self.minutes + other.minutes,
            self.covered + other.covered,
            self.without_rate + other.without_rate,
            self.entries + other.entries,
        )


def projects_of(company: Company, wanted: ProjectFilter | None = None) -> CompanyQuerySet:
    """The projects by name with their customers; each word must be in name, code or customer."""
    wanted = wanted or ProjectFilter()
    projects = Project.objects.of(company).select_related("customer").order_by("name", "id")
    if wanted.state in {"active", "closed"}:
        projects = projects.filter(active=wanted.state == "active")
    if wanted.customer == "none":
        projects = projects.filter(customer=None)
    elif wanted.customer:
        known = wanted.customer.isdecimal()
        projects = projects.filter(customer=int(wanted.customer)) if known else projects.none()
    return found_by(projects, wanted.search)


def found_by(projects: CompanyQuerySet, search: str) -> CompanyQuerySet:
    """Those with each word of `search` in name, code or customer."""
    for word in search.split():
        projects = projects.filter(
            Q(name__icontains=word) | Q(code__icontains=word) | Q(customer__name__icontains=word)
        )
    return projects


def project_of(company: Company, pk: int) -> Project:
    """One project of this company; Http404 for any other."""
    rows = Project.objects.of(company).select_related("customer")
    found: Project = get_object_or_404(rows, pk=pk)
    return found


def customers_with_projects(company: Company) -> QuerySet[Customer]:
    """Who the list of projects can be narrowed to."""
    served = Project.objects.of(company).order_by().values("customer").distinct()
    return Customer.objects.of(company).filter(pk__in=served).order_by("name", "id")


def activities_of(company: Company, *, state: str = "active") -> CompanyQuerySet:
    """The activities by name; `state` is "active", "archived" or anything else for all."""
    return _by_state(Activity.objects.of(company), state)


def categories_of(company: Company, *, state: str = "active") -> CompanyQuerySet:
    """The expense categories by name; `state` as for activities."""
    return _by_state(ExpenseCategory.objects.of(company), state)


def activity_of(company: Company, pk: int) -> Activity:
    """One activity of this company; Http404 for any other."""
    found: Activity = get_object_or_404(Activity.objects.of(company), pk=pk)
    return found


def category_of(company: Company, pk: int) -> ExpenseCategory:
    """One expense category of this company; Http404 for any other."""
    found: ExpenseCategory = get_object_or_404(ExpenseCategory.objects.of(company), pk=pk)
    return found


def people_of(company: Company) -> QuerySet[Membership]:
    """The people at work in this company, by name."""
    people = Membership.objects.of(company).filter(active=True)
    return people.select_related("user").order_by("user__name", "id")


def activities_to_list(company: Company, project: int) -> CompanyQuerySet:
    """The activities that a project can list: all but archived ones that it does not list yet."""
    listed = ProjectActivity.objects.of(company).filter(project=project).values("activity")
    return Activity.objects.of(company).filter(Q(archived=False) | Q(pk__in=listed))


def people_to_join(company: Company, project: int) -> CompanyQuerySet:
    """Who can be on a project: everybody at work, and those who left but are on it, by name."""
    joined = ProjectMember.objects.of(company).filter(project=project).values("membership")
    people = Membership.objects.of(company).filter(Q(active=True) | Q(pk__in=joined))
    return people.select_related("user").order_by("user__name", "id")


def unbilled_by_project(company: Company, projects: Iterable[Project]) -> dict[int, Unbilled]:
    """What each of these projects holds that is not invoiced today, in one query per kind.

    Instalments and periods count once they are due; they are no entries.
    """
    found: dict[int, Unbilled] = defaultdict(Unbilled)
    wanted = [project.pk for project in projects]
    for kind in KINDS:
        rows = kind.objects.of(company).filter(project__in=wanted, billing=BillingStatus.UNBILLED)
        for row in rows.order_by().values("project").annotate(**_sums(kind)):
            found[row["project"]] += _unbilled(row)
    for planned in (Instalment, SubscriptionPeriod):
        due = planned.objects.of(company).filter(
            project__in=wanted, billing=BillingStatus.UNBILLED, due_on__lte=timezone.localdate()
        )
        for project, amount in due.values_list("project").annotate(Sum("amount")).order_by():
            found[project] += Unbilled(amount=money.cents(Decimal(amount)))
    return found


def _sums(kind: type[Entry]) -> dict[str, Sum | Count]:
    rejected = Q(approval=ApprovalStatus.REJECTED)
    ready = Q(project__only_approved=False) & ~rejected | Q(approval=ApprovalStatus.APPROVED)
    sums: dict[str, Sum | Count] = {
        "ready": Sum("amount", filter=ready),
        "all": Sum("amount"),
        "no_rate": Count("pk", filter=Q(missing=Missing.NO_RATE)),
        "count": Count("pk"),
    }
    if kind is Hour:
        covered = Q(missing=Missing.COVERED)
        sums["minutes_open"] = Sum("billable_minutes", filter=~covered)
        sums["minutes_covered"] = Sum("billable_minutes", filter=covered)
    return sums


def _unbilled(row: Mapping[str, Any]) -> Unbilled:
    """Sums of money come back as SQLite likes them; the cent is restored here (DECISIONS D)."""
    ready, total = (money.cents(Decimal(row[name] or 0)) for name in ("ready", "all"))
    return Unbilled(
        amount=ready,
        waiting=total - ready,
        minutes=int(row.get("minutes_open") or 0),
        covered=int(row.get("minutes_covered") or 0),
        without_rate=int(row["no_rate"] or 0),
        entries=int(row["count"] or 0),
    )


def _by_state(rows: CompanyQuerySet, state: str) -> CompanyQuerySet:
    if state in {"active", "archived"}:
        rows = rows.filter(archived=state == "archived")
    return rows.order_by("name", "id")
