"""PUT FbDirectInvoice: only what is sent changes, and an empty value empties its field.

A line is found by its GuLi, or by VaIt and ItCd together. Without `@Action` a line that is found
is changed and one that is not is added; AFAS does not say what it does then.
"""

from sandbox import clock, direct_invoices, documents, payloads, receivables, sentences
from sandbox.answers import Answer
from sandbox.fields import Element
from sandbox.payloads import Received, Value
from sandbox.sentences import Refusal
from sandbox.store import Record, Store

LINES = "FbDirectInvoiceLines"


def update(store: Store, environment: str, change: Received) -> Answer:
    """Changes the invoice with this OrNu, and checks the whole of it again as if it were new.

    Raises Refusal, also when the invoice was processed. Runs inside the caller's transaction.
    """
    kept = _changeable(store, environment, change)
    element = change.element
    invoice = Received(element, _values(kept["header"], element) | change.values)
    payloads.require(invoice)
    invoice.objects[LINES] = lines = [
        Received(element.objects[LINES], _values(line, element.objects[LINES]))
        for line in kept["lines"]
    ]
    told = _told(kept["header"], change)
    for sent in change.objects.get(LINES, []):
        told.append(_apply(lines, sent))
    changed = kept | direct_invoices.built(store, environment, invoice)
    changed["invoice_number"] = change.text("SinOrNu") or kept["invoice_number"]
    _check_invoice_number(store, environment, kept, changed)
    changed["changes"] = [*kept.get("changes", []), {"at": clock.now(), "what": told}]
    documents.change(store, environment, documents.INVOICE, kept, changed)
    return direct_invoices.answered(store, environment, changed)


def _changeable(store: Store, environment: str, change: Received) -> Record:
    number = change.text("OrNu")
    if not number:
        raise Refusal(sentences.ENTER_A_VALUE, change.field("OrNu"))
    kept = store.get(documents.INVOICE, environment, number)
    if kept is None:
        raise Refusal(sentences.DOES_NOT_EXIST, change.field("OrNu"))
    if receivables.is_settled(kept):
        raise Refusal(sentences.INVOICE_NOT_CHANGED, number)
    return kept


def _values(kept: Record, element: Element) -> dict[str, Value]:
    return {code: kept[code] for code in element.fields if code in kept}


def _told(header: Record, change: Received) -> list[str]:
    sent = change.as_sent()
    return [
        f"{code}: {header.get(code) or '—'} → {sent.get(code) or '—'}"
        for code in change.values
        if code != "OrNu" and header.get(code) != sent.get(code)
    ]


def _check_invoice_number(store: Store, environment: str, kept: Record, changed: Record) -> None:
    was, now = ((str(one["header"]["Unit"]), one["invoice_number"]) for one in (kept, changed))
    if was != now:
        direct_invoices.check_unused_invoice_number(store, environment, *now)


def _apply(lines: list[Received], sent: Received) -> str:
    """Change the lines in place by one line that was sent. Tells what it did."""
    found = [line for line in lines if _is_same(line, sent)]
    action = sent.action or ("update" if found or sent.text("GuLi") else "insert")
    if action == "insert":
        payloads.require(sent)
        if sent.text("GuLi") and found:
            raise Refusal(sentences.ALREADY_EXISTS, sent.field("GuLi"), sent.text("GuLi"))
        lines.append(sent)
        return f"line {sent.text('ItCd')}: added"
    place = lines.index(_only(found, sent))
    old = lines.pop(place)
    if action == "delete":
        return f"line {old.text('ItCd')}: deleted"
    changed = Received(old.element, old.values | sent.values | {"GuLi": old.text("GuLi")})
    payloads.require(changed)
    lines.insert(place, changed)
    return f"line {old.text('ItCd')}: changed"


def _is_same(line: Received, sent: Received) -> bool:
    if sent.text("GuLi"):
        return line.text("GuLi").upper() == sent.text("GuLi").upper()
    return all(line.text(code) == sent.text(code) for code in ("VaIt", "ItCd"))


def _only(found: list[Received], sent: Received) -> Received:
    if not found:
        code = "GuLi" if sent.text("GuLi") else "ItCd"
        raise Refusal(sentences.DOES_NOT_EXIST, sent.field(code))
    if len(found) > 1:
        raise Refusal(sentences.SEVERAL_LINES, sent.text("ItCd"))
    return found[0]
