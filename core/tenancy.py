"""Every row belongs to one company, and every question names the company."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.db import models

if TYPE_CHECKING:
    from accounts.models import Company


class CompanyQuerySet(models.QuerySet[Any]):
    """A queryset whose first word is the company."""

    def of(self, company: Company | int) -> Self:
        """Only the rows of `company`; the door through which every selector goes."""
        return self.filter(company=company)


class CompanyOwned(models.Model):
    """A row of one company."""

    company = models.ForeignKey("accounts.Company", on_delete=models.PROTECT, related_name="+")

    objects = CompanyQuerySet.as_manager()

    class Meta:
        abstract = True
