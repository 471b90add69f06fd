"""Addresses of undoing what was invoiced in AFAS, and of the history of the link."""

from django.urls import path

from integrations.views import history, undo

urlpatterns = [
    path("afas/documents/<uuid:pk>/undo/", undo.document, name="afas_undo"),
    path("afas/undo/<uuid:selection_id>/", undo.selection, name="afas_undo_selection"),
    path("afas/undo/<uuid:selection_id>/result/", undo.result, name="afas_undo_result"),
    path("afas/history/", history.index, name="sync_history"),
]
