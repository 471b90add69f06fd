"""An invoice as a file: PDF and UBL."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.decorators import action
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from invoicing.api.invoice_base import OwnInvoices
from invoicing.services import pdf, ubl
from invoicing.services.file_names import name_of


class PdfRenderer(JSONRenderer):
    """Lets a caller ask for a PDF; what it renders itself is a problem, as ever."""

    media_type = "application/pdf"
    format = "pdf"


class XmlRenderer(JSONRenderer):
    """Lets a caller ask for XML; what it renders itself is a problem, as ever."""

    media_type = "application/xml"
    format = "xml"


def _described(kind: str, words: str) -> dict[tuple[int, str], OpenApiResponse]:
    return {(200, kind): OpenApiResponse(OpenApiTypes.BINARY, description=words)}


class InvoiceFiles(OwnInvoices):
    """The papers of an invoice."""

    @extend_schema(responses=_described("application/pdf", "The PDF, as an attachment."))
    @action(detail=True, methods=["get"], renderer_classes=[PdfRenderer])
    def pdf(self, _request: Request, *_args: Any, **_kwargs: Any) -> HttpResponse:
        """The invoice as it is printed; of a final one the same bytes for ever. A draft says on
        every page that it is one."""
        invoice = self.get_object()
        return _file(pdf.pdf_of(invoice), f"{name_of(invoice)}.pdf", PdfRenderer.media_type)

    @extend_schema(responses=_described("application/xml", "UBL 2.1, as an attachment."))
    @action(detail=True, methods=["get"], renderer_classes=[XmlRenderer])
    def ubl(self, _request: Request, *_args: Any, **_kwargs: Any) -> HttpResponse:
        """The invoice for the customer's books, as Peppol BIS Billing 3. A draft has none."""
        invoice = self.get_object()
        return _file(ubl.ubl_of(invoice), f"{name_of(invoice)}.xml", XmlRenderer.media_type)


def _file(content: bytes, name: str, kind: str) -> HttpResponse:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(content, content_type=kind, headers=headers)
