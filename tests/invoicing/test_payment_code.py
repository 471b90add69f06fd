"""The payment code keeps to EPC069-12, so that every bank's app reads it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invoicing.services import payment_code

IBAN = "NL91 ABNA 0417 1643 00"


def payload(**changes: Any) -> str:
    """EUR 121.00 to Studio Eik for invoice 2026-0042."""
    usual = {"name": "Studio Eik", "iban": IBAN, "amount": Decimal("121.00"), "text": "2026-0042"}
    return payment_code.payload(**{**usual, **changes})


def test_the_elements_stand_in_the_order_of_the_standard() -> None:
    """Service tag, version, UTF-8, identification, BIC, name, IBAN, amount, …, text."""
    assert payload(bic="abnanl2a").split("\n") == [
        "BCD",
        "002",
        "1",
        "SCT",
        "ABNANL2A",
        "Studio Eik",
        "NL91ABNA0417164300",
        "EUR121.00",
        "",
        "",
        "2026-0042",
    ]


def test_the_bic_may_be_absent_in_version_two() -> None:
    """Its line stays, empty."""
    assert payload().split("\n")[4] == ""


@pytest.mark.parametrize(
    "wrong",
    [
        {"iban": ""},
        {"iban": "NL91 ABNA 0417 1643 01"},
        {"iban": "nonsense"},
        {"name": "  "},
        {"amount": Decimal(0)},
        {"amount": Decimal("-0.01")},
        {"amount": Decimal("1000000000.00")},
    ],
)
def test_there_is_no_code_that_nobody_could_pay_by(wrong: dict[str, Any]) -> None:
    """A wrong account or an amount outside the bounds gives none, rather than a wrong one."""
    assert payload(**wrong) == ""


@pytest.mark.parametrize("amount", ["0.01", "999999999.99"])
def test_the_bounds_themselves_can_be_paid(amount: str) -> None:
    """One cent, and a cent below a thousand million."""
    assert f"EUR{amount}\n" in payload(amount=Decimal(amount))


def test_a_line_break_in_the_name_shifts_nothing() -> None:
    """Eleven elements, whatever somebody put in the name of the company."""
    lines = payload(name="Studio\r\nEik\nEUR0.01").split("\n")
    assert len(lines) == 11
    assert lines[5] == "Studio Eik EUR0.01"


@settings(max_examples=40, deadline=None)
@given(name=st.text(min_size=1, max_size=80), text=st.text(max_size=200))
def test_no_code_is_longer_than_the_standard_allows(name: str, text: str) -> None:
    """At most 331 bytes, a name of 70 and a text of 140 signs; it fits a symbol of version 13."""
    made = payload(
        name=name.encode(errors="ignore").decode() or "A", text="2026-0042", bic="A" * 11
    )
    if not made:
        return
    lines = made.split("\n")
    assert len(made.encode()) <= 331
    assert len(lines) == 11
    assert len(lines[5]) <= 70
    assert payment_code.svg(made).startswith("<svg")


def test_the_symbol_has_its_quiet_zone_and_stays_within_version_thirteen() -> None:
    """69 modules and four white ones at either side."""
    longest = payload(name="é" * 70, text="x" * 140, bic="A" * 11)
    assert len(longest.encode()) <= 331
    assert 'width="77"' in payment_code.svg(longest)
