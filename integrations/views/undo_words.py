"""What an invoice line bills, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from integrations.services.undo_check import thing_of
from invoicing.models import Claim
from registration.models import Entry, Hour
from registration.models.planned import Planned


@dataclass(frozen=True, kw_only=True)
class EntryWords:
    """One thing on a line: when, who, what, EUR excl. VAT, and whether it was selected.

    `minutes` only of an hour.
    """

    date: date | None
    who: str
    what: str
    amount: Decimal
    minutes: int | None
    is_chosen: bool


def words_of(claim: Claim, *, chosen: bool) -> EntryWords:
    """The words for what a claim bills."""
    thing = thing_of(claim)
    common: dict[str, Any] = {"amount": claim.amount, "is_chosen": chosen}
    if isinstance(thing, Entry):
        return EntryWords(
            date=thing.date,
            who=str(thing.membership),
            what=thing.note or _kind_of_work(thing),
            minutes=thing.minutes if isinstance(thing, Hour) else None,
            **common,
        )
    day = thing.due_on if isinstance(thing, Planned) else None
    return EntryWords(date=day, who="", what=str(thing), minutes=None, **common)


def _kind_of_work(entry: Entry) -> str:
    """What stands for an entry without a note."""
    what = getattr(entry, "activity", None) or getattr(entry, "category", None)
    return str(what or f"{getattr(entry, 'origin', '')} – {getattr(entry, 'destination', '')}")
