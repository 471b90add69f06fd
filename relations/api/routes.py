"""Addresses of the API that this app answers."""

from __future__ import annotations

from rest_framework.routers import BaseRouter

from relations.api.contacts import ContactsView
from relations.api.customers import CustomersView


def register(router: BaseRouter) -> None:
    """Put them in the router of `/api/v1/`."""
    router.register("customers", CustomersView, basename="api_customers")
    router.register("contacts", ContactsView, basename="api_contacts")
