"""The PDF of an invoice: a draft is set anew each time, a final one once and then kept.

    pdf_of(invoice)  → bytes, to be shown, downloaded or sent
    render(paper, look)  → bytes, from plain data alone

What the customer got is what is in the storage. Only when that file is lost is the invoice set
again, from what was frozen when it became final.
"""

from __future__ import annotations

import base64
import io
import secrets
from collections.abc import Sequence
from functools import lru_cache

from django.core.files.base import ContentFile
from django.db.models import Q
from django.utils.text import slugify
from django.utils.translation import gettext as _
from PIL import Image

from accounts.models import Company
from core.errors import DomainError
from invoicing.layout import typesetting
from invoicing.models import Channel, Invoice
from invoicing.selectors.settings import settings_of
from invoicing.services.annexes import Enclosure, enclosures_of, sheets
from invoicing.services.paper import Paper, paper_of
from invoicing.services.printing import Look, as_printed
from invoicing.services.specification import SpecifiedLine, specification_of

KINDS = {"PNG": "png", "JPEG": "jpeg"}


def pdf_of(invoice: Invoice) -> bytes:
    """The PDF of an invoice of our own, with the annexes it asks for.

    A draft says on every page that it is one. A final invoice gives the same bytes for ever; two
    who ask for it at the same first moment get the same file. Raises DomainError for an invoice
    that AFAS makes.
    """
    if invoice.channel != Channel.OURS:
        raise DomainError(
            _("AFAS makes this invoice, so its PDF is there. Open it in AFAS by its number.")
        )
    if invoice.is_draft:
        return _drawn(invoice)
    return stored(invoice) or keep(invoice, _drawn(invoice))


def render(
    paper: Paper,
    look: Look,
    specification: Sequence[SpecifiedLine] = (),
    enclosures: Sequence[Enclosure] = (),
) -> bytes:
    """The PDF of plain data: the same data gives the same bytes."""
    data = as_printed(paper, look, specification)
    annex = sheets(enclosures, paper, look)
    data["receipts"] = annex.pages
    rows = len(paper.lines) + sum(len(line.hours) for line in specification)
    return typesetting.typeset(data, day=paper.invoice_date, files=annex.files, rows=rows)


def look_of(company: Company, *, draft: bool = False) -> Look:
    """How the paper of `company` looks now."""
    return Look(
        notation=company,
        colour=settings_of(company).colour,
        logo=logo_of(company),
        draft=draft,
    )


def logo_of(company: Company) -> str:
    """The company's logo as SVG; empty without one, or when its file is gone or broken."""
    if not company.logo:
        return ""
    try:
        with company.logo.open("rb") as file:
            return as_svg(file.read())
    except (OSError, ValueError):
        return ""


@lru_cache(maxsize=64)
def as_svg(content: bytes) -> str:
    """A picture wrapped in SVG, which is text and so can go in with the other data.

    Raises OSError or ValueError when it cannot be drawn.
    """
    try:
        with Image.open(io.BytesIO(content), formats=tuple(KINDS)) as picture:
            picture.load()
            kind, (width, height) = KINDS[picture.format or ""], picture.size
    except (SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(str(error)) from error
    data = base64.b64encode(content).decode()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">'
        f'<image width="{width}" height="{height}" href="data:image/{kind};base64,{data}"/></svg>'
    )


def _drawn(invoice: Invoice) -> bytes:
    return render(
        paper_of(invoice),
        look_of(invoice.company, draft=invoice.is_draft),
        specification_of(invoice) if invoice.with_specification else (),
        enclosures_of(invoice) if invoice.with_receipts else (),
    )


def stored(invoice: Invoice) -> bytes:
    """What was kept; nothing when there is none yet, or when its file is lost."""
    if not invoice.pdf:
        return b""
    try:
        with invoice.pdf.open("rb") as file:
            return bytes(file.read())
    except OSError:
        return b""


def keep(invoice: Invoice, content: bytes) -> bytes:
    """Keep `content` unless somebody was first, and then theirs: one conditional update decides.

    Never of a draft of our own, which may still change.
    """
    storage, before = invoice.pdf.storage, invoice.pdf.name or ""
    called = slugify(invoice.number) or "annexes"
    name = f"invoices/{invoice.company_id}/{called}-{secrets.token_urlsafe(16)}.pdf"
    name = storage.save(name, ContentFile(content))
    drafts = Q(status="draft", channel=Channel.OURS)
    ours = Invoice.objects.filter(~drafts, pk=invoice.pk, pdf=before)
    if ours.update(pdf=name):
        invoice.pdf.name = name
        return content
    storage.delete(name)
    invoice.refresh_from_db(fields=["pdf"])
    return stored(invoice) or content
