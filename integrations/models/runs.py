"""Reading a long list of AFAS, slice by slice."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.tenancy import CompanyOwned
from integrations.models.connection import AfasConnection


class SlicedRun(CompanyOwned):
    """One reading of a list. It runs in slices and is judged by its heartbeat.

    `last_key` is where the next slice goes on; `error` says in a sentence why it failed.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    connection = models.ForeignKey(
        AfasConnection, on_delete=models.PROTECT, related_name="%(class)ss"
    )
    by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.QUEUED)
    queued_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    last_key = models.CharField(max_length=40, blank=True)
    error = models.TextField(blank=True)
    log_reference = models.CharField(max_length=64, blank=True)

    class Meta:
        abstract = True

    @property
    def is_open(self) -> bool:
        """Whether it still has to run or is running."""
        return self.status in {self.Status.QUEUED, self.Status.RUNNING}

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
