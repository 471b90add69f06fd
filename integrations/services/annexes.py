"""Specification and receipts beside an invoice that AFAS makes, where the settings want that.

They go first, as a dossier item of the debtor; its number stands on the invoice, which waits for
it. Whoever cancels them sends the invoice without.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from integrations.models import AfasConnection
from integrations.services.booking_settings import settings_of
from invoicing.models import Invoice
from invoicing.services.annex_pdf import Annexes, expected_of, has_annexes
from invoicing.services.bundling import Options
from invoicing.services.sifting import supply_of
from relations.models import Customer

Rows = Sequence[tuple[str, Any]]


def are_allowed(connection: AfasConnection | None) -> bool:
    """Whether the settings let annexes go along with invoices in AFAS."""
    if connection is None:
        return False
    settings = settings_of(connection)
    return settings.attach_annexes and settings.subject_type is not None


def go_along(connection: AfasConnection, invoice: Invoice) -> bool:
    """Whether an invoice has annexes that were chosen and may go along."""
    chosen = invoice.with_specification or invoice.with_receipts
    return chosen and are_allowed(connection) and has_annexes(invoice)


def chosen(connection: AfasConnection, options: Options) -> Options:
    """The options without what the settings do not allow (any more)."""
    if are_allowed(connection) or not (options.with_specification or options.with_receipts):
        return options
    return replace(options, with_specification=False, with_receipts=False)


def expected(rows: Rows, options: Options) -> Annexes:
    """What would go along with these things on one invoice."""
    return expected_of(
        rows,
        with_specification=options.with_specification,
        with_receipts=options.with_receipts,
    )


def head_of(customer: Customer, rows: Rows, options: Options) -> dict[str, Any]:
    """What an invoice has to know for its annexes: language, days of supply, and which."""
    first, last = supply_of(rows)
    return {
        "language": customer.language,
        "supply_from": first,
        "supply_until": last,
        "with_specification": options.with_specification,
        "with_receipts": options.with_receipts,
    }
