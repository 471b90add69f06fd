"""Direct invoices and sales bookings as AFAS shows them, in GetConnectors made for us."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

import msgspec

from integrations.afas.query import Condition, Operator
from integrations.afas.text import cell

Row = Mapping[str, Any]


class Posted(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice or a booking as AFAS shows it; texts are trimmed.

    `key` tells it from all others of its list: the order number of an invoice, administration/
    journal/entry of a booking; `number` is AFAS's own number. `total` is EUR: excl. VAT of an
    invoice, incl. VAT of a booking, where a credit note is below zero.
    """

    key: str
    number: str
    reference: str = ""
    invoice_number: str = ""
    debtor: str = ""
    total: Decimal | None = None
    administration: str = ""
    journal: str = ""

    def bears(self, reference: str) -> bool:
        """Whether this reference stands in it as a word of its own."""
        return reference in self.words()

    def words(self) -> list[str]:
        """The words that stand in its reference."""
        return re.split(r"[^A-Za-z0-9]+", self.reference)


class InvoiceMapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which column of the customer's own GetConnector of direct invoices holds what.

    The connector is made in AFAS by its administrator; the defaults are the names of the fields
    that were sent. All but the invoice number and the administration are needed.
    """

    NEEDED: ClassVar[tuple[str, ...]] = ("reference", "order_number", "debtor", "total")

    reference: str = "RfCs"
    order_number: str = "OrNu"
    invoice_number: str = "SinOrNu"
    debtor: str = "DebtorId"
    total: str = "AmtExcl"
    administration: str = "UnitId"

    @property
    def number(self) -> str:
        """The column of AFAS's own number, by which the list is ordered."""
        return self.order_number

    def columns(self) -> tuple[str, ...]:
        """The columns it names, to compare with what metainfo says there is."""
        return tuple(name for name in msgspec.structs.astuple(self) if name)

    def keyed(self, key: str) -> list[Condition]:
        """The question for the one invoice with this key."""
        return [Condition(self.order_number, Operator.EQ, key)]

    def read(self, row: Row) -> Posted | None:
        """An invoice from a row; None for a row without an order number."""
        number = cell(row, self.order_number)
        if not number:
            return None
        return Posted(
            key=number,
            number=number,
            reference=cell(row, self.reference),
            invoice_number=cell(row, self.invoice_number),
            debtor=cell(row, self.debtor),
            total=amount(row.get(self.total)),
            administration=cell(row, self.administration),
        )


class BookingMapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which column of the customer's own GetConnector of journal entries holds what.

    It has one row for each entry: its debtor line. `total` is the debit side of that line and
    `credit` the other one, which may be missing where the debit column is signed. Only `credit` is
    not needed.
    """

    NEEDED: ClassVar[tuple[str, ...]] = (
        "reference",
        "entry_number",
        "invoice_number",
        "debtor",
        "total",
        "administration",
        "journal",
    )

    reference: str = "VoucherNo"
    entry_number: str = "EntryNr"
    invoice_number: str = "InvoiceNr"
    debtor: str = "AccountNr"
    total: str = "AmtDebit"
    credit: str = "AmtCredit"
    administration: str = "UnitId"
    journal: str = "JournalId"

    @property
    def number(self) -> str:
        """The column of AFAS's own number, by which the list is ordered."""
        return self.entry_number

    def columns(self) -> tuple[str, ...]:
        """The columns it names, to compare with what metainfo says there is."""
        return tuple(name for name in msgspec.structs.astuple(self) if name)

    def keyed(self, key: str) -> list[Condition]:
        """The question for the one booking with this key; for none when it is no key of a booking.

        Entry numbers repeat over journals and administrations.
        """
        unit, journal, number = [*key.split("/", 2), "", ""][:3]
        return [
            Condition(self.entry_number, Operator.EQ, number or "-1"),
            Condition(self.journal, Operator.EQ, journal),
            Condition(self.administration, Operator.EQ, unit),
        ]

    def read(self, row: Row) -> Posted | None:
        """A booking from a row; None for a row without an entry number."""
        number, journal = cell(row, self.entry_number), cell(row, self.journal)
        if not number:
            return None
        unit = cell(row, self.administration)
        debit, credit = amount(row.get(self.total)), amount(row.get(self.credit))
        known = debit is not None or credit is not None
        return Posted(
            key=f"{unit}/{journal}/{number}",
            number=number,
            reference=cell(row, self.reference),
            invoice_number=cell(row, self.invoice_number),
            debtor=cell(row, self.debtor),
            total=(debit or Decimal(0)) - (credit or Decimal(0)) if known else None,
            administration=unit,
            journal=journal,
        )


ListMapping = InvoiceMapping | BookingMapping


def amount(value: object) -> Decimal | None:
    """An amount as AFAS writes it, up to ten decimals; None for what is none."""
    try:
        found = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() else None
