"""How a selection becomes invoices: the first step of both ways of invoicing."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from core.errors import FieldsError
from core.forms import DateField
from invoicing.services.bundling import Options, Per
from invoicing.services.line_rules import check_day
from invoicing.services.pricing import PLACEHOLDERS, Grouping
from registration.models import Selection

GROUPINGS = [
    (Grouping.ACTIVITY.value, _("per activity")),
    (Grouping.PERSON.value, _("per person")),
    (Grouping.PROJECT.value, _("per project")),
    (Grouping.ENTRY.value, _("one for each entry")),
    (Grouping.ONE.value, _("as few as possible")),
]
PLACEHOLDER_HELP = format_lazy(
    _("Empty: a text that fits the lines. You can use {names}."),
    names=" ".join("{" + name + "}" for name in PLACEHOLDERS),
)


class OptionsForm(forms.Form):
    """How the selection becomes invoices."""

    per = forms.ChoiceField(
        label=_("One invoice"),
        choices=[(Per.CUSTOMER.value, _("per customer")), (Per.PROJECT.value, _("per project"))],
    )
    grouping = forms.ChoiceField(
        label=_("Lines"),
        choices=GROUPINGS,
        help_text=_("Different rates and items always stand on lines of their own."),
    )
    invoice_date = DateField(label=_("Invoice date"))
    reference = forms.CharField(
        label=_("Reference"),
        required=False,
        max_length=60,
        help_text=_("Empty: the reference of the project or the customer."),
    )
    template = forms.CharField(
        label=_("Description"),
        required=False,
        max_length=200,
        help_text=PLACEHOLDER_HELP,
    )

    def clean_invoice_date(self) -> date:
        """A day that an invoice can bear."""
        try:
            return check_day(self.cleaned_data["invoice_date"])
        except FieldsError as error:
            raise forms.ValidationError(error.message) from error

    def options(self) -> Options:
        """The choices, once the form is valid."""
        data = self.cleaned_data
        return Options(
            per=Per(data["per"]),
            grouping=Grouping(data["grouping"]),
            invoice_date=data["invoice_date"],
            reference=data["reference"],
            template=data["template"],
        )

    @classmethod
    def of_selection(cls, selection: Selection) -> OptionsForm:
        """The form with this selection's own choices, or the last ones that its person used."""
        if "per" in selection.options:
            return cls(initial=selection.options)
        mine = Selection.objects.of(selection.company_id).filter(user=selection.user_id)
        last = mine.filter(options__has_key="per").order_by("-changed_at").first()
        return cls.starting_from(last.options if last else {})

    @classmethod
    def starting_from(cls, last: dict[str, Any]) -> OptionsForm:
        """The form with earlier choices, and today as the date."""
        initial: dict[str, Any] = {"invoice_date": timezone.localdate()}
        initial |= {name: last[name] for name in ("per", "grouping", "template") if name in last}
        return cls(initial=initial)
