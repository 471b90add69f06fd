"""What people fill in about activities and expense categories."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Company, User
from core.errors import FieldsError
from core.forms import MoneyField
from registration.models import Activity, ExpenseCategory
from registration.services.catalogue import (
    ActivityData,
    CategoryData,
    activity_save,
    category_save,
)


class CatalogueForm(forms.ModelForm):
    """What activities and categories have in common."""

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.company = company
        for field in self.fields.values():
            field.label = str(field.label)[:1].upper() + str(field.label)[1:]
        if not self.instance.pk:
            del self.fields["archived"]

    def save_by(self, user: User) -> Any:
        """Save what was typed; None when the service refused, with its sentences on the fields."""
        try:
            return self.call_service(self.instance if self.instance.pk else None, user)
        except FieldsError as refusal:
            for name, sentence in refusal.errors.items():
                self.add_error(name, sentence)
            return None

    def call_service(self, known: Any, user: User) -> Any:
        """Give what was typed to the service that keeps this kind of row."""
        raise NotImplementedError


class ActivityForm(CatalogueForm):
    """One activity."""

    class Meta:
        model = Activity
        fields = ("name", "code", "vat_code", "billable", "archived")
        help_texts = {
            "billable": _("What new hours start with; people can change it per entry."),
            "archived": _("Not to be chosen any more. What was registered stays."),
        }

    def call_service(self, known: Activity | None, user: User) -> Activity:
        """Save an activity."""
        data = ActivityData(**self.cleaned_data)
        return activity_save(company=self.company, activity=known, data=data, by=user)


class CategoryForm(CatalogueForm):
    """One expense category."""

    sales_price = MoneyField(
        label=_("sales price per unit"),
        required=False,
        places=4,
        most=Decimal("999999.9999"),
        help_text=_("EUR excl. VAT. Empty: passed on at cost."),
    )

    class Meta:
        model = ExpenseCategory
        fields: tuple[str, ...] = (
            "name",
            "sales_price",
            "unit",
            "vat_code",
            "billable",
            "archived",
        )
        help_texts = {
            "unit": _("As in piece, night or licence."),
            "billable": _("What new expenses start with; people can change it per entry."),
            "archived": _("Not to be chosen any more. What was registered stays."),
        }

    def call_service(self, known: ExpenseCategory | None, user: User) -> ExpenseCategory:
        """Save a category."""
        data = CategoryData(**self.cleaned_data)
        return category_save(company=self.company, category=known, data=data, by=user)


class CategoryWithoutPriceForm(CategoryForm):
    """A category in the hands of somebody who may not set prices; the price stays as it is."""

    sales_price = None  # type: ignore[assignment]  # Django's way of dropping an inherited field

    class Meta(CategoryForm.Meta):
        fields = ("name", "unit", "vat_code", "billable", "archived")

    def call_service(self, known: ExpenseCategory | None, user: User) -> ExpenseCategory:
        """Save a category with the price it has."""
        price = known.sales_price if known else None
        data = CategoryData(**self.cleaned_data, sales_price=price)
        return category_save(company=self.company, category=known, data=data, by=user)
