"""Keeps AFAS and us telling the same story."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IntegrationsConfig(AppConfig):
    name = "integrations"

    def ready(self) -> None:
        """Fill the places that lower apps leave open."""
        register_billing()


def register_billing() -> None:
    """Invoice in AFAS in the overviews, the debtor on a customer, what was sent in the menu."""
    from core import menu, slots  # noqa: PLC0415  apps are loaded by now
    from integrations.views import billing_slots  # noqa: PLC0415

    slots.fill("overview.actions", billing_slots.invoice_action)
    slots.fill("customer.cards", billing_slots.customer_card)
    menu.add(
        menu.MenuItem(
            "manage",
            _("Sent to AFAS"),
            "afas_documents",
            "send",
            60,
            right="invoices",
            badge=billing_slots.waiting_for_a_person,
            match=("/afas/",),
        )
    )
