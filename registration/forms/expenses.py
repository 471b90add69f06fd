"""What people type about an expense: what it cost, with or without VAT, and its receipts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import formats, money
from core.forms import DateField, MoneyField, NumberField
from core.vat import STATUTORY, VatCode, statutory_percent
from registration.forms.entries import EntryForm
from registration.forms.receipts import chosen, files_field, photo_field
from registration.models import Expense, ExpenseCategory
from registration.selectors.entries import categories_for_entries
from registration.services.entries import ExpenseData
from registration.services.receipt_files import ReceiptFile

OTHER, INCL = "other", "incl"
EVER = {percent for steps in STATUTORY.values() for _since, percent in steps} | {Decimal(0)}


@dataclass(frozen=True)
class Cost:
    """One amount (EUR per unit) with and without the VAT on the receipt."""

    excl: Decimal
    incl: Decimal
    percent: Decimal


class CostFields(forms.Form):
    """An amount as it stands on the receipt, whether VAT is in it, and how much VAT that is."""

    unit_cost = MoneyField(label=_("Cost per unit"))
    typed_as = forms.ChoiceField(
        label=_("This amount is"),
        choices=[("excl", _("excl. VAT")), (INCL, _("incl. VAT"))],
        initial="excl",
        required=False,
        widget=forms.RadioSelect,
    )
    receipt_vat = forms.ChoiceField(label=_("VAT on the receipt"), required=False)
    other_vat = NumberField(
        label=_("Other percentage"), required=False, least=Decimal(0), most=Decimal("99.99")
    )

    def offer_percentages(self, day: date, own: Decimal | None = None) -> None:
        """Offer the rates of `day`; `own` is what the expense has, when it has one."""
        of_day = {statutory_percent(code, day) for code in (VatCode.HIGH, VatCode.LOW)}
        known = [(f"{one:f}", _percent(one)) for one in sorted(of_day | {Decimal(0)}, reverse=True)]
        late = [(f"{one:f}", _percent(one)) for one in EVER - of_day - {Decimal(0)}]
        field: Any = self.fields["receipt_vat"]
        field.choices = [("", _("not given")), *known, *late, (OTHER, _("other"))]
        field.widget.choices = [("", _("not given")), *known, (OTHER, _("other"))]
        if own is None:
            return
        is_known = own in of_day | {Decimal(0)}
        self.initial["receipt_vat"] = f"{own.normalize():f}" if is_known else OTHER
        self.initial["other_vat"] = None if is_known else own

    @property
    def percent(self) -> Decimal | None:
        """The VAT on the receipt, chosen or typed; None when nothing was said."""
        picked = self.cleaned_data.get("receipt_vat") or ""
        if picked == OTHER:
            return self.cleaned_data.get("other_vat")
        return Decimal(picked) if picked else None

    @property
    def typed_incl(self) -> Decimal | None:
        """The amount incl. VAT, when that is what was typed."""
        cost: Decimal | None = self.cleaned_data.get("unit_cost")
        return cost if self.cleaned_data.get("typed_as") == INCL else None

    @property
    def cost(self) -> Cost | None:
        """Both amounts; None while one cannot be worked out."""
        typed, percent = self.cleaned_data.get("unit_cost"), self.percent
        if typed is None or percent is None:
            return None
        if self.typed_incl is not None:
            return Cost(money.without_vat(typed, percent), typed, percent)
        return Cost(typed, money.with_vat(typed, percent), percent)


class CostForm(CostFields):
    """Only the amount, to show the other one while somebody types."""

    date = DateField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer_percentages(timezone.localdate())


class ExpenseForm(CostFields, EntryForm):
    """A cost, with its receipts when it is new."""

    category = forms.ModelChoiceField(
        label=_("Category"),
        queryset=ExpenseCategory.objects.none(),
        empty_label=_("Choose a category"),
    )
    quantity = NumberField(
        label=_("Quantity"), initial=Decimal(1), least=None, most=Decimal("999999.99")
    )
    photo = photo_field()
    receipts = files_field()

    field_order = (
        *("date", "project", "category", "quantity", "unit_cost", "typed_as", "receipt_vat"),
        *("other_vat", "photo", "receipts", "note", "billable"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = self.initial["category"].pk if self.entry is not None else None
        self._field("category").queryset = categories_for_entries(self.company, own=own)
        if self.entry is not None:
            del self.fields["photo"], self.fields["receipts"]
        self._show_cost()

    @property
    def data_of_entry(self) -> ExpenseData:
        """What was typed, for the services."""
        typed = self.cleaned("category", "quantity", "unit_cost")
        return ExpenseData(**typed, unit_cost_incl=self.typed_incl, receipt_vat=self.percent)

    @property
    def receipt_files(self) -> list[ReceiptFile]:
        """The receipts that came along."""
        return chosen(self.cleaned_data)

    @property
    def lost_files(self) -> bool:
        """Whether receipts were sent with a form that has to be sent again, without them."""
        return bool(self.errors) and any(self.files.getlist(name) for name in self.files)

    @property
    def cost_now(self) -> Cost | None:
        """Both amounts of what the form shows."""
        if self.is_bound:
            return self.cost if hasattr(self, "cleaned_data") else None
        entry = self.entry
        if not isinstance(entry, Expense) or entry.receipt_vat is None:
            return None
        incl = entry.unit_cost_incl
        if incl is None:
            incl = money.with_vat(entry.unit_cost, entry.receipt_vat)
        return Cost(entry.unit_cost, incl, entry.receipt_vat)

    def _show_cost(self) -> None:
        own = None
        if isinstance(self.entry, Expense):
            own = self.entry.receipt_vat
            if self.entry.unit_cost_incl is not None:
                self.initial["unit_cost"] = self.entry.unit_cost_incl
                self.initial["typed_as"] = INCL
        self.offer_percentages(self._day(), own)

    def _day(self) -> date:
        """The day whose rates are offered: the one in the form, as far as it can be read."""
        given = self["date"].value()
        try:
            return given if isinstance(given, date) else formats.parse_day(str(given or ""))
        except formats.UnreadableError:
            return timezone.localdate()


def _percent(percent: Decimal) -> str:
    return f"{formats.write_number(percent)}%"
