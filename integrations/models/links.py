"""What of ours is what of theirs, per environment."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.tenancy import CompanyOwned
from registration.models import Activity, ExpenseCategory, Instalment, Project
from relations.models import Customer


class CustomerLink(CompanyOwned):
    """Our customer is that debtor. `row_hash` is of the last imported row."""

    environment = models.CharField(max_length=11)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="afas_links")
    debtor_number = models.CharField(max_length=16)
    row_hash = models.CharField(max_length=64, blank=True)
    blocked_in_afas = models.BooleanField(default=False)
    linked_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    missing_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("company", "environment", "debtor_number"),
                name="debtor_linked_once_per_environment",
            ),
            models.UniqueConstraint(
                fields=("environment", "customer"), name="customer_linked_once_per_environment"
            ),
        )

    def __str__(self) -> str:
        return f"{self.customer} = {self.debtor_number}"


class ItemUse(models.TextChoices):
    """What an item is for. The ladder: the line's activity or category, its kind, the default."""

    DEFAULT = "default", _("Default item")
    HOURS = "hours", _("Hours")
    EXPENSES = "expenses", _("Expenses")
    RIDES = "rides", _("Rides")
    FIXED = "fixed", _("Fixed price")
    SUBSCRIPTION = "subscription", _("Subscription")
    ACTIVITY = "activity", _("Activity")
    CATEGORY = "category", _("Expense category")
    INSTALMENT = "instalment", _("Instalment")
    PROJECT = "project", _("Fixed price or subscription of a project")


SUBJECTS = ("activity", "category", "instalment", "project")


def _fits_its_subject() -> Q:
    """The use names the one subject that is filled in; a general use has none."""
    none = {f"{name}__isnull": True for name in SUBJECTS}
    fits = ~Q(use__in=SUBJECTS) & Q(**none)
    for name in SUBJECTS:
        fits |= Q(use=name, **(none | {f"{name}__isnull": False}))
    return fits


class ItemLink(CompanyOwned):
    """Which AFAS item lines of a use get: a kind, a code and a unit together (DECISIONS B)."""

    environment = models.CharField(max_length=11)
    use = models.CharField(max_length=12, choices=ItemUse.choices)
    activity = models.ForeignKey(
        Activity, null=True, blank=True, on_delete=models.CASCADE, related_name="afas_items"
    )
    category = models.ForeignKey(
        ExpenseCategory, null=True, blank=True, on_delete=models.CASCADE, related_name="afas_items"
    )
    instalment = models.ForeignKey(
        Instalment, null=True, blank=True, on_delete=models.CASCADE, related_name="afas_items"
    )
    project = models.ForeignKey(
        Project, null=True, blank=True, on_delete=models.CASCADE, related_name="afas_items"
    )
    kind = models.CharField(_("kind"), max_length=4)
    code = models.CharField(_("item"), max_length=40)
    unit = models.CharField(_("unit"), max_length=15)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("company", "environment", "use"),
                condition=Q(**{f"{name}__isnull": True for name in SUBJECTS}),
                name="one_item_per_use",
            ),
            *(
                models.UniqueConstraint(
                    fields=("environment", name),
                    condition=Q(**{f"{name}__isnull": False}),
                    name=f"one_item_per_{name}",
                )
                for name in SUBJECTS
            ),
            models.CheckConstraint(condition=_fits_its_subject(), name="item_use_fits_its_subject"),
        )

    def __str__(self) -> str:
        return self.code
