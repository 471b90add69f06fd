"""What people did, for whom, and what it is worth."""

from registration.models.entries import (
    ApprovalStatus,
    BillingStatus,
    Entry,
    Expense,
    Hour,
    Missing,
    Ride,
)
from registration.models.planned import Instalment, SubscriptionPeriod
from registration.models.projects import (
    Activity,
    BillingMethod,
    ExpenseCategory,
    Project,
    ProjectActivity,
    ProjectMember,
    RoundingRule,
)
from registration.models.rates import Rate
from registration.models.selection import Selection

__all__ = [
    "Activity",
    "ApprovalStatus",
    "BillingMethod",
    "BillingStatus",
    "Entry",
    "Expense",
    "ExpenseCategory",
    "Hour",
    "Instalment",
    "Missing",
    "Project",
    "ProjectActivity",
    "ProjectMember",
    "Rate",
    "Ride",
    "RoundingRule",
    "Selection",
    "SubscriptionPeriod",
]
