"""Which hours an invoice bills or covers, line by line, so that every euro can be explained.

Hours that are billed come with their frozen quantity, rate and amount. Hours on a fixed price or a
subscription are covered by it: they are listed without amounts, for the days of supply.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from typing import Any

from django.db.models import Q, QuerySet

from core.money import hours_of, line_net
from invoicing.models import Claim, Invoice, InvoiceLine
from invoicing.services.pricing import PLANNED
from registration.models import ApprovalStatus, Hour, Missing, Project


@dataclass(frozen=True, kw_only=True)
class SpecifiedHour:
    """One entry. `rate` and `amount` are EUR excl. VAT; without an amount it is covered.

    There is no rate where the line asks something else than hours × rate, as with a discount.
    """

    day: date
    person: str
    activity: str
    note: str
    minutes: int
    rate: Decimal | None = None
    amount: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class SpecifiedLine:
    """The entries of one project behind one line; `is_covered` when the line is a fixed amount."""

    title: str
    project: str
    is_covered: bool
    hours: tuple[SpecifiedHour, ...]

    @property
    def minutes(self) -> int:
        """All of them together."""
        return sum(one.minutes for one in self.hours)

    @property
    def amount(self) -> Decimal:
        """EUR excl. VAT; nought when they are covered."""
        return sum((one.amount or Decimal(0) for one in self.hours), Decimal("0.00"))


def specification_of(invoice: Invoice) -> tuple[SpecifiedLine, ...]:
    """The hours behind each line of an invoice of our own, in the order of the lines.

    What was claimed when the invoice became final stays listed, also after a credit note released
    it. Two queries, and one for each fixed amount.
    """
    held = claims_of(invoice).filter(
        Q(hour__isnull=False) | Q(instalment__isnull=False) | Q(subscription_period__isnull=False)
    )
    found: list[SpecifiedLine] = []
    listed: set[int] = set()
    for line, claims in groupby(held, key=lambda one: one.line):
        found.extend(_specified(invoice, line, list(claims), listed))
    return tuple(found)


def claims_of(invoice: Invoice) -> QuerySet[Claim]:
    """Everything that an invoice bills, by line and then by day: for a final one also what it gave
    back since."""
    held = Claim.objects.filter(line__invoice=invoice)
    if invoice.is_draft:
        held = held.filter(released_at__isnull=True)
    return held.select_related(
        "line",
        "hour__project",
        "hour__activity",
        "hour__membership__user",
        "instalment__project__company",
        "subscription_period__project__company",
    ).order_by("line__position", "hour__project__name", "hour__project", "hour__date", "pk")


def _specified(
    invoice: Invoice, line: InvoiceLine, claims: Sequence[Claim], listed: set[int]
) -> list[SpecifiedLine]:
    """`listed` are the projects whose hours stand under an earlier instalment already."""
    planned = [one for one in claims if one.hour is None]
    if not planned:
        return _billed(line, claims)
    found = []
    for claim in planned:
        if claim.instalment and claim.instalment.project_id in listed:
            continue
        if claim.instalment:
            listed.add(claim.instalment.project_id)
        found.append(_covered(invoice, claim))
    return [one for one in found if one and one.hours]


def _billed(line: InvoiceLine, claims: Sequence[Claim]) -> list[SpecifiedLine]:
    multiplies = _multiplies_out(line, claims)
    pairs = [(one, one.hour) for one in claims if one.hour]
    return [
        SpecifiedLine(
            title=line.description,
            project=project.name,
            is_covered=False,
            hours=tuple(_billed_hour(*pair, multiplies=multiplies) for pair in group),
        )
        for project, group in groupby(pairs, key=lambda pair: pair[1].project)
    ]


def _multiplies_out(line: InvoiceLine, claims: Sequence[Claim]) -> bool:
    """Whether the line still asks what its hours × their rate come to."""
    minutes = sum(_minutes(one) for one in claims)
    return line_net(hours_of(minutes), claims[0].rate) == line.net


def _minutes(claim: Claim) -> int:
    """The minutes that were frozen, which the entry itself may no longer have."""
    return int((claim.quantity * 60).to_integral_value(rounding=ROUND_HALF_UP))


def _billed_hour(claim: Claim, hour: Hour, *, multiplies: bool) -> SpecifiedHour:
    return SpecifiedHour(
        day=hour.date,
        person=str(hour.membership),
        activity=str(hour.activity),
        note=hour.note,
        minutes=_minutes(claim),
        rate=claim.rate if multiplies else None,
        amount=claim.amount,
    )


def _covered(invoice: Invoice, claim: Claim) -> SpecifiedLine | None:
    """What was worked for a fixed amount: a period's own days, or the days of supply."""
    days: tuple[date | None, date | None]
    if period := claim.subscription_period:
        project, days = period.project, (period.starts_on, period.ends_on)
    elif part := claim.instalment:
        project, days = part.project, (invoice.supply_from, invoice.supply_until)
    else:
        return None
    worked = _worked(project, *days)
    if invoice.finalised_at:  # set late or again, it does not name what was written down since
        worked = worked.filter(created_at__lte=invoice.finalised_at)
    hours = tuple(_covered_hour(hour) for hour in worked)
    return SpecifiedLine(
        title=claim.line.description, project=project.name, is_covered=True, hours=hours
    )


def _worked(project: Project, first: date | None, last: date | None) -> QuerySet[Hour]:
    """Hours on a project that are not billed by the hour, as far as they count as agreed."""
    hours = Hour.objects.of(project.company).filter(project=project, missing=Missing.COVERED)
    if project.only_approved:
        hours = hours.filter(approval=ApprovalStatus.APPROVED)
    hours = hours.exclude(approval=ApprovalStatus.REJECTED)
    hours = hours.filter(date__gte=first) if first else hours
    hours = hours.filter(date__lte=last) if last else hours
    return hours.select_related("activity", "membership__user").order_by("date", "pk")


def covers_hours(things: Iterable[tuple[str, Any]], supply_from: date, supply_until: date) -> bool:
    """Whether there would be anything to specify of these things on one invoice."""
    return any(_has_hours(kind, row, (supply_from, supply_until)) for kind, row in things)


def _has_hours(kind: str, row: Any, supplied: tuple[date, date]) -> bool:
    if kind not in PLANNED:
        return kind == "hour"
    period = kind == "subscription_period"
    return _worked(row.project, *((row.starts_on, row.ends_on) if period else supplied)).exists()


def _covered_hour(hour: Hour) -> SpecifiedHour:
    return SpecifiedHour(
        day=hour.date,
        person=str(hour.membership),
        activity=str(hour.activity),
        note=hour.note,
        minutes=hour.minutes,
    )
