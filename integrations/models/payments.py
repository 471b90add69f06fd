"""What AFAS says is still to be paid on what stands in its books."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.tenancy import CompanyOwned
from integrations.models.connection import AfasConnection
from integrations.models.documents import AfasDocument


class PaymentRun(CompanyOwned):
    """One reading of AFAS's open items; one at a time per connection.

    `rows` were read, `matched` of them are ours, `paid` counts what had vanished after having been
    seen. `heartbeat` is when the last page was done.
    """

    class Trigger(models.TextChoices):
        BUTTON = "button", _("By hand")
        NIGHTLY = "nightly", _("Nightly")

    class Status(models.TextChoices):
        RUNNING = "running", _("Under way")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    connection = models.ForeignKey(
        AfasConnection, on_delete=models.PROTECT, related_name="payment_runs"
    )
    trigger = models.CharField(max_length=8, choices=Trigger.choices)
    by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.RUNNING)
    started_at = models.DateTimeField(auto_now_add=True)
    heartbeat = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    rows = models.PositiveIntegerField(default=0)
    matched = models.PositiveIntegerField(default=0)
    paid = models.PositiveIntegerField(default=0)
    message = models.TextField(blank=True)

    class Meta:
        ordering = ("-started_at", "-id")
        indexes = (
            models.Index(fields=("company", "-started_at"), name="payment_runs_newest_first"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("connection",),
                condition=Q(status="running"),
                name="one_payment_run_at_a_time",
            ),
        )

    def __str__(self) -> str:
        return f"{self.connection} {self.started_at:%Y-%m-%d %H:%M}"


class OpenItem(CompanyOwned):
    """What AFAS shows as still to be paid on one document of ours.

    `asked` and `left` are EUR incl. VAT, below zero for a credit note. AFAS shows open items only:
    one that was seen and is shown no more (`missing_since`) is paid once that is certain
    (`paid_at`).
    """

    document = models.OneToOneField(
        AfasDocument, on_delete=models.PROTECT, related_name="open_item"
    )
    asked = models.DecimalField(max_digits=14, decimal_places=2)
    left = models.DecimalField(max_digits=14, decimal_places=2)
    seen_at = models.DateTimeField()
    missing_since = models.DateTimeField(null=True, blank=True)
    paid_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.document} {self.left}"
