"""Customers and contacts as the business knows them."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from core import menu


class RelationsConfig(AppConfig):
    name = "relations"

    def ready(self) -> None:
        """Put the pages of this app in the menu."""
        menu.add(
            menu.MenuItem("relations", _("Customers"), "customers", "building", 10),
            menu.MenuItem("relations", _("Contacts"), "contacts", "users", 20),
            menu.MenuItem("new", _("Customer"), "customer_new", "building", 50, "all_projects"),
            menu.MenuItem("new", _("Contact"), "contact_new", "users", 55, "all_projects"),
        )
