"""Countries by their ISO code, named in the reader's language."""

from __future__ import annotations

from functools import cache

from babel import Locale
from django.utils.translation import get_language

# Codes of the list that are no countries: unions, pseudo-locales and "outlying".
NO_COUNTRIES = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})


def country_choices() -> list[tuple[str, str]]:
    """Code and name of every country, by name; the Netherlands and its neighbours come first."""
    return _choices(get_language() or "en")


def country_name(code: str) -> str:
    """The name of the country with this ISO code, or the code itself."""
    return dict(country_choices()).get(code, code)


@cache
def _choices(language: str) -> list[tuple[str, str]]:
    names = Locale.parse(language.partition("-")[0]).territories
    countries = [
        (code, name)
        for code, name in names.items()
        if len(code) == 2 and code.isalpha() and code not in NO_COUNTRIES
    ]
    near = ("NL", "BE", "DE")
    countries.sort(key=lambda country: country[1])
    return [(code, names[code]) for code in near] + [
        country for country in countries if country[0] not in near
    ]
