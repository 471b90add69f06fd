"""Every attempt to tell AFAS something, with what came back."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from core.tenancy import CompanyOwned
from integrations.models.documents import AfasDocument


class AfasAttempt(CompanyOwned):
    """One POST, written down before it left, with what came back. Proof is never dropped."""

    document = models.ForeignKey(AfasDocument, on_delete=models.PROTECT, related_name="attempt_log")
    number = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    request_body = models.TextField(blank=True)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    response_body = models.TextField(blank=True)
    outcome = models.CharField(max_length=20, blank=True)
    message = models.TextField(blank=True)
    key = models.CharField(max_length=40, blank=True)
    keys = models.JSONField(default=dict, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("number",)
        indexes = (
            models.Index(
                fields=("finished_at",),
                condition=Q(settled_at__isnull=True),
                name="attempts_to_be_settled",
            ),
        )
        constraints = (
            models.UniqueConstraint(fields=("document", "number"), name="attempt_number_once"),
        )

    def __str__(self) -> str:
        return f"{self.document} #{self.number}"
