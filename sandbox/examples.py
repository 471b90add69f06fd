"""What the example company Studio Eik has in AFAS already when `make run` starts.

Only on demand (`python -m sandbox --examples`): a test starts with empty books. The product's seed
tells the same story; a test holds the two together. Days count back from today.
"""

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby

from sandbox import clock, documents, ledger, receivables, seed
from sandbox.store import Record, Store

ENVIRONMENT, UNIT, JOURNAL = "54321", 1, "20"
FILLED = "examples"
ON_THE_LINE = ("VaAs", "AcNr", "InId", "BpNr", "Ds", "VaId", "PrId")
SIDES = ("AmDe", "AmCr")

Row = dict[str, str]


def fill(store: Store) -> None:
    """Book the entries, and let those be paid that were; once, whatever became of them since."""
    with store.transaction():
        if store.get(FILLED, ENVIRONMENT, FILLED):
            return
        store.put(FILLED, ENVIRONMENT, FILLED, {"since": clock.now()})
        for entry, paid in _entries(store):
            _book(store, entry, paid)


def _book(store: Store, entry: Record, paid: str) -> None:
    number = entry["number"]
    store.put(documents.ENTRY, ENVIRONMENT, number, entry)
    receivables.enter(store, ENVIRONMENT, documents.ENTRY, entry)
    if paid:
        receivables.pay(store, ENVIRONMENT, documents.ENTRY, number, Decimal(paid))
        payments = [{"at": entry["received_at"], "amount": paid}]  # not of this moment
        store.put(documents.ENTRY, ENVIRONMENT, number, entry | {"payments": payments})


def _entries(store: Store) -> Iterator[tuple[Record, str]]:
    """Every entry, and what was paid on it in EUR, empty for nothing."""
    with (seed.DATA / "entries_54321.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for _number, lines in groupby(rows, lambda row: row["EnNo"]):
        found = list(lines)
        yield _entry(store, found), found[0]["Paid"]


def _entry(store: Store, rows: list[Row]) -> Record:
    first, day = rows[0], _ago(rows[0]["DatedDaysAgo"])
    year, period = ledger.period_of(day)
    debtor = store.get("debtor", ENVIRONMENT, first["AcNr"]) or {}
    return {
        "number": first["EnNo"],
        "given": True,
        "invoice_number": first["InId"],
        "debtor": first["AcNr"],
        "debtor_name": debtor.get("DebtorName"),
        "header": {"Year": year, "Peri": period, "UnId": UNIT, "JoCo": JOURNAL},
        "lines": [_line(row, day) for row in rows],
        "total": first["AmDe"] or first["AmCr"],
        "received_at": f"{_ago(first['BookedDaysAgo'])}T09:40:00Z",
        "committed": 0,
    }


def _line(row: Row, day: date) -> Record:
    sent = {name: row[name] for name in ON_THE_LINE if row[name]}
    sides = {side: row[side] or "0" for side in SIDES}
    centre = {"FiDimEntries": [{"DiC1": row["DiC1"], **sides}]} if row["DiC1"] else {}
    return {**sent, **sides, "EnDa": str(day), "BpDa": str(day), "Fref": row["InId"], **centre}


def _ago(days: str) -> date:
    return clock.today() - timedelta(days=int(days))
