"""The ledger of every environment: accounts, VAT codes, and which periods are closed.

Each customer of AFAS has a chart of its own; this one holds the accounts of the worked examples
and a few common neighbours. The periods are the months.
"""

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache

from sandbox import seed
from sandbox.store import Store

Period = tuple[int, int]  # financial year and month
BLOCKED_PERIODS: frozenset[Period] = frozenset({(2025, 12)})  # unless a test freed it
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


def period_of(day: date) -> Period:
    """The financial year and the period a date falls in."""
    return day.year, day.month


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
