"""FiEntries: an entry in the journal, balanced by the client. AFAS books it and numbers it."""

from sandbox import directory, documents, entry_checks, fields, receivables, sentences
from sandbox.answers import Answer
from sandbox.ledger import DEBTOR_LINE
from sandbox.payloads import Received
from sandbox.sentences import Refusal
from sandbox.store import Record, Store

FIRST_ADMINISTRATION = "1"


def insert(store: Store, environment: str, entry: Received) -> Answer:
    """Checks the entry as AFAS does and keeps it.

    Answers administration, entry number and invoice number, all as text. The invoice number is
    the one that was sent, AFAS's next one where `AuNu` asks for that, or empty. An EnNo that is
    sent is not used: AFAS numbers. Raises Refusal. Runs inside the caller's transaction.
    """
    directory.check_codes(entry)
    administration = _administration(store, environment, entry)
    total = entry_checks.check(store, environment, entry)
    lines = entry.objects["FiEntries"]
    invoice_number = _invoice_number(store, environment, administration, entry)
    number = documents.free_number(store, environment, documents.ENTRY, "EnNo")
    debtor = next((line.text("AcNr") for line in lines if line.text("VaAs") == DEBTOR_LINE), "")
    kept = {
        "number": number,
        "given": True,
        "invoice_number": invoice_number,
        "debtor": debtor,
        "debtor_name": (store.get("debtor", environment, debtor) or {}).get("DebtorName"),
        "header": entry.as_sent() | {"UnId": int(administration)},
        "lines": [_kept_line(line) for line in lines],
        "total": str(total),
    }
    documents.keep(store, environment, documents.ENTRY, kept)
    keys = {"UnId": administration, "EnNo": number, "InId": invoice_number}
    return Answer(201, {"results": {entry.element.root: keys}})


def delete_by_number(store: Store, environment: str, journal: str, number: str) -> Answer:
    """Removes the whole entry; `journal` is administration and journal, as in `1,20`.

    Raises Refusal when there is none, or when it was processed or paid.
    """
    return _delete(store, environment, journal, number, "EnNo")


def delete_by_invoice(store: Store, environment: str, journal: str, invoice: str) -> Answer:
    """Removes the whole entry of this invoice number. Raises Refusal as delete_by_number does."""
    unit = journal.partition(",")[0]
    used = receivables.user_of(store, environment, unit, invoice) if invoice else None
    number = used["number"] if used and used["kind"] == documents.ENTRY else ""
    return _delete(store, environment, journal, number, "InId")


def _delete(store: Store, environment: str, journal: str, number: str, code: str) -> Answer:
    kept = store.get(documents.ENTRY, environment, number)
    if kept is None or f"{kept['header']['UnId']},{kept['header']['JoCo']}" != journal:
        line = fields.connectors()["FiEntries"].objects["FiEntries"]
        raise Refusal(sentences.DOES_NOT_EXIST, line.fields[code])
    if receivables.is_settled(kept):
        raise Refusal(sentences.ENTRY_NOT_DELETED, number)
    documents.remove(store, environment, documents.ENTRY, number, by="client")
    return Answer(200)


def _administration(store: Store, environment: str, entry: Received) -> str:
    """Absent, AFAS takes the one its user worked in last; here always the first."""
    number = entry.text("UnId") or FIRST_ADMINISTRATION
    if store.get("administration", environment, number) is None:
        raise Refusal(sentences.DOES_NOT_EXIST, entry.field("UnId"))
    return number


def _invoice_number(store: Store, environment: str, unit: str, entry: Received) -> str:
    sent = {line.text("InId") for line in entry.objects["FiEntries"]} - {""}
    if len(sent) > 1 or (sent and entry.flag("AuNu")):
        raise Refusal(sentences.ONE_INVOICE_NUMBER)
    for number in sent:
        used = receivables.user_of(store, environment, unit, number)
        if used:
            raise Refusal(sentences.INVOICE_NUMBER_USED, number, used["debtor"])
    if entry.flag("AuNu"):
        return receivables.free_invoice_number(store, environment, unit)
    return next(iter(sent), "")


def _kept_line(line: Received) -> Record:
    parts = {name: [part.as_sent() for part in found] for name, found in line.objects.items()}
    return line.as_sent() | parts
