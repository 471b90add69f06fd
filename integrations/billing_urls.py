"""Addresses of invoicing in AFAS and of what was told to AFAS."""

from django.urls import path

from integrations.views import billing, documents

urlpatterns = [
    path("afas/invoice/<uuid:selection_id>/", billing.options, name="invoice_in_afas_options"),
    path("afas/invoice/<uuid:selection_id>/check/", billing.check, name="invoice_in_afas_check"),
    path("afas/runs/<uuid:pk>/", documents.run, name="invoicing_run"),
    path("afas/entries/<str:kind>/<int:pk>/", documents.of_entry, name="entry_invoice"),
    path("afas/documents/", documents.index, name="afas_documents"),
    path("afas/documents/<uuid:pk>/", documents.detail, name="afas_document"),
    path("afas/documents/<uuid:pk>/retry/", documents.retry, name="afas_document_retry"),
    path("afas/documents/<uuid:pk>/cancel/", documents.cancel, name="afas_document_cancel"),
    path("afas/documents/<uuid:pk>/link/", documents.link, name="afas_document_link"),
    path(
        "afas/documents/<uuid:pk>/create-anyway/",
        documents.create_anyway,
        name="afas_document_create_anyway",
    ),
]
