"""What AFAS says is still to be paid on what stands in its books."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.tenancy import CompanyOwned
from integrations.models.documents import AfasDocument
from integrations.models.runs import SlicedRun


class PaymentRun(SlicedRun):
    """One reading of AFAS's open items; one at a time per connection.

    `rows` were read, `skipped` of them had no number or no balance that can be read, `matched`
    documents of ours were among them, `paid` counts those that are certain to have vanished.
    `read_at` is when the last page was read.
    """

    class Trigger(models.TextChoices):
        BUTTON = "button", _("By hand")
        NIGHTLY = "nightly", _("Nightly")
        AGAIN = "again", _("By itself, to be certain")

    trigger = models.CharField(max_length=8, choices=Trigger.choices)
    rows = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    matched = models.PositiveIntegerField(default=0)
    paid = models.PositiveIntegerField(default=0)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-queued_at", "-id")
        indexes = (
            models.Index(fields=("company", "-queued_at"), name="payment_runs_newest_first"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("connection",),
                condition=Q(status__in=("queued", "running")),
                name="one_payment_run_at_a_time",
            ),
        )

    def __str__(self) -> str:
        return f"{self.connection} {self.queued_at:%Y-%m-%d %H:%M}"


class OpenItem(CompanyOwned):
    """What AFAS shows as still to be paid on one document of ours.

    `asked`, the most that it ever asked, and `left` are EUR incl. VAT, below zero for a credit
    note. AFAS shows open items only: one that was seen and is shown no more (`missing_since`) is
    paid once that is certain (`paid_at`). `differs` says that the last reading found another amount
    open there than here.
    """

    document = models.OneToOneField(
        AfasDocument, on_delete=models.PROTECT, related_name="open_item"
    )
    asked = models.DecimalField(max_digits=14, decimal_places=2)
    left = models.DecimalField(max_digits=14, decimal_places=2)
    seen_at = models.DateTimeField()
    missing_since = models.DateTimeField(null=True, blank=True)
    paid_at = models.DateTimeField(null=True, blank=True)
    differs = models.BooleanField(default=False)

    class Meta:
        indexes = (
            models.Index(  # what a reading asks for at its end, among all that was paid before
                fields=("company", "seen_at"),
                condition=Q(paid_at__isnull=True),
                name="open_items_not_paid",
            ),
            models.Index(
                fields=("company",), condition=Q(differs=True), name="open_items_that_differ"
            ),
        )

    def __str__(self) -> str:
        return f"{self.document} {self.left}"
