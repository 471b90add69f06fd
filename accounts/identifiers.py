"""Numbers by which others know an organisation: KvK, VAT and IBAN. Shapes and check digits only."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

from core.errors import DomainError

# The European Union's VAT numbers without their prefix, and an example that people recognise.
# Source: European Commission, VIES, "What is the format of a VAT number?".
VAT_SHAPES: dict[str, tuple[str, str]] = {
    "AT": (r"U\d{8}", "ATU12345678"),
    "BE": (r"[01]\d{9}", "BE0123456789"),
    "BG": (r"\d{9,10}", "BG123456789"),
    "CY": (r"\d{8}[A-Z]", "CY12345678X"),
    "CZ": (r"\d{8,10}", "CZ12345678"),
    "DE": (r"\d{9}", "DE123456789"),
    "DK": (r"\d{8}", "DK12345678"),
    "EE": (r"\d{9}", "EE123456789"),
    "ES": (r"[A-Z0-9]\d{7}[A-Z0-9]", "ESX12345678"),
    "FI": (r"\d{8}", "FI12345678"),
    "FR": (r"[A-HJ-NP-Z0-9]{2}\d{9}", "FR12345678901"),
    "GR": (r"\d{9}", "EL123456789"),
    "HR": (r"\d{11}", "HR12345678901"),
    "HU": (r"\d{8}", "HU12345678"),
    "IE": (r"\d[A-Z0-9+*]\d{5}[A-Z]{1,2}", "IE1234567X"),
    "IT": (r"\d{11}", "IT12345678901"),
    "LT": (r"\d{9}|\d{12}", "LT123456789"),
    "LU": (r"\d{8}", "LU12345678"),
    "LV": (r"\d{11}", "LV12345678901"),
    "MT": (r"\d{8}", "MT12345678"),
    "NL": (r"\d{9}B\d{2}", "NL123456789B01"),
    "PL": (r"\d{10}", "PL1234567890"),
    "PT": (r"\d{9}", "PT123456789"),
    "RO": (r"\d{2,10}", "RO1234567890"),
    "SE": (r"\d{12}", "SE123456789012"),
    "SI": (r"\d{8}", "SI12345678"),
    "SK": (r"\d{10}", "SK1234567890"),
}
VAT_PREFIXES = {"GR": "EL"}
# Source: SWIFT, IBAN Registry; the countries most seen on Dutch invoices.
IBAN_LENGTHS = {
    "AT": 20,
    "BE": 16,
    "CH": 21,
    "DE": 22,
    "DK": 18,
    "ES": 24,
    "FR": 27,
    "GB": 22,
    "IE": 22,
    "IT": 27,
    "LU": 20,
    "NL": 18,
    "PL": 28,
    "PT": 25,
    "SE": 24,
}


def kvk_number(text: str) -> str:
    """The eight digits of a Chamber of Commerce number, or nothing. Raises DomainError."""
    number = re.sub(r"[\s.]", "", text)
    if number and not re.fullmatch(r"[0-9]{8}", number):
        raise DomainError(_("A KvK number is eight digits, as in 12345678."))
    return number


def vat_number(text: str, country: str) -> str:
    """A VAT number of `country` (ISO code), with its prefix, or nothing. Raises DomainError.

    Countries outside the European Union have no one shape; theirs is taken as typed.
    """
    number = re.sub(r"[\s.-]", "", text).upper()
    if not number or country not in VAT_SHAPES:
        return number
    prefix = VAT_PREFIXES.get(country, country)
    shape, example = VAT_SHAPES[country]
    if re.fullmatch(shape, number, re.ASCII):
        return prefix + number
    if not re.fullmatch(f"{prefix}(?:{shape})", number, re.ASCII):
        raise DomainError(
            _("A VAT number of this country looks like %(example)s.") % {"example": example}
        )
    return number


def iban(text: str) -> str:
    """An IBAN without spaces whose length and check digits are right, or nothing.

    Raises DomainError. Source: ISO 13616, ISO 7064 mod 97-10.
    """
    number = re.sub(r"[\s.-]", "", text).upper()
    if not number:
        return number
    length = IBAN_LENGTHS.get(number[:2], len(number))
    if not re.fullmatch(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", number) or len(number) != length:
        raise DomainError(
            _("An IBAN looks like NL91 ABNA 0417 1643 00. Look for a missing figure.")
        )
    digits = "".join(str(int(sign, 36)) for sign in number[4:] + number[:4])
    if int(digits) % 97 != 1:
        raise DomainError(
            _("The check digits of this IBAN are wrong, so a figure is. Compare it once more.")
        )
    return number


def bic(text: str) -> str:
    """A bank's BIC of eight or eleven signs, or nothing. Raises DomainError. Source: ISO 9362."""
    code = re.sub(r"\s", "", text).upper()
    if code and not re.fullmatch(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?", code):
        raise DomainError(_("A BIC looks like ABNANL2A: eight or eleven letters and figures."))
    return code
