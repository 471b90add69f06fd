"""What is asked of the Reconcile page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from integrations.models import Kind
from integrations.services.difference_rows import Group
from integrations.services.differences import Wanted

ALL: tuple[str, Any] = ("", _("all"))
KINDS = [ALL, *((one.value, one.label) for one in (Kind.SALES_BOOKING, Kind.DIRECT_INVOICE))]


class ReconcileFilter(forms.Form):
    """Which differences; what is not known counts as all."""

    group = forms.ChoiceField(required=False, choices=[ALL, *Group.choices])
    kind = forms.ChoiceField(
        label=_("Kind"),
        required=False,
        choices=KINDS,
        widget=forms.Select(attrs={"data-submit": True}),
    )
    q = forms.CharField(required=False, max_length=80)

    @property
    def wanted(self) -> Wanted:
        """What was chosen and is a choice."""
        self.is_valid()
        chosen = {name: str(value) for name, value in self.cleaned_data.items() if value}
        return Wanted(**chosen)
