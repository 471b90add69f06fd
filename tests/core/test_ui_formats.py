"""What we print can be typed back, and what people type is read as they meant it or refused."""

from contextlib import nullcontext
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest
import time_machine
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from core import formats

COMMA = SimpleNamespace(number_format="comma", date_format="d-m-Y", duration_format="clock")
POINT = SimpleNamespace(number_format="point", date_format="m/d/Y", duration_format="decimal")
ISO = SimpleNamespace(number_format="comma", date_format="Y-m-d", duration_format="decimal")
companies = st.sampled_from([COMMA, POINT, ISO])
amounts = st.decimals(min_value=-9_999_999, max_value=9_999_999, places=2)


@given(companies, amounts)
def test_a_printed_amount_reads_back(company, amount):
    with formats.use(company):
        assert formats.parse_decimal(formats.write_amount(amount)) == amount
        assert formats.parse_decimal(formats.write_money(amount)) == amount


@given(companies, st.decimals(min_value=-99_999, max_value=99_999, places=4))
def test_a_printed_rate_or_quantity_reads_back(company, rate):
    with formats.use(company):
        assert formats.parse_decimal(formats.write_amount(rate, 4)) == rate
        assert formats.parse_decimal(formats.write_number(rate, 4)) == rate


@given(companies, st.integers(min_value=0, max_value=5_999_940))
def test_a_printed_duration_reads_back(company, minutes):
    with formats.use(company):
        assert formats.parse_minutes(formats.write_minutes(minutes)) == minutes


@given(companies, st.dates(min_value=date(1000, 1, 1)))
def test_a_printed_day_reads_back(company, day):
    with formats.use(company):
        assert formats.parse_day(formats.write_day(day)) == day
        assert formats.parse_day(day.isoformat()) == day


def refusal(parse, text):
    try:
        parse(text)
    except formats.UnreadableError as error:
        return str(error)


@given(companies, st.text(max_size=40))
def test_any_text_is_read_or_refused_with_a_sentence(company, text):
    with formats.use(company):
        for parse in (formats.parse_minutes, formats.parse_decimal, formats.parse_day):
            sentence = refusal(parse, text)
            assert sentence is None or sentence.endswith(".")


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("1:30", 90), ("0:05", 5), (":30", 30), ("1,5", 90), ("1.5", 90), (",25", 15), ("90m", 90),
        ("90 min", 90), ("1h30", 90), ("1u30", 90), ("1h 30m", 90), ("2h", 120), ("1,5 uur", 90),
        ("8", 480), ("0", 0), (" 1:00 ", 60), ("1 uur 5 minuten", 65), ("1,33", 80),
        ("99:59", 5999),
    ],
)  # fmt: skip
def test_durations_as_people_type_them(text, minutes):
    with formats.use(COMMA):
        assert formats.parse_minutes(text) == minutes


@pytest.mark.parametrize(
    "text", ["", "abc", "1:75", "1:5", "-1:30", "1h90", "1:30:00", "1e3", "٣", "--", "1,5,5"]
)
def test_what_is_no_duration_is_refused(text):
    with formats.use(COMMA), pytest.raises(formats.UnreadableError):
        formats.parse_minutes(text)


@pytest.mark.parametrize("company", [COMMA, POINT], ids=["comma", "point"])
@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1.234,56", "1234.56"), ("1,234.56", "1234.56"), ("12,5", "12.5"), ("12.5", "12.5"),
        ("€ 12", "12"), ("€12,50", "12.5"), ("-3", "-3"), ("−3,10", "-3.1"), ("€ −3", "-3"),
        ("1 234,50", "1234.5"), ("1.234.567", "1234567"), ("1,234,567.8", "1234567.8"),
        ("0,125", "0.125"), (",5", "0.5"), ("12,", "12"),
    ],
)  # fmt: skip
def test_amounts_as_people_type_them(company, text, amount):
    with formats.use(company):
        assert formats.parse_decimal(text) == Decimal(amount)


def test_one_sign_before_three_figures_means_what_the_company_means_by_it():
    with formats.use(COMMA):
        assert formats.parse_decimal("1.234") == 1234
        assert formats.parse_decimal("1,234") == Decimal("1.234")
    with formats.use(POINT):
        assert formats.parse_decimal("1,234") == 1234
        assert formats.parse_decimal("1.234") == Decimal("1.234")


@pytest.mark.parametrize(
    "text",
    ["", "12a", "1.23,4", "1,23,4.5", "1.2.3", ".", "1e5", "NaN", "Infinity", "٣", "1-2", "9" * 40],
)
def test_what_is_no_amount_is_refused(text):
    with formats.use(COMMA), pytest.raises(formats.UnreadableError):
        formats.parse_decimal(text)


@pytest.mark.parametrize("text", ["31-02-2026", "2026-13-01", "yesterday", "1-1-26", ""])
def test_what_is_no_day_is_refused(text):
    with formats.use(COMMA), pytest.raises(formats.UnreadableError):
        formats.parse_day(text)


def test_figures_follow_the_company():
    with formats.use(COMMA):
        assert formats.write_money(Decimal(4310)) == "€\u00a04.310,00"
        assert formats.write_money(Decimal("-12.5")) == "€\u00a0−12,50"
        assert formats.write_amount(Decimal("0.3525"), 4) == "0,3525"
        assert formats.write_minutes(135) == "2:15"
        assert formats.write_minutes(-273) == "−4:33"
        assert formats.write_kilometres(Decimal("180.5")) == "180,5\u00a0km"
        assert formats.write_kilometres(Decimal(180)) == "180\u00a0km"
        assert formats.write_day(date(2026, 12, 31)) == "31-12-2026"
    with formats.use(POINT):
        assert formats.write_money(Decimal(4310)) == "€\u00a04,310.00"
        assert formats.write_minutes(135) == "2.25"
        assert formats.write_day(date(2026, 12, 31)) == "12/31/2026"


@pytest.mark.parametrize(("language", "printed"), [("nl", "1.284,50"), ("en", "1,284.50")])
def test_without_a_company_the_language_decides(language, printed):
    with translation.override(language), formats.use(None):
        assert formats.write_amount(Decimal("1284.5")) == printed


def test_the_notation_ends_with_its_block():
    with translation.override("en"):
        with formats.use(COMMA), formats.use(POINT):
            pass
        assert formats.write_amount(Decimal("1.5")) == "1.50"


def test_nothing_is_a_dash_and_nought_has_no_sign():
    for write in (
        formats.write_money,
        formats.write_minutes,
        formats.write_day,
        formats.write_moment,
    ):
        assert write(None) == "–"
    with formats.use(COMMA):
        assert formats.write_amount(Decimal("-0.001")) == "0,00"


@time_machine.travel(datetime(2026, 11, 19, 23, 30, tzinfo=UTC), tick=False)
@pytest.mark.parametrize(
    ("zone", "printed"), [("Europe/Amsterdam", "today 00:10"), ("UTC", "today 23:10")]
)
def test_a_moment_is_in_the_zone_of_the_viewer(zone, printed):
    with timezone.override(zone), translation.override("en"), nullcontext():
        assert formats.write_moment(datetime(2026, 11, 19, 23, 10, tzinfo=UTC)) == printed
