"""Addresses of drawing up and editing drafts."""

from django.urls import path

from invoicing.views import draft_lines, drafts

urlpatterns = [
    path("finance/invoices/new/", drafts.new, name="invoice_new"),
    path("finance/invoices/create/<uuid:selection_id>/", drafts.options, name="draft_options"),
    path("finance/invoices/create/<uuid:selection_id>/check/", drafts.check, name="draft_check"),
    path("finance/invoices/create/<uuid:selection_id>/result/", drafts.result, name="draft_result"),
    path("finance/invoices/<int:pk>/edit/", draft_lines.edit, name="invoice_edit"),
    path("finance/invoices/<int:pk>/net/", draft_lines.net, name="draft_net"),
    path("finance/invoices/<int:pk>/add/", draft_lines.take_up, name="draft_take_up"),
    path("finance/invoices/<int:pk>/delete/", draft_lines.delete, name="invoice_delete"),
]
