"""The ledger of every environment: accounts, VAT codes, and which periods are closed.

Each customer of AFAS has a chart of its own; this one holds the accounts of the worked examples
and a few common neighbours. The periods are the months.
"""

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache

from sandbox import seed

BLOCKED_PERIODS = frozenset({(2025, 12)})  # year and month
LAST_PERIOD = 12
# Code → meaning and the account of the VAT line, where there is one.
VAT_CODES = {
    "0": ("Geen btw", ""),
    "1": ("Btw hoog 21 %", "1510"),
    "2": ("Btw laag 9 %", "1511"),
    "3": ("Btw verlegd", ""),
}


@dataclass(frozen=True)
class Account:
    """One ledger account; `axis` is the number of the allocation axis it must be spread over."""

    number: str
    description: str
    allows_vat: bool
    vat_code: str  # the preferred one; empty where there is none
    axis: str


@cache
def accounts() -> dict[str, Account]:
    """Every ledger account by its number."""
    with (seed.DATA / "ledger_accounts.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {
        row["Account"]: Account(
            row["Account"],
            row["Description"],
            row["VatAllowed"] == "true",
            row["VatCode"],
            row["Axis"],
        )
        for row in rows
    }


def period_of(day: date) -> tuple[int, int]:
    """The financial year and the period a date falls in."""
    return day.year, day.month
