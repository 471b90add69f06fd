"""What is asked when something was paid."""

from __future__ import annotations

from decimal import Decimal

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.forms import DateField, MoneyField
from invoicing.models import Invoice


class PaymentForm(forms.Form):
    """How much was paid on one invoice, and when. On a credit note: how much was paid back."""

    amount = MoneyField(label=_("Amount"), least=Decimal("0.01"))
    paid_on = DateField(label=_("Paid on"))
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=200,
        help_text=_("For instance the number of the bank statement."),
    )

    def __init__(self, invoice: Invoice, data: object = None) -> None:
        initial = {"amount": abs(invoice.open_amount), "paid_on": timezone.localdate()}
        super().__init__(data, initial=initial)  # type: ignore[arg-type]


class PaidOnForm(forms.Form):
    """On which day several invoices were paid in full."""

    paid_on = DateField(label=_("Paid on"))
