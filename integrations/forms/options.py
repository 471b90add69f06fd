"""How a selection becomes invoices in AFAS, and what goes along with them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from invoicing.forms.options import OptionsForm
from invoicing.models import InvoiceSettings
from invoicing.services.bundling import Options


class OptionsWithAnnexesForm(OptionsForm):
    """The same, where the settings let annexes go along."""

    with_specification = forms.BooleanField(
        label=_("Specification of hours"),
        required=False,
        help_text=_("In the language of the customer."),
    )
    with_receipts = forms.BooleanField(
        label=_("Receipts"),
        required=False,
        help_text=_("Of the expenses that are on the invoice."),
    )

    def options(self) -> Options:
        """The choices, once the form is valid."""
        chosen = {name: self.cleaned_data[name] for name in ANNEXES}
        return replace(super().options(), **chosen)

    def as_usual(self, settings: InvoiceSettings) -> OptionsForm:
        """What was not chosen yet is as it is on the company's own invoices."""
        usual: dict[str, Any] = {name: getattr(settings, name) for name in ANNEXES}
        self.initial = {**usual, **self.initial}
        return self


ANNEXES = ("with_specification", "with_receipts")
