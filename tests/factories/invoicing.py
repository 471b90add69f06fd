"""Invoices, lines and claims."""

from __future__ import annotations

from decimal import Decimal

import factory
from django.utils import timezone

from core import money
from invoicing.models import Channel, Claim, DocumentStatus, Invoice, InvoiceLine
from tests.factories.base import OwnedFactory, same_company
from tests.factories.people import CustomerFactory
from tests.factories.registration import HourFactory


class InvoiceFactory(OwnedFactory):
    """An invoice that AFAS makes for us, without lines."""

    class Meta:
        model = Invoice

    class Params:
        ours = factory.Trait(
            channel=Channel.OURS, number=factory.Sequence(lambda n: f"2026-{n:04d}")
        )

    customer = same_company(CustomerFactory)
    channel = Channel.AFAS
    status = DocumentStatus.FINAL
    invoice_date = factory.LazyFunction(timezone.localdate)


class InvoiceLineFactory(OwnedFactory):
    """One hour at EUR 100."""

    class Meta:
        model = InvoiceLine

    invoice = same_company(InvoiceFactory)
    position = factory.Sequence(lambda n: n + 1)
    description = "Work"
    quantity = Decimal(1)
    unit_price = Decimal(100)
    net = factory.LazyAttribute(lambda one: money.line_net(one.quantity, one.unit_price))


class ClaimFactory(OwnedFactory):
    """That an hour stands on a line; give `hour=None` and another thing instead."""

    class Meta:
        model = Claim

    line = same_company(InvoiceLineFactory)
    hour = same_company(HourFactory)
    quantity = Decimal(1)
    rate = Decimal(100)
    amount = Decimal(100)
