"""The ledger of every environment: accounts, VAT codes, journals, periods, and what is blocked.

Each customer of AFAS has a chart of its own; this one holds the accounts of the worked examples
and an account or two for each way in which a Dutch company invoices. The periods are the months.
What `README.md` says about the codes (Type, Sort, JournalType …) is a choice: AFAS lists none.
"""

import csv
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

from sandbox import clock, seed
from sandbox.store import Store

Period = tuple[int, int]  # financial year and month
BLOCKED_PERIODS: frozenset[Period] = frozenset({(2025, 12)})  # unless a test freed it
LAST_PERIOD = 12
FIRST_YEAR, LAST_YEAR = 2025, 2027
LEDGER_LINE, DEBTOR_LINE = "1", "2"  # VaAs: what an account number stands for
OBLIGATORY = "V"  # DimAx: this axis must be filled
AXES = ("1", "2", "3", "4", "5")
ACCOUNT, JOURNAL, VAT_CODE = "account", "journal", "vat_code"  # what a test can block


@dataclass(frozen=True)
class Account:
    """One ledger account.

    `axes` are the numbers of the allocation axes it must be spread over; `vat_codes` the only
    codes it takes, where it allows VAT at all: empty is any.
    """

    number: str
    description: str
    type: str
    sort: str
    is_blocked: bool
    collects: str  # "D" collects debtors; empty for a usual account
    allows_vat: bool
    vat_code: str  # the preferred one; empty where there is none
    vat_codes: frozenset[str]
    axes: tuple[str, ...]

    def takes(self, vat_code: str) -> bool:
        """Whether a line on it may hold this VAT code."""
        return self.allows_vat and (not self.vat_codes or vat_code in self.vat_codes)


@dataclass(frozen=True)
class VatCode:
    """One VAT code: its rate in percent, and the account of its VAT line, empty without VAT."""

    code: str
    description: str
    account: str
    percentage: Decimal
    duty: str


@dataclass(frozen=True)
class Journal:
    """One journal, the same in each administration."""

    code: str
    description: str
    type: str
    is_blocked: bool = False


JOURNALS = {
    journal.code: journal
    for journal in (
        Journal("20", "Verkoop", "V"),
        Journal("70", "Memoriaal", "M"),
        Journal("90", "Verkoop oud", "V", is_blocked=True),
    )
}


@cache
def accounts() -> dict[str, Account]:
    """Every ledger account by its number."""
    return {row["Account"]: _account(row) for row in _rows("ledger_accounts.csv")}


def _account(row: dict[str, str]) -> Account:
    return Account(
        number=row["Account"],
        description=row["Description"],
        type=row["Type"],
        sort=row["Sort"],
        is_blocked=row["Blocked"] == "true",
        collects=row["CollectAccountType"],
        allows_vat=row["VatAllowed"] == "true",
        vat_code=row["VatCode"],
        vat_codes=frozenset(filter(None, row["VatCodesAllowed"].split(";"))),
        axes=tuple(axis for axis in AXES if row.get(f"DimAx{axis}") == OBLIGATORY),
    )


@cache
def vat_codes() -> dict[str, VatCode]:
    """Every VAT code."""
    return {
        row["VatCode"]: VatCode(
            row["VatCode"],
            row["Description"],
            row["AccountNr"],
            Decimal(row["VatPerc"]),
            row["VatDuty"],
        )
        for row in _rows("vat_codes.csv")
    }


def _rows(file_name: str) -> list[dict[str, str]]:
    with (seed.DATA / file_name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def period_of(day: date) -> Period:
    """The financial year and the period a date falls in."""
    return day.year, day.month


def days_of(period: Period) -> tuple[date, date]:
    """The first and the last day of a period."""
    year, month = period
    after = date(year + month // LAST_PERIOD, month % LAST_PERIOD + 1, 1)
    return date(year, month, 1), after - timedelta(days=1)


def years() -> range:
    """The financial years that have periods: 2025 to 2027, and later as time goes by."""
    return range(FIRST_YEAR, max(LAST_YEAR, clock.today().year + 1) + 1)


def block_period(store: Store, environment: str, written: str, *, blocked: bool) -> None:
    """Close or open a period, written as `2026/4`. Raises ValueError when it is none."""
    year, _, month = written.partition("/")
    if not (year.isdecimal() and month.isdecimal() and 1 <= int(month) <= LAST_PERIOD):
        raise ValueError("a period is written as 2026/4")
    period = {"year": int(year), "period": int(month), "blocked": blocked}
    store.put("period", environment, f"{int(year)}/{int(month)}", period)


def blocked_periods(store: Store, environment: str) -> set[Period]:
    """The periods that are closed in this environment."""
    closed = set(BLOCKED_PERIODS)
    for one in store.all("period", environment):
        change = closed.add if one["blocked"] else closed.discard
        change((one["year"], one["period"]))
    return closed


def block(store: Store, environment: str, kind: str, code: str, *, blocked: bool) -> None:
    """Block an account, a journal or a VAT code, or free it. Raises ValueError for an unknown."""
    known = {ACCOUNT: set(accounts()), JOURNAL: set(JOURNALS), VAT_CODE: set(vat_codes())}
    if code not in known[kind]:
        raise ValueError(f"there is no {kind} {code}")
    store.put(f"blocked {kind}", environment, code, {"code": code, "blocked": blocked})


def blocked(store: Store, environment: str, kind: str) -> set[str]:
    """The codes of the blocked accounts, journals or VAT codes."""
    at_first = {
        ACCOUNT: {account.number for account in accounts().values() if account.is_blocked},
        JOURNAL: {journal.code for journal in JOURNALS.values() if journal.is_blocked},
        VAT_CODE: set(),
    }
    found = at_first[kind]
    for one in store.all(f"blocked {kind}", environment):
        change = found.add if one["blocked"] else found.discard
        change(one["code"])
    return found
