"""What is printed multiplies out, and no entry and no cent gets lost on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from invoicing.services import pricing
from invoicing.services.pricing import Billable, Grouping, Item, PricedLine
from tests.invoicing import oracle

DAY = date(2026, 10, 14)
HOURS = Item("1", "UREN-ALG", "uur")
OTHER = Item("1", "ADVIES", "uur")
numbers = iter(range(1, 10**9))


def hour(minutes: int, price: str = "100", **fields: Any) -> Billable:
    """An hour entry; everything else may be given."""
    return _thing(kind="hour", measure=Decimal(minutes), price=Decimal(price), **fields)


def expense(quantity: str, price: str, **fields: Any) -> Billable:
    """An expense of so many units."""
    given_fields = {"what": "Travel", "item": Item("6", "REIS", "stk"), **fields}
    return _thing(kind="expense", measure=Decimal(quantity), price=Decimal(price), **given_fields)


def ride(kilometres: str, price: str = "0.23", **fields: Any) -> Billable:
    """A ride of so many km."""
    given_fields = {"what": "Mileage", "item": Item("6", "KM", "km"), **fields}
    return _thing(kind="ride", measure=Decimal(kilometres), price=Decimal(price), **given_fields)


def _thing(**fields: Any) -> Billable:
    usual = {
        "pk": next(numbers),
        "date": DAY,
        "what": "Design",
        "person": "Ada",
        "project": "Website",
        "note": "",
        "item": HOURS,
    }
    return Billable(**{**usual, **fields})


def figures(lines: list[PricedLine]) -> list[tuple[str, str, str]]:
    """Quantity, unit price and net of each line, as printed."""
    return [(str(line.quantity), str(line.unit_price), str(line.net)) for line in lines]


def amounts(line: PricedLine) -> list[str]:
    """The shares of a line."""
    return [str(share.amount) for share in line.shares]


# Worked by hand.


def test_three_times_twenty_minutes_is_one_hour_and_not_three_times_a_third() -> None:
    (line,) = pricing.price([hour(20), hour(20), hour(20)], Grouping.ACTIVITY)
    assert figures([line]) == [("1.00", "100", "100.00")]
    assert amounts(line) == ["33.34", "33.33", "33.33"]


def test_fifty_minutes_at_95_is_eighty_three_hundredths_of_an_hour() -> None:
    (line,) = pricing.price([hour(50, "95")], Grouping.ACTIVITY)
    assert figures([line]) == [("0.83", "95", "78.85")]
    assert amounts(line) == ["78.85"]


def test_ten_minutes_and_an_hour_at_87_50() -> None:
    (line,) = pricing.price([hour(10, "87.50"), hour(60, "87.50")], Grouping.ONE)
    assert figures([line]) == [("1.17", "87.50", "102.38")]
    assert amounts(line) == ["14.58", "87.80"]


def test_half_a_cent_goes_up_on_a_line_and_on_a_share() -> None:
    (line,) = pricing.price([ride("0.5", "0.25")], Grouping.ONE)
    assert figures([line]) == [("0.50", "0.25", "0.13")]
    (line,) = pricing.price([hour(50, "105.03"), hour(70, "105.03")], Grouping.ONE)
    assert figures([line]) == [("2.00", "105.03", "210.06")]
    assert amounts(line) == ["87.53", "122.53"]


def test_a_share_of_half_a_cent_goes_up_although_its_hours_have_no_end() -> None:
    (line,) = pricing.price([hour(2, "2.25"), hour(4, "2.25")], Grouping.ONE)
    assert figures([line]) == [("0.10", "2.25", "0.23")]
    assert amounts(line) == ["0.08", "0.15"]


def test_rides_of_40_and_12_point_7_km() -> None:
    (line,) = pricing.price([ride("40.0"), ride("12.7")], Grouping.ACTIVITY)
    assert figures([line]) == [("52.70", "0.23", "12.12")]
    assert amounts(line) == ["9.20", "2.92"]


def test_a_refunded_expense_counts_downwards() -> None:
    (line,) = pricing.price([expense("3", "12.345"), expense("-1", "12.345")], Grouping.ONE)
    assert figures([line]) == [("2.00", "12.345", "24.69")]
    assert sum(share.amount for share in line.shares) == Decimal("24.69")


def test_the_total_is_the_sum_of_the_lines() -> None:
    lines = pricing.price([hour(50, "95"), ride("12.7"), expense("1", "25")], Grouping.ONE)
    assert pricing.total(lines) == Decimal("78.85") + Decimal("2.92") + Decimal("25.00")
    assert pricing.total([]) == 0


# Which entries share a line.


def test_different_rates_and_items_never_share_a_line() -> None:
    things = [hour(60), hour(60, "120"), hour(60, item=OTHER), hour(30)]
    lines = pricing.price(things, Grouping.ONE)
    assert figures(lines) == [
        ("1.50", "100", "150.00"),
        ("1.00", "120", "120.00"),
        ("1.00", "100", "100.00"),
    ]
    assert [line.item for line in lines] == [HOURS, HOURS, OTHER]


@pytest.mark.parametrize(
    ("grouping", "count"),
    [
        (Grouping.ACTIVITY, 2),
        (Grouping.PERSON, 2),
        (Grouping.PROJECT, 2),
        (Grouping.ENTRY, 4),
        (Grouping.ONE, 1),
    ],
)
def test_grouping_says_what_makes_a_line(grouping: Grouping, count: int) -> None:
    things = [
        hour(60, what="Design", person="Ada", project="Website"),
        hour(60, what="Design", person="Bob", project="Shop"),
        hour(60, what="Advice", person="Ada", project="Shop"),
        hour(60, what="Advice", person="Bob", project="Website"),
    ]
    assert len(pricing.price(things, grouping)) == count


def test_expenses_of_a_person_stay_apart_by_category() -> None:
    things = [expense("1", "10", what="Travel"), expense("1", "10", what="Lunch")]
    assert len(pricing.price(things, Grouping.PERSON)) == 2


def test_hours_come_first_then_expenses_then_rides_and_each_by_date() -> None:
    late, early = hour(60, date=DAY), hour(60, date=DAY - timedelta(days=3))
    lines = pricing.price([ride("1"), late, expense("1", "2"), early], Grouping.ENTRY)
    assert [line.kind for line in lines] == ["hour", "hour", "expense", "ride"]
    assert [line.shares[0].billable for line in lines[:2]] == [early, late]


def test_a_line_keeps_its_activity_only_when_all_entries_have_it() -> None:
    same = pricing.price([hour(60, activity_id=7), hour(60, activity_id=7)], Grouping.ONE)
    mixed = pricing.price([hour(60, activity_id=7), hour(60, activity_id=8)], Grouping.ONE)
    assert (same[0].activity_id, mixed[0].activity_id) == (7, None)


# Against integer cents.

prices = st.one_of(
    st.integers(0, 3_000_000).map(lambda units: Decimal(units) / 10_000),
    st.integers(0, 4_000).map(lambda units: Decimal(units) * Decimal("0.15")),  # many half cents
)
measures = {
    "hour": st.integers(0, 1440).map(Decimal),
    "expense": st.integers(-100_000, 100_000).filter(bool).map(lambda n: Decimal(n) / 100),
    "ride": st.integers(1, 99_999).map(lambda n: Decimal(n) / 10),
}


@st.composite
def things(draw: st.DrawFn) -> list[Billable]:
    """Entries of all kinds with few names, prices and items, so that lines are shared."""
    offered = draw(st.lists(prices, min_size=1, max_size=3))
    found = []
    for pk in range(1, draw(st.integers(1, 25)) + 1):
        kind = draw(st.sampled_from(tuple(measures)))
        found.append(
            _thing(
                kind=kind,
                pk=pk,
                measure=draw(measures[kind]),
                price=draw(st.sampled_from(offered)),
                date=DAY + timedelta(days=draw(st.integers(0, 90))),
                what=draw(st.sampled_from(("Design", "Advice"))),
                person=draw(st.sampled_from(("Ada", "Bob"))),
                project=draw(st.sampled_from(("Website", "Shop"))),
                item=draw(st.sampled_from((HOURS, OTHER))),
            )
        )
    return found


groupings = st.sampled_from(list(Grouping))


def _key(thing: Billable, grouping: Grouping) -> Hashable:
    chosen: dict[str, Hashable] = {
        "activity": thing.what,
        "person": (thing.person, "" if thing.kind == "hour" else thing.what),
        "project": thing.project,
        "entry": thing.pk,
        "one": 0,
    }
    return thing.kind, thing.price, thing.item, chosen[grouping.value]


@given(things(), groupings)
def test_no_entry_is_lost_doubled_or_on_a_line_where_it_does_not_belong(
    entries: list[Billable], grouping: Grouping
) -> None:
    lines = pricing.price(entries, grouping)
    found = Counter(share.billable for line in lines for share in line.shares)
    assert found == Counter(entries)
    for line in lines:
        assert {share.billable.kind for share in line.shares} == {line.kind}
        assert {share.billable.price for share in line.shares} == {line.unit_price}
        assert {share.billable.item for share in line.shares} == {line.item}
    keys = [{_key(share.billable, grouping) for share in line.shares} for line in lines]
    assert all(len(key) == 1 for key in keys)
    assert len({next(iter(key)) for key in keys}) == len(lines)


@given(things(), groupings)
def test_every_line_multiplies_out_and_its_shares_add_up(
    entries: list[Billable], grouping: Grouping
) -> None:
    for line in pricing.price(entries, grouping):
        price = int(line.unit_price * 10_000)
        if line.kind == "hour":
            minutes = [int(share.billable.measure) for share in line.shares]
            hundredths = oracle.hundredths_of_hours(sum(minutes))
            worths = [oracle.worth_of_minutes(one, price) for one in minutes]
        else:
            units = [int(share.billable.measure * 100) for share in line.shares]
            hundredths = sum(units)
            worths = [oracle.net_cents(one, price) for one in units]
        net = oracle.net_cents(hundredths, price)
        assert oracle.cents(line.quantity) == hundredths
        assert oracle.cents(line.net) == net
        assert [oracle.cents(share.amount) for share in line.shares] == oracle.shares(worths, net)


@given(things(), groupings, st.randoms(use_true_random=False))
def test_the_order_in_which_entries_come_changes_nothing(
    entries: list[Billable], grouping: Grouping, chance: Any
) -> None:
    shuffled = list(entries)
    chance.shuffle(shuffled)
    assert pricing.price(shuffled, grouping) == pricing.price(entries, grouping)


@given(things(), groupings)
def test_grouping_moves_no_more_than_the_cents_of_rounding(
    entries: list[Billable], grouping: Grouping
) -> None:
    """A line is off by at most half a hundredth of its unit price, and half a cent."""
    lines = pricing.price(entries, grouping)
    exact = sum(
        (thing.measure * thing.price / (60 if thing.kind == "hour" else 1) for thing in entries),
        Decimal(0),
    )
    room = sum(
        (line.unit_price * Decimal("0.005") + Decimal("0.005") for line in lines), Decimal(0)
    )
    assert abs(pricing.total(lines) - exact) <= room + Decimal("0.000001")


# What a line says.


def test_every_placeholder_is_filled_in() -> None:
    group = [hour(60, note="Sketches", person="Ada", project="Website", what="Design")]
    template = "{what}|{person}|{project}|{period}|{date}|{note}"
    said = pricing.describe(group, template, by_entry=True)
    assert said == "Design|Ada|Website|October 2026|14-10-2026|Sketches"


def test_an_unknown_placeholder_stays_as_typed() -> None:
    assert pricing.describe([hour(60)], "{what} {wat} {}") == "Design {wat} {}"


def test_braces_in_a_name_are_a_name_and_no_placeholder() -> None:
    group = [hour(60, what="{person} {note}", note="secret")]
    assert pricing.describe(group, "{what}", by_entry=True) == "{person} {note}"


def test_notes_stand_only_on_lines_of_one_entry() -> None:
    group = [hour(60, note="Sketches")]
    assert pricing.describe(group, "{what}: {note}") == "Design"
    assert pricing.price(group, Grouping.ENTRY)[0].description == "14-10-2026 Design: Sketches"


def test_an_entry_without_a_note_ends_without_a_colon() -> None:
    assert pricing.price([hour(60)], Grouping.ENTRY)[0].description == "14-10-2026 Design"


def test_a_template_that_comes_out_empty_says_what_it_is() -> None:
    assert pricing.describe([hour(60)], "{note}") == "Design"


def test_a_long_text_is_cut_at_255_characters_and_shows_it() -> None:
    said = pricing.describe([hour(60)], "x" * 256)
    assert (len(said), said[-2:]) == (255, "x…")
    assert pricing.describe([hour(60)], "x" * 255) == "x" * 255


def test_more_than_three_names_are_summed_up() -> None:
    group = [hour(60, person=name) for name in ("Ada", "Bob", "Ada", "Cor", "Dee")]
    assert pricing.describe(group[:4], "{person}") == "Ada, Bob, Cor"
    assert pricing.describe(group, "{person}") == "Ada, Bob and 2 more"


@pytest.mark.parametrize(
    ("last", "english", "dutch"),
    [
        (date(2026, 10, 31), "October 2026", "oktober 2026"),
        (date(2026, 11, 1), "October – November 2026", "oktober – november 2026"),
        (date(2027, 1, 2), "October 2026 – January 2027", "oktober 2026 – januari 2027"),
    ],
)
def test_the_period_in_english_and_in_dutch(last: date, english: str, dutch: str) -> None:
    days = [last, DAY, date(2026, 10, 20)]
    with translation.override("en"):
        assert pricing.period(days) == english
    with translation.override("nl"):
        assert pricing.period(days) == dutch


@given(things(), groupings, st.text(max_size=300))
def test_a_description_is_never_empty_nor_longer_than_the_column(
    entries: list[Billable], grouping: Grouping, template: str
) -> None:
    for line in pricing.price(entries, grouping, template):
        assert 0 < len(line.description) <= 255


def test_the_same_entries_give_the_same_lines() -> None:
    group = [hour(50), ride("1.5")]
    again = [replace(one) for one in group]
    assert pricing.price(group, Grouping.ONE) == pricing.price(again, Grouping.ONE)
