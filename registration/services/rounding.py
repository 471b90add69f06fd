"""Another rounding rule of a customer or the company: open hours get their billable time anew."""

from __future__ import annotations

from django.db.models import Q

from accounts.models import Company, User
from registration.models import Hour, RoundingRule
from registration.services import valuation
from relations.models import Customer


def rounding_changed(
    *, company: Company, customer: Customer | None, by: User | None, **_signal: object
) -> int:
    """Round the unclaimed hours again that follow the rule of `customer`; None: the company's.

    Answers the signal `core.rounding.rounding_changed`, in the transaction that changed the rule.
    Returns how many hours changed; a project's own rule, and what is claimed, stay as they are.
    """
    where = Q(project__rounding_rule=RoundingRule.INHERIT)
    if customer is None:
        where &= Q(project__customer__rounding_rule=RoundingRule.INHERIT)
    else:
        where &= Q(project__customer=customer)
    return valuation.revalue(company=company, where=where, by=by, kinds=(Hour,))
