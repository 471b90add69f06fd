"""FiEntries: an entry in the journal, balanced by the client. AFAS books it and numbers it."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal, localcontext

from sandbox import directory, documents, fields, ledger, sentences
from sandbox.answers import Answer
from sandbox.payloads import Received
from sandbox.sentences import Refusal
from sandbox.store import Record, Store

LEDGER, DEBTOR, CREDITOR = "1", "2", "3"  # VaAs: what an account number stands for
MOST_LINES = 1000
WIDE = 60  # digits: a thousand of AFAS's widest amounts
FIRST_ADMINISTRATION = "1"
AXIS_NAMES = {"1": "Cost center"}


def insert(store: Store, environment: str, entry: Received) -> Answer:
    """Checks the entry as AFAS does and keeps it.

    Answers administration, entry number and invoice number, all as text. The invoice number is
    the one that was sent, AFAS's next one where `AuNu` asks for that, or empty. An EnNo that is
    sent is not used: AFAS numbers. Raises Refusal. Runs inside the caller's transaction.
    """
    directory.check_codes(entry)
    administration = _administration(store, environment, entry)
    lines = entry.objects.get("FiEntries", [])
    _check_size(lines)
    _check_period(store, environment, entry)
    for line in lines:
        _check_date(entry, line)
        _check_account(store, environment, line)
    total = _balanced_total(lines)
    invoice_number = _invoice_number(store, environment, administration, entry)
    number = documents.free_number(store, environment, documents.ENTRY, "EnNo")
    debtor = next((line.text("AcNr") for line in lines if line.text("VaAs") == DEBTOR), "")
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

    Raises Refusal when there is none.
    """
    return _delete(store, environment, journal, ("EnNo", "number", number))


def delete_by_invoice(store: Store, environment: str, journal: str, invoice: str) -> Answer:
    """Removes the whole entry of this invoice number. Raises Refusal when there is none."""
    return _delete(store, environment, journal, ("InId", "invoice_number", invoice))


def _delete(store: Store, environment: str, journal: str, key: tuple[str, str, str]) -> Answer:
    code, column, wanted = key
    for kept in store.all("entry", environment):
        header = kept["header"]
        if f"{header['UnId']},{header['JoCo']}" == journal and kept[column] == wanted != "":
            if kept.get("processed"):
                raise Refusal(sentences.ENTRY_NOT_DELETED, kept["number"])
            documents.remove(store, environment, documents.ENTRY, kept["number"], by="client")
            return Answer(200)
    line = fields.connectors()["FiEntries"].objects["FiEntries"]
    raise Refusal(sentences.DOES_NOT_EXIST, line.fields[code])


def _administration(store: Store, environment: str, entry: Received) -> str:
    """Absent, AFAS takes the one its user worked in last; here always the first."""
    number = entry.text("UnId") or FIRST_ADMINISTRATION
    if store.get("administration", environment, number) is None:
        raise Refusal(sentences.DOES_NOT_EXIST, entry.field("UnId"))
    return number


def _check_size(lines: list[Received]) -> None:
    if not lines:
        raise Refusal(sentences.NO_ENTRY_LINES)
    if len(lines) > MOST_LINES:
        raise Refusal(sentences.TOO_MANY_LINES, str(len(lines)), str(MOST_LINES))


def _check_period(store: Store, environment: str, entry: Received) -> None:
    year, period = _period(entry)
    if not 1 <= period <= ledger.LAST_PERIOD:
        raise Refusal(sentences.DOES_NOT_EXIST, entry.field("Peri"))
    if (year, period) in ledger.blocked_periods(store, environment):
        raise Refusal(sentences.PERIOD_BLOCKED, str(period), str(year))


def _check_date(entry: Received, line: Received) -> None:
    day = date.fromisoformat(line.text("EnDa"))
    if ledger.period_of(day) != _period(entry):
        year, period = _period(entry)
        written = f"{day.day}-{day.month}-{day.year}"
        raise Refusal(sentences.DATE_OUTSIDE_PERIOD, written, str(period), str(year))


def _period(entry: Received) -> tuple[int, int]:
    return int(entry.text("Year")), int(entry.text("Peri"))


def _check_account(store: Store, environment: str, line: Received) -> None:
    number, vat_code = line.text("AcNr"), line.text("VaId")
    if vat_code and vat_code not in ledger.VAT_CODES:
        raise Refusal(sentences.NO_FOREIGN_KEY, line.field("VaId"), "KnVat")
    account = ledger.accounts().get(number) if line.text("VaAs") == LEDGER else None
    if account is None and not _is_debtor(store, environment, line):
        raise Refusal(sentences.NO_FOREIGN_KEY, line.field("AcNr"), "KnAnt1")
    if vat_code and not (account and account.allows_vat):
        raise Refusal(sentences.VAT_NOT_ALLOWED, number)
    if account and account.axis and not _is_allocated(line, account.axis):
        raise Refusal(sentences.AXIS_MISSING, AXIS_NAMES[account.axis], number)


def _is_debtor(store: Store, environment: str, line: Received) -> bool:
    """There are no creditors here, and a relation that is not marked as debtor is none."""
    if line.text("VaAs") != DEBTOR:
        return False
    debtor = store.get("debtor", environment, line.text("AcNr"))
    return debtor is not None and bool(debtor.get("IsDb", True))


def _is_allocated(line: Received, axis: str) -> bool:
    parts = line.objects.get("FiDimEntries", [])
    return bool(parts) and all(part.text(f"DiC{axis}") for part in parts)


def _balanced_total(lines: list[Received]) -> Decimal:
    """The debit side in EUR, which the credit side must equal."""
    debit, credit = (_sum(line.number(side) for line in lines) for side in ("AmDe", "AmCr"))
    if debit != credit:
        raise Refusal(sentences.NOT_BALANCED, str(debit), str(credit))
    return debit


def _sum(amounts: Iterable[Decimal | None]) -> Decimal:
    with localcontext(prec=WIDE):
        return sum((amount for amount in amounts if amount is not None), Decimal("0.00"))


def _invoice_number(store: Store, environment: str, administration: str, entry: Received) -> str:
    lines = entry.objects["FiEntries"]
    sent = {line.text("InId") for line in lines} - {""}
    used = _used_invoice_numbers(store, environment, administration)
    if len(sent) > 1 or (sent and entry.flag("AuNu")):
        raise Refusal(sentences.ONE_INVOICE_NUMBER)
    for number in sent & used.keys():
        raise Refusal(sentences.INVOICE_NUMBER_USED, number, used[number])
    if entry.flag("AuNu"):
        return _free_invoice_number(store, environment, used)
    return next(iter(sent), "")


def _used_invoice_numbers(store: Store, environment: str, administration: str) -> dict[str, str]:
    """Invoice number → debtor; each administration has its own."""
    return {
        kept["invoice_number"]: kept["debtor"]
        for kept in store.all("entry", environment)
        if str(kept["header"]["UnId"]) == administration and kept["invoice_number"]
    }


def _free_invoice_number(store: Store, environment: str, used: Iterable[str]) -> str:
    while True:
        number = f"V{store.next_number(environment, 'SinOrNu'):07}"
        if number not in used:
            return number


def _kept_line(line: Received) -> Record:
    parts = {name: [part.as_sent() for part in found] for name, found in line.objects.items()}
    return line.as_sent() | parts
