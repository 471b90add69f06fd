"""One row of the Reconcile page: what AFAS and we say of one invoice or booking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from integrations.models import AfasDocument, Kind, PersonTask
from integrations.services.looking import debtor_and_total
from invoicing.models import Invoice
from relations.models import Customer


class Group(models.TextChoices):
    """What is the matter; the order of the list, the most pressing first."""

    DIFFERS = "differs", _("Another amount in AFAS")
    MISSING = "missing", _("Here, not in AFAS")
    ORPHAN = "orphan", _("In AFAS, not here")
    DOUBT = "doubt", _("Refused or in doubt")
    UNBOOKED = "unbooked", _("Sent, not booked")
    PAYMENT = "payment", _("Another amount paid")
    UNSEEN = "unseen", _("Not compared yet")


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One row. `number` is that of the invoice, `entry` AFAS's own of the order or the entry.

    `ours` and `theirs` are EUR: incl. VAT of a booking, excl. VAT of an invoice that AFAS makes,
    what is open in the group of payments; None where there is nothing, or nobody knows.
    `is_credited` says that a credit note settles the invoice here.
    """

    group: Group
    kind: str
    number: str = ""
    entry: str = ""
    debtor: str = ""
    customer: Customer | None = None
    ours: Decimal | None = None
    theirs: Decimal | None = None
    document: AfasDocument | None = None
    invoice: Invoice | None = None
    task: PersonTask | None = None
    is_credited: bool = False

    @property
    def difference(self) -> Decimal | None:
        """How much more AFAS has than we; None where nobody knows."""
        if self.group in {Group.DOUBT, Group.UNSEEN}:
            return None
        if self.group in {Group.DIFFERS, Group.ORPHAN} and self.theirs is None:
            return None
        return (self.theirs or Decimal(0)) - (self.ours or Decimal(0))


def of_document(group: Group, document: AfasDocument, **more: Any) -> Difference:
    """A document of ours, with what AFAS shows of it in `more`."""
    own, invoice = document.kind == Kind.SALES_BOOKING, document.invoice
    sent = debtor_and_total(document.payload)
    known: dict[str, Any] = {
        "number": invoice.number if own and invoice else document.invoice_number,
        "entry": document.entry_number or document.order_number,
        "debtor": sent[0] if sent else "",
        "customer": document.customer,
        "ours": (invoice.total if own else invoice.net) if invoice else None,
    }
    return Difference(
        group=group, kind=document.kind, document=document, invoice=invoice, **known | more
    )


def of_task(group: Group, task: PersonTask) -> Difference:
    """What a comparison left for a person."""
    shown: Mapping[str, Any] = task.detail
    theirs = _amount(shown.get("total"))
    debtor = str(shown.get("debtor") or "")
    if task.document is not None:
        more = {"debtor": debtor} if debtor else {}
        return of_document(group, task.document, task=task, theirs=theirs, **more)
    return Difference(
        group=group,
        kind=str(shown.get("list") or Kind.DIRECT_INVOICE),
        number=str(shown.get("invoice_number") or ""),
        entry=str(shown.get("number") or task.key),
        debtor=debtor,
        theirs=theirs,
        task=task,
    )


def of_invoice(invoice: Invoice) -> Difference:
    """An own invoice that is sent and not booked."""
    return Difference(
        group=Group.UNBOOKED,
        kind=Kind.SALES_BOOKING,
        number=invoice.number,
        customer=invoice.customer,
        ours=invoice.total,
        invoice=invoice,
    )


def of_item(item: Any) -> Difference:
    """An open item that differs from what is paid here; it knows `is_credited`."""
    invoice = item.document.invoice
    return of_document(
        Group.PAYMENT,
        item.document,
        ours=invoice.open_amount if invoice else None,
        theirs=item.left,
        is_credited=item.is_credited,
    )


def _amount(text: object) -> Decimal | None:
    try:
        return Decimal(str(text))
    except InvalidOperation:
        return None
