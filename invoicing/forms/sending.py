"""What is asked when an invoice goes to its customer."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

LONGEST_HOW = 200


class SendForm(forms.Form):
    """The mail with the invoice: several addresses are separated by commas."""

    to = forms.CharField(
        label=pgettext_lazy("addressee of a mail", "To"),
        max_length=500,
        help_text=gettext_lazy("Several addresses are separated by commas."),
        widget=forms.TextInput(attrs={"inputmode": "email", "autocomplete": "off"}),
    )
    subject = forms.CharField(label=gettext_lazy("Subject"), max_length=150)
    body = forms.CharField(
        label=gettext_lazy("Message"), max_length=4000, widget=forms.Textarea(attrs={"rows": 9})
    )

    def clean_to(self) -> str:
        """Each address as such; the refusal names the one that is none."""
        parts = self.cleaned_data["to"].replace(";", ",").split(",")
        addresses = [part.strip() for part in parts if part.strip()]
        for one in addresses:
            try:
                validate_email(one)
            except ValidationError as error:
                raise ValidationError(
                    _("“%(address)s” is not an e-mail address, so nothing was sent.")
                    % {"address": one}
                ) from error
        return ", ".join(addresses)


class HowForm(forms.Form):
    """How an invoice reached its customer without us."""

    WAYS: tuple[tuple[str, str | Promise], ...] = (
        ("printed", gettext_lazy("Printed and posted")),
        ("mail", gettext_lazy("By mail, from another program")),
        ("portal", gettext_lazy("Through the customer's portal")),
        ("peppol", gettext_lazy("Through Peppol")),
        ("other", gettext_lazy("Otherwise")),
    )
    way = forms.ChoiceField(
        label=gettext_lazy("How was it sent?"),
        choices=WAYS,
        initial="printed",
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=150,
        help_text=gettext_lazy("For instance the name of the portal; it stays in the history."),
    )

    def clean(self) -> dict[str, Any]:
        """“Otherwise” says nothing by itself."""
        given: dict[str, Any] = super().clean() or {}
        if given.get("way") == "other" and not given.get("note"):
            self.add_error("note", _("Say how it was sent."))
        return given

    @property
    def how(self) -> str:
        """The way in words, as it is kept; only after `is_valid`."""
        word = str(dict(self.WAYS)[self.cleaned_data["way"]])
        note = self.cleaned_data["note"]
        if self.cleaned_data["way"] == "other":
            return str(note)
        return f"{word} · {note}"[:LONGEST_HOW] if note else word
