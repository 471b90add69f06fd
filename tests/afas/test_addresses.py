"""AFAS's address lines come apart; nothing in them is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.afas.addresses import Address, address_of, split_number, split_street, split_town
from integrations.afas.countries import COUNTRY_CODES, iso_country


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("Kadeweg 12", ("Kadeweg", "12", "")),
        ("Kadeweg 12 a", ("Kadeweg", "12", "a")),
        ("Kadeweg 12a", ("Kadeweg", "12", "a")),
        ("Kadeweg  12-14 ", ("Kadeweg", "12", "-14")),
        ("Kadeweg 12, unit 3", ("Kadeweg", "12", "unit 3")),
        ("Kadeweg,12", ("Kadeweg", "12", "")),
        ("Kadeweg 12 2e etage", ("Kadeweg", "12", "2e etage")),
        ("Plein 1944 12-hs", ("Plein 1944", "12", "-hs")),
        ("Plein 1813", ("Plein", "1813", "")),
        ("Laan 1940-1945 66", ("Laan 1940-1945", "66", "")),
        ("1e Jacob van Campenstraat 25-hs", ("1e Jacob van Campenstraat", "25", "-hs")),
        ("Rue de la 2e Division 15", ("Rue de la 2e Division", "15", "")),
        ("'s-Gravenlandseweg 77", ("'s-Gravenlandseweg", "77", "")),
        ("Hauptstraße 5 B", ("Hauptstraße", "5", "B")),
        ("10 Downing Street", ("Downing Street", "10", "")),
        ("221B Baker Street", ("Baker Street", "221", "B")),
        ("Postbus 123", ("Postbus", "123", "")),
        ("Kadeweg", ("Kadeweg", "", "")),
        ("Kadeweg 1234567890", ("Kadeweg 1234567890", "", "")),
        ("", ("", "", "")),
    ],
)
def test_a_street_line_comes_apart(line, parts):
    assert split_street(line) == parts


@given(st.text(st.sampled_from("abZ 0129-,'é"), max_size=40))
def test_no_letter_or_digit_of_a_street_line_is_lost(line):
    street, number, addition = split_street(line)
    kept = sorted(filter(str.isalnum, street + number + addition))
    assert kept == sorted(filter(str.isalnum, line))


@pytest.mark.parametrize(
    ("text", "parts"),
    [("12", ("12", "")), ("12a", ("12", "a")), ("12 - 3", ("12", "- 3")), ("hs", ("", "hs"))],
)
def test_a_house_number_comes_apart(text, parts):
    assert split_number(text) == parts


@pytest.mark.parametrize(
    ("line", "country", "parts"),
    [
        ("3511 AB Utrecht", "", ("3511 AB", "Utrecht", "NL")),
        ("3511AB  Utrecht", "NL", ("3511 AB", "Utrecht", "NL")),
        ("NL-3511 AB Utrecht", "", ("3511 AB", "Utrecht", "NL")),
        ("3511 AB", "", ("3511 AB", "", "NL")),
        ("8420 DE HAAN", "BE", ("8420", "DE HAAN", "")),
        ("B-1000 Brussel", "", ("1000", "Brussel", "BE")),
        ("BE-1000 Brussel", "BE", ("1000", "Brussel", "BE")),
        ("QQ-1000 Ergens", "", ("", "QQ-1000 Ergens", "")),
        ("L-1234 Luxembourg", "", ("1234", "Luxembourg", "LU")),
        ("10115 Berlin", "DE", ("10115", "Berlin", "")),
        ("75001 Paris", "FR", ("75001", "Paris", "")),
        ("114 34 Stockholm", "SE", ("114 34", "Stockholm", "")),
        ("00-950 Warszawa", "PL", ("00-950", "Warszawa", "")),
        ("1250-096 Lisboa", "PT", ("1250-096", "Lisboa", "")),
        ("D02 X285 Dublin", "IE", ("D02 X285", "Dublin", "")),
        ("SW1A 1AA London", "GB", ("SW1A 1AA", "London", "")),
        ("London SW1A 1AA", "", ("SW1A 1AA", "London", "GB")),
        ("Utrecht", "", ("", "Utrecht", "")),
        ("", "", ("", "", "")),
    ],
)
def test_a_town_line_comes_apart(line, country, parts):
    assert split_town(line, country) == parts


def test_the_country_line_wins_and_a_dutch_postcode_stands_in_for_it():
    assert address_of("Kadeweg 12", "9711 AB Groningen") == Address(
        "Kadeweg", "12", "", "9711 AB", "Groningen", "NL"
    )
    assert address_of("Markt 1", "8420 DE HAAN", "BELGIË").country == "BE"
    assert address_of("Markt 1", "9711 AB Ergens", "Atlantis").country == ""


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("Nederland", "NL"),
        ("the netherlands", "NL"),
        ("Belgie", "BE"),
        ("Deutschland", "DE"),
        ("D", "DE"),
        ("Groot-Brittannië", "GB"),
        ("Atlantis", ""),
        ("", ""),
    ],
)
def test_a_country_is_known_by_its_names_and_afas_code(text, iso):
    assert iso_country(text) == iso


def test_every_country_code_fits_and_is_used_once():
    assert len(set(COUNTRY_CODES.values())) == len(COUNTRY_CODES)
    assert all(1 <= len(code) <= 3 for code in COUNTRY_CODES.values())
