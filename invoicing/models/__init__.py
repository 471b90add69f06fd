"""Invoices, the claims that keep anything from being billed twice, and what becomes of them."""

from invoicing.models.after import Delivery, Payment
from invoicing.models.claims import CLAIMABLE, Claim
from invoicing.models.invoices import (
    Channel,
    DeliveryStatus,
    DocumentStatus,
    Invoice,
    InvoiceKind,
    InvoiceLine,
    InvoiceVat,
    LineKind,
    PaymentStatus,
)
from invoicing.models.settings import InvoiceSettings, NumberCounter, VatRate

__all__ = [
    "CLAIMABLE",
    "Channel",
    "Claim",
    "Delivery",
    "DeliveryStatus",
    "DocumentStatus",
    "Invoice",
    "InvoiceKind",
    "InvoiceLine",
    "InvoiceSettings",
    "InvoiceVat",
    "LineKind",
    "NumberCounter",
    "Payment",
    "PaymentStatus",
    "VatRate",
]
