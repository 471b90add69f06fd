"""The part of the page at `/` about direct invoices."""

from typing import Any

from lxml import etree

from sandbox import documents, dossier, history, receivables
from sandbox.markup import card, el, empty, euro, facts, table, when
from sandbox.store import Record, Store

SHOWN_INVOICES = 50
KINDS = {"1": "work type", "2": "article", "3": "text", "6": "costs"}


def invoices(
    store: Store, environment: str, kept: list[Record], filed: dossier.Filed
) -> etree._Element:
    """The invoices, newest first."""
    if not kept:
        return card(
            "Direct invoices", "none yet", empty("No FbDirectInvoice has been posted here yet.")
        )
    shown = []
    for one in reversed(kept[-SHOWN_INVOICES:]):
        item = receivables.open_item(store, environment, documents.INVOICE, str(one["number"]))
        shown.append(invoice(one, item, filed.under(one)))
    return card("Direct invoices", f"{len(kept)}, newest first", el("div", *shown))


def invoice(
    kept: Record, open_item: Record | None = None, filed: list[Record] | None = None
) -> etree._Element:
    """One invoice that opens, with its lines, its changes and what is filed under it."""
    header, totals = kept["header"], kept["totals"]
    reference = header.get("RfCs") or "no reference"
    summary = el(
        "summary",
        el("span", str(kept["number"]), class_="s-number"),
        el("span", f"{header['DbId']} {kept['debtor_name'] or '—'}", class_="s-name"),
        el("span", reference, " ", history.marks(kept, open_item), class_="s-reference"),
        el("span", euro(totals["excl_vat"]), class_="s-amount"),
    )
    known: list[tuple[str, etree._Element | str]] = [
        ("Order number (OrNu)", str(kept["number"])),
        ("Invoice number (SinOrNu)", str(kept["invoice_number"])),
        ("Reference (RfCs)", header.get("RfCs") or "—"),
        ("Invoice reference (Fref)", header.get("Fref") or "—"),
        ("Date (OrDa)", header["OrDa"]),
        ("Administration (Unit)", str(header["Unit"])),
        ("Received", when(kept["received_at"])),
        *history.known(kept),
    ]
    top = el("div", facts(known), _sums(totals), class_="bill-top")
    lines = _lines(kept["lines"])
    body = el("div", top, lines, history.changes(kept), dossier.files(filed or []))
    return el("details", summary, body, class_="bill")


def _sums(totals: Record) -> etree._Element:
    names = {"Excl. VAT": "excl_vat", "VAT": "vat", "Total": "incl_vat"}
    sums = facts([(label, euro(totals[name])) for label, name in names.items()])
    sums.set("class", "facts is-money")
    return sums


def _lines(lines: list[Record]) -> etree._Element:
    rows = [
        [
            el("span", line["ItCd"], " ", el("small", KINDS.get(line["VaIt"], line["VaIt"]))),
            line["description"],
            f"{_number(line['QuUn'])} {line['BiUn']}",
            euro(line["Upri"]),
            line["VaRc"],
            euro(line["amount"]),
        ]
        for line in lines
    ]
    heads = ["Item", "Description", "Quantity", "Price", "VAT group", "Amount"]
    return table(heads, rows, {2, 3, 5})


def _number(value: Any) -> str:
    text = str(value)
    return text.rstrip("0").rstrip(".") if "." in text else text
