"""The rate ladder as data: one table for every rung."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from core.tenancy import CompanyOwned
from registration.models.projects import Activity, Project
from relations.models import Customer

EVER = date(2000, 1, 1)


class Rate(CompanyOwned):
    """A price per hour or per km (EUR excl. VAT) of exactly one subject, from a date on.

    What an hour costs us is a rate of the company or of a person; it is on no invoice.

    The subject is what is filled in: nothing (the company's own), a customer, an activity, a
    person, a project, a project and an activity, or a project and a person.
    """

    class Unit(models.TextChoices):
        HOUR = "hour", _("per hour")
        KM = "km", _("per km")
        COST = "cost", _("cost per hour")

    unit = models.CharField(max_length=4, choices=Unit.choices)
    amount = models.DecimalField(_("rate"), max_digits=10, decimal_places=4)
    valid_from = models.DateField(_("from"), default=EVER)
    customer = models.ForeignKey(
        Customer, null=True, blank=True, on_delete=models.CASCADE, related_name="rates"
    )
    activity = models.ForeignKey(
        Activity, null=True, blank=True, on_delete=models.CASCADE, related_name="rates"
    )
    membership = models.ForeignKey(
        Membership, null=True, blank=True, on_delete=models.CASCADE, related_name="rates"
    )
    project = models.ForeignKey(
        Project, null=True, blank=True, on_delete=models.CASCADE, related_name="rates"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                "company",
                "unit",
                "valid_from",
                Coalesce("customer", 0),
                Coalesce("activity", 0),
                Coalesce("membership", 0),
                Coalesce("project", 0),
                name="one_rate_per_subject_and_date",
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="rate_is_not_negative"),
        )

    def __str__(self) -> str:
        return f"{self.amount} {self.get_unit_display()}"
