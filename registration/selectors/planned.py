"""What is billed without entries: the instalments and the periods of a project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.shortcuts import get_object_or_404

from accounts.models import Company
from core.tenancy import CompanyQuerySet
from registration.models import BillingStatus, Instalment, Project, SubscriptionPeriod
from registration.models.planned import Planned

# How a planned amount stands, as a dot with a word: kind of dot per billing status.
DOTS = {
    BillingStatus.UNBILLED: "open",
    BillingStatus.RESERVED: "busy",
    BillingStatus.INVOICED: "ok",
    BillingStatus.WRITTEN_OFF: "idle",
}


@dataclass(frozen=True)
class PlannedRow:
    """A planned amount as a page shows it."""

    row: Planned
    dot: str
    is_due: bool

    @property
    def is_open(self) -> bool:
        """Whether it may still be changed."""
        return self.row.billing == BillingStatus.UNBILLED


@dataclass(frozen=True)
class PlannedTable:
    """The planned amounts of a project, `price` (EUR excl. VAT) to compare them with, if any."""

    rows: Sequence[PlannedRow]
    price: Decimal | None = None

    @property
    def total(self) -> Decimal:
        """EUR excl. VAT of all."""
        return sum((one.row.amount for one in self.rows), Decimal("0.00"))

    @property
    def less(self) -> Decimal:
        """How much the parts lack of the price, EUR; nought when they do not."""
        return max(Decimal(0), (self.price or Decimal(0)) - self.total)

    @property
    def more(self) -> Decimal:
        """How much the parts are above the price, EUR; nought when they are not."""
        return max(Decimal(0), self.total - self.price) if self.price is not None else Decimal(0)


def instalments_of(project: Project, today: date) -> PlannedTable:
    """The instalments on the plan, by day; beside the price where it is one for the project."""
    rows = _on_the_plan(Instalment.objects.of(project.company_id), project)
    found = list(rows.select_related("activity", "project").order_by("due_on", "pk"))
    price = project.price if project.billing_method == "fixed_project" else None
    return PlannedTable([_row(one, today) for one in found], price)


def periods_of(project: Project, today: date) -> PlannedTable:
    """The periods that were made, newest first."""
    rows = _on_the_plan(SubscriptionPeriod.objects.of(project.company_id), project)
    return PlannedTable([_row(one, today) for one in rows.order_by("-starts_on")])


def amounts_due(project: Project) -> dict[int, date]:
    """From when the unbilled fixed amounts of its activities can be invoiced, by activity."""
    rows = Instalment.objects.of(project.company_id).filter(
        project=project, implicit=True, activity__isnull=False, billing=BillingStatus.UNBILLED
    )
    return dict(rows.values_list("activity", "due_on"))


def instalments_listed(company: Company) -> CompanyQuerySet:
    """Every instalment on a plan of this company."""
    return Instalment.objects.of(company).exclude(billing=BillingStatus.NOT_BILLABLE)


def instalment_of(company: Company, pk: int) -> Instalment:
    """One instalment on the plan of this company; Http404 for any other."""
    rows = instalments_listed(company).select_related("project__customer")
    found: Instalment = get_object_or_404(rows, pk=pk)
    return found


def _on_the_plan(rows: CompanyQuerySet, project: Project) -> CompanyQuerySet:
    return rows.filter(project=project).exclude(billing=BillingStatus.NOT_BILLABLE)


def _row(row: Planned, today: date) -> PlannedRow:
    return PlannedRow(row, DOTS[BillingStatus(row.billing)], row.due_on <= today)
