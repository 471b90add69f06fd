"""The part of the page at `/` about dossier items: what was filed, where, and with which file."""

from dataclasses import dataclass

from lxml import etree

from sandbox import documents, subjects
from sandbox.markup import card, el, empty, table, when
from sandbox.store import Record, Store

SHOWN_ITEMS = 50
TITLE = "Dossier items"
KIBIBYTE = 1024


@dataclass(frozen=True)
class Filed:
    """Every dossier item of an environment."""

    items: list[Record]

    def under(self, document: Record) -> list[Record]:
        """Those of a booking or an invoice: linked to its number, or attached by SbAt."""
        header = document["header"]
        unit, number = header.get("UnId") or header.get("Unit"), document["invoice_number"]
        attached = str(header.get("SbAt", ""))
        return [
            item
            for item in self.items
            if item["number"] == attached or (number and (unit, number) in _invoices(item))
        ]


def filed(store: Store, environment: str) -> Filed:
    """What was filed in this environment."""
    return Filed(store.all(documents.SUBJECT, environment))


def items(found: Filed) -> etree._Element:
    """The items, newest first."""
    if not found.items:
        return card(TITLE, "none yet", empty("No KnSubject has been posted here yet."))
    rows = [
        [
            item["number"],
            el("span", item["header"]["Ds"], el("small", item["type"]), class_="two-lines"),
            ", ".join(_places(item)) or "—",
            el("span", *(_file(file) for file in item["files"]), class_="two-lines"),
            when(item["received_at"]),
        ]
        for item in reversed(found.items[-SHOWN_ITEMS:])
    ]
    heads = ["Number", "Subject", "Filed under", "File", "Received"]
    return card(TITLE, f"{len(found.items)}, newest first", table(heads, rows, set()))


def files(found: list[Record]) -> etree._Element | None:
    """What is filed under one booking or invoice; None where nothing is."""
    if not found:
        return None
    listed = [
        el(
            "li",
            el("strong", f"Dossier item {item['number']}"),
            f" {item['header']['Ds']} ",
            *(_file(file) for file in item["files"]),
        )
        for item in found
    ]
    return el("ul", *listed, class_="filed")


def _file(file: Record) -> etree._Element:
    about = f"{_kind(file)}, {_size(file['size'])}"
    name = el("span", file["name"], class_="file-name")
    return el("span", name, " ", el("small", about), class_="file")


def _kind(file: Record) -> str:
    if not file["first_bytes"].startswith("%PDF-"):
        return "no PDF"
    pages = file["pages"]
    return f"PDF, {pages} page{'s' * (pages > 1)}" if pages else "PDF"


def _size(size: int) -> str:
    return f"{size} bytes" if size < KIBIBYTE else f"{size / KIBIBYTE:,.1f} KB"


def _places(item: Record) -> list[str]:
    places = [_place(link) for link in item["links"] if link.get("SfId")]
    return places + [
        f"invoice {number} in administration {unit}" for unit, number in _invoices(item)
    ]


def _place(link: Record) -> str:
    kind = "debtor" if link["SfTp"] == subjects.SALES_RELATION else "organisation"
    return f"{kind} {link['SfId']}"


def _invoices(item: Record) -> list[tuple[int, str]]:
    return [(link["SiUn"], link["SiId"]) for link in item["links"] if link.get("SiId")]
