"""AFAS's country codes beside ISO's.

AFAS uses codes of its own, mostly the letters on the back of a car (B, D, FIN, SLO), and its
GetConnectors print the country's name in the language of the call. The codes are those of AFAS's
standard table as public clients list it; a country that is not here is refused, never guessed.
"""

from __future__ import annotations

import unicodedata

# ISO 3166: (AFAS, names in Dutch, English and at home)
COUNTRIES: dict[str, tuple[str, tuple[str, ...]]] = {
    "NL": ("NL", ("Nederland", "Netherlands", "The Netherlands", "Holland")),
    "BE": ("B", ("België", "Belgium", "Belgique", "Belgien")),
    "DE": ("D", ("Duitsland", "Germany", "Deutschland", "Allemagne")),
    "FR": ("F", ("Frankrijk", "France", "Frankreich")),
    "GB": (
        "GB",
        (
            "Verenigd Koninkrijk",
            "United Kingdom",
            "Groot-Brittannië",
            "Great Britain",
            "Engeland",
            "England",
            "UK",
            "Schotland",
            "Scotland",
            "Wales",
            "Noord-Ierland",
        ),
    ),
    "LU": ("L", ("Luxemburg", "Luxembourg")),
    "AT": ("A", ("Oostenrijk", "Austria", "Österreich")),
    "CH": ("CH", ("Zwitserland", "Switzerland", "Schweiz", "Suisse")),
    "DK": ("DK", ("Denemarken", "Denmark", "Danmark")),
    "SE": ("S", ("Zweden", "Sweden", "Sverige")),
    "NO": ("N", ("Noorwegen", "Norway", "Norge")),
    "FI": ("FIN", ("Finland", "Suomi")),
    "IE": ("IRL", ("Ierland", "Ireland", "Éire")),
    "IT": ("I", ("Italië", "Italy", "Italia")),
    "ES": ("E", ("Spanje", "Spain", "España")),
    "PT": ("P", ("Portugal",)),
    "PL": ("PL", ("Polen", "Poland", "Polska")),
    "CZ": ("CZ", ("Tsjechië", "Czech Republic", "Czechia", "Česko")),
    "SK": ("SK", ("Slowakije", "Slovakia", "Slovakia (Slovak Republic)")),
    "SI": ("SLO", ("Slovenië", "Slovenia")),
    "HU": ("H", ("Hongarije", "Hungary")),
    "RO": ("RO", ("Roemenië", "Romania")),
    "BG": ("BG", ("Bulgarije", "Bulgaria")),
    "HR": ("HR", ("Kroatië", "Croatia")),
    "GR": ("GR", ("Griekenland", "Greece")),
    "CY": ("CY", ("Cyprus",)),
    "MT": ("M", ("Malta",)),
    "EE": ("EE", ("Estland", "Estonia")),
    "LV": ("LV", ("Letland", "Latvia")),
    "LT": ("LT", ("Litouwen", "Lithuania")),
    "IS": ("IS", ("IJsland", "Iceland")),
    "LI": ("FL", ("Liechtenstein",)),
    "MC": ("MC", ("Monaco",)),
    "TR": ("TR", ("Turkije", "Turkey", "Türkiye")),
    "UA": ("UA", ("Oekraïne", "Ukraine")),
    "US": ("USA", ("Verenigde Staten", "United States", "Verenigde Staten van Amerika", "USA")),
    "CA": ("CDN", ("Canada",)),
    "AU": ("AUS", ("Australië", "Australia")),
    "NZ": ("NZ", ("Nieuw-Zeeland", "New Zealand")),
    "SR": ("SME", ("Suriname",)),
    "ZA": ("ZA", ("Zuid-Afrika", "South Africa")),
    "MA": ("MA", ("Marokko", "Morocco")),
    "IL": ("IL", ("Israël", "Israel")),
    "AE": ("AE", ("Verenigde Arabische Emiraten", "United Arab Emirates")),
    "IN": ("IND", ("India",)),
    "CN": ("CN", ("China",)),
    "HK": ("HK", ("Hongkong", "Hong Kong")),
    "SG": ("SGP", ("Singapore",)),
    "JP": ("J", ("Japan",)),
    "KR": ("ROK", ("Zuid-Korea", "Korea, Republic of", "South Korea")),
    "BR": ("BR", ("Brazilië", "Brazil")),
    "MX": ("MEX", ("Mexico",)),
}

COUNTRY_CODES: dict[str, str] = {iso: afas for iso, (afas, _) in COUNTRIES.items()}
"""ISO's two letters → AFAS's code."""


def _plain(name: str) -> str:
    """Letters and digits only, without accents, in one case."""
    apart = unicodedata.normalize("NFKD", name.casefold())
    return "".join(character for character in apart if character.isalnum())


_BY_NAME = {_plain(name): iso for iso, (_, names) in COUNTRIES.items() for name in names}
_BY_CODE = {afas: iso for iso, afas in COUNTRY_CODES.items()}


def iso_country(text: str) -> str:
    """ISO's two letters for a country's name or AFAS's code for it; "" when unknown.

    A code is read as AFAS's, so that "SE" stays unknown instead of becoming a guess.
    """
    return _BY_NAME.get(_plain(text)) or _BY_CODE.get(text.strip().upper(), "")
