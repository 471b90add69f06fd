"""What only a person can settle."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.tenancy import CompanyOwned
from integrations.models.connection import AfasConnection
from integrations.models.documents import AfasDocument


class PersonTask(CompanyOwned):
    """Something only a person can settle: twice in AFAS, or one debtor of two customers.

    After a restored backup also what AFAS has and we lack (`orphan`, without a document) and what
    we have and AFAS lacks (`lost`). `key` is AFAS's number, `detail` what AFAS shows of it.
    """

    class What(models.TextChoices):
        TWICE = "twice", _("Twice in AFAS")
        MERGE = "merge", _("Two customers, one debtor")
        DIFFERS = "differs", _("Another amount in AFAS")
        ORPHAN = "orphan", _("In AFAS, not here")
        LOST = "lost", _("Here, not in AFAS")

    what = models.CharField(max_length=10, choices=What.choices)
    document = models.ForeignKey(
        AfasDocument, null=True, blank=True, on_delete=models.PROTECT, related_name="tasks"
    )
    connection = models.ForeignKey(
        AfasConnection, null=True, blank=True, on_delete=models.PROTECT, related_name="tasks"
    )
    key = models.CharField(max_length=40, blank=True)
    detail = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    resolution = models.TextField(blank=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("what", "document", "key"), name="one_task_per_finding"
            ),
            models.UniqueConstraint(
                fields=("what", "connection", "key"),
                condition=Q(document__isnull=True),
                name="one_task_per_orphan",
            ),
            models.CheckConstraint(
                condition=Q(document__isnull=False) | Q(connection__isnull=False),
                name="task_is_about_something",
            ),
        )

    def __str__(self) -> str:
        return f"{self.document or self.connection} {self.key}"
