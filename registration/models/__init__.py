"""What people did, for whom, and what it is worth."""

from core.rounding import RoundingRule
from registration.models.entries import (
    ApprovalStatus,
    BillingStatus,
    Entry,
    Expense,
    Hour,
    Missing,
    Ride,
)
from registration.models.planned import (
    Broken,
    EarlierPrice,
    Frequency,
    Instalment,
    Subscription,
    SubscriptionPeriod,
)
from registration.models.projects import (
    Activity,
    BillingMethod,
    EarlierMethod,
    ExpenseCategory,
    Project,
    ProjectActivity,
    ProjectMember,
)
from registration.models.rates import Rate
from registration.models.receipts import Receipt
from registration.models.selection import SELECTED, Selection

__all__ = [
    "SELECTED",
    "Activity",
    "ApprovalStatus",
    "BillingMethod",
    "BillingStatus",
    "Broken",
    "EarlierMethod",
    "EarlierPrice",
    "Entry",
    "Expense",
    "ExpenseCategory",
    "Frequency",
    "Hour",
    "Instalment",
    "Missing",
    "Project",
    "ProjectActivity",
    "ProjectMember",
    "Rate",
    "Receipt",
    "Ride",
    "RoundingRule",
    "Selection",
    "Subscription",
    "SubscriptionPeriod",
]
