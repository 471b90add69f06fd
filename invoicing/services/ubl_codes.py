"""What UBL has codes for: units, addresses in Peppol, grounds without VAT. Pure tables.

Sources: UN/ECE recommendation 20 (units), Peppol's code list of electronic address schemes, and the
VATEX list of CEF.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from accounts.countries import country_choices
from core.vat import CATEGORIES, VatCode
from invoicing.services.paper import Party

ONE = "C62"
UNITS: dict[str, str] = {
    **dict.fromkeys(("hour", "hours", "hr", "hrs", "h", "uur", "uren", "u"), "HUR"),
    **dict.fromkeys(("km", "kilometer", "kilometers", "kilometre", "kilometres"), "KMT"),
    **dict.fromkeys(("day", "days", "dag", "dagen"), "DAY"),
    **dict.fromkeys(("week", "weeks", "weken"), "WEE"),
    **dict.fromkeys(("month", "months", "maand", "maanden"), "MON"),
    **dict.fromkeys(("year", "years", "jaar", "jaren"), "ANN"),
    **dict.fromkeys(("minute", "minutes", "min", "minuut", "minuten"), "MIN"),
    **dict.fromkeys(("piece", "pieces", "pcs", "stuk", "stuks", "st"), "H87"),
    **dict.fromkeys(("kg", "kilo", "kilogram"), "KGM"),
    **dict.fromkeys(("liter", "litre", "liters", "litres", "l"), "LTR"),
    **dict.fromkeys(("m", "meter", "metre", "meters", "metres"), "MTR"),
    **dict.fromkeys(("m2", "m²"), "MTK"),
    **dict.fromkeys(("m3", "m³"), "MTQ"),
}
KVK = "0106"
"""The scheme of numbers of the Dutch Chamber of Commerce."""
VAT_SCHEMES: dict[str, str] = {
    "AT": "9914",
    "BE": "9925",
    "BG": "9926",
    "CY": "9928",
    "CZ": "9929",
    "DE": "9930",
    "DK": "0184",
    "EE": "9931",
    "ES": "9920",
    "FI": "0213",
    "FR": "9957",
    "GB": "9932",
    "GR": "9933",
    "HR": "9934",
    "HU": "9910",
    "IE": "9935",
    "IT": "0211",
    "LT": "9937",
    "LU": "9938",
    "LV": "9939",
    "MT": "9943",
    "NL": "9944",
    "PL": "9945",
    "PT": "9946",
    "RO": "9947",
    "SI": "9949",
    "SK": "9950",
}
VAT_PREFIXES = frozenset({"EL", "XI"})
"""Greece, and Northern Ireland: what is no country's code begins a VAT number all the same."""
GROUNDS: dict[str, str] = {
    VatCode.REVERSE: "VATEX-EU-AE",
    VatCode.REVERSE_EU: "VATEX-EU-AE",
    VatCode.EXPORT: "VATEX-EU-G",
    VatCode.OUTSIDE: "VATEX-EU-79-C",
}


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where a party is reached in Peppol: a number, and the scheme that it is of."""

    scheme: str
    number: str


def unit_code(unit: str) -> str:
    """The code of a unit that people typed, or that of *one* when nobody knows it."""
    return UNITS.get(unit.strip().rstrip(".").lower(), ONE)


def category_of(code: str, percent: Decimal) -> str:
    """UBL's VAT category of a treatment at `percent`.

    What lies outside the scope of VAT is E, on the ground of article 79 (c): O may not stand beside
    any other category, and forbids both VAT numbers (BR-O-02, BR-O-11).
    """
    category = "E" if code == VatCode.OUTSIDE else CATEGORIES[code]
    if category in {"S", "Z"}:
        return "S" if percent else "Z"
    return category


def vat_number(party: Party) -> str:
    """Without spaces and points, with a country in front, as UBL wants it (BR-CO-09); or nothing.

    Outside the European Union people fill in numbers of any kind, so a few letters are no country.
    """
    number = re.sub(r"[^A-Z0-9]", "", party.vat_number.upper())
    if not number or number[:2] in VAT_PREFIXES or number[:2] in _countries():
        return number
    return {"GR": "EL"}.get(party.country, party.country) + number if party.country else ""


@cache
def _countries() -> frozenset[str]:
    return frozenset(code for code, _name in country_choices())


def kvk_number(party: Party) -> str:
    """The eight digits of a Dutch organisation, or nothing."""
    digits = re.sub(r"[\s.]", "", party.kvk_number)
    return digits if party.country == "NL" and re.fullmatch(r"[0-9]{8}", digits) else ""


def address_of(party: Party) -> Address | None:
    """By KvK number, else by VAT number; None for who has neither, or lives outside Peppol's list.

    A Belgian is found by enterprise number, which is in its VAT number.
    """
    if kvk := kvk_number(party):
        return Address(scheme=KVK, number=kvk)
    vat, scheme = vat_number(party), VAT_SCHEMES.get(party.country)
    if not vat or not scheme:
        return None
    if party.country == "BE" and is_enterprise_number(vat[2:]):
        return Address(scheme="0208", number=vat[2:])
    return Address(scheme=scheme, number=vat)


def is_enterprise_number(digits: str) -> bool:
    """Whether these are ten digits whose last two check the others (Belgium, modulo 97)."""
    if not re.fullmatch(r"[01][0-9]{9}", digits):
        return False
    return 97 - int(digits[:8]) % 97 == int(digits[8:])
