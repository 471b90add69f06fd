"""The rates of a company."""

from __future__ import annotations

from accounts.models import Company
from core.tenancy import CompanyQuerySet
from registration.models import Rate


def rates_of(company: Company) -> CompanyQuerySet:
    """Every rate with its subject, oldest start first."""
    rates = Rate.objects.of(company).order_by("valid_from", "id")
    return rates.select_related("customer", "activity", "membership__user", "project")
