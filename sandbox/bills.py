"""The part of the page at `/` about direct invoices."""

from typing import Any

from lxml import etree

from sandbox import history
from sandbox.markup import card, el, empty, euro, facts, table, when
from sandbox.store import Record

SHOWN_INVOICES = 50
KINDS = {"1": "work type", "2": "article", "3": "text", "6": "costs"}


def invoices(kept: list[Record]) -> etree._Element:
    """The invoices, newest first."""
    shown = [invoice(one) for one in reversed(kept[-SHOWN_INVOICES:])]
    if not shown:
        return card(
            "Direct invoices", "none yet", empty("No FbDirectInvoice has been posted here yet.")
        )
    return card("Direct invoices", f"{len(kept)}, newest first", el("div", *shown))


def invoice(kept: Record) -> etree._Element:
    """One invoice that opens, with its lines and its changes."""
    header, totals = kept["header"], kept["totals"]
    reference = header.get("RfCs") or "no reference"
    summary = el(
        "summary",
        el("span", str(kept["number"]), class_="s-number"),
        el("span", f"{header['DbId']} {kept['debtor_name'] or '—'}", class_="s-name"),
        el("span", reference, " ", history.marks(kept), class_="s-reference"),
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
    body = el("div", top, _lines(kept["lines"]), history.changes(kept))
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
