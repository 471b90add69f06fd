"""AFAS's lists for booking, however it writes its codes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec
import pytest

from integrations.afas.ledger import AfasVatCode, Journal, LedgerAccount, OpenInvoice, Period
from integrations.afas.records import BadRow, decode_rows

LISTS = (Journal, LedgerAccount, AfasVatCode, Period, OpenInvoice)


def read(kind, row):
    """A row as it comes over the line."""
    (one,) = decode_rows([row if isinstance(row, bytes) else msgspec.json.encode(row)], kind)
    assert not isinstance(one, BadRow), one
    return one


@pytest.mark.parametrize(
    "row",
    [
        {"UnitId": 1, "JournalId": "20", "Description": " Verkoop ", "JournalType": "V"},
        {"UnitId": "1", "JournalId": 20, "Description": "Verkoop", "JournalType": " V"},
    ],
)
def test_a_journal_has_its_codes_as_text(row):
    journal = read(Journal, row)
    assert (journal.administration, journal.code) == ("1", "20")
    assert (journal.name, journal.kind) == ("Verkoop", "V")
    assert not journal.is_blocked


@pytest.mark.parametrize("kind", LISTS)
@pytest.mark.parametrize("row", [{}, None])
def test_every_column_may_be_empty_or_absent(kind, row):
    columns = [field.encode_name for field in msgspec.structs.fields(kind)]
    one = read(kind, dict.fromkeys(columns) if row is None else row)
    names = [name for name, part in vars(kind).items() if isinstance(part, property)]
    assert len(names) >= 4
    assert {getattr(one, name) for name in names} <= {"", False, None, ()}


@pytest.mark.parametrize("kind", LISTS)
def test_a_column_of_the_customers_own_is_no_trouble(kind):
    assert read(kind, {"U12": {"deep": [1]}}) == kind()


@pytest.mark.parametrize("kind", [Journal, LedgerAccount, AfasVatCode, Period])
@pytest.mark.parametrize(
    ("value", "blocked"), [(True, True), ("1", True), (1, True), ("false", False), (0, False)]
)
def test_blocked_is_read_however_afas_writes_it(kind, value, blocked):
    assert read(kind, {"Blocked": value}).is_blocked is blocked


def test_an_account_says_what_may_be_booked_on_it():
    account = read(
        LedgerAccount,
        {
            "Account": 8000,
            "Description": "Omzet hoog",
            "CollectAccount": False,
            "VatAllowed": True,
            "VatCode": "1",
        },
    )
    assert (account.number, account.name, account.vat_code) == ("8000", "Omzet hoog", "1")
    assert account.allows_vat
    assert not account.is_collective
    assert read(LedgerAccount, {"CollectAccount": "true", "VatAllowed": "0"}).is_collective


def test_an_account_names_its_obligatory_axes():
    codes = {"DimAx1": "V", "DimAx2": "N", "DimAx3": 0, "DimAx4": " ", "DimAx5": "1"}
    assert read(LedgerAccount, codes).axes == (1, 5)
    assert read(LedgerAccount, {"DimAx3": "n", "DimAx4": "false"}).axes == ()


def test_a_vat_code_has_an_exact_rate_and_the_account_of_its_vat():
    code = read(AfasVatCode, b'{"VatCode":1,"Description":"Hoog","AccountNr":1510,"VatPerc":21.10}')
    assert (code.code, code.name, code.account) == ("1", "Hoog", "1510")
    assert code.percentage == Decimal("21.10")
    assert read(AfasVatCode, {"VatPerc": "9.00"}).percentage == Decimal(9)


def test_a_period_has_its_first_and_last_day_in_dutch_time():
    period = read(
        Period,
        {
            "Unit": 1,
            "Year": "2026",
            "Period": 3,
            "DateFrom": "2026-03-01T00:00:00Z",
            "DateTo": "2026-03-31T00:00:00Z",
        },
    )
    assert (period.administration, period.year, period.number) == ("1", 2026, 3)
    assert (period.first, period.last) == (date(2026, 3, 1), date(2026, 3, 31))


def test_a_day_falls_in_a_period_from_its_first_to_its_last():
    period = Period(DateFrom="2026-03-01T00:00:00Z", DateTo="2026-03-31T00:00:00Z")
    days = [date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 31), date(2026, 4, 1)]
    assert [period.holds(day) for day in days] == [False, True, True, False]
    assert not Period(DateFrom="2026-03-01T00:00:00Z").holds(date(2026, 3, 1))
    assert Period(Year="soon", DateFrom="whenever").year is None


def test_an_open_invoice_has_exact_amounts():
    invoice = read(
        OpenInvoice,
        b'{"UnitId":"1","DebtorId":10001,"InvoiceNr":20260042,"AmtInvoice":1210.0000000001,'
        b'"Balance":-0.10,"ExpDate":"2026-04-30T00:00:00Z"}',
    )
    assert (invoice.administration, invoice.debtor, invoice.number) == ("1", "10001", "20260042")
    assert (invoice.AmtInvoice, invoice.Balance) == (Decimal("1210.0000000001"), Decimal("-0.10"))
    assert invoice.due == date(2026, 4, 30)
