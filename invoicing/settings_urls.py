"""Addresses of how a company invoices."""

from django.urls import path

from invoicing.views import invoice_settings, vat_rates

urlpatterns = [
    path("settings/invoicing/", invoice_settings.settings, name="invoice_settings"),
    path("settings/invoicing/counter/", invoice_settings.counter, name="invoice_counter"),
    path("settings/invoicing/sample/", invoice_settings.preview, name="invoice_preview"),
    path("settings/vat-rates/", vat_rates.vat_rates, name="vat_rates"),
    path("settings/vat-rates/<int:pk>/remove/", vat_rates.vat_rate_remove, name="vat_rate_remove"),
]
