"""The page of one invoice: the paper, where it stands, and what can be done with it."""

from __future__ import annotations

import hashlib
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from accounts.doors import CompanyRequest, right_required
from accounts.trail import told
from core import audit
from invoicing.models import Delivery, DocumentStatus, Invoice, PaymentStatus
from invoicing.selectors.invoice_story import (
    backed_lines,
    claims_of,
    credit_notes_of,
    held,
    last_mail,
    payments_of,
    timeline,
)
from invoicing.selectors.invoices import invoice_of, is_overdue
from invoicing.services import finalising
from invoicing.services.paper import paper_of
from invoicing.services.vat_doubts import vat_doubts
from invoicing.views.draft import editor_context

MOST_EVENTS = 30
ENTRIES_PER_PAGE = 100
UNDER_WAY = (Delivery.State.QUEUED, Delivery.State.SENDING)


@right_required("invoices")
@require_safe
def invoice(request: CompanyRequest, pk: int) -> HttpResponse:
    """One invoice or credit note; while its mail is under way the page follows it.

    While nothing changed since `seen`, a page that follows gets no content and stays as it is.
    """
    found = invoice_of(request.company, pk)
    version = _version(found)
    is_followed = bool(request.htmx) and "seen" in request.GET  # type: ignore[attr-defined]
    if is_followed and request.GET["seen"] == version:
        return HttpResponse(status=204)
    return invoice_page(request, found, template="body" if is_followed else "page")


def invoice_page(
    request: CompanyRequest,
    found: Invoice,
    middle: dict[str, Any] | None = None,
    *,
    status: int = 200,
    template: str = "page",
) -> HttpResponse:
    """The page of `found`; `middle` is what the editor of a draft shows, when that is known."""
    context = {**_context_of(request, found), **(middle or _middle(request, found))}
    return render(request, f"invoicing/invoice/{template}.html", context, status=status)


def _context_of(request: CompanyRequest, found: Invoice) -> dict[str, Any]:
    """What stands around the middle of the page."""
    mail = last_mail(found)
    return {
        "invoice": found,
        "version": _version(found),
        "actions": actions_of(found, mail),
        "blocking": _blocking(found),
        "doubts": vat_doubts(found),
        "moments": timeline(found),
        "mail": mail,
        "follows": mail is not None and mail.state in UNDER_WAY,
        "payments": payments_of(found),
        "credit_notes": credit_notes_of(found),
        "backed": backed_lines(found),
        "history": [told(one) for one in audit.events_of(request.company, found)[:MOST_EVENTS]],
        "overdue_days": _overdue_days(found),
    }


def _blocking(found: Invoice) -> list[finalising.Obstacle]:
    """What keeps a draft from becoming final; that nothing stands on it needs no saying."""
    if not found.is_draft or not found.lines.exists():
        return []
    return [one for one in finalising.obstacles(found) if one.blocking]


def _middle(request: CompanyRequest, found: Invoice) -> dict[str, Any]:
    """A draft is edited where its paper will stand."""
    if found.is_draft:
        return editor_context(request, found)
    return {"paper_html": paper_html(found)}


def paper_html(found: Invoice) -> SafeString:
    """The paper in the language of its reader, as it will be printed."""
    paper = paper_of(found)
    has_discount = any(line.discount for line in paper.lines)
    context = {
        "paper": paper,
        "invoice": found,
        "has_discount": has_discount,
        "width": 6 if has_discount else 5,
    }
    with translation.override(paper.language):
        return render_to_string("invoicing/invoice/paper.html", context)


def _overdue_days(found: Invoice) -> int:
    if not is_overdue(found) or found.due_date is None:
        return 0
    return (timezone.localdate() - found.due_date).days


def _version(found: Invoice) -> str:
    """A short text that changes whenever the page would while a mail is under way."""
    mails = list(found.deliveries.order_by("pk").values_list("pk", "state", "attempts"))
    row = (found.version, found.status, found.delivery, found.payment, found.paid, found.sent_at)
    return hashlib.sha256(repr((row, mails)).encode()).hexdigest()[:16]


def actions_of(found: Invoice, mail: Delivery | None) -> dict[str, bool]:
    """What can be done with an invoice as it stands, `mail` being its last one."""
    is_final = found.status == DocumentStatus.FINAL
    is_kept = not found.is_draft
    under_way = mail is not None and mail.state in UNDER_WAY
    in_doubt = mail is not None and mail.state == Delivery.State.UNKNOWN
    return {
        "finalise": found.is_draft,
        "send": is_kept and not under_way and not in_doubt,
        "mark_sent": is_kept and not under_way and not found.is_sent,
        "pay": is_kept and found.payment != PaymentStatus.PAID,
        "credit": is_final and not found.is_credit_note,
        "ubl": is_kept,
    }


@right_required("invoices")
@require_safe
def invoice_entries(request: CompanyRequest, pk: int, line: int) -> HttpResponse:
    """The registrations behind one line; opened below the line, or as a page of its own."""
    found = invoice_of(request.company, pk)
    chosen = get_object_or_404(found.lines.all(), pk=line)
    page = Paginator(claims_of(chosen), ENTRIES_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "invoice": found,
        "line": chosen,
        "page": page,
        "entries": [held(claim) for claim in page],
    }
    name = "entries" if request.htmx else "entries_page"  # type: ignore[attr-defined]
    return render(request, f"invoicing/invoice/{name}.html", context)
