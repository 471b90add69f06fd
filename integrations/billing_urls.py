"""Addresses of invoicing in AFAS and of what was told to AFAS."""

from django.urls import path

from integrations.views import attention, billing, document_actions, documents

urlpatterns = [
    path("afas/invoice/<uuid:selection_id>/", billing.options, name="invoice_in_afas_options"),
    path("afas/invoice/<uuid:selection_id>/check/", billing.check, name="invoice_in_afas_check"),
    path("afas/runs/<uuid:pk>/", documents.run, name="invoicing_run"),
    path("afas/entries/<str:kind>/<int:pk>/", documents.of_entry, name="entry_invoice"),
    path("afas/documents/", documents.index, name="afas_documents"),
    path("afas/documents/<uuid:pk>/", documents.detail, name="afas_document"),
    path("afas/attention/", attention.index, name="afas_attention"),
    path("afas/attention/many/", attention.settle_many, name="afas_attention_many"),
    path("afas/attention/seen/", attention.forget_results, name="afas_attention_seen"),
    path("afas/attention/tasks/<int:pk>/", attention.resolve, name="afas_task_settle"),
    path("afas/documents/<uuid:pk>/look/", document_actions.look, name="afas_document_look"),
    path("afas/documents/<uuid:pk>/there/", document_actions.there, name="afas_document_there"),
    path("afas/documents/<uuid:pk>/absent/", document_actions.absent, name="afas_document_absent"),
    path("afas/documents/<uuid:pk>/retry/", document_actions.retry, name="afas_document_retry"),
    path("afas/documents/<uuid:pk>/cancel/", document_actions.cancel, name="afas_document_cancel"),
    path("afas/documents/<uuid:pk>/link/", document_actions.link, name="afas_document_link"),
    path(
        "afas/documents/<uuid:pk>/create-anyway/",
        document_actions.create_anyway,
        name="afas_document_create_anyway",
    ),
]
