"""Which apps of the App Center a company has switched on."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.tenancy import CompanyOwned


class AppInstallation(CompanyOwned):
    """One app in one company. Deactivating keeps the row, its data and its settings."""

    class Status(models.TextChoices):
        ACTIVE = "active", _("Active")
        PAUSED = "paused", _("Paused")
        DEACTIVATED = "deactivated", _("Not active")

    app = models.CharField(max_length=30)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.ACTIVE)
    activated_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("company", "app"), name="app_once_per_company"),
        )

    def __str__(self) -> str:
        return self.app
