"""Turns entries into invoices: claims, prices, lines, documents."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from core import menu, slots


class InvoicingConfig(AppConfig):
    name = "invoicing"

    def ready(self) -> None:
        """Put the pages of this app in the menu, and its cards on the pages below."""
        from invoicing.views import (  # noqa: PLC0415  needs the models
            draft_slots,
            home_slots,
            invoice_slots,
            unbilled_slots,
        )

        slots.fill("customer.cards", invoice_slots.customer_card, order=-10)
        slots.fill("project.actions", draft_slots.new_invoice)
        slots.fill("overview.tabs", unbilled_slots.tab)
        slots.fill("planned.document", invoice_slots.planned_document)
        slots.fill("home.figures", home_slots.unbilled_figure)
        slots.fill("home.lists", home_slots.unbilled_customers)
        menu.add(
            menu.MenuItem("overviews", _("Unbilled"), "unbilled", "euro", 40, right="invoices"),
            menu.MenuItem("finance", _("Invoices"), "invoices", "receipt", 10, right="invoices"),
            menu.MenuItem("finance", _("Unbilled"), "unbilled", "euro", 20, right="invoices"),
            menu.MenuItem("new", _("Invoice"), "invoice_new", "receipt", 50, right="invoices"),
            menu.MenuItem(
                "settings",
                _("Invoicing"),
                "invoice_settings",
                "receipt",
                42,
                right="admin",
                note=_("Numbers, terms, texts and the look of your invoices."),
            ),
            menu.MenuItem(
                "settings",
                _("VAT rates"),
                "vat_rates",
                "tag",
                44,
                right="admin",
                note=_("Percentages and grounds, and from when they hold."),
            ),
        )
