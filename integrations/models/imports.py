"""Imports of customers: one row a run, one row for everything worth telling about it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.tenancy import CompanyOwned
from integrations.models.connection import AfasConnection
from relations.models import Customer


class ImportRun(CompanyOwned):
    """One import. It runs in chunks and is judged by its heartbeat."""

    class Trigger(models.TextChoices):
        BUTTON = "button", _("By hand")
        NIGHTLY = "nightly", _("Nightly")

    class Status(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    connection = models.ForeignKey(AfasConnection, on_delete=models.PROTECT, related_name="imports")
    trigger = models.CharField(max_length=8, choices=Trigger.choices)
    by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.QUEUED)
    queued_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    last_key = models.CharField(max_length=40, blank=True)
    expected = models.PositiveIntegerField(default=0)
    new = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    log_reference = models.CharField(max_length=64, blank=True)

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
    def is_open(self) -> bool:
        """Whether it still has to run or is running."""
        return self.status in {self.Status.QUEUED, self.Status.RUNNING}

    @property
    def seen(self) -> int:
        """How many rows of AFAS it has dealt with."""
        return self.new + self.changed + self.unchanged + self.skipped

    @property
    def seconds(self) -> int | None:
        """How long it took, once it is over."""
        if self.finished_at is None or self.started_at is None:
            return None
        return round((self.finished_at - self.started_at).total_seconds())

    @property
    def whole_minutes(self) -> int:
        """The same in minutes, rounded up."""
        return -(-(self.seconds or 0) // 60)


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
