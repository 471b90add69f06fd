"""AFAS prints an address as lines; here they come apart, as far as they can.

Line 1 is street and house number, line 3 postcode and town ("3511 AB Utrecht"), line 4 the country.
Nothing is lost: what is not understood stays in the street or the town.
"""

from __future__ import annotations

import re

import msgspec

from integrations.afas.countries import COUNTRY_CODES, iso_country


class Address(msgspec.Struct, frozen=True):
    """One address; `country` is ISO's two letters or empty."""

    street: str = ""
    house_number: str = ""
    house_addition: str = ""
    postcode: str = ""
    city: str = ""
    country: str = ""


LONGEST_HOUSE_NUMBER = 9
ORDINAL = re.compile(r"\d+(e|de|ste|ème|er|st|nd|rd|th)\b", re.IGNORECASE)
YEAR = re.compile(r"1\d{3}|20\d\d")
NUMBER = re.compile(rf"(\d{{1,{LONGEST_HOUSE_NUMBER}}})(?!\d)(.*)", re.DOTALL)
NUMBER_FIRST = re.compile(r"(\d{1,5})([A-Za-z]?(?:-\d+)?)\s*,?\s+(\D.*)")

DUTCH_POSTCODE = re.compile(r"(\d{4}) ?([A-Z]{2})(?= |$)")
COUNTRY_PREFIX = re.compile(r"([A-Z]{1,3})[- ]+(?=\d)")
BRITISH = r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}"
IRISH = r"[A-Z]\d[\dW] ?[A-Z\d]{4}"
POSTCODE = re.compile(
    rf"({BRITISH}|{IRISH}|\d{{2}}-\d{{3}}|\d{{4}}-\d{{3}}|\d{{3}} \d{{2}}|\d{{4,6}})(?= |$)"
)
BRITISH_AT_THE_END = re.compile(rf"(.*\S) ({BRITISH})")


def address_of(line1: str, line3: str, line4: str = "") -> Address:
    """An address from AFAS's three lines. Without a country line a Dutch postcode tells it."""
    street, number, addition = split_street(line1)
    country = iso_country(line4)
    postcode, city, hint = split_town(line3, country)
    return Address(
        street=street,
        house_number=number,
        house_addition=addition,
        postcode=postcode,
        city=city,
        country=country or ("" if line4.strip() else hint),
    )


def split_street(line: str) -> tuple[str, str, str]:
    """Street, house number and addition: "Plein 1944 12-hs" → ("Plein 1944", "12", "-hs").

    The number is the first after the street's name, unless it is a year or an ordinal with another
    number behind it; a number in front counts when nothing else can ("10 Downing Street").
    """
    words = " ".join(line.split())
    if (first := NUMBER_FIRST.fullmatch(words)) and not ORDINAL.match(words):
        return first[3], first[1], first[2]
    starts = [found.start() + 1 for found in re.finditer(r"[ ,](?=\d)", words)]
    likely = [start for start in starts[:-1] if not _belongs_to_the_name(words[start:])]
    return _cut_at(words, [*likely, *starts[-1:]][0]) if starts else (words, "", "")


def split_number(text: str) -> tuple[str, str]:
    """House number and addition: "12a" → ("12", "a"); without digits all of it is addition."""
    found = NUMBER.fullmatch(" ".join(text.split()))
    return (found[1], _addition(found[2])) if found else ("", text.strip())


def split_town(line: str, country: str = "") -> tuple[str, str, str]:
    """Postcode, town, and the country that the postcode tells, ISO or empty."""
    words = " ".join(line.split())
    hint = ""
    if prefix := COUNTRY_PREFIX.match(words):
        hint = iso_country(prefix[1]) or (prefix[1] if prefix[1] in COUNTRY_CODES else "")
        words = words[prefix.end() :] if hint else words
    if (country or hint or "NL") == "NL" and (dutch := DUTCH_POSTCODE.match(words)):
        return f"{dutch[1]} {dutch[2]}", words[dutch.end() :].strip(" ,"), "NL"
    if british := BRITISH_AT_THE_END.fullmatch(words):
        return british[2], british[1].strip(" ,"), hint or "GB"
    if other := POSTCODE.match(words):
        return other[1], words[other.end() :].strip(" ,"), hint
    return "", words, hint


def _belongs_to_the_name(rest: str) -> bool:
    token = rest.split(" ", 1)[0]
    return bool(YEAR.match(token) or ORDINAL.match(token))


def _cut_at(words: str, start: int) -> tuple[str, str, str]:
    found = NUMBER.fullmatch(words[start:])
    if not found:
        return words, "", ""
    return words[: start - 1].strip(" ,"), found[1], _addition(found[2])


def _addition(text: str) -> str:
    return text.strip(" ,")
