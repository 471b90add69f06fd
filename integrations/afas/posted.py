"""Direct invoices as AFAS shows them, in a GetConnector that the customer made for us."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from integrations.afas.text import cell


class InvoiceMapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which column of the customer's own GetConnector of direct invoices holds what.

    The connector is made in AFAS by its administrator; the defaults are the names of the fields
    that were sent. All but the invoice number and the administration are needed.
    """

    reference: str = "RfCs"
    order_number: str = "OrNu"
    invoice_number: str = "SinOrNu"
    debtor: str = "DebtorId"
    total: str = "AmtExcl"
    administration: str = "UnitId"

    def columns(self) -> tuple[str, ...]:
        """The columns it names, to compare with what metainfo says there is."""
        return tuple(name for name in msgspec.structs.astuple(self) if name)


class PostedInvoice(msgspec.Struct, frozen=True, kw_only=True):
    """A direct invoice as AFAS shows it. `total` is EUR excl. VAT; texts are trimmed."""

    order_number: str
    reference: str = ""
    invoice_number: str = ""
    debtor: str = ""
    total: Decimal | None = None
    administration: str = ""

    def bears(self, reference: str) -> bool:
        """Whether this reference stands in it as a word of its own."""
        return reference in self.words()

    def words(self) -> list[str]:
        """The words that stand in its reference."""
        return re.split(r"[^A-Za-z0-9]+", self.reference)


def posted_invoice_from(row: Mapping[str, Any], names: InvoiceMapping) -> PostedInvoice | None:
    """A posted invoice from a row; None for a row without an order number."""
    number = cell(row, names.order_number)
    if not number:
        return None
    return PostedInvoice(
        order_number=number,
        reference=cell(row, names.reference),
        invoice_number=cell(row, names.invoice_number),
        debtor=cell(row, names.debtor),
        total=_amount(row.get(names.total)),
        administration=cell(row, names.administration),
    )


def _amount(value: object) -> Decimal | None:
    """An amount as AFAS writes it, up to ten decimals; None for what is none."""
    try:
        amount = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None
