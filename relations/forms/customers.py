"""What people fill in about a customer."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.countries import country_choices
from accounts.models import Company, User
from core.errors import FieldsError
from relations.models import Customer
from relations.services.customers import (
    FIELDS,
    ROUNDING,
    CustomerData,
    customer_save,
    starting_values,
)


def _countries() -> list[tuple[str, str]]:
    return [("", "–"), *country_choices()]


class CustomerForm(forms.ModelForm):
    """One customer."""

    country = forms.ChoiceField(
        label=_("country"),
        required=False,
        choices=_countries,
        help_text=_("Without a country this customer cannot be created in AFAS."),
    )

    class Meta:
        model = Customer
        fields = FIELDS

    def __init__(self, *args: object, company: Company, **kwargs: object) -> None:
        self.company = company
        own = starting_values(company)
        super().__init__(*args, **{"initial": own, **kwargs})  # type: ignore[arg-type]
        for name in ROUNDING:
            self.fields[name].required = False  # a form without them leaves them as they are
        vat_code: Any = self.fields["vat_code"]
        vat_code.choices = [("", _("As the company")), *vat_code.choices[1:]]
        self.fields["blocked"].help_text = _("Nothing is invoiced while a customer is blocked.")
        for field in self.fields.values():
            field.label = str(field.label)[:1].upper() + str(field.label)[1:]

    def clean(self) -> dict[str, Any]:
        """What a form leaves out of the rounding stays as it is."""
        data = super().clean() or {}
        kept = {name: getattr(self.instance, name) for name in ROUNDING if not data.get(name)}
        return {**data, **kept}

    def save_by(self, user: User) -> Customer | None:
        """Save what was typed; None when the service refused, with its sentences on the fields."""
        known = self.instance if self.instance.pk else None
        data = CustomerData(**{name: self.cleaned_data[name] for name in FIELDS})
        try:
            return customer_save(company=self.company, customer=known, data=data, by=user)
        except FieldsError as refusal:
            for name, sentence in refusal.errors.items():
                self.add_error(name, sentence)
            return None
