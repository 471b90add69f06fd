"""Settings → Invoicing: numbers, terms, looks and texts; and the counters of the numbers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Company, User
from core.errors import FieldsError
from invoicing.models import InvoiceSettings
from invoicing.selectors.settings import settings_of
from invoicing.services.mails import INVOICE_TEXTS, PLACES
from invoicing.services.numbering import HIGHEST, settings_save

FIELDS = (
    "number_prefix",
    "number_digits",
    "credit_prefix",
    "payment_term",
    "vat_code",
    "colour",
    "intro_nl",
    "intro_en",
    "closing_nl",
    "closing_en",
    "subject_nl",
    "subject_en",
    "mail_nl",
    "mail_en",
    "reply_to",
    "copy_to",
    "with_specification",
    "with_receipts",
    "attach_ubl",
)
AREAS = ("intro_nl", "intro_en", "closing_nl", "closing_en", "mail_nl", "mail_en")


class SettingsForm(forms.ModelForm):
    """How the company invoices. Empty mail texts stand for the texts of the program."""

    class Meta:
        model = InvoiceSettings
        fields = FIELDS
        widgets = {
            "colour": forms.TextInput(attrs={"type": "color"}),
            **{name: forms.Textarea(attrs={"rows": 3}) for name in AREAS},
        }
        help_texts = {
            "number_prefix": _("{year} and {yy} stand for the year of the invoice date."),
            "number_digits": _("From 1 to 8; longer numbers simply go on."),
            "vat_code": _("For what is sold without VAT of its own, to customers without theirs."),
            "colour": _("For headings and lines on the invoice; text stays readable."),
            "reply_to": _("Empty: the e-mail address of the organisation."),
            "copy_to": _("As a blind copy, for instance to your archive."),
            "attach_ubl": _("The customer's bookkeeping can read it in."),
        }

    def __init__(self, data: Any, *, company: Company) -> None:
        self.company = company
        super().__init__(data, instance=settings_of(company))
        for field in self.fields.values():
            field.label = str(field.label)[:1].upper() + str(field.label)[1:]
        for language, (subject, body) in INVOICE_TEXTS.items():
            self.fields[f"subject_{language}"].widget.attrs["placeholder"] = subject
            self.fields[f"mail_{language}"].widget.attrs |= {"placeholder": body, "rows": 8}

    @property
    def places(self) -> list[str]:
        """What may stand in a mail in braces."""
        return [f"{{{name}}}" for name in PLACES]

    def save_by(self, user: User) -> bool:
        """Save what was typed; False when the service refused, with its sentences on the fields."""
        try:
            settings_save(company=self.company, data=self.cleaned_data, by=user)
        except FieldsError as refusal:
            for name, sentence in refusal.errors.items():
                self.add_error(name if name in self.fields else None, sentence)
            return False
        return True


class CounterForm(forms.Form):
    """The last number that was given in a series."""

    series = forms.CharField(max_length=12, required=False, widget=forms.HiddenInput)
    last = forms.IntegerField(label=_("Last number given"), min_value=0, max_value=HIGHEST)
