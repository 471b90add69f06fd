"""The treatments that VAT knows in the Netherlands, and what the law says of each, by date.

Source: DOMAIN §7. A treatment is a code, never a bare percentage: nought per cent, exempt and
reverse charge have the same amount and are three different things in the books.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _


class VatCode(models.TextChoices):
    """How VAT treats a line; the percentage follows from the code and the date of supply."""

    HIGH = "high", _("High rate")
    LOW = "low", _("Low rate")
    ZERO = "zero", _("Zero rate")
    REVERSE = "reverse", _("Reverse charge, Netherlands")
    REVERSE_EU = "reverse_eu", _("Reverse charge, within the EU")
    EXPORT = "export", _("Export, outside the EU")
    EXEMPT = "exempt", _("Exempt")
    OUTSIDE = "outside", _("Outside the scope of VAT")

    @property
    def is_reversed(self) -> bool:
        """Whether the customer accounts for the VAT, so that its VAT number must be printed."""
        return self in {VatCode.REVERSE, VatCode.REVERSE_EU}

    @property
    def is_taxed(self) -> bool:
        """Whether it is a rate, which a customer with reverse charge or export displaces."""
        return self in {VatCode.HIGH, VatCode.LOW, VatCode.ZERO}


# UBL's category (UNCL5305) of each treatment.
CATEGORIES: dict[str, str] = {
    VatCode.HIGH: "S",
    VatCode.LOW: "S",
    VatCode.ZERO: "Z",
    VatCode.REVERSE: "AE",
    VatCode.REVERSE_EU: "AE",
    VatCode.EXPORT: "G",
    VatCode.EXEMPT: "E",
    VatCode.OUTSIDE: "O",
}

# Latest first. Wet op de omzetbelasting 1968, art. 9 and table I.
STATUTORY: dict[str, tuple[tuple[date, Decimal], ...]] = {
    VatCode.HIGH: ((date(2012, 10, 1), Decimal(21)), (date(2001, 1, 1), Decimal(19))),
    VatCode.LOW: ((date(2019, 1, 1), Decimal(9)), (date(1986, 10, 1), Decimal(6))),
}

# Printed on the invoice where a treatment needs a ground; a company may write its own.
REASONS: dict[str, dict[str, str]] = {
    VatCode.REVERSE: {"nl": "Btw verlegd", "en": "VAT reverse-charged to the customer"},
    VatCode.REVERSE_EU: {
        "nl": "Btw verlegd, artikel 196 btw-richtlijn",
        "en": "VAT reverse charge, article 196 of the VAT Directive",
    },
    VatCode.EXPORT: {
        "nl": "0% btw, dienst of levering buiten de EU",
        "en": "0% VAT, supplied outside the EU",
    },
    VatCode.EXEMPT: {"nl": "Vrijgesteld van btw", "en": "Exempt from VAT"},
    VatCode.OUTSIDE: {
        "nl": "Doorberekende kosten, buiten de btw",
        "en": "Costs passed on, outside the scope of VAT",
    },
}


def statutory_percent(code: str, day: date) -> Decimal:
    """The percentage that the law sets for `code` on `day`; nought for all that is not a rate."""
    return next((percent for since, percent in STATUTORY.get(code, ()) if since <= day), Decimal(0))
