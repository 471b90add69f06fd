"""Turns entries into invoices: claims, prices, lines."""

from django.apps import AppConfig


class InvoicingConfig(AppConfig):
    name = "invoicing"
