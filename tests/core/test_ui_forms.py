"""Form fields read what people type and refuse the rest with a sentence."""

from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django import forms
from django.utils import translation

from core import formats
from core.forms import DateField, KmField, MinutesField, MoneyField, NumberField


class EntryForm(forms.Form):
    day = DateField()
    duration = MinutesField()
    rate = MoneyField(places=4, required=False)
    amount = MoneyField()
    distance = KmField()
    quantity = NumberField(places=3)


TYPED = {
    "day": "19-11-2026", "duration": "1,5", "rate": "", "amount": "€ 1.234,50",
    "distance": "180,5 km", "quantity": "0,125",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _dutch_figures_in_english():
    company = SimpleNamespace(number_format="comma", date_format="d-m-Y", duration_format="clock")
    with formats.use(company), translation.override("en"):
        yield


def test_typed_text_becomes_minutes_decimals_and_dates():
    form = EntryForm(TYPED)
    assert form.is_valid(), form.errors
    assert form.cleaned_data == {
        "day": date(2026, 11, 19), "duration": 90, "rate": None, "amount": Decimal("1234.50"),
        "distance": Decimal("180.5"), "quantity": Decimal("0.125"),
    }  # fmt: skip


def test_a_stored_value_is_shown_in_the_notation_of_the_company():
    form = EntryForm(
        initial={
            "duration": 90,
            "amount": Decimal("1234.5"),
            "distance": Decimal(12),
            "day": date(2026, 1, 2),
        }
    )
    assert 'value="1:30"' in str(form["duration"])
    assert 'value="1.234,50"' in str(form["amount"])
    assert 'value="12"' in str(form["distance"])
    assert 'type="date"' in str(form["day"])
    assert 'value="2026-01-02"' in str(form["day"])


def test_refused_text_stays_as_it_was_typed():
    form = EntryForm({**TYPED, "duration": "half an hour"})
    assert form.errors["duration"] == ["“half an hour” is not a duration. Type 1:30, 1,5 or 90m."]
    assert 'value="half an hour"' in str(form["duration"])


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("duration", "45", "45:00 is more than a day. Did you mean minutes? Type them as in 45m."),
        ("duration", "0", "Type at least 0:01."),
        ("amount", "12,345", "At most 2 decimals fit here."),
        ("amount", "-1", "Type 0,00 or more."),
        ("amount", "10000000", "Type 9.999.999,99 or less."),
        ("distance", "0", "Type 0,1 or more."),
        ("day", "31-02-2026", "“31-02-2026” is not a date. Type it like 31-12-2026."),
    ],
)
def test_what_does_not_fit_is_refused_and_never_rounded(name, text, sentence):
    assert EntryForm({**TYPED, name: text}).errors[name] == [sentence]


def test_an_unchanged_form_knows_that_it_is_unchanged():
    initial = {"duration": 90, "amount": Decimal("1234.5"), "distance": Decimal("180.5")}
    form = EntryForm(
        TYPED, initial={**initial, "day": date(2026, 11, 19), "quantity": Decimal("0.125")}
    )
    assert form.changed_data == []


def test_a_budget_may_be_longer_than_a_day():
    field = MinutesField(most=None)
    assert field.clean("1000") == 60_000
    with pytest.raises(forms.ValidationError, match="At most 2:00 fits here"):
        MinutesField(most=120).clean("3")
