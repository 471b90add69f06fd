"""The update connectors: which method does what. One request is one transaction.

FiEntries and KnSubject are to come: a field list in `data/update_connectors.json`, a module like
`direct_invoices`, and a line in `INSERTS`.
"""

from collections.abc import Callable

from sandbox import direct_invoices, fields, payloads, sales_relations, sentences
from sandbox.answers import Answer
from sandbox.fields import Element
from sandbox.payloads import Received
from sandbox.sentences import Refusal
from sandbox.store import Store

Write = Callable[[Store, str, Received], Answer]
INSERTS: dict[str, Write] = {
    "FbDirectInvoice": direct_invoices.insert,
    "KnSalesRelationOrg": sales_relations.insert,
}
UPDATES: dict[str, Write] = {"KnSalesRelationOrg": sales_relations.update}
DELETES = {("FbDirectInvoice", "FbDirectInvoice", "@OrNu"): direct_invoices.delete}


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
    """DELETE with the key in the path: `…/FbDirectInvoice/FbDirectInvoice/@OrNu/70000144`."""
    if len(keys) != 3:
        raise Refusal(sentences.UNEXPECTED_ERROR)
    part, names, values = keys
    for (code, object_name, key_name), work in DELETES.items():
        if (code, object_name.lower()) == (connector.code, part.lower()) and names == key_name:
            with store.transaction():
                return work(store, environment, values)
    raise Refusal(sentences.UPDATE_NOT_GRANTED)


def find(name: str) -> Element | None:
    """The update connector of this name, in any capitals, when it can be written here."""
    return fields.connector(name)
