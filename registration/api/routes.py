"""Addresses of the API that this app answers."""

from __future__ import annotations

from rest_framework.routers import BaseRouter

from registration.api.catalogue import ActivitiesView, ProductsView
from registration.api.expenses import ExpensesView
from registration.api.hours import HoursView
from registration.api.instalments import InstalmentsView
from registration.api.projects import ProjectsView
from registration.api.rates import RatesView
from registration.api.receipts import ReceiptsView
from registration.api.rides import RidesView


def register(router: BaseRouter) -> None:
    """Put them in the router of `/api/v1/`."""
    router.register("projects", ProjectsView, basename="api_projects")
    router.register("instalments", InstalmentsView, basename="api_instalments")
    router.register("activities", ActivitiesView, basename="api_activities")
    router.register("products", ProductsView, basename="api_products")
    router.register("rates", RatesView, basename="api_rates")
    router.register("hours", HoursView, basename="api_hours")
    router.register("expenses", ExpensesView, basename="api_expenses")
    router.register(
        r"expenses/(?P<expense>[0-9]{1,18})/receipts", ReceiptsView, basename="api_receipts"
    )
    router.register("rides", RidesView, basename="api_rides")
