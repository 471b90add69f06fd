"""Settings → VAT rates: a percentage and its grounds, from a day on."""

from __future__ import annotations

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import DateField, NumberField
from core.vat import VatCode
from invoicing.services.vat_settings import RateData


class VatRateForm(forms.Form):
    """A row of the company's own."""

    code = forms.ChoiceField(label=_("Treatment"), choices=VatCode.choices)
    percent = NumberField(label=_("Percentage"), most=Decimal("99.99"))
    valid_from = DateField(label=_("From"))
    reason_nl = forms.CharField(
        label=_("Ground on the invoice, Dutch"), max_length=200, required=False
    )
    reason_en = forms.CharField(
        label=_("Ground on the invoice, English"),
        max_length=200,
        required=False,
        help_text=_("Printed where no VAT is asked. Empty: the ground shown in the table."),
    )

    def data_typed(self) -> RateData:
        """What was typed, once valid."""
        return RateData(**self.cleaned_data)
