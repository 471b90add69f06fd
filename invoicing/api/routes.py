"""Addresses of the API that this app answers."""

from __future__ import annotations

from rest_framework.routers import BaseRouter

from invoicing.api.deliveries import DeliveriesView
from invoicing.api.invoices import InvoicesView
from invoicing.api.of_invoice import InvoiceLinesView, InvoicePaymentsView, InvoiceThingsView
from invoicing.api.selections import SelectionsView
from invoicing.api.unbilled import UnbilledThingsView, UnbilledView
from invoicing.api.vat_rates import VatRatesView

OF_INVOICE = "invoices/(?P<invoice>[0-9]{1,18})"


def register(router: BaseRouter) -> None:
    """Put them in the router of `/api/v1/`."""
    router.register("unbilled/things", UnbilledThingsView, basename="api_unbilled_things")
    router.register("unbilled", UnbilledView, basename="api_unbilled")
    router.register("selections", SelectionsView, basename="api_selections")
    router.register(f"{OF_INVOICE}/lines", InvoiceLinesView, basename="api_invoice_lines")
    router.register(f"{OF_INVOICE}/payments", InvoicePaymentsView, basename="api_invoice_payments")
    router.register(f"{OF_INVOICE}/things", InvoiceThingsView, basename="api_invoice_things")
    router.register("invoices", InvoicesView, basename="api_invoices")
    router.register("deliveries", DeliveriesView, basename="api_deliveries")
    router.register("vat-rates", VatRatesView, basename="api_vat_rates")
