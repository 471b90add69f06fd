"""The payment code: what a banking app scans so that nobody types an IBAN.

Source: European Payments Council, EPC069-12, "Quick Response Code: Guidelines to Enable Data
Capture for the Initiation of a SEPA Credit Transfer", version 002, UTF-8, level M.
"""

from __future__ import annotations

import io
from decimal import Decimal

import segno

from accounts import identifiers
from core.errors import DomainError

LEAST, MOST = Decimal("0.01"), Decimal("999999999.99")
LONGEST_NAME = 70
LONGEST_TEXT = 140
MOST_BYTES = 331
# The standard allows no larger symbol than version 13; 331 bytes at level M are exactly that.
LARGEST_SYMBOL = 13


def payload(*, name: str, iban: str, amount: Decimal, text: str, bic: str = "") -> str:
    """What the code says: pay `name` on `iban` this `amount` (EUR) quoting `text`.

    Empty when nobody could pay by it: the IBAN is wrong or absent, there is no name, or the amount
    is not within the standard's bounds. A name that is too long is cut, never the rest.
    """
    account = _account(iban)
    if not account or not name.strip() or not LEAST <= amount <= MOST:
        return ""
    short = _line(name)[:LONGEST_NAME]
    while len((code := _joined(short, account, amount, text, bic)).encode()) > MOST_BYTES:
        short = short[:-1]
    return code


def svg(code: str) -> str:
    """The symbol of a payload as SVG, with the quiet zone of four modules that scanners need."""
    symbol = segno.make(code, error="m", boost_error=False, mode="byte", encoding="utf-8")
    page = io.BytesIO()
    symbol.save(page, kind="svg", border=4, dark="#000", light="#fff", xmldecl=False, svgclass=None)
    return page.getvalue().decode()


def _account(iban: str) -> str:
    try:
        return identifiers.iban(iban)
    except DomainError:
        return ""


def _joined(name: str, iban: str, amount: Decimal, text: str, bic: str) -> str:
    """The elements in the order of the standard; those at the end that are empty are left out."""
    head = ("BCD", "002", "1", "SCT", _line(bic).replace(" ", "").upper())
    return "\n".join((*head, name, iban, f"EUR{amount:.2f}", "", "", _line(text)[:LONGEST_TEXT]))


def _line(text: str) -> str:
    """On one line: a line break would shift every element after it."""
    return " ".join(text.split())
