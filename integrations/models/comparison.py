"""What a restored backup leads to: AFAS and we are compared, both ways."""

from __future__ import annotations

from django.db import models

from core.tenancy import CompanyOwned
from integrations.models.connection import AfasConnection


class Comparison(CompanyOwned):
    """One reading of all that AFAS shows of ours, page by page; `last_key` is where it goes on.

    `restored_at` is that of the connection, so that another restore begins anew; `number` counts
    from 1. What AFAS does not show counts only if the reading showed the control row. It is not
    begun before `began_at`.
    """

    connection = models.ForeignKey(
        AfasConnection, on_delete=models.PROTECT, related_name="comparisons"
    )
    restored_at = models.DateTimeField()
    number = models.PositiveSmallIntegerField()
    began_at = models.DateTimeField()
    last_key = models.CharField(max_length=40, blank=True)
    rows = models.PositiveIntegerField(default=0)
    control_shown = models.BooleanField(default=False)
    read_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("connection", "restored_at", "number"), name="comparison_once_a_restore"
            ),
        )

    def __str__(self) -> str:
        return f"{self.connection} {self.number}"
