"""AFAS's lists for booking: journals, accounts, VAT codes, periods, open invoices.

Rows keep AFAS's column names. Every column may be empty, and a code may come as text or as a
number; the properties make one kind of it: texts trimmed and empty where there is nothing, dates
without AFAS's false Z, amounts exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from integrations.afas.query import Condition, Operator
from integrations.afas.records import amsterdam, is_true

Code = str | int | None
Flag = bool | int | str | None

JOURNALS = "Profit_Journals"
ACCOUNTS = "Profit_Accounts"
VAT_CODES = "Profit_VAT_code"
PERIODS = "Profit_periods_per_administration"
OPEN_INVOICES = "Profit_Debtor_Invoices"

NOT_OBLIGATORY = ("", "0", "n", "false")
"""What an axis of an account says when no allocation has to be given on it."""


class Journal(msgspec.Struct, frozen=True, kw_only=True):
    """A journal (Profit_Journals). Its code is one within its administration only."""

    UnitId: Code = None
    JournalId: Code = None
    Description: Code = None
    JournalType: Code = None
    Blocked: Flag = None

    @property
    def administration(self) -> str:
        """The number of its administration."""
        return _text(self.UnitId)

    @property
    def code(self) -> str:
        """What a booking calls it."""
        return _text(self.JournalId)

    @property
    def name(self) -> str:
        """What people call it."""
        return _text(self.Description)

    @property
    def kind(self) -> str:
        """AFAS's code for its kind: sales, purchases, bank …"""
        return _text(self.JournalType)

    @property
    def is_blocked(self) -> bool:
        """Whether AFAS refuses bookings in it."""
        return is_true(self.Blocked)


class LedgerAccount(msgspec.Struct, frozen=True, kw_only=True):
    """A ledger account (Profit_Accounts)."""

    Account: Code = None
    Description: Code = None
    Blocked: Flag = None
    CollectAccount: Flag = None
    VatAllowed: Flag = None
    VatCode: Code = None
    DimAx1: Code = None
    DimAx2: Code = None
    DimAx3: Code = None
    DimAx4: Code = None
    DimAx5: Code = None

    @property
    def number(self) -> str:
        """What a booking calls it."""
        return _text(self.Account)

    @property
    def name(self) -> str:
        """What people call it."""
        return _text(self.Description)

    @property
    def vat_code(self) -> str:
        """The VAT code that AFAS prefers for it."""
        return _text(self.VatCode)

    @property
    def is_blocked(self) -> bool:
        """Whether AFAS refuses bookings on it."""
        return is_true(self.Blocked)

    @property
    def is_collective(self) -> bool:
        """Whether it collects debtors or creditors, so that nothing is booked on it directly."""
        return is_true(self.CollectAccount)

    @property
    def allows_vat(self) -> bool:
        """Whether a line on it may have a VAT code."""
        return is_true(self.VatAllowed)

    @property
    def axes(self) -> tuple[int, ...]:
        """The allocation axes, 1 to 5, that have to be filled on it.

        AFAS does not publish its codes. Any code but an empty one, 0, N and false is taken to mean
        obligatory: one axis too many is seen when the account is chosen, one too few only when AFAS
        refuses the booking.
        """
        codes = (self.DimAx1, self.DimAx2, self.DimAx3, self.DimAx4, self.DimAx5)
        return tuple(axis for axis, code in enumerate(codes, 1) if _is_obligatory(code))


class AfasVatCode(msgspec.Struct, frozen=True, kw_only=True):
    """A VAT code (Profit_VAT_code)."""

    VatCode: Code = None
    Description: Code = None
    AccountNr: Code = None
    VatPerc: Decimal | None = None
    Blocked: Flag = None

    @property
    def code(self) -> str:
        """What a booking calls it."""
        return _text(self.VatCode)

    @property
    def name(self) -> str:
        """What people call it."""
        return _text(self.Description)

    @property
    def account(self) -> str:
        """The ledger account of its VAT line; empty when it has none, as a reverse charge."""
        return _text(self.AccountNr)

    @property
    def percentage(self) -> Decimal | None:
        """Its rate in per cent; None when AFAS gives none."""
        return self.VatPerc

    @property
    def is_blocked(self) -> bool:
        """Whether AFAS refuses it."""
        return is_true(self.Blocked)


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """A period of a financial year (Profit_periods_per_administration)."""

    Unit: Code = None
    Year: Code = None
    Period: Code = None
    DateFrom: str | None = None
    DateTo: str | None = None
    Blocked: Flag = None

    @property
    def administration(self) -> str:
        """The number of its administration."""
        return _text(self.Unit)

    @property
    def year(self) -> int | None:
        """The financial year, which need not be that of its days."""
        return _number(self.Year)

    @property
    def number(self) -> int | None:
        """Its number within the year."""
        return _number(self.Period)

    @property
    def first(self) -> date | None:
        """Its first day."""
        return _day(self.DateFrom)

    @property
    def last(self) -> date | None:
        """Its last day."""
        return _day(self.DateTo)

    @property
    def is_blocked(self) -> bool:
        """Whether AFAS refuses bookings in it."""
        return is_true(self.Blocked)

    def holds(self, day: date) -> bool:
        """Whether a day falls in it; never when AFAS does not say from when to when it is."""
        return bool(self.first and self.last and self.first <= day <= self.last)


class OpenInvoice(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice that is not paid entirely (Profit_Debtor_Invoices); a paid one vanishes."""

    UnitId: Code = None
    DebtorId: Code = None
    InvoiceNr: Code = None
    AmtInvoice: Decimal | None = None
    Balance: Decimal | None = None
    ExpDate: str | None = None

    @property
    def administration(self) -> str:
        """The number of its administration, within which its number is one."""
        return _text(self.UnitId)

    @property
    def debtor(self) -> str:
        """The number of the debtor."""
        return _text(self.DebtorId)

    @property
    def number(self) -> str:
        """The invoice number."""
        return _text(self.InvoiceNr)

    @property
    def due(self) -> date | None:
        """The day before which it has to be paid."""
        return _day(self.ExpDate)


OPEN_INVOICE_KEY = "InvoiceNr"
"""What open invoices are ordered by; several rows may have the same."""


def open_invoices_in(administration: int, *, after: str = "") -> list[Condition]:
    """Those of an administration that have an invoice number, from the one beyond `after` on."""
    beyond = Operator.GT if after else Operator.NOT_EMPTY
    return [
        Condition("UnitId", Operator.EQ, administration),
        Condition(OPEN_INVOICE_KEY, beyond, after),
    ]


def open_invoices_with(administration: int, number: str) -> list[Condition]:
    """All those of one invoice number."""
    return [
        Condition("UnitId", Operator.EQ, administration),
        Condition(OPEN_INVOICE_KEY, Operator.EQ, number),
    ]


def without_amounts(row: Mapping[str, Any]) -> OpenInvoice:
    """An open invoice of which something cannot be read: whose it is, and nothing else."""
    return OpenInvoice(
        UnitId=_code(row.get("UnitId")),
        DebtorId=_code(row.get("DebtorId")),
        InvoiceNr=_code(row.get(OPEN_INVOICE_KEY)),
    )


def _code(value: object) -> Code:
    return value if isinstance(value, str | int) else None


def _text(value: object) -> str:
    return "" if value is None else " ".join(str(value).split())


def _number(value: Code) -> int | None:
    text = _text(value)
    return int(text) if text.isdecimal() else None


def _day(value: object) -> date | None:
    moment = amsterdam(value)
    return moment.date() if moment else None


def _is_obligatory(code: Code) -> bool:
    return _text(code).lower() not in NOT_OBLIGATORY
