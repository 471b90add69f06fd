"""Pieces of HTML for the page at `/`: elements whose text can never become markup."""

import re
from decimal import Decimal
from typing import Any

from lxml import etree
from lxml import html as lxml_html

NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def el(tag: str, *children: "etree._Element | str | None", **attributes: str) -> etree._Element:
    """An element. `class_` and `for_` are written class and for.

    Children that are None and an empty class are left out.
    """
    made = etree.Element(tag)
    for name, value in attributes.items():
        if name == "class_" and not value:
            continue
        made.set(name.rstrip("_").replace("_", "-"), clean(value))
    for child in children:
        if isinstance(child, str):
            _add_text(made, clean(child))
        elif child is not None:
            made.append(child)
    return made


def page(title: str, stylesheet: str, body: etree._Element) -> bytes:
    """The whole document, UTF-8."""
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("title", title),
        el("link", rel="stylesheet", href=stylesheet),
    )
    written = lxml_html.tostring(
        el("html", head, body, lang="en"), doctype="<!doctype html>", encoding="utf-8"
    )
    return bytes(written)


def table(
    heads: list[str],
    rows: list[list[Any]],
    numeric: set[int],
    *,
    foot: list[Any] | None = None,
    class_: str = "",
) -> etree._Element:
    """A table; the columns in `numeric` are figures, aligned right. `foot` is a row of totals.

    Each cell knows the head of its column, for a screen that is too narrow for columns.
    """

    def cells(tag: str, row: list[Any]) -> list[etree._Element]:
        made = [
            el(tag, cell, class_="is-number" if column in numeric else "")
            for column, cell in enumerate(row)
        ]
        for head, cell in zip(heads, made, strict=True):
            if tag == "td" and head:
                cell.set("data-label", head)
        return made

    return el(
        "div",
        el(
            "table",
            el("thead", el("tr", *cells("th", heads))),
            el("tbody", *(el("tr", *cells("td", row)) for row in rows)),
            el("tfoot", el("tr", *cells("td", foot))) if foot else None,
            class_=class_,
        ),
        class_="table-frame",
    )


def facts(pairs: list[tuple[str, "etree._Element | str"]]) -> etree._Element:
    """Labels with their values."""
    parts = [part for label, value in pairs for part in (el("dt", label), el("dd", value))]
    return el("dl", *parts, class_="facts")


def card(
    title: str, note: str, *content: "etree._Element | None", anchor: str = ""
) -> etree._Element:
    """A framed part of the page. `anchor` is its id; absent, it is made of the title."""
    head = el("div", el("h2", title), el("span", note, class_="note"), class_="card-head")
    return el(
        "section", head, *content, class_="card", id=anchor or title.lower().replace(" ", "-")
    )


def empty(text: str) -> etree._Element:
    """What a part says that has nothing to show."""
    return el("p", text, class_="empty")


def when(moment: str) -> str:
    """AFAS's local time without its untrue Z."""
    return moment.rstrip("Z").replace("T", " ")


def euro(amount: str) -> str:
    """An amount as a reader in English expects it: € 1,234.50."""
    return f"€\u202f{Decimal(amount):,.2f}"


def clean(text: str) -> str:
    """The text without the few characters that HTML cannot hold."""
    return NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def _add_text(parent: etree._Element, text: str) -> None:
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text
