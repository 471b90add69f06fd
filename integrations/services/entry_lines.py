"""The lines of a journal entry as they will be sent, for whoever checks it first."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils import translation

from integrations.afas.bookings import BookedLine, RevenueLine
from integrations.services.sales_entries import Entry, description_of

NOTHING = Decimal(0)


def lines_of_entry(entry: Entry, debtor: str) -> list[BookedLine]:
    """The debtor's line, the revenue and the VAT, each on its side; `debtor` may be unknown yet."""
    with translation.override(entry.invoice.company.language):
        words = description_of(entry.invoice)
    owed = _line("debtor", debtor, entry.total, description=words)
    revenue = [_revenue(one, words) for one in entry.revenue]
    vat = [
        _line(
            "ledger",
            one.account,
            -one.amount,
            description=one.description or words,
            vat_code=one.vat_code,
        )
        for one in entry.vat
    ]
    return [owed, *revenue, *vat]


def _revenue(line: RevenueLine, words: str) -> BookedLine:
    return _line(
        "ledger",
        line.account,
        -line.amount,
        description=line.description or words,
        vat_code=line.vat_code,
        cost_centre=line.cost_centre,
        project=line.project,
    )


def _line(kind: Any, account: str, amount: Decimal, **told: str) -> BookedLine:
    """What is below zero is credited."""
    given = {"vat_code": "", "cost_centre": "", "project": "", **told}
    return BookedLine(
        kind=kind,
        account=account,
        debit=max(amount, NOTHING),
        credit=max(-amount, NOTHING),
        **given,
    )
