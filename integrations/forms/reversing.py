"""How a booking is reversed: which way, and why."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrations.forms.undo import LONGEST_NUMBER, LONGEST_REASON
from integrations.services.undoing import Way


class ReverseForm(forms.Form):
    """Whether AFAS deletes the entry or somebody did so there already, as what, and the reason."""

    way = forms.ChoiceField(label=gettext_lazy("In AFAS"), widget=forms.RadioSelect)
    number = forms.CharField(
        label=gettext_lazy("Number of the entry that reverses it"),
        required=False,
        max_length=LONGEST_NUMBER,
        help_text=gettext_lazy("Where there is one; not when it was deleted."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=LONGEST_REASON,
        help_text=gettext_lazy("Kept in the history, for the colleague who asks later."),
        error_messages={
            "required": gettext_lazy("Say why, so that a colleague understands it later.")
        },
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    use_required_attribute = False

    def __init__(self, data: Any = None, *, may_delete: bool) -> None:
        way = Way.DELETE if may_delete else Way.CORRECTED
        super().__init__(data, initial={"way": way.value})
        field: Any = self.fields["way"]
        field.choices = [(Way.CORRECTED.value, _("It is already deleted or reversed there"))]
        if may_delete:
            delete = (Way.DELETE.value, _("Delete the entry in AFAS now"))
            field.choices = [delete, *field.choices]
        field.error_messages |= {
            "required": _("Choose what happens, or happened, in AFAS."),
            "invalid_choice": _("AFAS cannot be asked to delete this. Choose the other way."),
        }
