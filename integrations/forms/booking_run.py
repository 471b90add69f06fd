"""What is asked before invoices are booked: which unsent ones go along, and how they were sent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from invoicing.forms.sending import HowForm
from invoicing.models import Invoice


class AlongForm(HowForm):
    """Unsent invoices that are marked as sent and booked with the others."""

    along = forms.TypedMultipleChoiceField(
        coerce=int,
        required=False,
        error_messages={
            "invalid_choice": gettext_lazy(
                "One of these can no longer be marked as sent. Look at the list again."
            )
        },
    )

    def __init__(self, offered: Iterable[Invoice], data: Any = None, **options: Any) -> None:
        super().__init__(data, **options)
        field: Any = self.fields["along"]
        field.choices = [(str(one.pk), str(one)) for one in offered]

    @property
    def ticked(self) -> set[int]:
        """The invoices that the page shows ticked."""
        values = self["along"].value() or []
        return {int(one) for one in values if str(one).isdecimal()}
