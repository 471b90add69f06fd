"""What may stand in the fields of a line and above the lines: a sentence for each that may not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from core.errors import FieldsError
from core.vat import VatCode
from invoicing.models import Invoice, InvoiceLine, LineKind

# What the columns hold, of a quantity (2 decimals), a price (4 decimals) and a line in EUR.
BELOW = Decimal(10) ** 10
LONGEST_TERM = 365
YEARS = range(2000, 2200)
NOTHING = {
    "quantity": Decimal(0),
    "unit": "",
    "unit_price": Decimal(0),
    "discount": Decimal(0),
    "vat_code": "",
}


def check_line(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a line as they are stored. Raises FieldsError, a sentence per field."""
    checked = {**values, "description": _tidy(values)}
    if values["kind"] not in LineKind.values:
        raise FieldsError({"kind": _("Choose a line, a heading or a text.")})
    errors = _wrong_words(checked)
    if values["kind"] == LineKind.ITEM:
        errors |= _wrong_figures(checked)
    else:
        checked |= NOTHING
    if errors:
        raise FieldsError(errors)
    return checked


def _tidy(values: Mapping[str, Any]) -> str:
    """A text keeps its own line ends; anything else is one line of words."""
    text: str = values["description"]
    return text.strip() if values["kind"] == LineKind.TEXT else " ".join(text.split())


def check_net(net: Decimal) -> Decimal:
    """The net amount of a line when it can be kept. Raises FieldsError."""
    if abs(net) >= BELOW:
        raise FieldsError(
            {
                "unit_price": _(
                    "Quantity times price is € 10,000,000,000 or more, which cannot be kept. "
                    "Check both."
                )
            }
        )
    return net


def check_head(values: Mapping[str, Any]) -> dict[str, Any]:
    """What stands above the lines as it is stored. Raises FieldsError, a sentence per field."""
    errors = _wrong_dates(values)
    if not 0 <= values["payment_term"] <= LONGEST_TERM:
        errors["payment_term"] = _("Type a number of days from 0 to %(most)s.") % {
            "most": LONGEST_TERM
        }
    if values["language"] not in dict(settings.LANGUAGES):
        errors["language"] = _("Choose a language from the list.")
    errors |= _too_long(Invoice, values, ("reference", "intro", "closing"))
    if errors:
        raise FieldsError(errors)
    return dict(values)


def check_day(day: date) -> date:
    """The date of an invoice when it can bear it. Raises FieldsError."""
    if sentence := _wrong_day(day):
        raise FieldsError({"invoice_date": sentence})
    return day


def _wrong_day(day: date | None) -> str:
    if day is not None and day.year not in YEARS:
        return _("Type a date with a year from 2000.")
    return ""


def _wrong_words(values: Mapping[str, Any]) -> dict[str, str]:
    if not values["description"]:
        return {"description": _("Say what this is; the customer reads it.")}
    return _too_long(InvoiceLine, values, ("description", "unit"))


def _too_long(model: Any, values: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, str]:
    errors = {}
    for name in names:
        most = model._meta.get_field(name).max_length
        if len(values[name]) > most:
            errors[name] = _("At most %(most)s characters fit here.") % {"most": most}
    return errors


def _wrong_figures(values: Mapping[str, Any]) -> dict[str, str]:
    errors = {}
    for name, places in (("quantity", 2), ("unit_price", 4), ("discount", 2)):
        if sentence := _wrong_figure(values[name], places):
            errors[name] = sentence
    if "discount" not in errors and not 0 <= values["discount"] <= 100:
        errors["discount"] = _("A discount is a percentage from 0 to 100.")
    if values["vat_code"] and values["vat_code"] not in VatCode.values:
        errors["vat_code"] = _("Choose how VAT treats it from the list.")
    return errors


def _wrong_figure(figure: Decimal, places: int) -> str:
    if not figure.is_finite() or abs(figure) >= BELOW:
        return _("This figure is too large. Type less than 10,000,000,000.")
    if figure != round(figure, places):
        return _("At most %(places)s decimals can be printed.") % {"places": places}
    return ""


def _wrong_dates(values: Mapping[str, Any]) -> dict[str, str]:
    errors = {}
    for name in ("invoice_date", "supply_from", "supply_until"):
        if sentence := _wrong_day(values[name]):
            errors[name] = sentence
    first, last = values["supply_from"], values["supply_until"]
    if first and last and last < first:
        errors["supply_until"] = _("The last day lies before the first. Change one of the two.")
    return errors
