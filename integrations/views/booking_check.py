"""What the check page of a booking run shows: the entries, what is missing, who is left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.core.paginator import Paginator
from django.utils.translation import gettext as _

from integrations.models import AfasConnection, State
from integrations.services import picking
from integrations.services.booking_choice import offered
from integrations.services.bookings import Candidate, Check
from integrations.services.entry_lines import lines_of_entry
from integrations.services.journal_lines import Accounts, Journal, journal_of
from integrations.services.leaving_out import LeftOut
from integrations.services.ledger_checks import Ledger
from integrations.services.obstacles import Obstacle
from invoicing.models import Invoice

PAGE, OPEN, FEW = 200, 20, 3
"""Entries on a page, how many of them are unfolded, and of how few it is clear what is missing."""


@dataclass(frozen=True)
class ShownEntry:
    """An invoice with the entry that it would become."""

    candidate: Candidate
    journal: Journal
    is_open: bool

    @property
    def invoice(self) -> Invoice:
        """What is booked."""
        return self.candidate.invoice

    @property
    def where(self) -> Any:
        """Year, period and day of the entry; None while that is unknown."""
        return self.candidate.entry.where

    @property
    def is_moved(self) -> bool:
        """Whether it goes to a later period, since its own is closed."""
        return self.where is not None and self.where.day != self.invoice.invoice_date


@dataclass(frozen=True)
class Missing:
    """What is to be mended at one place: the most frequent sentences, and of how many invoices."""

    place: Obstacle
    sentences: list[str]
    more: int
    invoices: int


def context_of(check: Check, connection: AfasConnection, page: str | None) -> dict[str, Any]:
    """Everything that the template needs of a check; may wait for AFAS's lists."""
    blocked = check.blocked
    paginator = Paginator([*blocked, *check.ready], PAGE)
    shown = paginator.get_page(page)
    accounts = Ledger(connection).accounts
    first = shown.start_index()
    return {
        "check": check,
        "page": shown,
        "entries": [
            _shown(one, accounts, is_open=place <= OPEN)
            for place, one in enumerate(shown, start=first or 1)
        ],
        "periods": _periods(check),
        "knows_periods": bool(picking.periods_of(connection)),
        "missing": _missing(blocked) if len(blocked) > FEW else [],
        "left_out": _by_reason(check.left_out),
        "to_be_marked": [one for one in check.ready if not one.invoice.is_sent],
        "unsent": offered(check),
    }


def _shown(one: Candidate, accounts: Accounts | None, *, is_open: bool) -> ShownEntry:
    lines = lines_of_entry(one.entry, one.debtor)
    journal = journal_of(lines, str(one.invoice.customer), accounts)
    return ShownEntry(one, journal, is_open=is_open)


def _periods(check: Check) -> str:
    """The first and the last period of what can be booked."""
    found = [one.entry.where for one in check.ready]
    periods = sorted({(one.year, one.period) for one in found if one})
    ends = dict.fromkeys([*periods[:1], *periods[-1:]])
    return " – ".join(f"{period}/{year}" for year, period in ends)


def _missing(blocked: Iterable[Candidate]) -> list[Missing]:
    """What keeps them from being booked, by the place where it is mended, the worst first."""
    sentences: dict[Obstacle, Counter[str]] = {}
    invoices: Counter[Obstacle] = Counter()
    for one in blocked:
        places = [replace(obstacle, sentence="") for obstacle in one.obstacles]
        invoices.update(set(places))
        for place, obstacle in zip(places, one.obstacles, strict=True):
            sentences.setdefault(place, Counter())[obstacle.sentence] += 1
    return [
        Missing(
            place,
            [sentence for sentence, _count in sentences[place].most_common(FEW)],
            len(sentences[place]) - FEW,
            count,
        )
        for place, count in invoices.most_common()
    ]


def _by_reason(left_out: Iterable[LeftOut]) -> list[tuple[str, list[LeftOut]]]:
    """Who is left out, the same reasons together."""
    groups: dict[str, list[LeftOut]] = {}
    for one in left_out:
        groups.setdefault(_reason(one), []).append(one)
    return list(groups.items())


def _reason(one: LeftOut) -> str:
    """Each entry has its own number, so what is booked already goes under one heading."""
    if one.booking and one.booking.state == State.CONFIRMED:
        return _("These are booked already.")
    return one.reason
