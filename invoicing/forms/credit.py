"""What is asked when an invoice is credited."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from invoicing.models import InvoiceLine


class CreditForm(forms.Form):
    """Which lines are credited, and why. All of them are ticked to begin with."""

    line = forms.MultipleChoiceField(required=False)
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=200,
        help_text=gettext_lazy("It stays in the history, with your name."),
    )

    def __init__(self, lines: Sequence[InvoiceLine], data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        self.offered = {one.pk for one in lines}
        self.fields["line"].choices = [(str(pk), str(pk)) for pk in self.offered]  # type: ignore[attr-defined]

    def clean_line(self) -> set[int]:
        """At least one line."""
        chosen = {int(one) for one in self.cleaned_data["line"]}
        if not chosen:
            raise ValidationError(_("Tick at least one line to credit; nothing was credited."))
        return chosen

    @property
    def ticked(self) -> Collection[int]:
        """The lines as the form stands: all, until it was sent."""
        if not self.is_bound:
            return self.offered
        given = self.data.getlist("line") if hasattr(self.data, "getlist") else []
        return {int(one) for one in given if one.isdecimal()} & self.offered
