"""Filters of lists that take exactly one form of each value; anything else is a 400."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import django_filters
from django import forms
from django.utils.translation import gettext as _
from django_filters.fields import IsoDateTimeField
from drf_spectacular.utils import extend_schema_field

from core.api.serializers import BIGGEST_ID

YEARS = range(1900, 2200)
"""Outside them a moment cannot be brought to another zone everywhere."""


class _TrueFalse(forms.ChoiceField):
    def __init__(self, **more: Any) -> None:
        super().__init__(choices=[("true", "true"), ("false", "false")], **more)

    def clean(self, value: Any) -> bool | None:
        found = super().clean(value)
        return None if found == "" else found == "true"


class _Moment(IsoDateTimeField):
    def clean(self, value: Any) -> datetime | None:
        found: datetime | None = super().clean(value)
        if found is not None and found.year not in YEARS:
            raise forms.ValidationError(_("Give a moment from 1900 to 2199."))
        return found


@extend_schema_field({"type": "boolean"})
class TrueFalse(django_filters.Filter):
    """`true` or `false`."""

    field_class = _TrueFalse


@extend_schema_field({"type": "integer", "minimum": 1, "maximum": BIGGEST_ID})
class Id(django_filters.Filter):
    """The id of a thing; one that is not there, or not the caller's, finds nothing."""

    field_class = forms.IntegerField

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, min_value=1, max_value=BIGGEST_ID, **more)


class Day(django_filters.DateFilter):
    """A day as ISO 8601 writes it, whatever the language."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, input_formats=["%Y-%m-%d"], **more)


@extend_schema_field(
    {
        "type": "string",
        "format": "date-time",
        "description": "Changed at or after this moment. Overlap a minute with the time before: "
        "what is being saved at this moment appears with the moment at which that began.",
    }
)
class Since(django_filters.IsoDateTimeFilter):
    """`modified_since`: at or after a moment, ISO 8601; without a zone it is the caller's."""

    field_class = _Moment

    def __init__(self, field_name: str = "changed_at", **more: Any) -> None:
        super().__init__(field_name, "gte", **more)
