"""Invoices, lines and claims."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import factory
from django.utils import timezone

from core import money
from invoicing.models import (
    Channel,
    Claim,
    Delivery,
    DocumentStatus,
    Invoice,
    InvoiceLine,
    InvoiceSettings,
    InvoiceVat,
    NumberCounter,
    Payment,
    VatRate,
)
from tests.factories.base import OwnedFactory, same_company
from tests.factories.people import CustomerFactory
from tests.factories.registration import HourFactory


class InvoiceFactory(OwnedFactory):
    """An invoice that AFAS makes for us, without lines."""

    class Meta:
        model = Invoice

    class Params:
        ours = factory.Trait(
            channel=Channel.OURS, number=factory.Sequence(lambda n: f"2026-{5000 + n}")
        )
        draft = factory.Trait(channel=Channel.OURS, status=DocumentStatus.DRAFT)

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


class InvoiceVatFactory(OwnedFactory):
    """EUR 21 of VAT on EUR 100."""

    class Meta:
        model = InvoiceVat

    invoice = same_company(InvoiceFactory, ours=True)
    code = "high"
    category = "S"
    percent = Decimal(21)
    base = Decimal(100)
    vat = Decimal(21)


class DeliveryFactory(OwnedFactory):
    """A mail that waits to be sent."""

    class Meta:
        model = Delivery

    invoice = same_company(InvoiceFactory, ours=True)
    to = "books@customer.test"
    subject = "Invoice"
    body = "Please find our invoice enclosed."


class PaymentFactory(OwnedFactory):
    """EUR 121 by bank."""

    class Meta:
        model = Payment

    invoice = same_company(InvoiceFactory, ours=True)
    amount = Decimal(121)
    paid_on = factory.LazyFunction(timezone.localdate)


class InvoiceSettingsFactory(OwnedFactory):
    """The defaults, saved."""

    class Meta:
        model = InvoiceSettings


class NumberCounterFactory(OwnedFactory):
    """Nothing numbered yet in 2026."""

    class Meta:
        model = NumberCounter

    series = "2026-"


class VatRateFactory(OwnedFactory):
    """A rate that the law does not know yet."""

    class Meta:
        model = VatRate

    code = "high"
    percent = Decimal(22)
    valid_from = date(2030, 1, 1)
