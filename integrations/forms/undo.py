"""How invoices are undone: how much of them, which way, and why."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core import formats
from integrations.services.undo_check import Check, Undoable
from integrations.services.undo_run import Wish
from integrations.services.undoing import Way

WHOLE, LINES = "whole", "lines"
LONGEST_NUMBER, LONGEST_REASON = 20, 200


class UndoForm(forms.Form):
    """Scope, lines, way, numbers of credits and the reason, for the invoices of one check."""

    scope = forms.ChoiceField(
        label=gettext_lazy("How much"), required=False, widget=forms.RadioSelect
    )
    way = forms.ChoiceField(label=gettext_lazy("In AFAS"), widget=forms.RadioSelect)
    line = forms.MultipleChoiceField(
        required=False,
        error_messages={
            "invalid_choice": gettext_lazy("A line is not on these invoices any more. Look again.")
        },
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
    token = forms.CharField(widget=forms.HiddenInput, required=False)
    press = forms.CharField(widget=forms.HiddenInput, required=False, max_length=36)

    use_required_attribute = False  # the lines decide what is asked

    def __init__(self, data: Any = None, *, check: Check) -> None:
        super().__init__(data, initial=_start(check))
        self.check = check
        self._ask_scope()
        self._ask_way()
        self._choices("line").choices = [(str(line.line.pk), "") for line in check.lines]
        for one in check.undoables:
            self.fields[_number_of(one)] = forms.CharField(
                label=_("Number of the credit invoice"), required=False, max_length=LONGEST_NUMBER
            )

    def _choices(self, name: str) -> Any:
        return self.fields[name]

    def _ask_scope(self) -> None:
        """Not asked where there is nothing to choose: then it is the whole invoice."""
        count = len(self.check.undoables)
        whole = ngettext("The whole invoice", "The whole invoices", count)
        net = formats.write_money(self.check.net)
        choices = [(WHOLE, f"{whole} · {net}")]
        if self.check.can_part:
            choices.append((LINES, _("Only the lines that are ticked above")))
        else:
            self.fields["scope"].widget = forms.HiddenInput()
        self._choices("scope").choices = choices

    def _ask_way(self) -> None:
        """Deleting is not offered where AFAS cannot be asked; the page says why."""
        corrected = (Way.CORRECTED.value, _("It is already deleted or credited there"))
        choices = [corrected]
        if self.check.deletable:
            choices.insert(0, (Way.DELETE.value, _("Delete it in AFAS now, as a whole")))
        self._choices("way").choices = choices
        self.fields["way"].error_messages |= {
            "required": _("Choose what happens, or happened, in AFAS."),
            "invalid_choice": _("AFAS cannot be asked to delete this. Choose the other way."),
        }

    def clean_line(self) -> frozenset[int]:
        """The ids of the ticked lines."""
        return frozenset(int(pk) for pk in self.cleaned_data["line"])

    def clean(self) -> dict[str, Any]:
        """A part of an invoice is never deleted, and it has to be some part."""
        data = super().clean() or {}
        lines = data.get("line", frozenset()) if data.get("scope") == LINES else frozenset()
        if data.get("way") == Way.DELETE and self.check.splits(lines):
            self.add_error(
                "way",
                _(
                    "AFAS deletes an invoice as a whole. Choose the whole invoice, or credit these "
                    "lines in AFAS first and choose that they were credited there."
                ),
            )
        if data.get("scope") == LINES and not data.get("line") and "line" not in self.errors:
            self.add_error("scope", _("Tick the lines that were credited, or choose all of it."))
        return data

    @property
    def wish(self) -> Wish:
        """What was asked for, once the form is valid."""
        given = self.cleaned_data
        return Wish(
            way=Way(given["way"]),
            reason=given["reason"],
            lines=given["line"] if given["scope"] == LINES else None,
            numbers=self._numbers,
        )

    @property
    def _numbers(self) -> dict[UUID, str]:
        given = {
            one.document.pk: self.cleaned_data[_number_of(one)] for one in self.check.undoables
        }
        return {pk: number for pk, number in given.items() if number}

    @property
    def ticked(self) -> set[int]:
        """The lines that the page shows ticked."""
        values = self["line"].value() or []
        return {int(pk) for pk in values if str(pk).isdecimal()}

    def number_of(self, one: Undoable) -> forms.BoundField:
        """The box for the number of the invoice that credits this one."""
        return self[_number_of(one)]


def _number_of(one: Undoable) -> str:
    return f"number_{one.document.pk.hex}"


def _start(check: Check) -> dict[str, Any]:
    """What was selected goes by itself where it can; otherwise the whole invoice."""
    own = [str(line.line.pk) for line in check.own]
    alone = bool(own) and len(own) < len(check.lines)
    can_delete = bool(check.deletable) and not check.splits([line.line.pk for line in check.own])
    return {
        "scope": LINES if alone else WHOLE,
        "way": Way.DELETE.value if can_delete else Way.CORRECTED.value,
        "line": own,
        "token": check.token,
        "press": str(uuid4()),
    }
