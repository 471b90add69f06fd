"""A journal entry as pages show it: its lines with AFAS's names, and both sides added up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from integrations.afas.bookings import BookedLine
from integrations.afas.ledger import LedgerAccount

Accounts = Mapping[str, LedgerAccount]


@dataclass(frozen=True)
class ShownLine:
    """A line, and what AFAS calls its account; of the debtor's line who that is."""

    line: BookedLine
    name: str

    @property
    def allocation(self) -> str:
        """Cost centre and project, as far as there are any."""
        return " · ".join(one for one in (self.line.cost_centre, self.line.project) if one)


@dataclass(frozen=True)
class Journal:
    """All lines of an entry."""

    lines: Sequence[ShownLine]

    @property
    def debit(self) -> Decimal:
        """The debit side, EUR."""
        return sum((one.line.debit for one in self.lines), Decimal(0))

    @property
    def credit(self) -> Decimal:
        """The credit side, EUR."""
        return sum((one.line.credit for one in self.lines), Decimal(0))

    @property
    def is_balanced(self) -> bool:
        """Whether both sides are equal."""
        return self.debit == self.credit

    @property
    def is_allocated(self) -> bool:
        """Whether some line has a cost centre or a project."""
        return any(one.allocation for one in self.lines)


def journal_of(lines: Sequence[BookedLine], debtor: str, accounts: Accounts | None) -> Journal:
    """The entry with these lines; `accounts` by their numbers in small letters, where AFAS shows
    them."""
    return Journal([ShownLine(one, _name(one, debtor, accounts or {})) for one in lines])


def _name(line: BookedLine, debtor: str, accounts: Accounts) -> str:
    if line.kind == "debtor":
        return debtor
    found = accounts.get(line.account.lower())
    return found.name if found else ""
