"""What a person may say about a document."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class ReasonForm(forms.Form):
    """Why a document is given up."""

    reason = forms.CharField(
        label=_("Reason"), max_length=200, widget=forms.Textarea(attrs={"rows": 2})
    )


class DebtorForm(forms.Form):
    """Which of the debtors that look alike is this customer."""

    debtor_number = forms.CharField(label=_("Debtor"), max_length=16)
