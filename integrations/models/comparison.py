"""AFAS and we are compared, both ways: after a restored backup, or because somebody asked."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.tenancy import CompanyOwned
from integrations.models.connection import AfasConnection


class Comparison(CompanyOwned):
    """One reading of all that AFAS shows of ours in one list; `last_key` is where it goes on.

    `what` is the kind of document that the list shows. After a restored backup `restored_at` is
    that of the connection, so that another restore begins anew, and `number` counts from 1; a
    comparison that somebody asked for, or that the night made, has neither. What AFAS does not show
    counts only if the reading showed the control row. It is not begun before `began_at`; `problem`
    says why it ended without a result.
    """

    class What(models.TextChoices):
        INVOICES = "direct_invoice", _("Direct invoices")
        BOOKINGS = "sales_booking", _("Sales bookings")

    connection = models.ForeignKey(
        AfasConnection, on_delete=models.PROTECT, related_name="comparisons"
    )
    what = models.CharField(max_length=15, choices=What.choices, default=What.INVOICES)
    restored_at = models.DateTimeField(null=True, blank=True)
    number = models.PositiveSmallIntegerField(default=0)
    by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    began_at = models.DateTimeField()
    last_key = models.CharField(max_length=40, blank=True)
    rows = models.PositiveIntegerField(default=0)
    control_shown = models.BooleanField(default=False)
    read_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=20, blank=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("connection", "what", "restored_at", "number"),
                condition=models.Q(restored_at__isnull=False),
                name="comparison_once_a_restore",
            ),
            models.UniqueConstraint(
                fields=("connection", "what"),
                condition=models.Q(restored_at__isnull=True, finished_at__isnull=True),
                name="one_comparison_asked_at_a_time",
            ),
        )

    def __str__(self) -> str:
        return f"{self.connection} {self.number}"
