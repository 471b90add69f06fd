"""The update connectors: which method does what. One request is one transaction.

One more needs a field list in `data/update_connectors.json`, a module like `subjects`, and a line
in `INSERTS`.
"""

from collections.abc import Callable

from sandbox import (
    direct_invoices,
    entries,
    fields,
    invoice_changes,
    payloads,
    sales_relations,
    sentences,
    subjects,
)
from sandbox.answers import Answer
from sandbox.fields import Element
from sandbox.payloads import Received
from sandbox.sentences import Refusal
from sandbox.store import Store

Write = Callable[[Store, str, Received], Answer]
INSERTS: dict[str, Write] = {
    "FbDirectInvoice": direct_invoices.insert,
    "FiEntries": entries.insert,
    "KnSalesRelationOrg": sales_relations.insert,
    "KnSubject": subjects.insert,
}
UPDATES: dict[str, Write] = {
    "FbDirectInvoice": invoice_changes.update,
    "KnSalesRelationOrg": sales_relations.update,
}
Delete = Callable[..., Answer]  # store, environment, then the values in the path
DELETES: dict[tuple[str, ...], Delete] = {  # connector, then each object and its key
    ("FbDirectInvoice", "FbDirectInvoice", "@OrNu"): direct_invoices.delete,
    ("FiEntries", "FiEntryPar", "UnId,JoCo", "FiEntries", "@EnNo"): entries.delete_by_number,
    ("FiEntries", "FiEntryPar", "UnId,JoCo", "FiEntries", "InId"): entries.delete_by_invoice,
}


def write(store: Store, environment: str, connector: Element, method: str, body: bytes) -> Answer:
    """POST inserts, PUT changes. What AFAS answers is committed before it is answered.

    Raises Refusal, and NotJson for a body that is none.
    """
    writes = INSERTS if method == "POST" else UPDATES
    if connector.code not in writes:
        raise Refusal(sentences.UPDATE_NOT_GRANTED)
    received = payloads.read(payloads.parse(body), connector, new=method == "POST")
    with store.transaction():
        return writes[connector.code](store, environment, received)


def delete(store: Store, environment: str, connector: Element, keys: list[str]) -> Answer:
    """DELETE with the keys in the path: `…/FbDirectInvoice/FbDirectInvoice/@OrNu/70000144`.

    Object, key names and values repeat for an object under it:
    `…/FiEntries/FiEntryPar/UnId,JoCo/1,20/FiEntries/@EnNo/5789`. Raises Refusal.
    """
    if not keys or len(keys) % 3:
        raise Refusal(sentences.UNEXPECTED_ERROR)
    asked = _capitalless(connector.code, keys[0::3], keys[1::3])
    for (code, *named), work in DELETES.items():
        if _capitalless(code, named[0::2], named[1::2]) == asked:
            with store.transaction():
                return work(store, environment, *keys[2::3])
    raise Refusal(sentences.UPDATE_NOT_GRANTED)


def _capitalless(code: str, objects: list[str], names: list[str]) -> tuple[str, ...]:
    """A connector with its objects in small letters, and the keys as they are written."""
    return code, *(name.lower() for name in objects), *names


def find(name: str) -> Element | None:
    """The update connector of this name, in any capitals, when it can be written here."""
    return fields.connector(name)
