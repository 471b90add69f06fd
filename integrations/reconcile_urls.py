"""Addresses of comparing AFAS with us."""

from django.urls import path

from integrations.views import reconcile

RECONCILE = "settings/app-center/afas/reconcile"

urlpatterns = [
    path(f"{RECONCILE}/", reconcile.index, name="afas_reconcile"),
    path(f"{RECONCILE}/compare/", reconcile.compare, name="afas_compare"),
    path(f"{RECONCILE}/payments/", reconcile.read_payments, name="afas_read_payments"),
    path(f"{RECONCILE}/download/", reconcile.download, name="afas_reconcile_download"),
]
