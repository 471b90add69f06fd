"""The life of a posted document: kept, seen in the reference connectors, deleted.

AFAS's lists lag behind: what was posted is not seen at once, and what was deleted is seen for a
while. The setting `sight_delay` says for how long, `debtor_sight_delay` the same of new debtors.
"""

import time

from sandbox import clock, receivables, settings
from sandbox.store import Record, Store, Words

INVOICE, ENTRY, DEBTOR, SUBJECT = "invoice", "entry", "debtor", "subject"
OWED = (INVOICE, ENTRY)  # documents by which a debtor owes
DELAYS = {INVOICE: "sight_delay", ENTRY: "sight_delay", DEBTOR: "debtor_sight_delay"}


def keep(store: Store, environment: str, kind: str, document: Record) -> None:
    """Keep a document that was posted this moment; its key is its `number`."""
    kept = document | {"received_at": clock.now(), "committed": time.time()}
    store.put(kind, environment, str(document["number"]), kept)
    if kind in OWED:
        receivables.enter(store, environment, kind, kept)


def change(store: Store, environment: str, kind: str, old: Record, new: Record) -> None:
    """Keep a document as it was changed."""
    receivables.withdraw(store, environment, kind, old)
    store.put(kind, environment, str(old["number"]), new)
    receivables.enter(store, environment, kind, new)


def remove(store: Store, environment: str, kind: str, number: str, *, by: str) -> bool:
    """Take a document out and remember that it was there. False when there is none.

    `by` says who: "client" or "sandbox".
    """
    document = store.get(kind, environment, number)
    if document is None:
        return False
    store.remove(kind, environment, number)
    if kind in OWED:
        receivables.withdraw(store, environment, kind, document)
    gone = document | {"deleted_at": clock.now(), "deleted": time.time(), "deleted_by": by}
    key = str(store.next_number(environment, "deletions"))
    store.put(f"deleted {kind}", environment, key, gone)
    return True


def free_number(store: Store, environment: str, kind: str, series: str) -> str:
    """The number AFAS gives to a new document.

    With the setting `reuse_deleted_numbers` that is the highest one that it gave before and that
    a deletion set free; else, and where there is none, the next of the series.
    """
    if settings.is_on(store, environment, "reuse_deleted_numbers"):
        free = _given(deleted(store, environment, kind)) - _given(store.all(kind, environment))
        if free:
            return str(max(free))
    while True:
        number = str(store.next_number(environment, series))
        if store.get(kind, environment, number) is None:
            return number


def _given(held: list[Record]) -> set[int]:
    """The numbers that AFAS gave itself."""
    return {int(one["number"]) for one in held if one.get("given")}


def process(store: Store, environment: str, kind: str, number: str, *, processed: bool) -> None:
    """Mark a document as processed or paid: AFAS then neither changes nor deletes it.

    Raises ValueError when there is none.
    """
    with store.transaction():
        document = store.get(kind, environment, number)
        if document is None:
            raise ValueError(f"there is no {kind} {number}")
        store.put(kind, environment, number, document | {"processed": processed})


def deleted(store: Store, environment: str, kind: str, words: Words = ()) -> list[Record]:
    """The documents that were taken out, in the order in which that happened."""
    return store.all(f"deleted {kind}", environment, words)


def seen(store: Store, environment: str, kind: str, words: Words = ()) -> list[Record]:
    """What a list shows at this moment of documents, or of debtors.

    `words` leaves out what holds none of them, as in `Store.all`.
    """
    delay = settings.seconds(store, environment, DELAYS[kind])
    moment = time.time() - delay  # the list shows how things were then
    with store.transaction():  # nothing may move from the one list to the other in between
        known = store.all(kind, environment, words)
        gone = deleted(store, environment, kind, words)
    still = [one for one in gone if one["deleted"] > moment]
    return [one for one in known + still if one.get("committed", 0) <= moment]


def seen_by_reference(store: Store, environment: str, kind: str, words: Words = ()) -> list[Record]:
    """The same of the reference connectors, which the setting `blind` empties."""
    is_blind = settings.is_on(store, environment, "blind")
    return [] if is_blind else seen(store, environment, kind, words)
