"""Addresses of the API that this app answers."""

from __future__ import annotations

from rest_framework.routers import BaseRouter

from integrations.api import (
    booking_shapes,
    document_shapes,
    imports,
    invoicing_shapes,
    mapping,
    payment_readings,
    tasks,
)
from integrations.api.booking_runs import BookingRunsView
from integrations.api.connection import AfasView
from integrations.api.documents import DocumentsView
from integrations.api.invoicing_runs import InvoicingRunsView

ROWS = "afas/imports/(?P<run>[0-9]{1,18})/rows"


def register(router: BaseRouter) -> None:
    """Put them in the router of `/api/v1/`."""
    router.register("afas", AfasView, basename="api_afas")
    router.register("afas", mapping.ItemsView, basename="api_afas_items")
    router.register("afas/mapping", mapping.MappingView, basename="api_afas_mapping")
    router.register("afas/documents", DocumentsView, basename=document_shapes.BASENAME)
    router.register("afas/invoicing-runs", InvoicingRunsView, basename=invoicing_shapes.BASENAME)
    router.register("afas/booking-runs", BookingRunsView, basename=booking_shapes.BASENAME)
    router.register("afas/imports", imports.ImportsView, basename=imports.BASENAME)
    router.register(ROWS, imports.ImportRowsView, basename="api_afas_import_rows")
    router.register("afas/tasks", tasks.TasksView, basename=tasks.BASENAME)
    router.register(
        "afas/payment-readings",
        payment_readings.PaymentReadingsView,
        basename=payment_readings.BASENAME,
    )
