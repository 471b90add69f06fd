"""The overviews: filtered, sorted, added up over the whole filter."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, OrderBy, Q, QuerySet, Sum

from accounts.models import Membership
from core import money
from registration.models import Activity, BillingStatus, ExpenseCategory, Missing, Project
from registration.selectors.entries import KINDS, entries_shown
from registration.selectors.periods import EVERYTHING, Period
from registration.selectors.reach import Reach
from relations.models import Customer

WHAT = {"hours": "activity", "expenses": "category"}
PRICED = "priced"
SORTS: dict[str, dict[str, str]] = {
    "hours": {"what": "activity__name", "quantity": "minutes"},
    "expenses": {"what": "category__name", "quantity": "quantity"},
    "rides": {"what": "origin", "quantity": "kilometres"},
}
SORTS_OF_ALL = {
    "date": "date",
    "person": "membership__user__name",
    "customer": "project__customer__name",
    "project": "project__name",
    "approval": "approval",
    "billing": "billing",
    "amount": "amount",
}


@dataclass(frozen=True)
class Filters:
    """What an overview is narrowed to. An empty tuple narrows nothing; ids nobody has match none.

    `what` are activities or expense categories, `worth` is "priced" or a `Missing` reason.
    """

    period: Period = EVERYTHING
    customer: tuple[int, ...] = ()
    project: tuple[int, ...] = ()
    person: tuple[int, ...] = ()
    what: tuple[int, ...] = ()
    approval: tuple[str, ...] = ()
    billing: tuple[str, ...] = ()
    worth: tuple[str, ...] = ()
    search: str = ""


@dataclass(frozen=True)
class Totals:
    """The whole filter added up. `quantity` is minutes, units or km; `amount` EUR excl. VAT."""

    count: int
    quantity: Decimal
    billable: int
    amount: Decimal
    without_rate: int


def overview(kind: str, reach: Reach, filters: Filters) -> QuerySet[Any]:
    """The entries of one kind that match, within what this person may see."""
    rows = entries_shown(kind, reach)
    return rows.filter(_dates(filters.period), _choices(kind, filters), _search(kind, filters))


def ordered(rows: QuerySet[Any], kind: str, sort: str) -> QuerySet[Any]:
    """Sorted by a column, "-date" being newest first; ties by newest entry."""
    name = sort.removeprefix("-")
    column = {**SORTS_OF_ALL, **SORTS[kind]}.get(name)
    if column is None or column == "date":
        ascending = column is not None and sort == name
        return rows.order_by("date", "id") if ascending else rows.order_by("-date", "-id")
    return rows.order_by(OrderBy(F(column), descending=sort != name), "-date", "-id")


def totals(kind: str, rows: QuerySet[Any]) -> Totals:
    """Count, quantity and amount over all of `rows`, in one query (DECISIONS D: quantised here)."""
    quantity = {"hours": "minutes", "expenses": "quantity", "rides": "kilometres"}[kind]
    sums: dict[str, Any] = {
        "count": Count("pk"),
        "quantity": Sum(quantity),
        "amount": Sum("amount"),
        "without_rate": Count("pk", filter=Q(missing=Missing.NO_RATE)),
    }
    if kind == "hours":
        billed = ~Q(billing=BillingStatus.NOT_BILLABLE)
        sums["billable"] = Sum("billable_minutes", filter=billed)
    found = rows.order_by().aggregate(**sums)
    return Totals(
        count=found["count"],
        quantity=money.cents(Decimal(found["quantity"] or 0)),
        billable=found.get("billable") or 0,
        amount=money.cents(Decimal(found["amount"] or 0)),
        without_rate=found["without_rate"],
    )


def choices_for(kind: str, reach: Reach) -> dict[str, list[tuple[int, str]]]:
    """What one can filter by, as (id, name), for each filter that makes sense for this person."""
    company = reach.company
    found: dict[str, QuerySet[Any]] = {
        "customer": Customer.objects.of(company).filter(projects__isnull=False).distinct(),
        "project": Project.objects.of(company).order_by("-active", "name", "pk"),
    }
    if reach.sees_all or reach.managed:
        people = Membership.objects.of(company).select_related("user")
        found["person"] = people.order_by("-active", "user__name", "pk")
    if kind == "hours":
        found["what"] = Activity.objects.of(company)
    elif kind == "expenses":
        found["what"] = ExpenseCategory.objects.of(company)
    return {name: [(row.pk, str(row)) for row in rows] for name, rows in found.items()}


def _dates(period: Period) -> Q:
    condition = Q()
    if period.first:
        condition &= Q(date__gte=period.first)
    if period.last:
        condition &= Q(date__lte=period.last)
    return condition


def _choices(kind: str, filters: Filters) -> Q:
    columns: dict[str, tuple[Any, ...]] = {
        "project__customer__in": filters.customer,
        "project__in": filters.project,
        "membership__in": filters.person,
        "approval__in": filters.approval,
        "billing__in": filters.billing,
        "missing__in": tuple("" if one == PRICED else one for one in filters.worth),
    }
    if kind in WHAT:
        columns[f"{WHAT[kind]}__in"] = filters.what
    return Q(**{column: chosen for column, chosen in columns.items() if chosen})


def _search(kind: str, filters: Filters) -> Q:
    if not filters.search:
        return Q()
    condition = Q(note__icontains=filters.search)
    if kind == "rides":
        condition |= Q(origin__icontains=filters.search)
        condition |= Q(destination__icontains=filters.search)
    return condition


def exists_any(kind: str, reach: Reach) -> bool:
    """Whether there is anything of this kind that this person may see."""
    return KINDS[kind].objects.of(reach.company).filter(reach.shown()).exists()
