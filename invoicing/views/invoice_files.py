"""An invoice as a file: PDF and UBL, one by one or many in a zip."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Sequence
from tempfile import SpooledTemporaryFile
from typing import cast

from django.http import FileResponse, Http404, HttpResponse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.doors import CompanyRequest, right_required
from core.errors import DomainError
from invoicing.models import Invoice
from invoicing.selectors.invoices import invoice_of
from invoicing.services import pdf, ubl
from invoicing.services.file_names import name_of
from invoicing.views.invoices_bulk import refused, ticked

IN_MEMORY = 5_000_000  # bytes; a larger zip goes through a temporary file


@right_required("invoices")
@require_safe
def invoice_pdf(request: CompanyRequest, pk: int) -> HttpResponse:
    """The invoice on paper; that of a draft says so across the page."""
    found = invoice_of(request.company, pk)
    return _file(pdf.pdf_of(found), f"{name_of(found)}.pdf", "application/pdf")


@right_required("invoices")
@require_safe
def invoice_ubl(request: CompanyRequest, pk: int) -> HttpResponse:
    """The invoice for the customer's books; a draft has none, since it has no number."""
    found = invoice_of(request.company, pk)
    if found.is_draft:
        raise Http404
    return _file(ubl.ubl_of(found), f"{name_of(found)}.xml", "application/xml")


def _file(content: bytes, name: str, kind: str) -> HttpResponse:
    return HttpResponse(
        content,
        content_type=kind,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "private, no-store",
        },
    )


@right_required("invoices")
@require_POST
def invoices_download(request: CompanyRequest) -> HttpResponse:
    """The ticked invoices in one zip: `kind` is pdf or ubl. What is left out is said in it."""
    kind = request.POST.get("kind", "")
    if kind not in {"pdf", "ubl"}:
        raise Http404
    try:
        invoices = _with_a_number(ticked(request))
    except DomainError as error:
        return refused(request, error)
    write = (pdf.pdf_of, "pdf") if kind == "pdf" else (ubl.ubl_of, "xml")
    answer = FileResponse(
        _zipped(invoices, *write),
        as_attachment=True,
        filename=f"{slugify(_('Invoices'))}-{kind}.zip",
        content_type="application/zip",
    )
    return cast("HttpResponse", answer)  # a door's type; both are a Django response


def _with_a_number(invoices: Sequence[Invoice]) -> list[Invoice]:
    found = [one for one in invoices if not one.is_draft]
    if not found:
        raise DomainError(_("Only drafts are ticked, and a draft has no number yet."))
    return found


def _zipped(
    invoices: Sequence[Invoice], write: Callable[[Invoice], bytes], ending: str
) -> SpooledTemporaryFile[bytes]:
    """A zip with a file for each; one that cannot be made leaves its sentence instead."""
    packed: SpooledTemporaryFile[bytes] = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  the answer closes it
    failed: list[str] = []
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as box:
        for one in invoices:
            try:
                name = f"{name_of(one)}.{ending}"
                name = f"{one.pk}-{name}" if name in box.namelist() else name  # 2026/1 and 2026-1
                box.writestr(name, write(one))
            except DomainError as error:
                failed.append(f"{one.number}: {error.message}")
        if failed:
            box.writestr(f"{slugify(_('Left out'))}.txt", "\n".join(failed))
    packed.seek(0)
    return packed
