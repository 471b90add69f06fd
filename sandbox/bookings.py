"""The part of the page at `/` about the ledger: the entries that came in and what they may name."""

from decimal import Decimal

from lxml import etree

from sandbox import directory, history, ledger
from sandbox.markup import card, el, empty, euro, facts, table, when
from sandbox.store import Record

SHOWN_ENTRIES = 50
KINDS = {"1": "ledger", "2": "debtor", "3": "creditor"}
TITLE = "Journal entries"


def entries(booked: list[Record]) -> etree._Element:
    """The entries, newest first."""
    shown = [entry(kept) for kept in reversed(booked[-SHOWN_ENTRIES:])]
    if not shown:
        return card(TITLE, "none yet", empty("No FiEntries has been posted here yet."))
    return card(TITLE, f"{len(booked)}, newest first", el("div", *shown))


def accounts() -> etree._Element:
    """The ledger accounts, and whether a line on them may hold a VAT code."""
    listed = ledger.accounts().values()
    rows = [[a.number, a.description, "VAT" if a.allows_vat else ""] for a in listed]
    return card("Ledger accounts", str(len(rows)), table(["No.", "Name", ""], rows, set()))


def codes(blocked_periods: set[ledger.Period]) -> etree._Element:
    """Journals, VAT codes and the closed periods."""
    vat = [
        (f"VAT code {o.code}", f"{o.description}{f', account {o.account}' * bool(o.account)}")
        for o in ledger.vat_codes().values()
    ]
    closed = ", ".join(f"{year}-{month:02}" for year, month in sorted(blocked_periods))
    journals = ", ".join(sorted(directory.CODES["JoCo"]))
    listed = facts([("Journals", journals), ("Blocked periods", closed), *vat])
    return card("Booking codes", "and closed periods", el("div", listed, class_="card-body"))


def entry(kept: Record) -> etree._Element:
    """One entry that opens, with both its sides."""
    header, number = kept["header"], kept["invoice_number"] or "no invoice number"
    summary = el(
        "summary",
        el("span", kept["number"], class_="s-number"),
        el("span", f"{kept['debtor']} {kept['debtor_name'] or '—'}", class_="s-name"),
        el("span", number, " ", history.marks(kept), class_="s-reference"),
        el("span", euro(kept["total"]), class_="s-amount"),
    )
    known = facts(
        [
            ("Entry number (EnNo)", kept["number"]),
            ("Invoice number (InId)", kept["invoice_number"] or "—"),
            ("Administration (UnId)", str(header["UnId"])),
            ("Journal (JoCo)", header["JoCo"]),
            ("Year and period (Year, Peri)", f"{header['Year']}, {header['Peri']}"),
            ("Received", when(kept["received_at"])),
            *history.known(kept),
        ]
    )
    top = el("div", known, class_="bill-top")
    return el("details", summary, el("div", top, _lines(kept["lines"])), class_="bill")


def _lines(lines: list[Record]) -> etree._Element:
    rows = [
        [
            el("span", line["AcNr"], " ", el("small", KINDS[line["VaAs"]])),
            line.get("Ds", ""),
            line["EnDa"],
            el("span", line.get("BpNr", ""), " ", el("small", line.get("Fref", ""))),
            line.get("VaId", ""),
            _amount(line, "AmDe"),
            _amount(line, "AmCr"),
        ]
        for line in lines
    ]
    totals = [euro(str(_total(lines, side))) for side in ("AmDe", "AmCr")]
    rows.append([el("strong", "Total"), "", "", "", "", *totals])
    heads = ["Account", "Description", "Date", "Document", "VAT code", "Debit", "Credit"]
    return table(heads, rows, {5, 6})


def _total(lines: list[Record], side: str) -> Decimal:
    return sum((Decimal(line.get(side, 0)) for line in lines), Decimal(0))


def _amount(line: Record, side: str) -> str:
    return euro(line[side]) if Decimal(line.get(side, 0)) else ""
