"""What people did: projects, hours, expenses, rides, approval."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from core import menu


class RegistrationConfig(AppConfig):
    name = "registration"

    def ready(self) -> None:
        """Put the pages of this app in the menu."""
        menu.add(
            menu.MenuItem("manage", _("Projects"), "projects", "folder", 10),
            menu.MenuItem("manage", _("Activities"), "activities", "list", 40, "admin"),
            menu.MenuItem("manage", _("Expense categories"), "categories", "tag", 50, "admin"),
            menu.MenuItem("settings", _("Rates"), "rates", "euro", 40, "costs"),
            menu.MenuItem("new", _("Project"), "project_new", "folder", 40, "all_projects"),
        )
