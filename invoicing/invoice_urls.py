"""Addresses of the list of invoices, and one of them."""

from django.urls import path

from invoicing.views import invoice, invoice_actions, invoice_files, invoices, invoices_bulk

urlpatterns = [
    path("finance/invoices/", invoices.invoices, name="invoices"),
    path("finance/invoices/action/", invoices_bulk.invoices_action, name="invoices_action"),
    path("finance/invoices/download/", invoice_files.invoices_download, name="invoices_download"),
    path("finance/invoices/<int:pk>/", invoice.invoice, name="invoice"),
    path(
        "finance/invoices/<int:pk>/lines/<int:line>/",
        invoice.invoice_entries,
        name="invoice_entries",
    ),
    path("finance/invoices/<int:pk>/pdf/", invoice_files.invoice_pdf, name="invoice_pdf"),
    path("finance/invoices/<int:pk>/ubl/", invoice_files.invoice_ubl, name="invoice_ubl"),
    path(
        "finance/invoices/<int:pk>/finalise/",
        invoice_actions.invoice_finalise,
        name="invoice_finalise",
    ),
    path("finance/invoices/<int:pk>/send/", invoice_actions.invoice_send, name="invoice_send"),
    path(
        "finance/invoices/<int:pk>/mark-as-sent/",
        invoice_actions.invoice_mark_sent,
        name="invoice_mark_sent",
    ),
    path(
        "finance/invoices/<int:pk>/delivery/<int:delivery>/",
        invoice_actions.invoice_delivery,
        name="invoice_delivery",
    ),
    path(
        "finance/invoices/<int:pk>/payment/",
        invoice_actions.invoice_payment,
        name="invoice_payment",
    ),
    path(
        "finance/invoices/<int:pk>/payment/<int:payment>/remove/",
        invoice_actions.invoice_payment_remove,
        name="invoice_payment_remove",
    ),
    path(
        "finance/invoices/<int:pk>/credit/", invoice_actions.invoice_credit, name="invoice_credit"
    ),
]
