"""What was told to AFAS: runs, the list of documents, and the page of each."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.decorators.http import require_safe

from accounts.doors import CompanyRequest, right_required
from accounts.models import Right
from integrations.forms.documents import AttentionFilter, DocumentFilter
from integrations.models import InvoicingRun, State
from integrations.selectors import (
    MOST_COUNTED,
    attention_count,
    counts_by_state,
    document_of,
    documents_of,
    needs_a_person,
    neighbours,
    runs_of,
    tasks_of,
)
from integrations.services.meanings import story_of
from integrations.services.run_results import progress_of
from integrations.views import document_page
from integrations.views.billing import steps
from invoicing.selectors.invoices import invoice_of_entry

PAGE = 50


@right_required("invoices")
@require_safe
def run(request: CompanyRequest, pk: UUID) -> HttpResponse:
    """Step 3: what became of each customer, followed live until all of them rest."""
    found = get_object_or_404(runs_of(request.company), pk=pk)
    template = "run_rows" if request.htmx else "run"  # type: ignore[attr-defined]
    context = {
        **_progress(found),
        "steps": steps(),
    }
    return render(request, f"integrations/billing/{template}.html", context)


def _progress(found: InvoicingRun) -> dict[str, Any]:
    progress = progress_of(found)
    return {
        "run": found,
        "invoices": progress.invoices,
        "done": progress.done,
        "net": progress.net,
        "resting": progress.resting,
        "busy": progress.is_busy,
    }


class Capped(Paginator):
    """Pages of the newest MOST_COUNTED rows: what lies further back is found by a filter, since
    counting a million rows, or leaving through them, would cost seconds."""

    @cached_property
    def count(self) -> int:
        """How many rows can be paged through."""
        rows: Any = self.object_list
        return min(rows.order_by()[: MOST_COUNTED + 1].count(), MOST_COUNTED)


@right_required("invoices")
@require_safe
def index(request: CompanyRequest) -> HttpResponse:
    """Everything told to AFAS, newest first, with a tab for each state."""
    filters = DocumentFilter(request.GET, request.company)
    rows = filters.narrow(documents_of(request.company))
    counts = counts_by_state(rows)
    state = filters.wanted.get("state", "")
    shown = rows.filter(state=state) if state else rows
    page = Capped(shown, PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "filters": filters,
        "wanted": {name: one for name, one in filters.wanted.items() if name != "state"},
        "state": state,
        "tabs": [(one, State(one).label, counts[one]) for one in State.values if counts[one]],
        "most": MOST_COUNTED,
        "is_capped": page.paginator.count == MOST_COUNTED,
        "waiting": attention_count(request.company),
    }
    return render(request, "integrations/documents/index.html", context)


@right_required("invoices")
@require_safe
def detail(request: CompanyRequest, pk: UUID) -> HttpResponse:
    """One document: where it stands, its life, and what can be done; it follows itself.

    While nothing changed since `seen`, a page that follows it gets no content and stays as it is.
    """
    document = document_of(request.company, pk)
    if document is None:
        raise Http404
    version = document_page.version_of(document)
    is_followed = bool(request.htmx)  # type: ignore[attr-defined]
    if is_followed and request.GET.get("seen") == version:
        return HttpResponse(status=204)
    waiting = AttentionFilter(request.GET, request.company).narrow(needs_a_person(request.company))
    is_settled = "settled" in request.GET
    context = {
        **document_page.context_of(document),
        "version": version,
        "neighbours": neighbours(waiting, document),
        "next_one": waiting.values_list("pk", flat=True).first() if is_settled else None,
        "may_admin": request.membership.has(Right.ADMIN),
        "tasks": tasks_of(request.company).filter(document=document),
        "told": story_of(document),
        "documents_url": reverse("afas_documents"),
        "attention_url": reverse("afas_attention"),
    }
    template = "document" if is_followed else "detail"
    return render(request, f"integrations/documents/{template}.html", context)


@right_required("invoices")
@require_safe
def of_entry(request: CompanyRequest, kind: str, pk: int) -> HttpResponse:
    """From an hour, expense or ride to our invoice or the document that it is or was last on."""
    if kind not in {"hours", "expenses", "rides"}:
        raise Http404
    ours = invoice_of_entry(request.company, kind.removesuffix("s"), pk)
    if ours is not None:
        return redirect("invoice", ours.pk)
    field = f"invoice__lines__claims__{kind.removesuffix('s')}"
    document = documents_of(request.company).filter(**{field: pk}).first()
    if document is None:
        raise Http404
    return redirect("afas_document", document.pk)
