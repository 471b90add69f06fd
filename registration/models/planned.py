"""Amounts billed without entries: instalments of a fixed price, periods of a subscription."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.tenancy import CompanyOwned
from registration.models.entries import BillingStatus
from registration.models.projects import Activity, Project


class Planned(CompanyOwned):
    """An amount (EUR excl. VAT) that becomes billable on a day."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    description = models.CharField(_("description"), max_length=200)
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    due_on = models.DateField(_("billable from"))
    billing = models.CharField(
        max_length=12, choices=BillingStatus.choices, default=BillingStatus.UNBILLED
    )
    invoice_label = models.CharField(max_length=60, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        abstract = True
        ordering = ("due_on", "id")

    def __str__(self) -> str:
        return self.description


class Instalment(Planned):
    """A part of a fixed price; a price without parts has one implicit instalment."""

    activity = models.ForeignKey(
        Activity, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    implicit = models.BooleanField(default=False)

    class Meta(Planned.Meta):
        constraints = (
            models.UniqueConstraint(
                fields=("project",),
                condition=Q(implicit=True, activity__isnull=True),
                name="one_implicit_instalment_per_project",
            ),
            models.UniqueConstraint(
                fields=("project", "activity"),
                condition=Q(implicit=True, activity__isnull=False),
                name="one_implicit_instalment_per_activity",
            ),
        )


class SubscriptionPeriod(Planned):
    """One period of a subscription, known by its first day."""

    starts_on = models.DateField()
    ends_on = models.DateField()

    class Meta(Planned.Meta):
        constraints = (
            models.UniqueConstraint(
                fields=("project", "starts_on"), name="subscription_period_once_per_project"
            ),
        )
