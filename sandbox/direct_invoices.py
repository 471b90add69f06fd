"""FbDirectInvoice: AFAS makes the invoice out of our lines, numbers it and books it."""

from collections import defaultdict
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any
from uuid import uuid4

from sandbox import (
    clock,
    directory,
    documents,
    fields,
    ledger,
    receivables,
    sentences,
    settings,
)
from sandbox.answers import Answer
from sandbox.payloads import Received
from sandbox.sentences import Refusal
from sandbox.store import Record, Store

WIDE = Context(prec=60)  # AFAS's widest quantity times its widest price
CENT = Decimal("0.01")
TEXT_LINE, SUBTOTAL_LINE = "3", "4"
KINDS_WITHOUT_ITEM = (TEXT_LINE, SUBTOTAL_LINE)
NO_UNIT = "*****"
FIRST_ADMINISTRATION = "1"


def insert(store: Store, environment: str, invoice: Received) -> Answer:
    """Checks the invoice as AFAS does and keeps it. Answers its order number, as text.

    Whether the invoice number is known at once differs per customer: the environment's setting
    `answer_invoice_number` decides. Raises Refusal. Runs inside the caller's transaction.
    """
    _check_unused_numbers(store, environment, invoice)
    made = built(store, environment, invoice)
    number = invoice.text("OrNu")
    given = "" if number else documents.free_number(store, environment, documents.INVOICE, "OrNu")
    kept = made | {
        "number": number or given,
        "given": bool(given),
        "invoice_number": _invoice_number(store, environment, invoice, made),
    }
    documents.keep(store, environment, documents.INVOICE, kept)
    return answered(store, environment, kept)


def answered(store: Store, environment: str, kept: Record) -> Answer:
    """The order number; by setting also the invoice number, which AFAS often gives later."""
    keys = {"OrNu": str(kept["number"])}
    if settings.is_on(store, environment, "answer_invoice_number"):
        keys["SinOrNu"] = str(kept["invoice_number"])
    return Answer(201, {"results": {"FbDirectInvoice": keys}})


def built(store: Store, environment: str, invoice: Received) -> Record:
    """Header, lines and totals of an invoice as AFAS makes them out of what it was sent.

    Raises Refusal.
    """
    directory.check_codes(invoice)
    _check_journal(store, environment, invoice)
    _check_attachment(store, environment, invoice)
    debtor = _debtor(store, environment, invoice)
    administration = _administration(store, environment, invoice)
    received_lines = invoice.objects.get("FbDirectInvoiceLines", [])
    if not received_lines:
        raise Refusal(sentences.NO_LINES)
    lines = [_line(store, environment, line) for line in received_lines]
    vat_duty = invoice.text("VaDu") or str(debtor["VatDuty"])
    return {
        "debtor_name": debtor["DebtorName"],
        "header": _header(invoice) | {"Unit": administration},
        "lines": lines,
        "totals": totals(lines, vat_duty, includes_vat=invoice.flag("InVa")),
    }


def delete(store: Store, environment: str, number: str) -> Answer:
    """Removes the invoice with this order number.

    Raises Refusal when there is none, or when it was processed.
    """
    kept = store.get(documents.INVOICE, environment, number)
    if kept is None:
        raise Refusal(
            sentences.DOES_NOT_EXIST, fields.connectors()["FbDirectInvoice"].fields["OrNu"]
        )
    if receivables.is_settled(kept):
        raise Refusal(sentences.INVOICE_NOT_DELETED, number)
    documents.remove(store, environment, documents.INVOICE, number, by="client")
    return Answer(200)


def totals(lines: list[Record], vat_duty: str, *, includes_vat: bool) -> dict[str, str]:
    """Amounts in EUR with two decimals; VAT is rounded once per rate group."""
    per_group: dict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        per_group[line["VaRc"]] += Decimal(line["amount"])
    excl_vat, vat = Decimal(0), Decimal(0)
    for group, amount in per_group.items():
        rate = directory.VAT_RATES[group] if vat_duty in directory.VAT_IS_CHARGED else Decimal(0)
        net = _cents(amount / (1 + rate)) if includes_vat else amount
        excl_vat += net
        vat += amount - net if includes_vat else _cents(net * rate)
    return {
        "excl_vat": str(_cents(excl_vat)),
        "vat": str(_cents(vat)),
        "incl_vat": str(_cents(excl_vat + vat)),
    }


def _debtor(store: Store, environment: str, invoice: Received) -> Record:
    debtors = [
        _existing_debtor(store, environment, invoice, code)
        for code in ("DbId", "FaTo")
        if invoice.text(code)
    ]
    return debtors[0]


