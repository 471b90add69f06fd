"""What debtors owe: which invoice numbers are in use, what is open on each, and what was paid.

Every document with a debtor has an open item from the moment it is kept until it is paid in full
or taken out. Both are records of their own, so that nobody reads all documents to find one.
"""

import time
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from sandbox import clock, ledger, settings
from sandbox.store import Record, Store, Words

INVOICE, ENTRY = "invoice", "entry"
OPEN, USED = "open item", "used invoice number"
USUAL_DAYS = 30  # where neither the document nor the debtor has a payment condition


def enter(store: Store, environment: str, kind: str, document: Record) -> None:
    """A document came in or was changed: its invoice number is used, what it asks is open."""
    debtor = store.get("debtor", environment, _debtor(document)) or {}
    item = ITEMS[kind](document, str(debtor.get("PayCon") or USUAL_DAYS))
    number = str(document["number"])
    if item["InvoiceNr"]:
        used = {"kind": kind, "number": number, "debtor": item["DebtorId"]}
        store.put(USED, environment, f"{item['UnitId']}/{item['InvoiceNr']}", used)
    if Decimal(item["AmtInvoice"]):
        about = {"kind": kind, "number": number, "committed": document.get("committed", 0)}
        store.put(OPEN, environment, f"{kind}/{number}", item | about)


def withdraw(store: Store, environment: str, kind: str, document: Record) -> None:
    """A document is taken out, or about to be changed: its number is free, nothing is open."""
    number, unit = str(document["number"]), _unit(document)
    store.remove(OPEN, environment, f"{kind}/{number}")
    used = user_of(store, environment, unit, document["invoice_number"])
    if used and (used["kind"], used["number"]) == (kind, number):
        store.remove(USED, environment, f"{unit}/{document['invoice_number']}")


def user_of(store: Store, environment: str, unit: str, invoice_number: str) -> Record | None:
    """Who uses an invoice number in an administration: `kind`, `number` and `debtor`, or None."""
    return store.get(USED, environment, f"{unit}/{invoice_number}")


def free_invoice_number(store: Store, environment: str, unit: str) -> str:
    """AFAS's next invoice number that nobody uses in this administration."""
    while True:
        number = f"V{store.next_number(environment, 'SinOrNu'):07}"
        if user_of(store, environment, unit, number) is None:
            return number


def seen(store: Store, environment: str, words: Words = ()) -> list[Record]:
    """The open items that the list shows: after `sight_delay`, and gone as soon as paid."""
    moment = time.time() - settings.seconds(store, environment, "sight_delay")
    return [one for one in store.all(OPEN, environment, words) if one["committed"] <= moment]


def open_item(store: Store, environment: str, kind: str, number: str) -> Record | None:
    """What is open on a document, or None where nothing is."""
    return store.get(OPEN, environment, f"{kind}/{number}")


def is_settled(document: Record) -> bool:
    """Whether AFAS holds on to it: it was processed, or something was paid on it."""
    return bool(document.get("processed") or document.get("payments"))


def pay(
    store: Store, environment: str, kind: str, number: str, amount: Decimal | None
) -> dict[str, str]:
    """A payment comes in; None pays all that is open. Answers the `balance` that is left.

    An amount is positive, also where AFAS pays back on a credit note. Raises ValueError for one
    that is not, or that is more than what is open, and where nothing is open.
    """
    with store.transaction():
        item = open_item(store, environment, kind, number)
        if item is None:
            raise ValueError(f"nothing is open on {kind} {number}")
        balance = Decimal(item["Balance"])
        paid = balance if amount is None else amount.copy_sign(balance)
        if not 0 < (abs(balance) if amount is None else amount) <= abs(balance):
            raise ValueError(f"{abs(balance)} is open on {kind} {number}, an amount is up to that")
        _remember(store, environment, kind, number, paid)
        left = balance - paid
        if left:
            store.put(OPEN, environment, f"{kind}/{number}", item | {"Balance": str(left)})
        else:
            store.remove(OPEN, environment, f"{kind}/{number}")
    return {"balance": f"{left:.2f}"}


def unpay(store: Store, environment: str, kind: str, number: str) -> None:
    """Every payment on a document is undone. Raises ValueError when there is no such document."""
    with store.transaction():
        document = store.get(kind, environment, number)
        if document is None:
            raise ValueError(f"there is no {kind} {number}")
        document.pop("payments", None)
        store.put(kind, environment, number, document)
        enter(store, environment, kind, document)


def _remember(store: Store, environment: str, kind: str, number: str, paid: Decimal) -> None:
    document = store.get(kind, environment, number) or {}
    payments = [*document.get("payments", []), {"at": clock.now(), "amount": str(paid)}]
    store.put(kind, environment, number, document | {"payments": payments})


def owed(document: Record) -> Decimal:
    """What the debtor owes by an entry, in EUR; below zero for a credit note."""
    lines = _debtor_lines(document)
    amounts = (Decimal(one.get("AmDe", 0)) - Decimal(one.get("AmCr", 0)) for one in lines)
    return sum(amounts, Decimal(0))


def _debtor_lines(document: Record) -> list[Record]:
    return [line for line in document["lines"] if line.get("VaAs") == ledger.DEBTOR_LINE]


def _of_entry(entry: Record, condition: str) -> Record:
    lines = _debtor_lines(entry)
    line = lines[0] if lines else entry["lines"][0]
    amount = str(owed(entry))
    return {
        "UnitId": entry["header"]["UnId"],
        "DebtorId": entry["debtor"],
        "InvoiceNr": entry["invoice_number"],
        "NookPieceDate": line["BpDa"],
        "ExpDate": line.get("DaEx") or _due(line["BpDa"], line.get("PaCd") or condition),
        "CurrencyId": "EUR",
        "AmtInvoice": amount,
        "Balance": amount,
        "Description": line.get("Ds"),
    }


def _of_invoice(invoice: Record, condition: str) -> Record:
    header, amount = invoice["header"], invoice["totals"]["incl_vat"]
    return {
        "UnitId": header["Unit"],
        "DebtorId": header["DbId"],
        "InvoiceNr": invoice["invoice_number"],
        "NookPieceDate": header["OrDa"],
        "ExpDate": _due(header["OrDa"], header.get("PaCd") or condition),
        "CurrencyId": header["CuId"],
        "AmtInvoice": amount,
        "Balance": amount,
        "Description": header.get("RfCs"),
    }


ITEMS: dict[str, Callable[[Record, str], Record]] = {INVOICE: _of_invoice, ENTRY: _of_entry}


def _due(day: str, condition: str) -> str:
    """The day on which it must be paid; here the code of a payment condition is its days."""
    days = int(condition) if condition.isdecimal() else USUAL_DAYS
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def _debtor(document: Record) -> str:
    return str(document.get("debtor") or document["header"].get("DbId", ""))


def _unit(document: Record) -> str:
    header = document["header"]
    return str(header.get("UnId") or header.get("Unit"))
