"""Who you are and which doors open for you."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from core import menu


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        """Put the pages about people and the company in the menus."""
        menu.add(
            menu.MenuItem("team", _("Employees"), "employees", "users", 10, right="admin"),
            menu.MenuItem("end", _("Settings"), "settings", "gear", 10, right="admin"),
            menu.MenuItem(
                "settings",
                _("Organisation"),
                "organisation",
                "building",
                10,
                right="admin",
                note=_("Name, address, numbers, logo, and how figures are written."),
            ),
            menu.MenuItem(
                "settings",
                _("Audit log"),
                "audit_log",
                "list",
                90,
                right="admin",
                note=_("Who did what, and what it was before."),
            ),
            menu.MenuItem(
                "settings",
                _("API"),
                "api_keys",
                "key",
                80,
                right="admin",
                note=_("Keys for your own programs, and what they can do with them."),
            ),
            menu.MenuItem("user", _("My profile"), "profile", "user", 10),
            menu.MenuItem("user", _("API keys"), "api_keys", "key", 20),
        )
