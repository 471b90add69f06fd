"""What people did: projects, hours, expenses, rides, approval."""

from django.apps import AppConfig
from django.db.models.signals import post_delete
from django.utils.translation import gettext_lazy as _

from core import menu, rounding, slots


class RegistrationConfig(AppConfig):
    name = "registration"

    def ready(self) -> None:
        """Put the pages of this app in the menu, and its cards on the pages below."""
        from registration.models import Receipt  # noqa: PLC0415  needs models
        from registration.services.receipts import forget_file  # noqa: PLC0415  needs models
        from registration.services.rounding import rounding_changed  # noqa: PLC0415  needs models
        from registration.views.rates import customer_card, person_card  # noqa: PLC0415  needs models

        rounding.rounding_changed.connect(rounding_changed, dispatch_uid="registration.rounding")
        post_delete.connect(forget_file, sender=Receipt, dispatch_uid="registration.receipts")
        slots.fill("customer.cards", customer_card)
        slots.fill("employee.cards", person_card)
        menu.add(
            menu.MenuItem("top", _("Dashboard"), "home", "home", 10),
            menu.MenuItem("register", _("Hours"), "register_hours", "clock", 10),
            menu.MenuItem("register", _("Expenses"), "register_expenses", "receipt", 20),
            menu.MenuItem("register", _("Rides"), "register_rides", "car", 30),
            menu.MenuItem("overviews", _("Hours"), "overview_hours", "clock", 10),
            menu.MenuItem("overviews", _("Expenses"), "overview_expenses", "receipt", 20),
            menu.MenuItem("overviews", _("Rides"), "overview_rides", "car", 30),
            menu.MenuItem("new", _("Hours"), "register_hours_add", "clock", 10),
            menu.MenuItem("new", _("Expense"), "register_expenses_add", "receipt", 20),
            menu.MenuItem("new", _("Ride"), "register_rides_add", "car", 30),
            menu.MenuItem("manage", _("Projects"), "projects", "folder", 10),
            menu.MenuItem("manage", _("Activities"), "activities", "list", 40, "admin"),
            menu.MenuItem("manage", _("Expense categories"), "categories", "tag", 50, "admin"),
            menu.MenuItem(
                "settings",
                _("Rates"),
                "rates",
                "euro",
                40,
                right="costs",
                note=_("What an hour and a kilometre cost, and from when."),
            ),
            menu.MenuItem("new", _("Project"), "project_new", "folder", 40, "all_projects"),
        )
