"""The rows of AFAS's open items, added up and laid beside the documents of ours they are about."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from core.errors import DomainError
from core.money import cents
from integrations.afas.ledger import OpenInvoice
from integrations.models import AfasConnection, AfasDocument, CustomerLink, Kind, OpenItem, State
from integrations.services.looking import debtor_and_total
from invoicing.models import Channel, Invoice
from invoicing.services.books import books_say

logger = logging.getLogger(__name__)

Whose = tuple[str, str]
"""Debtor and invoice number."""
AT_ONCE = 500
COLUMNS = ("asked", "left", "seen_at", "missing_since", "paid_at")


@dataclass
class Open:
    """What is open on one invoice number of a debtor, all rows of it together: EUR incl. VAT.

    Not `readable` when one of them has no amounts: then it is open, and nobody knows how much.
    """

    asked: Decimal = Decimal(0)
    left: Decimal = Decimal(0)
    readable: bool = True

    def add(self, row: OpenInvoice) -> None:
        """One more row: an invoice may be due in parts."""
        if row.Balance is None:
            self.readable = False
            return
        self.asked += row.Balance if row.AmtInvoice is None else row.AmtInvoice
        self.left += row.Balance


def added_up(rows: Iterable[OpenInvoice], administration: int | None) -> dict[Whose, Open]:
    """What is open by debtor and invoice number; rows without one of the two, or of another
    administration, are left out."""
    found: dict[Whose, Open] = {}
    for row in rows:
        if row.number and row.debtor and row.administration == str(administration):
            found.setdefault((row.debtor, row.number), Open()).add(row)
    return found


def unreadable(rows: Iterable[OpenInvoice]) -> int:
    """How many rows lack what is needed to know what is open on which invoice."""
    return sum(not (row.number and row.debtor and row.Balance is not None) for row in rows)


def documents_in_books(connection: AfasConnection) -> QuerySet[AfasDocument]:
    """What of this company stands in the books that a link is about, whichever link made it."""
    return AfasDocument.objects.of(connection.company_id).filter(
        environment=connection.environment,
        administration=connection.administration,
        kind__in=(Kind.DIRECT_INVOICE, Kind.SALES_BOOKING),
        state=State.CONFIRMED,
    )


def matched(
    connection: AfasConnection, shown: dict[Whose, Open]
) -> list[tuple[AfasDocument, Open]]:
    """Our documents among them: a booking by our number, an invoice of AFAS by AFAS's number, both
    with the debtor they were sent to."""
    numbers = {number for _debtor, number in shown}
    own = Invoice.objects.of(connection.company_id).filter(~Q(number=""), number__in=numbers)
    ours = documents_in_books(connection).select_related("invoice__company")
    booked = ours.filter(
        kind=Kind.SALES_BOOKING, invoice__in=list(own.values_list("pk", flat=True))
    )
    direct = ours.filter(
        ~Q(invoice_number=""), kind=Kind.DIRECT_INVOICE, invoice_number__in=numbers
    )
    documents = [*booked, *direct]
    debtors = _debtors_of(connection, documents)
    found = ((one, shown.get((debtors[one.pk], _number_of(one)))) for one in documents)
    return [(document, is_open) for document, is_open in found if is_open]


def _number_of(document: AfasDocument) -> str:
    own = document.kind == Kind.SALES_BOOKING and document.invoice
    return document.invoice.number if own and document.invoice else document.invoice_number


def _debtors_of(connection: AfasConnection, documents: Sequence[AfasDocument]) -> dict[UUID, str]:
    """Whom each was sent to; where its body does not tell any more, whom its customer is there."""
    sent = {one.pk: debtor_and_total(one.payload) for one in documents}
    found = {pk: told[0] for pk, told in sent.items() if told}
    untold = {one.pk: one.customer_id for one in documents if one.pk not in found}
    links = CustomerLink.objects.of(connection.company_id).filter(
        environment=connection.environment, customer__in=untold.values()
    )
    known: dict[int | None, str] = {one.customer_id: one.debtor_number for one in links}
    return found | {pk: known.get(customer, "") for pk, customer in untold.items()}


def store(found: Sequence[tuple[AfasDocument, Open]], moment: datetime) -> list[OpenItem]:
    """Write down what was seen at `moment`, also that what had vanished is there again."""
    known = {
        item.document_id: item
        for item in OpenItem.objects.filter(document__in=[one.pk for one, _open in found])
    }
    new: list[OpenItem] = []
    changed: list[OpenItem] = []
    same: list[OpenItem] = []
    for document, is_open in found:
        item = known.get(document.pk)
        if item is None and is_open.readable:
            new.append(_seen(OpenItem(company_id=document.company_id), document, is_open, moment))
        elif item is not None:
            before = _said(item)
            after = _seen(item, document, is_open, moment)
            (same if _said(after) == before else changed).append(after)
    OpenItem.objects.filter(pk__in=[one.pk for one in same]).update(seen_at=moment)
    OpenItem.objects.bulk_update(changed, COLUMNS, batch_size=AT_ONCE)
    OpenItem.objects.bulk_create(new, batch_size=AT_ONCE)
    return [*same, *changed, *new]


def _said(item: OpenItem) -> tuple[Any, ...]:
    return item.asked, item.left, item.missing_since, item.paid_at


def _seen(item: OpenItem, document: AfasDocument, is_open: Open, moment: datetime) -> OpenItem:
    item.document = document
    item.seen_at, item.missing_since, item.paid_at = moment, None, None
    if is_open.readable:
        asked, item.left = cents(is_open.asked), cents(is_open.left)
        item.asked = max(item.asked or asked, asked, key=abs)  # a part that is paid asks no more
    return item


def tell_invoices(items: Iterable[OpenItem]) -> None:
    """Let own invoices be paid as far as the books say, and mark the items that still differ.

    Each invoice by itself: one that cannot be changed now is told at the next reading.
    """
    for item in items:
        differs = not _agree(item)
        if differs != item.differs:
            item.differs = differs
            OpenItem.objects.filter(pk=item.pk).update(differs=differs)


def _agree(item: OpenItem) -> bool:
    """Whether the same is open there and here; what AFAS invoices is not paid here.

    What was paid is what AFAS asked less what is left of that. Where it asked another amount than
    we did the two differ, and the difference is no payment.
    """
    invoice = item.document.invoice
    if invoice is None or invoice.channel != Channel.OURS:
        return True
    is_same = item.asked == invoice.total
    left = invoice.total - (item.asked - item.left)
    if invoice.open_amount == left:
        return is_same
    try:
        return books_say(invoice=invoice, left=left, on=_day_of(item)) and is_same
    except DomainError as error:
        logger.warning("%s was not told what is open on it: %s", invoice, error.message)
        return False


def _day_of(item: OpenItem) -> date:
    """When what is paid came in, as far as we can know: when it was first seen gone, else today."""
    return timezone.localdate(item.missing_since) if item.missing_since else timezone.localdate()