def _existing_debtor(store: Store, environment: str, invoice: Received, code: str) -> Record:
    debtor = store.get("debtor", environment, invoice.text(code))
    if debtor is None:
        raise Refusal(sentences.DOES_NOT_EXIST, invoice.field(code))
    if not debtor.get("IsDb", True):
        raise Refusal(sentences.NOT_A_DEBTOR, invoice.text(code))
    if debtor["Blocked"]:
        raise Refusal(sentences.DEBTOR_BLOCKED, invoice.text(code))
    return debtor


def _check_unused_numbers(store: Store, environment: str, invoice: Received) -> None:
    number, reference = invoice.text("OrNu"), invoice.text("RfCs")
    if number and store.get("invoice", environment, number):
        raise Refusal(sentences.ALREADY_EXISTS, invoice.field("OrNu"), number)
    unit = invoice.text("Unit") or FIRST_ADMINISTRATION
    check_unused_invoice_number(store, environment, unit, invoice.text("SinOrNu"))
    if reference and settings.is_on(store, environment, "refuse_same_reference"):
        used = {kept["header"].get("RfCs") for kept in store.all("invoice", environment)}
        if reference in used:
            raise Refusal(sentences.ALREADY_EXISTS, invoice.field("RfCs"), reference)


def check_unused_invoice_number(
    store: Store, environment: str, unit: str, invoice_number: str
) -> None:
    """Refuses a number (SinOrNu) that an invoice or an entry of the administration has.

    Raises Refusal.
    """
    if invoice_number and receivables.user_of(store, environment, unit, invoice_number):
        field = fields.connectors()["FbDirectInvoice"].fields["SinOrNu"]
        raise Refusal(sentences.ALREADY_EXISTS, field, invoice_number)


def _check_journal(store: Store, environment: str, invoice: Received) -> None:
    journal = invoice.text("JoCo")
    if journal and journal in ledger.blocked(store, environment, ledger.JOURNAL):
        raise Refusal(sentences.JOURNAL_BLOCKED, journal)


def _check_attachment(store: Store, environment: str, invoice: Received) -> None:
    number = invoice.text("SbAt")
    if number and store.get(documents.SUBJECT, environment, number) is None:
        raise Refusal(sentences.DOES_NOT_EXIST, invoice.field("SbAt"))


def _administration(store: Store, environment: str, invoice: Received) -> int:
    """Absent, AFAS takes the one its user worked in last; here always the first."""
    number = invoice.text("Unit") or FIRST_ADMINISTRATION
    if store.get("administration", environment, number) is None:
        raise Refusal(sentences.DOES_NOT_EXIST, invoice.field("Unit"))
    return int(number)


def _line(store: Store, environment: str, line: Received) -> Record:
    quantity = line.number("QuUn") or Decimal(0)
    item = _item(store, environment, line)
    price = line.number("Upri")
    if price is None:
        price = Decimal(item["Price"] or 0)
    return line.as_sent() | {
        "GuLi": line.text("GuLi") or f"{{{str(uuid4()).upper()}}}",
        "description": line.text("Ds") or item["Description"],
        "Upri": str(price),
        "VaRc": line.text("VaRc") or item["VATGroup"],
        "amount": str(_cents(WIDE.multiply(quantity, price))),
    }


def _item(store: Store, environment: str, line: Received) -> Record:
    kind, code, unit = line.text("VaIt"), line.text("ItCd"), line.text("BiUn")
    if kind in KINDS_WITHOUT_ITEM:
        item: Record | None = {"UnitId": NO_UNIT, "Description": "", "VATGroup": "0", "Price": "0"}
    else:
        item = store.get("item", environment, f"{kind}/{code}")
    if item is None:
        raise Refusal(sentences.DOES_NOT_EXIST, line.field("ItCd"))
    if item.get("Blocked"):
        raise Refusal(sentences.ITEM_BLOCKED, code)
    if unit not in {NO_UNIT, *(one["UnitId"] for one in store.all("item", environment))}:
        raise Refusal(sentences.DOES_NOT_EXIST, line.field("BiUn"))
    if unit != item["UnitId"]:
        raise Refusal(sentences.UNIT_DOES_NOT_FIT, unit, code)
    return item


def _invoice_number(store: Store, environment: str, invoice: Received, made: Record) -> str:
    unit = str(made["header"]["Unit"])
    return invoice.text("SinOrNu") or receivables.free_invoice_number(store, environment, unit)


def _header(invoice: Received) -> dict[str, Any]:
    return {"OrDa": clock.today().isoformat(), "CuId": "EUR"} | invoice.as_sent()


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, rounding=ROUND_HALF_UP, context=WIDE)
