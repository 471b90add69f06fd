"""Filters and decisions of the page of an import."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class RowsFilter(forms.Form):
    """Which rows of an import to show."""

    q = forms.CharField(required=False, max_length=80)
    show = forms.ChoiceField(
        required=False,
        choices=[
            ("", _("All")),
            ("look", _("To look at")),
            ("new", _("New")),
            ("changed", _("Changed")),
            ("skipped", _("Skipped")),
        ],
        widget=forms.Select(attrs={"data-submit": True}),
    )


class DecisionForm(forms.Form):
    """What to do with a held debtor."""

    decision = forms.ChoiceField(choices=[("link", _("Link")), ("leave", _("Leave apart"))])
