"""Keeps AFAS and us telling the same story."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IntegrationsConfig(AppConfig):
    name = "integrations"

    def ready(self) -> None:
        """Fill the places that lower apps leave open."""
        register_link()
        register_billing()
        register_bookings()


def register_link() -> None:
    """App Center and Import in the menus, banners on every page, items on their subjects."""
    from core import menu, slots  # noqa: PLC0415  apps are loaded by now
    from integrations.views import item_links, link_slots  # noqa: PLC0415

    slots.fill("banner", link_slots.banner)
    slots.fill("home.cards", link_slots.checklist_card)
    slots.fill("afas_settings.cards", link_slots.checklist_card)
    slots.fill("activity.cards", item_links.activity_card)
    slots.fill("category.cards", item_links.category_card)
    slots.fill("project.cards", item_links.project_card)
    slots.fill("instalment.item", item_links.instalment_item)
    slots.fill("customers.actions", link_slots.import_button)
    slots.fill("customers.empty", link_slots.import_button)
    menu.add(
        menu.MenuItem(
            "end",
            _("App Center"),
            "app_center",
            "apps",
            20,
            right="admin",
            badge=link_slots.needs_attention,
            match=("/settings/app-center/",),
        ),
        menu.MenuItem("settings", _("App Center"), "app_center", "apps", 30, right="admin"),
        menu.MenuItem("settings", _("Import"), "imports", "download", 40, right="admin"),
    )


def register_billing() -> None:
    """Invoice in AFAS in the overviews, the debtor on a customer, what was sent in the menu."""
    from core import menu, slots  # noqa: PLC0415  apps are loaded by now
    from integrations.views import billing_slots, undo_slots  # noqa: PLC0415
    from invoicing.views import unbilled  # noqa: PLC0415

    unbilled.add_way("invoice_in_afas_options")
    slots.fill("unbilled.actions", billing_slots.unbilled_action)
    slots.fill("overview.actions", billing_slots.invoice_action)
    slots.fill("overview.actions", undo_slots.undo_action, order=10)
    slots.fill("customer.cards", billing_slots.customer_card)
    slots.fill("planned.document", billing_slots.planned_document)
    menu.add(
        menu.MenuItem(
            "manage",
            _("Needs attention"),
            "afas_attention",
            "alert",
            55,
            right="invoices",
            badge=billing_slots.waiting_for_a_person,
        ),
        menu.MenuItem(
            "manage",
            _("Sent to AFAS"),
            "afas_documents",
            "send",
            60,
            right="invoices",
            match=("/afas/",),
        ),
        menu.MenuItem("manage", _("Sync history"), "sync_history", "clock", 65, right="invoices"),
        menu.MenuItem("settings", _("Sync history"), "sync_history", "clock", 35, right="admin"),
    )


def register_bookings() -> None:
    """Create AFAS Sales Booking on our own invoices, and how they stand in the books."""
    from core import slots  # noqa: PLC0415  apps are loaded by now
    from integrations.views import booking_slots  # noqa: PLC0415

    slots.fill("invoices.actions", booking_slots.list_action)
    slots.fill("invoices.columns", booking_slots.list_column)
    slots.fill("invoices.cells", booking_slots.list_cell)
    slots.fill("invoices.foot", booking_slots.list_foot)
    slots.fill("invoice.actions", booking_slots.invoice_action)
    slots.fill("invoice.cards", booking_slots.invoice_card)
