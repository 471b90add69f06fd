"""Whatever is booked balances and fits AFAS, and a credit note is its mirror image."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import assume, given
from hypothesis import strategies as st

from integrations.afas.bookings import (
    MOST_LINES,
    BookingData,
    RevenueLine,
    VatLine,
    booked_as,
    lines_of,
    sales_booking,
)
from integrations.afas.documents import CannotBuild
from tests.contract.conformity import complaints

REASONS = {
    "missing",
    "too_long",
    "invalid",
    "too_many_decimals",
    "too_large",
    "zero",
    "too_many",
    "not_balanced",
}
DAYS = st.dates(date(1990, 1, 1), date(2099, 12, 31))
TEXT = st.text(st.characters(exclude_categories=()), max_size=300)
CENTS = st.integers(-(10**13), 10**13).filter(bool).map(lambda cents: Decimal(cents).scaleb(-2))
ODD = [Decimal(text) for text in ("0", "-0.00", "NaN", "-Infinity", "1E+900000", "1E-900000")]
AMOUNTS = CENTS | st.decimals(-(10**18), 10**18) | st.sampled_from(ODD)


def codes(longest):
    return st.text("ABCxyz0123456789-.", min_size=1, max_size=longest)


def bookings(code, text, amount, total):
    """Bookings of these codes, texts and amounts; `total` makes the total of their sum."""
    revenue = st.builds(
        RevenueLine,
        account=code(16),
        amount=amount,
        vat_code=st.just("") | code(3),
        description=text,
        cost_centre=st.just("") | code(16),
        project=st.just("") | code(15),
    )
    vat = st.builds(VatLine, account=code(16), amount=amount, vat_code=code(3), description=text)
    built = st.builds(
        BookingData,
        administration=st.integers(1, 999),
        journal=code(6),
        year=st.integers(1990, 2100),
        period=st.integers(1, 13),
        entry_date=DAYS,
        document_date=DAYS,
        invoice_number=code(12),
        reference=code(12),
        debtor_number=code(16),
        total=st.just(Decimal(0)),
        revenue=st.lists(revenue, min_size=1, max_size=8),
        vat=st.lists(vat, max_size=4),
        due_date=st.none() | DAYS,
        description=text,
        cost_centre_axis=st.integers(1, 5),
    )
    return st.tuples(built, total).map(lambda made: totalled(*made))


def totalled(data, more):
    lines = [*data.revenue, *data.vat]
    if not all(line.amount.is_finite() for line in lines):
        return data
    return replace(data, total=sum(line.amount for line in lines) + more)


def opposite(data):
    return replace(
        data,
        total=-data.total,
        revenue=[replace(line, amount=-line.amount) for line in data.revenue],
        vat=[replace(line, amount=-line.amount) for line in data.vat],
    )


def assert_sound(payload):
    """What AFAS wants of every entry."""
    assert complaints(payload) == []
    lines = lines_of(payload.decode())
    assert 2 <= len(lines) <= MOST_LINES
    assert sum(line.debit for line in lines) == sum(line.credit for line in lines)
    for line in lines:
        smaller, larger = sorted([line.debit, line.credit])
        assert smaller == 0 < larger
        assert larger.as_tuple().exponent == -2
    assert [line.kind for line in lines] == ["debtor"] + ["ledger"] * (len(lines) - 1)
    assert not lines[0].vat_code


GOOD = bookings(codes, TEXT, CENTS, st.just(Decimal(0)))
WHATEVER = bookings(lambda longest: codes(longest) | TEXT, TEXT, AMOUNTS, st.just(0) | CENTS)


@given(GOOD)
def test_a_booking_of_fitting_codes_is_sound_and_keeps_its_total(data):
    assume(data.total)
    payload = sales_booking(data)
    assert_sound(payload)
    assert booked_as(payload.decode()).total == data.total
    assert len(lines_of(payload.decode())) == 1 + len(data.revenue) + len(data.vat)


@given(WHATEVER)
def test_anything_else_is_sound_or_refused(data):
    try:
        payload = sales_booking(data)
    except CannotBuild as error:
        payload, reason = None, error.reason
    if payload is None:
        assert reason in REASONS
    else:
        assert_sound(payload)


@given(GOOD)
def test_the_opposite_of_a_booking_has_the_same_lines_with_the_sides_swapped(data):
    assume(data.total)
    there = lines_of(sales_booking(data).decode())
    back = lines_of(sales_booking(opposite(data)).decode())
    assert back == [replace(line, debit=line.credit, credit=line.debit) for line in there]
