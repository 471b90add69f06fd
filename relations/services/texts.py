"""What people type, tidied and fit for its column."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from django.db import models
from django.utils.translation import gettext as _


def tidy(value: Any) -> Any:
    """Text with single spaces and none around it; anything else as it is."""
    return " ".join(value.split()) if isinstance(value, str) else value


def too_long(model: type[models.Model], values: Mapping[str, Any]) -> dict[str, str]:
    """A sentence for each text of `values`, by the name of its field, that its column cuts off."""
    return {
        name: _("At most %(most)s signs fit here; these are %(count)s.")
        % {"most": _length(model, name), "count": len(value)}
        for name, value in values.items()
        if isinstance(value, str) and len(value) > _length(model, name)
    }


def wrong_addresses(values: Mapping[str, Any], *names: str) -> dict[str, str]:
    """A sentence for each of these that would be read as two addresses in a mail."""
    sentence = _("An address with a comma or semicolon in it cannot be mailed to.")
    return {name: sentence for name in names if {",", ";"} & set(values[name])}


def _length(model: type[models.Model], name: str) -> int:
    field = cast("models.CharField[str, str]", model._meta.get_field(name))
    return field.max_length or 0
