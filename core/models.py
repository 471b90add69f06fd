"""What every app needs a table for: the audit trail."""

from __future__ import annotations

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from core.tenancy import CompanyOwned


class AuditEvent(CompanyOwned):
    """Who did what to which thing, when, why, and what it was before and after. Never changed."""

    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    by_name = models.CharField(max_length=200, blank=True)
    action = models.CharField(max_length=60)
    object_type = models.CharField(max_length=60)
    object_id = models.CharField(max_length=60)
    object_label = models.CharField(max_length=200, blank=True)
    reason = models.TextField(blank=True)
    before = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    after = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)

    class Meta:
        ordering = ("-id",)
        indexes = (
            models.Index(fields=("company", "object_type", "object_id"), name="audit_of_one_thing"),
            models.Index(fields=("company", "action", "-at"), name="audit_of_one_action"),
        )

    def __str__(self) -> str:
        return f"{self.action} {self.object_label}"
