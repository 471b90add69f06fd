"""Imports of customers: one row a run, one row for everything worth telling about it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.tenancy import CompanyOwned
from integrations.models.runs import SlicedRun
from relations.models import Customer


class ImportRun(SlicedRun):
    """One import of the debtors of AFAS."""

    class Trigger(models.TextChoices):
        BUTTON = "button", _("By hand")
        NIGHTLY = "nightly", _("Nightly")

    trigger = models.CharField(max_length=8, choices=Trigger.choices)
    expected = models.PositiveIntegerField(default=0)
    new = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("-id",)
        indexes = (models.Index(fields=("company", "-queued_at"), name="imports_newest_first"),)
        constraints = (
            models.UniqueConstraint(
                fields=("connection",),
                condition=Q(status__in=("queued", "running")),
                name="one_open_import_per_connection",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_trigger_display()} {self.queued_at:%Y-%m-%d %H:%M}"

    @property
    def seen(self) -> int:
        """How many rows of AFAS it has dealt with."""
        return self.new + self.changed + self.unchanged + self.skipped


class ImportRow(CompanyOwned):
    """What happened to one debtor. Unchanged ones are counted only."""

    class Outcome(models.TextChoices):
        NEW = "new", _("New")
        CHANGED = "changed", _("Changed")
        SKIPPED = "skipped", _("Skipped")

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="rows")
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    debtor_number = models.CharField(max_length=40, blank=True)
    name = models.CharField(max_length=255, blank=True)
    customer = models.ForeignKey(
        Customer, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    reason = models.CharField(max_length=40, blank=True)
    detail = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.debtor_number} {self.name}"
