"""What a person has ticked in the overviews: a row, so that it survives tabs, pages and reloads."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from core.tenancy import CompanyOwned

# The attributes that hold ids.
SELECTED = ("hours", "expenses", "rides", "instalments", "periods")


class Selection(CompanyOwned):
    """The ids that one person has ticked, per kind of thing, and what they chose to do with them.

    Instalments and subscription periods are ticked on the Unbilled page only.

    While `frozen_at` is empty it follows the ticks. A bulk flow freezes it at its check step, so
    that what is confirmed is what was seen (DECISIONS B).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    hours = models.JSONField(default=list)
    expenses = models.JSONField(default=list)
    rides = models.JSONField(default=list)
    instalments = models.JSONField(default=list)
    periods = models.JSONField(default=list)
    options = models.JSONField(default=dict)
    frozen_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.count} entries of {self.user}"

    @property
    def count(self) -> int:
        """How many entries are ticked, of all kinds together."""
        return sum(len(getattr(self, name)) for name in SELECTED)
