"""The doors under `/_sandbox/` that change what an environment holds, as a colleague would."""

from collections.abc import Callable
from typing import Any

from sandbox import clock, documents, getconnectors, ledger, seed
from sandbox.store import Store

Wish = dict[str, Any]
REMOVABLE = ("debtor", "item", "administration", "invoice", "entry", "subject")
BLOCKABLE = ("debtor", "item", "period", ledger.ACCOUNT, ledger.JOURNAL, ledger.VAT_CODE)


def environment_of(wish: Wish) -> str:
    """The environment that an order names. Raises ValueError when there is none of that name."""
    name = str(wish["environment"])
    if name not in seed.ENVIRONMENTS:
        raise ValueError(f"there is no environment {name}; {', '.join(seed.ENVIRONMENTS)}")
    return name


def debtor(store: Store, wish: Wish) -> Wish:
    """A row for the debtor lists; what is left out stays, or is empty on a new row."""
    environment, row = environment_of(wish), wish["debtor"]
    key = str(row.get("DebtorId") or wish.get("key", "no number"))
    columns = getconnectors.CONNECTORS["profit_debtor"].columns
    new = {column.name: None for column in columns} | {"Blocked": False, "VatDuty": "1"}
    with store.transaction():
        held = store.get("debtor", environment, key) or new
        changed = held | {"ModifiedDate": clock.now()} | row
        store.put("debtor", environment, key, changed)
    return {"debtor": changed}


def debtors(store: Store, wish: Wish) -> Wish:
    """Many rows at once."""
    with store.transaction():
        for row in wish["debtors"]:
            debtor(store, {"environment": wish["environment"], "debtor": row})
    return {"set": len(wish["debtors"])}


def remove(store: Store, wish: Wish) -> Wish:
    """Take a record out; a document is remembered as deleted."""
    kind, environment, key = wish["kind"], environment_of(wish), str(wish["key"])
    if kind not in REMOVABLE:
        raise ValueError(f"kind is one of {', '.join(REMOVABLE)}")
    if kind not in documents.OWED:
        return {"removed": store.remove(kind, environment, key)}
    with store.transaction():
        by_hand = documents.remove(store, environment, kind, key, by="sandbox")
    return {"removed": by_hand}


def processed(store: Store, wish: Wish) -> None:
    """Mark an invoice or an entry as processed or paid, or take that back."""
    kind = wish.get("kind", documents.INVOICE)
    if kind not in documents.OWED:
        raise ValueError("kind is invoice or entry")
    is_so = bool(wish.get("processed", True))
    documents.process(store, environment_of(wish), kind, str(wish["key"]), processed=is_so)


def block(store: Store, wish: Wish) -> Wish:
    """Block a debtor (`10001`), an item (`1/UREN-DEV`), a period (`2026/4`), an account, a journal
    or a VAT code, or free it."""
    kind, environment, key = wish["kind"], environment_of(wish), str(wish["key"])
    is_so = bool(wish.get("blocked", True))
    if kind not in BLOCKABLE:
        raise ValueError(f"kind is one of {', '.join(BLOCKABLE)}")
    if kind == "period":
        ledger.block_period(store, environment, key, blocked=is_so)
        return {"blocked": is_so}
    if kind in (ledger.ACCOUNT, ledger.JOURNAL, ledger.VAT_CODE):
        ledger.block(store, environment, kind, key, blocked=is_so)
        return {"blocked": is_so}
    with store.transaction():
        held = store.get(kind, environment, key)
        if held is None:
            raise ValueError(f"there is no {kind} {key}")
        store.put(kind, environment, key, held | {"Blocked": is_so, "ModifiedDate": clock.now()})
    return {"blocked": is_so}


DOORS: dict[str, Callable[[Store, Wish], Any]] = {
    "debtor": debtor,
    "debtors": debtors,
    "remove": remove,
    "processed": processed,
    "block": block,
}
