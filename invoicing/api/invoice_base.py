"""Invoices as endpoints find and hold them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from rest_framework import exceptions, status
from rest_framework.response import Response

from accounts.api.views import CompanyThings
from invoicing.api.addresses import address_of
from invoicing.api.common import InvoicingView
from invoicing.api.invoice_filters import InvoiceFilter
from invoicing.api.invoice_shapes import InvoiceSerializer, WholeInvoiceSerializer
from invoicing.models import Invoice
from invoicing.selectors.invoices import in_full, summaries
from invoicing.services import holding


class OwnInvoices(InvoicingView, CompanyThings):
    """Invoices and credit notes of our own. What AFAS makes is not among them."""

    queryset = Invoice.objects.none()
    serializer_class = WholeInvoiceSerializer
    filterset_class = InvoiceFilter
    orders = {
        "id": "pk",
        "number": "number",
        "invoice_date": "invoice_date",
        "total": "total",
        "created_at": "created_at",
    }

    def get_queryset(self) -> QuerySet[Invoice]:
        """All of the company's own; a list reads no more than it shows."""
        return summaries(self.company) if self.action == "list" else in_full(self.company)

    def get_serializer_class(self) -> Any:
        """A list shows less of each."""
        return InvoiceSerializer if self.action == "list" else self.serializer_class

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Only a list is filtered."""
        return super().filter_queryset(queryset) if self.action == "list" else queryset

    def held(self, **_more: Any) -> Invoice:
        """Locked in the order in which all services lock: the company, then the invoice."""
        holding.hold(self.get_object())
        found: Invoice = self.get_object()
        return found

    def drawn_up(self, invoice: Invoice) -> Response:
        """A document that is new, and where it is."""
        found = in_full(self.company).get(pk=invoice.pk)
        where = address_of(self.request, "api_invoices", invoice.pk)
        return self.answer_with(found, status.HTTP_201_CREATED, Location=where)


def typed(form: forms.Form) -> dict[str, Any]:
    """What a form of the pages makes of what was sent. Raises ValidationError with its sentences.

    Where a rule of a page lives in its form, it holds here by asking that form.
    """
    if not form.is_valid():
        raise exceptions.ValidationError(
            {
                "non_field_errors" if name == "__all__" else name: [str(one) for one in errors]
                for name, errors in form.errors.items()
            }
        )
    return form.cleaned_data
