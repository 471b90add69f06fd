"""The doors under `/_sandbox/` for what a bookkeeper does: payments, and entries keyed by hand."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox import clock, documents, ledger, receivables
from sandbox.control_records import environment_of
from sandbox.store import Record, Store

Wish = dict[str, Any]
SALES_JOURNAL, REVENUE = "20", "8020"


def pay(store: Store, wish: Wish) -> Wish:
    """A payment comes in on an invoice or an entry: all that is open, or `amount` of it."""
    amount = _amount(wish["amount"]) if "amount" in wish else None
    return receivables.pay(store, environment_of(wish), kind_of(wish), str(wish["key"]), amount)


def unpay(store: Store, wish: Wish) -> None:
    """Every payment on it is undone."""
    receivables.unpay(store, environment_of(wish), kind_of(wish), str(wish["key"]))


def book_by_hand(store: Store, wish: Wish) -> Wish:
    """A bookkeeper books an invoice, without VAT; a `total` below zero is a credit note."""
    environment = environment_of(wish)
    with store.transaction():
        _check(store, environment, wish)
        number = documents.free_number(store, environment, documents.ENTRY, "EnNo")
        documents.keep(store, environment, documents.ENTRY, _entry(store, wish, number))
    return {"entry": number}


def kind_of(wish: Wish) -> str:
    """Whether an order is about an invoice or an entry. Raises ValueError for anything else."""
    kind = str(wish.get("kind", documents.INVOICE))
    if kind not in documents.OWED:
        raise ValueError("kind is invoice or entry")
    return kind


def _check(store: Store, environment: str, wish: Wish) -> None:
    unit, number = str(wish.get("administration", 1)), str(wish["invoice_number"])
    if store.get("administration", environment, unit) is None:
        raise ValueError(f"there is no administration {unit}")
    if store.get("debtor", environment, str(wish["debtor"])) is None:
        raise ValueError(f"there is no debtor {wish['debtor']}")
    if str(wish.get("journal", SALES_JOURNAL)) not in ledger.JOURNALS:
        raise ValueError(f"there is no journal {wish['journal']}")
    if receivables.user_of(store, environment, unit, number):
        raise ValueError(f"invoice number {number} is used already")


def _entry(store: Store, wish: Wish, number: str) -> Record:
    day = date.fromisoformat(str(wish.get("date", clock.today().isoformat())))
    year, period = ledger.period_of(day)
    debtor, total = str(wish["debtor"]), _amount(wish["total"])
    row = store.get("debtor", environment_of(wish), debtor) or {}
    return {
        "number": number,
        "given": True,
        "by_hand": True,
        "invoice_number": str(wish["invoice_number"]),
        "debtor": debtor,
        "debtor_name": row.get("DebtorName"),
        "header": {
            "Year": year,
            "Peri": period,
            "UnId": int(wish.get("administration", 1)),
            "JoCo": str(wish.get("journal", SALES_JOURNAL)),
        },
        "lines": [
            _line(wish, day, ledger.DEBTOR_LINE, debtor, total),
            _line(wish, day, ledger.LEDGER_LINE, REVENUE, -total),
        ],
        "total": str(abs(total)),
    }


def _line(wish: Wish, day: date, kind: str, account: str, amount: Decimal) -> Record:
    number = str(wish["invoice_number"])
    return {
        "VaAs": kind,
        "AcNr": account,
        "EnDa": day.isoformat(),
        "BpDa": day.isoformat(),
        "InId": number,
        "BpNr": str(wish.get("reference", number)),
        "Ds": "Met de hand geboekt",
        "AmDe": str(max(amount, Decimal(0))),
        "AmCr": str(max(-amount, Decimal(0))),
    }


def _amount(written: Any) -> Decimal:
    try:
        amount = Decimal(str(written))
    except InvalidOperation:
        raise ValueError(f"{written} is no amount") from None
    if not amount.is_finite():
        raise ValueError(f"{written} is no amount")
    return amount


DOORS: dict[str, Callable[[Store, Wish], Any]] = {
    "pay": pay,
    "unpay": unpay,
    "book_by_hand": book_by_hand,
}
