"""An entry as lists show it: words, dots and links."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from django.urls import NoReverseMatch, reverse
from django.utils.translation import ngettext

from accounts.models import Right
from core import formats, money
from registration.models import (
    ApprovalStatus,
    BillingMethod,
    BillingStatus,
    Entry,
    Expense,
    Hour,
    Missing,
    Ride,
)
from registration.selectors.entries import kind_of
from registration.selectors.reach import Reach
from registration.selectors.receipts import receipt_counts
from registration.services.refusals import change_refusal

APPROVAL_DOTS = {
    ApprovalStatus.OPEN: "open",
    ApprovalStatus.SUBMITTED: "busy",
    ApprovalStatus.APPROVED: "ok",
    ApprovalStatus.REJECTED: "bad",
}
BILLING_DOTS = {
    BillingStatus.NOT_BILLABLE: "idle",
    BillingStatus.UNBILLED: "open",
    BillingStatus.RESERVED: "busy",
    BillingStatus.INVOICED: "ok",
    BillingStatus.WRITTEN_OFF: "idle",
}
# The page where a missing rate is filled in, by billing method: its name and the right it asks.
RATE_PAGES = {
    BillingMethod.HOURLY_ACTIVITY: ("activity", "activity_id", Right.ADMIN),
    BillingMethod.HOURLY_PERSON: ("employee_rates", "membership_id", Right.COSTS),
    BillingMethod.HOURLY_PROJECT: ("project", "project_id", Right.COSTS),
    BillingMethod.HOURLY_CUSTOMER: ("rates", "", Right.COSTS),
}


@dataclass(frozen=True)
class Row:
    """One entry in a list. `why_locked` says why this person cannot change it; empty: they can."""

    entry: Entry
    kind: str
    what: str
    quantity: str
    url: str
    rate_url: str
    why_locked: str
    is_picked: bool = False
    receipts: int = 0

    @property
    def approval_dot(self) -> str:
        """The shape of the approval status."""
        return APPROVAL_DOTS[ApprovalStatus(self.entry.approval)]

    @property
    def billing_dot(self) -> str:
        """The shape of the billing status."""
        return BILLING_DOTS[BillingStatus(self.entry.billing)]

    @property
    def cost(self) -> Decimal | None:
        """What an expense cost, EUR excl. VAT."""
        if not isinstance(self.entry, Expense):
            return None
        return money.line_net(self.entry.quantity, self.entry.unit_cost)

    @property
    def lacks_rate(self) -> bool:
        """Whether it should have an amount but has none."""
        return self.entry.missing == Missing.NO_RATE

    @property
    def name(self) -> str:
        """What the tick box is called aloud."""
        parts = (formats.write_day(self.entry.date), str(self.entry.membership), self.what)
        return ", ".join(parts)


def rows_of(
    entries: Iterable[Entry], reach: Reach, picked: frozenset[int] = frozenset()
) -> list[Row]:
    """Entries of one kind, loaded with what they show, as rows of a list."""
    shown = list(entries)
    expenses = [entry.pk for entry in shown if isinstance(entry, Expense)]
    receipts = receipt_counts(reach.company, expenses) if expenses else {}
    return [
        replace(
            _row(entry, reach), is_picked=entry.pk in picked, receipts=receipts.get(entry.pk, 0)
        )
        for entry in shown
    ]


def _row(entry: Entry, reach: Reach) -> Row:
    kind = kind_of(entry)
    return Row(
        entry=entry,
        kind=kind,
        what=what_of(entry),
        quantity=quantity_of(entry),
        url=reverse(f"register_{kind[:-1]}", args=[entry.pk]),
        rate_url=_rate_url(entry, reach) if entry.missing == Missing.NO_RATE else "",
        why_locked=change_refusal(reach, entry),
    )


def what_of(entry: Entry) -> str:
    """The activity, the category, or the route."""
    if isinstance(entry, Hour):
        return str(entry.activity)
    if isinstance(entry, Expense):
        return str(entry.category)
    if isinstance(entry, Ride):
        arrow = "⇄" if entry.is_return else "→"
        return f"{entry.origin} {arrow} {entry.destination}"
    return ""


def quantity_of(entry: Entry) -> str:
    """How much: a duration, a number of units, or kilometres."""
    if isinstance(entry, Hour):
        return formats.write_minutes(entry.minutes)
    if isinstance(entry, Expense):
        unit = entry.category.unit
        return f"{formats.write_number(entry.quantity)} {unit}".strip()
    if isinstance(entry, Ride):
        return formats.write_kilometres(entry.kilometres)
    return ""


def _rate_url(entry: Entry, reach: Reach) -> str:
    """The page where the missing rate can be filled in; empty for who may not open it."""
    if isinstance(entry, Ride):
        name, column, right = "rates", "", Right.COSTS
    else:
        name, column, right = RATE_PAGES.get(entry.project.method, ("rates", "", Right.COSTS))
    if not reach.membership.has(right):
        return ""
    try:
        return reverse(name, args=[getattr(entry, column)] if column else [])
    except NoReverseMatch:
        return ""


def counted(kind: str, count: int) -> str:
    """How many entries of a kind, in words: 42 hours, 1 expense."""
    words = {
        "hours": ngettext("%(count)s hour", "%(count)s hours", count),
        "expenses": ngettext("%(count)s expense", "%(count)s expenses", count),
        "rides": ngettext("%(count)s ride", "%(count)s rides", count),
    }[kind]
    return words % {"count": formats.write_number(count)}
