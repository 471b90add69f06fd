"""VAT to the cent: the treatment of a line, the percentage of a day, and what a group comes to."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.vat import CATEGORIES, VatCode, statutory_percent
from invoicing.selectors.settings import VatBook, settings_of
from invoicing.services import pricing
from invoicing.services.pricing import Item, PricedLine, Taxed
from tests.factories import CompanyFactory, VatRateFactory
from tests.invoicing import oracle

CENTS = st.integers(-10_000_000, 10_000_000)
TREATMENTS = st.sampled_from(
    [
        (VatCode.HIGH, 2100),
        (VatCode.HIGH, 1900),
        (VatCode.LOW, 900),
        (VatCode.ZERO, 0),
        (VatCode.REVERSE, 0),
        (VatCode.REVERSE_EU, 0),
        (VatCode.EXPORT, 0),
        (VatCode.EXEMPT, 0),
        (VatCode.OUTSIDE, 0),
    ]
)
LINES = st.lists(st.tuples(CENTS, TREATMENTS), min_size=1, max_size=30)


def taxed(lines: list[tuple[int, tuple[VatCode, int]]]) -> list[Taxed]:
    return [
        Taxed(net=Decimal(net) / 100, code=code, percent=Decimal(percent) / 100)
        for net, (code, percent) in lines
    ]


@given(LINES)
def test_vat_is_worked_out_once_per_rate_and_equals_integer_arithmetic(
    lines: list[tuple[int, tuple[VatCode, int]]],
) -> None:
    bases: dict[tuple[VatCode, int], int] = {}
    for net, treatment in lines:
        bases[treatment] = bases.get(treatment, 0) + net
    found = pricing.totals(taxed(lines))
    assert {(one.code, int(one.percent * 100)): oracle.cents(one.base) for one in found.groups} == {
        (code, percent): base for (code, percent), base in bases.items()
    }
    vat = sum(oracle.half_up(base * percent, 10_000) for (_code, percent), base in bases.items())
    assert oracle.cents(found.vat) == vat
    assert oracle.cents(found.total) == sum(bases.values()) + vat


@given(LINES)
def test_a_credit_is_the_same_invoice_below_zero(
    lines: list[tuple[int, tuple[VatCode, int]]],
) -> None:
    asked = pricing.totals(taxed(lines))
    given_back = pricing.totals(taxed([(-net, treatment) for net, treatment in lines]))
    assert (asked.net, asked.vat, asked.total) == (
        -given_back.net,
        -given_back.vat,
        -given_back.total,
    )


def test_the_highest_percentage_comes_first_and_equal_ones_stay_apart() -> None:
    lines = [
        (100, (VatCode.OUTSIDE, 0)),
        (100, (VatCode.EXEMPT, 0)),
        (100, (VatCode.LOW, 900)),
        (100, (VatCode.HIGH, 2100)),
    ]
    found = [group.code for group in pricing.totals(taxed(lines)).groups]
    assert found == ["high", "low", "exempt", "outside"]


@given(
    amount=CENTS,
    weights=st.lists(st.integers(0, 10_000), min_size=1, max_size=40),
)
def test_allocated_cents_are_never_lost(amount: int, weights: list[int]) -> None:
    parts = pricing.allocate(Decimal(amount) / 100, [Decimal(one) for one in weights])
    assert sum(oracle.cents(part) for part in parts) == amount
    whole = sum(weights) or len(weights)
    fair = [(one if sum(weights) else 1) * amount / whole for one in weights]
    for part, exact in zip(parts, fair, strict=True):
        assert abs(oracle.cents(part) - exact) < 1 + 1e-6


def test_of_equal_remainders_the_first_gets_the_cent() -> None:
    parts = pricing.allocate(Decimal("1.00"), [Decimal(10), Decimal(1), Decimal(1)])
    assert parts == [Decimal("0.84"), Decimal("0.08"), Decimal("0.08")]


def test_nothing_can_be_allocated_to_nobody() -> None:
    with pytest.raises(ValueError, match="nothing to allocate"):
        pricing.allocate(Decimal(1), [])


@pytest.mark.parametrize(
    ("line", "sold", "customer", "expected"),
    [
        ("", "", "", "high"),
        ("", "low", "", "low"),
        ("", "", "exempt", "exempt"),
        ("zero", "low", "reverse", "zero"),
        ("", "low", "reverse", "reverse"),
        ("", "", "reverse_eu", "reverse_eu"),
        ("", "zero", "export", "export"),
        ("", "outside", "reverse", "outside"),
        ("", "exempt", "reverse_eu", "exempt"),
        ("", "low", "high", "low"),
        ("", "", "low", "low"),
    ],
)
def test_the_customers_reverse_charge_goes_before_every_rate_of_what_is_sold(
    line: str, sold: str, customer: str, expected: str
) -> None:
    found = pricing.vat_code(line=line, sold=sold, customer=customer, company="high")
    assert found == expected


@pytest.mark.parametrize(
    ("code", "day", "percent"),
    [
        ("high", date(2012, 9, 30), 19),
        ("high", date(2012, 10, 1), 21),
        ("low", date(2018, 12, 31), 6),
        ("low", date(2019, 1, 1), 9),
        ("reverse", date(2026, 1, 1), 0),
        ("outside", date(2026, 1, 1), 0),
    ],
)
def test_the_law_sets_the_percentage_by_the_day_of_supply(
    code: str, day: date, percent: int
) -> None:
    assert statutory_percent(code, day) == percent


def test_every_treatment_has_a_category_of_ubl() -> None:
    assert set(CATEGORIES) == set(VatCode.values)


@pytest.mark.django_db
def test_a_companys_own_row_holds_from_its_day_and_for_itself_alone() -> None:
    row = VatRateFactory(code="high", percent=Decimal("22.5"), valid_from=date(2027, 1, 1))
    VatRateFactory(code="high", percent=Decimal(99), valid_from=date(2000, 1, 1))
    book = VatBook.of(row.company)
    assert book.percent("high", date(2026, 12, 31)) == 21
    assert book.percent("high", date(2027, 1, 1)) == Decimal("22.5")
    assert book.percent("low", date(2027, 1, 1)) == 9


@pytest.mark.django_db
def test_the_ground_is_printed_in_the_language_of_the_invoice_and_may_be_ones_own() -> None:
    row = VatRateFactory(
        code="exempt", percent=Decimal(0), valid_from=date(2026, 1, 1), reason_nl="Art. 11-1-o"
    )
    book = VatBook.of(row.company)
    assert book.reason("exempt", date(2026, 2, 1), "nl") == "Art. 11-1-o"
    assert book.reason("exempt", date(2026, 2, 1), "en") == "Exempt from VAT"
    assert book.reason("exempt", date(2025, 12, 31), "nl") == "Vrijgesteld van btw"
    assert book.reason("high", date(2026, 2, 1), "nl") == ""


@pytest.mark.django_db
def test_a_company_without_settings_has_the_defaults() -> None:
    found = settings_of(CompanyFactory())
    assert (found.pk, found.vat_code, found.payment_term) == (None, "high", 30)


def line(quantity: str, price: str, net: str) -> PricedLine:
    return PricedLine(
        description="Work",
        quantity=Decimal(quantity),
        unit_price=Decimal(price),
        net=Decimal(net),
        item=Item(),
        kind="hour",
        unit="",
        vat_code="high",
        vat_percent=Decimal(21),
        activity_id=None,
        category_id=None,
        shares=(),
    )


@pytest.mark.parametrize(
    ("quantity", "price", "net", "decimals", "same"),
    [
        ("1.17", "100", "117.00", 4, True),
        ("1.50", "87.3333", "131.00", 4, True),
        ("1.50", "87.3333", "131.00", 2, False),
        ("3.00", "33.33", "89.99", 4, False),
    ],
)
def test_a_line_that_other_books_would_compute_otherwise_becomes_one_of_its_amount(
    quantity: str, price: str, net: str, decimals: int, *, same: bool
) -> None:
    found = line(quantity, price, net)
    assert pricing.reproduces(found, decimals) is same
    one = pricing.as_one(found)
    assert pricing.reproduces(one, 2)
    assert (one.quantity, one.unit_price, one.net) == (1, Decimal(net), Decimal(net))


@pytest.mark.parametrize(
    ("quantity", "price", "discount", "net"),
    [("3", "33.33", "10", "89.99"), ("1", "0.05", "50", "0.03"), ("-1", "0.05", "50", "-0.03")],
)
def test_a_discount_is_rounded_once(quantity: str, price: str, discount: str, net: str) -> None:
    found = pricing.discounted(Decimal(quantity), Decimal(price), Decimal(discount))
    assert found == Decimal(net)
