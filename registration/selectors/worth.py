"""What a project earned, what of it is invoiced, and what it cost us.

    earned = invoiced + being invoiced + to invoice + awaiting approval
    margin = earned − cost

*Earned* is what may be asked of the customer up to today: every hour, expense and ride at its rate,
and every instalment and period that is due. Hours that a price covers are worth nothing of their
own. Values are those of single entries; a line on an invoice may differ by a cent (DOMAIN §6).
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from accounts.models import Company
from core import money
from registration.models import (
    ApprovalStatus,
    BillingStatus,
    Entry,
    Expense,
    Hour,
    Instalment,
    Missing,
    Project,
    Rate,
    Ride,
    SubscriptionPeriod,
)

ZERO = Decimal("0.00")
GROUPS = ("billing", "approval", "missing")
KINDS: tuple[type[Entry], ...] = (Hour, Expense, Ride)


@dataclass(kw_only=True)
class Worth:
    """A project in figures: EUR excl. VAT, and minutes worked.

    `later` is planned after today; `uncosted` are minutes whose person has no cost rate; `covered`
    minutes are paid by a price, of which `fixed` is earned so far.
    """

    invoiced: Decimal = ZERO
    reserved: Decimal = ZERO
    unbilled: Decimal = ZERO
    waiting: Decimal = ZERO
    written_off: Decimal = ZERO
    later: Decimal = ZERO
    fixed: Decimal = ZERO
    labour: Decimal = ZERO
    spent: Decimal = ZERO
    minutes: int = 0
    covered: int = 0
    uncosted: int = 0

    @property
    def earned(self) -> Decimal:
        """All that may be asked of the customer so far."""
        return self.invoiced + self.reserved + self.unbilled + self.waiting

    @property
    def cost(self) -> Decimal:
        """What people and expenses cost."""
        return self.labour + self.spent

    @property
    def margin(self) -> Decimal:
        """What is left of what was earned."""
        return self.earned - self.cost

    @property
    def margin_percent(self) -> Decimal | None:
        """The margin as a percentage of what was earned; None while nothing is."""
        return money.cents(self.margin * 100 / self.earned) if self.earned > 0 else None

    @property
    def per_covered_hour(self) -> Decimal | None:
        """What the fixed part earned per hour it covers, EUR; None without such hours."""
        return money.cents(self.fixed * 60 / self.covered) if self.covered and self.fixed else None


@dataclass
class _CostRates:
    """Cost rates by person (None: the company's) as days and amounts, ascending."""

    steps: dict[int | None, tuple[list[date], list[Decimal]]] = field(default_factory=dict)

    def on(self, person: int, day: date) -> Decimal | None:
        """EUR an hour costs us: the person's rate on that day, else the company's."""
        for subject in (person, None):
            days, amounts = self.steps.get(subject, ([], []))
            if place := bisect_right(days, day):
                return amounts[place - 1]
        return None


def worth_of(project: Project, today: date) -> Worth:
    """The figures of one project up to `today`, in eight questions whatever its size."""
    found = Worth()
    for kind in KINDS:
        _add_entries(found, project, kind)
    for planned in (Instalment, SubscriptionPeriod):
        rows = planned.objects.of(project.company_id).filter(project=project)
        _add_planned(found, rows.values_list("billing", "due_on", "amount"), today)
    _add_labour(found, project)
    _add_spent(found, project)
    return found


def _add_entries(found: Worth, project: Project, kind: type[Entry]) -> None:
    rows = kind.objects.of(project.company_id).filter(project=project).order_by()
    sums = {"amount_sum": Sum("amount")}
    if kind is Hour:
        sums |= {"worked": Sum("minutes")}
    for row in rows.values(*GROUPS).annotate(**sums):
        # SQLite gives a sum of money back as a float; the cent is restored here (DECISIONS D).
        amount = money.cents(Decimal(row["amount_sum"] or 0))
        _add(found, row["billing"], amount, agreed=_agreed(project, row["approval"]))
        worked = int(row.get("worked") or 0)
        found.minutes += worked
        found.covered += worked if row["missing"] == Missing.COVERED else 0


def _agreed(project: Project, approval: str) -> bool:
    """Whether such an entry may be billed: what was rejected never, until somebody approves it."""
    if project.only_approved:
        return approval == ApprovalStatus.APPROVED
    return approval != ApprovalStatus.REJECTED


def _add(found: Worth, billing: str, amount: Decimal, *, agreed: bool = True) -> None:
    name = {
        BillingStatus.INVOICED: "invoiced",
        BillingStatus.RESERVED: "reserved",
        BillingStatus.UNBILLED: "unbilled" if agreed else "waiting",
        BillingStatus.WRITTEN_OFF: "written_off",
    }.get(BillingStatus(billing))
    if name:
        setattr(found, name, getattr(found, name) + amount)


def _add_planned(found: Worth, rows: Iterable[tuple[str, date, Decimal]], today: date) -> None:
    for billing, due_on, amount in rows:
        if billing == BillingStatus.UNBILLED and due_on > today:
            found.later += amount
            continue
        before = found.earned
        _add(found, billing, amount)
        found.fixed += found.earned - before


def _add_labour(found: Worth, project: Project) -> None:
    """Minutes of every person and day at what that person cost then; rounded once, at the end."""
    rates = _cost_rates(project.company)
    rows = Hour.objects.of(project.company_id).filter(project=project).order_by()
    minutes_at: dict[Decimal, int] = defaultdict(int)
    for person, day, minutes in rows.values_list("membership", "date").annotate(Sum("minutes")):
        rate = rates.on(person, day)
        if rate is None:
            found.uncosted += minutes
        else:
            minutes_at[rate] += minutes
    exact = sum((rate * minutes for rate, minutes in minutes_at.items()), Decimal(0))
    found.labour = money.cents(exact / money.MINUTES_PER_HOUR)


def _add_spent(found: Worth, project: Project) -> None:
    rows = Expense.objects.of(project.company_id).filter(project=project)
    for quantity, cost in rows.values_list("quantity", "unit_cost"):
        found.spent += money.line_net(quantity, cost)


def _cost_rates(company: Company) -> _CostRates:
    rows: Any = Rate.objects.of(company).filter(unit=Rate.Unit.COST).order_by("valid_from")
    rates = _CostRates()
    for person, since, amount in rows.values_list("membership", "valid_from", "amount"):
        days, amounts = rates.steps.setdefault(person, ([], []))
        days.append(since)
        amounts.append(amount)
    return rates
