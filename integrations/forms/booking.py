"""How own invoices are booked in AFAS, as it is filled in on the AFAS page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from integrations.forms.connection import CODE
from integrations.models import AccountUse, BookingSettings, PeriodRule
from integrations.services.account_links import GENERAL_ACCOUNTS
from integrations.services.booking_settings import AXES, BookingWishes

LONGEST_TYPED = 40
"""More than AFAS takes, so that what is too long is answered with our own sentence."""
OWN_ACCOUNTS = tuple(use for use in GENERAL_ACCOUNTS if use != AccountUse.DEFAULT)


def code_field(label: Any, datalist: str, **options: Any) -> forms.CharField:
    """A box for a code of AFAS, with AFAS's own list beside it where there is one."""
    widget = forms.TextInput(attrs={**CODE, "list": datalist} if datalist else dict(CODE))
    return forms.CharField(
        label=label, required=False, max_length=LONGEST_TYPED, widget=widget, **options
    )


class BookingForm(forms.Form):
    """Journal, period, usual accounts, cost centre, what goes along, and booking by itself."""

    journal = code_field(
        _("Journal"),
        "afas-journals",
        help_text=_("The sales journal in which AFAS keeps invoices that were made here."),
    )
    period_rule = forms.ChoiceField(
        label=_("Period"),
        choices=PeriodRule.choices,
        widget=forms.RadioSelect,
        help_text=_(
            "An entry that is moved to a later period keeps its invoice date on the invoice; its "
            "VAT then falls in the later return."
        ),
    )
    cost_centre_axis = forms.TypedChoiceField(
        label=_("Allocation axis of cost centres"),
        choices=[(axis, str(axis)) for axis in AXES],
        coerce=int,
        help_text=_("AFAS has five; the first is usually the cost centre."),
    )
    cost_centre = code_field(
        _("Usual cost centre"),
        "",
        help_text=_("For projects without one of their own. Empty: none is sent."),
    )
    attach_pdf = forms.BooleanField(
        label=_("Attach the PDF to the booking"),
        required=False,
        help_text=_("The invoice as the customer got it, in a dossier item of AFAS."),
    )
    attach_annexes = forms.BooleanField(
        label=_("Attach specification and receipts to invoices that AFAS makes"),
        required=False,
        help_text=_("For hours, expenses and rides that you invoice in AFAS."),
    )
    subject_type = forms.IntegerField(
        label=_("Type of dossier item"),
        required=False,
        error_messages={
            "invalid": _("A type of dossier item is a whole number, such as 17."),
        },
        help_text=_("Its number in AFAS. The type must allow attachments and sales relations."),
        widget=forms.TextInput(attrs={**CODE, "inputmode": "numeric"}),
    )
    auto_book = forms.BooleanField(
        label=_("Book by itself as soon as an invoice is sent"),
        required=False,
        help_text=_(
            "From the moment you switch it on. What was sent before is booked by hand, under "
            "Invoices."
        ),
    )

    def __init__(
        self, data: Any = None, *, settings: BookingSettings, accounts: Mapping[str, str]
    ) -> None:
        names = [name for name in self.base_fields if name != "auto_book"]
        initial = {name: getattr(settings, name) for name in names}
        initial["auto_book"] = settings.auto_book_since is not None
        initial |= {f"account_{use}": accounts.get(use, "") for use in GENERAL_ACCOUNTS}
        super().__init__(data, initial=initial)
        for use in GENERAL_ACCOUNTS:
            self.fields[f"account_{use}"] = code_field(use.label, "afas-accounts")

    @property
    def wishes(self) -> BookingWishes:
        """What was filled in."""
        given = self.cleaned_data
        accounts = {str(use): given[f"account_{use}"] for use in GENERAL_ACCOUNTS}
        names = [name for name in given if not name.startswith("account_")]
        return BookingWishes(**{name: given[name] for name in names}, accounts=accounts)

    @property
    def default_account(self) -> forms.BoundField:
        """The account of all that has none of its own."""
        return self[f"account_{AccountUse.DEFAULT}"]

    @property
    def own_accounts(self) -> list[forms.BoundField]:
        """The accounts of the kinds of line."""
        return [self[f"account_{use}"] for use in OWN_ACCOUNTS]
