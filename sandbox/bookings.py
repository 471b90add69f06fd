"""The part of the page at `/` about the ledger: the entries that came in, as a bookkeeper reads."""

from calendar import month_name
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from lxml import etree

from sandbox import documents, dossier, history, ledger, receivables
from sandbox.ledger import DEBTOR_LINE
from sandbox.markup import card, el, empty, euro, facts, table, when
from sandbox.store import Record, Store

SHOWN_ENTRIES = 50
TITLE = "Journal entries"
SIDES = ("AmDe", "AmCr")
HEADS = ["Account", "Name", "Description", "VAT code", "Cost centre, project", "Debit", "Credit"]


@dataclass(frozen=True)
class Around:
    """What the page tells beside an entry: what is open on it, and the items filed under it."""

    open_item: Record | None = None
    items: list[Record] = field(default_factory=list)


def entries(store: Store, environment: str, filed: dossier.Filed) -> etree._Element:
    """The entries, newest first."""
    found = store.last(documents.ENTRY, environment, SHOWN_ENTRIES)
    if not found:
        return card(TITLE, "none yet", empty("No FiEntries has been posted here yet."))
    shown = []
    for kept in found:
        item = receivables.open_item(store, environment, documents.ENTRY, kept["number"])
        shown.append(entry(kept, Around(item, filed.under(kept))))
    number = store.count(documents.ENTRY, environment)
    return card(TITLE, f"{number}, newest first", el("div", *shown))


def entry(kept: Record, around: Around | None = None) -> etree._Element:
    """One entry that opens: its head, what is paid, both its sides, what is filed under it."""
    around = around or Around()
    owed = receivables.owed(kept)
    summary = el(
        "summary",
        el("span", kept["number"], class_="s-number"),
        el("span", f"{kept['debtor']} {kept['debtor_name'] or '—'}", class_="s-name"),
        el(
            "span",
            kept["invoice_number"] or "no invoice number",
            " ",
            history.marks(kept, around.open_item),
            class_="s-reference",
        ),
        el("span", euro(str(owed or kept["total"])), class_="s-amount"),
    )
    top = el(
        "div", _head(kept, around), history.money(kept, owed, around.open_item), class_="bill-top"
    )
    body = el("div", top, _lines(kept), dossier.files(around.items))
    return el("details", summary, body, class_="bill")


def _head(kept: Record, around: Around) -> etree._Element:
    header, lines = kept["header"], kept["lines"]
    journal = ledger.JOURNALS.get(header["JoCo"])
    due = _each(lines, "DaEx") or (around.open_item or {}).get("ExpDate", "")
    listed = facts(
        [
            ("Journal", f"{header['JoCo']} {journal.description if journal else ''}"),
            ("Entry no.", kept["number"]),
            ("Period", f"{header['Peri']}, {month_name[header['Peri']]} {header['Year']}"),
            ("Invoice no.", kept["invoice_number"] or "—"),
            ("Booking date", _each(lines, "EnDa")),
            ("Voucher", el("span", _each(lines, "BpNr") or "—", " ", _reference(lines))),
            ("Due", due or "—"),
            ("Administration", str(header["UnId"])),
            ("Received", when(kept["received_at"])),
            *history.known(kept),
        ]
    )
    listed.set("class", "facts is-head")
    return listed


def _reference(lines: list[Record]) -> etree._Element | None:
    reference = _each(lines, "Fref")
    return el("small", reference) if reference not in ("", _each(lines, "BpNr")) else None


def _each(lines: list[Record], code: str) -> str:
    """Every value that the lines have for it; usually one."""
    return ", ".join(dict.fromkeys(str(line[code]) for line in lines if line.get(code)))


def _lines(kept: Record) -> etree._Element:
    lines = kept["lines"]
    rows = [
        [
            line["AcNr"],
            _name(kept, line),
            line.get("Ds", ""),
            _vat_code(line),
            _allocated(line),
            *(_amount(line, side) for side in SIDES),
        ]
        for line in lines
    ]
    totals = [euro(str(_total(lines, side))) for side in SIDES]
    foot: list[Any] = ["Total", "", "", "", "", *totals]
    return table(HEADS, rows, {5, 6}, foot=foot, class_="ledger")


def _name(kept: Record, line: Record) -> str:
    if line["VaAs"] == DEBTOR_LINE:
        return str((line["AcNr"] == kept["debtor"] and kept["debtor_name"]) or "Debtor")
    account = ledger.accounts().get(line["AcNr"])
    return account.description if account else "—"


def _vat_code(line: Record) -> etree._Element | None:
    code = ledger.vat_codes().get(line.get("VaId", ""))
    if code is None:
        return None
    return el("span", f"{code.code} ", el("small", code.description))


def _allocated(line: Record) -> etree._Element | None:
    """The cost centres with their share where there are several, and the projects."""
    parts = line.get("FiDimEntries", [])
    written = [_part(part, with_amount=len(parts) > 1) for part in parts]
    projects = [line.get("PrId"), *(one.get("PrId") for one in line.get("FiPrjEntries", []))]
    found = [*written, *dict.fromkeys(filter(None, projects))]
    return el("span", *(el("span", one) for one in found), class_="two-lines") if found else None


def _part(part: Record, *, with_amount: bool) -> str:
    codes = " / ".join(part[f"DiC{axis}"] for axis in ledger.AXES if part.get(f"DiC{axis}"))
    amounts = (_amount(part, side) for side in SIDES)
    return f"{codes} {''.join(amounts)}" if with_amount else codes


def _total(lines: list[Record], side: str) -> Decimal:
    return sum((Decimal(line.get(side, 0)) for line in lines), Decimal(0))


def _amount(line: Record, side: str) -> str:
    return euro(line[side]) if Decimal(line.get(side, 0)) else ""
