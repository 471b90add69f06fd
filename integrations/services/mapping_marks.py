"""What AFAS says of the codes in a row of the mapping: known, blocked, unknown, or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrations.models import AfasConnection
from integrations.services import picking
from integrations.services.booking_settings import settings_of
from integrations.services.ledger_checks import Ledger
from integrations.services.mapping_rows import Row, Table


class Says(IntEnum):
    """What AFAS's list says, from the best to the worst."""

    NOTHING = 0
    UNREAD = 1
    KNOWN = 2
    DOUBT = 3
    BLOCKED = 4
    UNKNOWN = 5


WORDS = {
    Says.NOTHING: "",
    Says.UNREAD: gettext_lazy("No list"),
    Says.KNOWN: gettext_lazy("Known"),
    Says.DOUBT: gettext_lazy("Check it"),
    Says.BLOCKED: gettext_lazy("Blocked"),
    Says.UNKNOWN: gettext_lazy("Unknown"),
}
STATUS = {
    Says.NOTHING: "idle",
    Says.UNREAD: "open",
    Says.KNOWN: "ok",
    Says.DOUBT: "warn",
    Says.BLOCKED: "warn",
    Says.UNKNOWN: "bad",
}


@dataclass(frozen=True)
class Mark:
    """The worst that AFAS says of a row, and why."""

    says: Says
    why: str = ""

    @property
    def words(self) -> str:
        """One word for it; empty where there is nothing to say."""
        return str(WORDS[self.says])

    @property
    def status(self) -> str:
        """The kind of dot beside the word."""
        return STATUS[self.says]


class Marking:
    """Marks the rows of a table; AFAS's lists are read when the first row asks for them."""

    def __init__(self, connection: AfasConnection, table: str) -> None:
        self.connection, self.table = connection, table
        self.ledger = Ledger(connection)

    def mark(self, row: Row) -> Mark:
        """The worst of what AFAS says of the codes that a row has for itself."""
        return max(self._marks(row), key=lambda one: one.says, default=Mark(Says.NOTHING))

    def _marks(self, row: Row) -> Iterator[Mark]:
        values = row.values
        if values.get("code"):
            yield self._vat(row) if self.table == Table.VAT else self._item(row)
        for name in ("account", "revenue_account"):
            if values.get(name):
                yield self._account(values[name])

    def _account(self, number: str) -> Mark:
        if self.ledger.accounts is None:
            return Mark(Says.UNREAD)
        found = self.ledger.account(number)
        if found is None:
            return Mark(Says.UNKNOWN, _("AFAS has no account %(code)s") % {"code": number})
        if found.is_blocked:
            return Mark(Says.BLOCKED, _("account %(code)s") % {"code": number})
        wrong = self.ledger.account_problem(number)
        doubt = wrong or self.ledger.account_doubt(number, self._axis)
        return Mark(Says.DOUBT, doubt) if doubt else Mark(Says.KNOWN)

    @cached_property
    def _axis(self) -> int:
        return settings_of(self.connection).cost_centre_axis

    def _vat(self, row: Row) -> Mark:
        code, taxed = row.values["code"], row.of
        if self.ledger.vat_codes is None:
            return Mark(Says.UNREAD)
        found = self.ledger.vat_code(code)
        if found is None:
            return Mark(Says.UNKNOWN, _("AFAS has no VAT code %(code)s") % {"code": code})
        if found.is_blocked:
            return Mark(Says.BLOCKED, _("VAT code %(code)s") % {"code": code})
        other = self.ledger.vat_problem(code, taxed.percent, reversed_charge=taxed.is_reversed)
        doubt = other or self.ledger.vat_doubt(code)
        return Mark(Says.DOUBT, doubt) if doubt else Mark(Says.KNOWN)

    def _item(self, row: Row) -> Mark:
        code, kind = row.values["code"], row.values["kind"]
        if not self._items:
            return Mark(Says.UNREAD)
        if (kind, code.lower()) not in self._items:
            listed = any(one == kind for one, _code in self._items)
            unknown = Mark(Says.UNKNOWN, _("AFAS has no item %(code)s") % {"code": code})
            return unknown if listed else Mark(Says.UNREAD)
        if self._items[kind, code.lower()]:
            return Mark(Says.BLOCKED, _("item %(code)s") % {"code": code})
        return Mark(Says.KNOWN)

    @cached_property
    def _items(self) -> dict[tuple[str, str], bool]:
        """Whether an item is blocked, by kind and code."""
        known = picking.items_of(self.connection) or ()
        return {(one.kind, one.ItemCode.strip().lower()): one.is_blocked for one in known}
