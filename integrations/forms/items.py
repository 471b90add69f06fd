"""Items of AFAS: one row of kind, code and unit for each place that can have one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from integrations.models import ItemUse
from integrations.services.item_settings import KINDS, Chosen, Place

HELP: dict[str, str | Promise] = {
    ItemUse.DEFAULT: _("For every line without an item of its own."),
    ItemUse.HOURS: _("Empty: the default item."),
    ItemUse.EXPENSES: _("Empty: the default item."),
    ItemUse.RIDES: _("Empty: the default item."),
    ItemUse.FIXED: _("Instalments of a fixed price."),
    ItemUse.SUBSCRIPTION: _("Periods of a subscription."),
}
CODE_ATTRS = {
    "class": "is-code",
    "autocomplete": "off",
    "spellcheck": "false",
    "list": "afas-items",
}


@dataclass(frozen=True)
class Row:
    """The three boxes of one place."""

    place: Place
    label: str | Promise
    help: str | Promise
    kind: forms.BoundField
    code: forms.BoundField
    unit: forms.BoundField

    @property
    def boxes(self) -> tuple[forms.BoundField, ...]:
        """In the order of the page."""
        return (self.code, self.kind, self.unit)

    @property
    def is_missing(self) -> bool:
        """Whether nothing is chosen."""
        return not self.code.value()


class ItemsForm(forms.Form):
    """Kind, code and unit of several places; a place without a code has no item."""

    def __init__(
        self, data: Any = None, *, places: Iterable[Place], chosen: Mapping[str, Chosen]
    ) -> None:
        self.places = list(places)
        initial = {}
        for place in self.places:
            now = chosen.get(place.key, Chosen())
            for name in ("kind", "code", "unit"):
                initial[f"{place.key}-{name}"] = getattr(now, name)
        super().__init__(data, initial=initial)
        for place in self.places:
            self._add(place)

    def _add(self, place: Place) -> None:
        self.fields[f"{place.key}-code"] = forms.CharField(
            label=_("Item"),
            required=False,
            max_length=80,
            widget=forms.TextInput(attrs=dict(CODE_ATTRS)),
        )
        self.fields[f"{place.key}-kind"] = forms.ChoiceField(
            label=_("Kind"), required=False, choices=[("", "–"), *KINDS]
        )
        self.fields[f"{place.key}-unit"] = forms.CharField(
            label=_("Unit"),
            required=False,
            max_length=40,
            widget=forms.TextInput(attrs={"class": "is-code", "autocomplete": "off"}),
        )

    @property
    def rows(self) -> list[Row]:
        """A row for each place."""
        return [
            Row(
                place=place,
                label=label_of(place),
                help=HELP.get(place.use, ""),
                kind=self[f"{place.key}-kind"],
                code=self[f"{place.key}-code"],
                unit=self[f"{place.key}-unit"],
            )
            for place in self.places
        ]

    @property
    def missing(self) -> int:
        """How many places have no item."""
        return sum(row.is_missing for row in self.rows)

    @property
    def items(self) -> dict[Place, Chosen]:
        """What was filled in."""
        given = self.cleaned_data
        return {
            place: Chosen(
                **{name: given.get(f"{place.key}-{name}", "") for name in ("kind", "code", "unit")}
            )
            for place in self.places
        }


def label_of(place: Place) -> str | Promise:
    """What a place is called."""
    return str(place.subject) if place.subject else ItemUse(place.use).label
