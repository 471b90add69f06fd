"""What people fill in about an instalment."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import DomainError, FieldsError
from core.forms import DateField, MoneyField, NumberField
from core.vat import VatCode
from registration.models import Instalment, Project
from registration.services.planned import InstalmentData, instalment_add, instalment_change

AS_CUSTOMER = ("", _("As the customer, or else as the company"))


class InstalmentForm(forms.Form):
    """One instalment of `project`; `known` is the one that is changed."""

    description = forms.CharField(
        label=_("Text on the invoice"), max_length=200, help_text=_("In the customer's language.")
    )
    due_on = DateField(label=_("To be invoiced from"))
    amount = MoneyField(label=_("Amount, excl. VAT"), required=False, least=Decimal("0.01"))
    percent = NumberField(
        label=_("Or a percentage of the price"),
        required=False,
        places=4,
        least=Decimal("0.0001"),
        most=Decimal(100),
        help_text=_("It follows the price until it is invoiced."),
    )
    vat_code = forms.ChoiceField(
        label=_("VAT"), required=False, choices=[AS_CUSTOMER, *VatCode.choices]
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, data: QueryDict | None, *, project: Project, known: Instalment | None = None
    ) -> None:
        super().__init__(data, initial=_initial(known))
        self.project = project
        self.known = known
        if known is not None and known.activity_id:
            for name in ("amount", "percent"):
                del self.fields[name]

    def save_by(self, user: User) -> bool:
        """Save what was typed; False when the service refused, with its sentences on the fields."""
        try:
            self._save(user)
        except FieldsError as refusal:
            for name, sentence in refusal.errors.items():
                self.add_error(name if name in self.fields else None, sentence)
        except DomainError as refusal:
            self.add_error(None, refusal.message)
        return not self.errors

    def _save(self, user: User) -> None:
        values = dict(self.cleaned_data)
        version = values.pop("version")
        company = self.project.company
        if self.known is None:
            data = InstalmentData(**values)
            instalment_add(company=company, project=self.project, data=data, by=user)
            return
        if self.known.activity_id:
            values["amount"] = self.known.amount
        instalment_change(
            company=company,
            instalment=self.known,
            data=InstalmentData(**values),
            version=version or 0,
            by=user,
        )


def _initial(known: Instalment | None) -> dict[str, Any]:
    if known is None:
        return {}
    names = ("description", "due_on", "percent", "vat_code", "version")
    initial = {name: getattr(known, name) for name in names}
    return initial | {"amount": None if known.percent else known.amount}
