"""A final invoice on its way by mail, and one attempt at sending it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from invoicing.models import Delivery, Invoice
from invoicing.services import sending
from tests.factories import (
    CompanyFactory,
    CustomerFactory,
    InvoiceFactory,
    InvoiceLineFactory,
    InvoiceVatFactory,
)

State = Delivery.State
TO = "books@customer.test"


def final_invoice(**fields: Any) -> Invoice:
    """A final invoice of EUR 121 to a customer with an address."""
    company = fields.pop("company", None) or CompanyFactory(name="Studio Één", language="en")
    customer = CustomerFactory(company=company, name="Bakker & Zn.", email=TO)
    sums = {"net": Decimal(100), "vat": Decimal(21), "total": Decimal(121)}
    given = {"due_date": date(2026, 11, 13), "language": "en", **sums, **fields}
    invoice: Invoice = InvoiceFactory(customer=customer, ours=True, **given)
    InvoiceLineFactory(invoice=invoice, vat_code="high", vat_percent=Decimal(21))
    InvoiceVatFactory(invoice=invoice)
    return invoice


def sent(invoice: Invoice, to: str = TO) -> Delivery:
    return sending.send(invoice=invoice, to=to, subject="Invoice", body="Hello", by=None)


def now_of(row: Any) -> Any:
    """The row as it stands in the database."""
    return type(row)._default_manager.get(pk=row.pk)


def tried(delivery: Delivery) -> Delivery:
    """One attempt, its time having come."""
    Delivery.objects.update(not_before=None)
    assert sending.send_next()
    found: Delivery = now_of(delivery)
    return found
