"""What was told to AFAS: runs, documents, and what a person may do with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.doors import CompanyRequest, right_required
from core.errors import DomainError
from integrations.forms.billing import DebtorForm, ReasonForm
from integrations.models import AfasDocument, InvoicingRun, Kind, State
from integrations.selectors import document_of, documents_of, runs_of, tasks_of
from integrations.services import deciding
from integrations.services import documents as services
from integrations.views.billing import steps

PAGE = 50


@right_required("invoices")
@require_safe
def run(request: CompanyRequest, pk: UUID) -> HttpResponse:
    """Step 3: what became of each customer, followed live until all of them rest."""
    found = get_object_or_404(runs_of(request.company), pk=pk)
    made = list(documents_of(request.company).filter(run=found).order_by("created_at", "id"))
    template = "run_rows" if request.htmx else "run"  # type: ignore[attr-defined]
    context = {
        **_progress(found, made),
        "steps": steps(),
        "overview_url": reverse("overview_hours"),
    }
    return render(request, f"integrations/billing/{template}.html", context)


def _progress(found: InvoicingRun, made: list[AfasDocument]) -> dict[str, Any]:
    invoices = [one for one in made if one.kind == Kind.DIRECT_INVOICE]
    done = [one for one in invoices if one.state == State.CONFIRMED]
    resting = [one for one in invoices if one.rests or _is_stuck(one)]
    return {
        "run": found,
        "invoices": invoices,
        "done": done,
        "net": sum(one.invoice.net for one in done if one.invoice),
        "resting": resting,
        "busy": len(resting) < len(invoices),
    }


def _is_stuck(document: AfasDocument) -> bool:
    """It waits for a debtor that waits for a person."""
    return bool(
        document.state == State.WAITING
        and document.after
        and document.after.state in {State.REJECTED, State.UNKNOWN}
    )


@right_required("invoices")
@require_safe
def index(request: CompanyRequest) -> HttpResponse:
    """Everything told to AFAS, newest first, by state and kind."""
    state, kind = request.GET.get("state", ""), request.GET.get("kind", "")
    rows = documents_of(request.company, state if state in State.values else "")
    if kind in Kind.values:
        rows = rows.filter(kind=kind)
    context = {
        "page": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "state": state,
        "kind": kind,
        "states": State.choices,
        "kinds": [(one.value, one.label) for one in (Kind.CUSTOMER, Kind.DIRECT_INVOICE)],
        "tasks": tasks_of(request.company),
    }
    return render(request, "integrations/documents/index.html", context)


@right_required("invoices")
@require_safe
def detail(request: CompanyRequest, pk: UUID) -> HttpResponse:
    """One document: its state and meaning, its attempts, and what can be done."""
    document = _document(request, pk)
    context = {
        "document": document,
        "attempts": document.attempt_log.all(),
        "lines": document.invoice.lines.all() if document.invoice else [],
        "followers": document.followers.select_related("customer"),
        "tasks": tasks_of(request.company).filter(document=document),
        "reason_form": ReasonForm(),
        "documents_url": reverse("afas_documents"),
    }
    return render(request, "integrations/documents/detail.html", context)


@right_required("invoices")
@require_safe
def of_entry(request: CompanyRequest, kind: str, pk: int) -> HttpResponse:
    """From an hour, expense or ride to the document it is or was last on."""
    if kind not in {"hours", "expenses", "rides"}:
        raise Http404
    field = f"invoice__lines__claims__{kind.removesuffix('s')}"
    document = documents_of(request.company).filter(**{field: pk}).first()
    if document is None:
        raise Http404
    return redirect("afas_document", document.pk)


@right_required("invoices")
@require_POST
def retry(request: CompanyRequest, pk: UUID) -> HttpResponse:
    """Build it anew from the corrected rows and send it."""
    document = _document(request, pk)
    sentence = _("It is queued again.")
    return _do(request, document, sentence, lambda: _retry(request, document))


def _retry(request: CompanyRequest, document: AfasDocument) -> None:
    services.retry(document=document, by=request.user)


@right_required("invoices")
@require_POST
def cancel(request: CompanyRequest, pk: UUID) -> HttpResponse:
    """Give it up: its entries are unbilled again."""
    document = _document(request, pk)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say why, so that a colleague understands it later."))
        return redirect("afas_document", pk)
    reason = form.cleaned_data["reason"]
    sentence = _("It is cancelled and its entries are unbilled again.")
    return _do(
        request,
        document,
        sentence,
        lambda: services.cancel(document=document, by=request.user, reason=reason),
    )


@right_required("invoices")
@require_POST
def link(request: CompanyRequest, pk: UUID) -> HttpResponse:
    """The customer is one of the debtors that look alike."""
    document = _document(request, pk)
    form = DebtorForm(request.POST)
    number = form.cleaned_data["debtor_number"] if form.is_valid() else ""
    sentence = _("The customer is linked; its invoices go on.")
    return _do(
        request,
        document,
        sentence,
        lambda: deciding.link_to(document=document, debtor_number=number, by=request.user),
    )


@right_required("invoices")
@require_POST
def create_anyway(request: CompanyRequest, pk: UUID) -> HttpResponse:
    """It is another organisation than the ones that look alike."""
    document = _document(request, pk)
    sentence = _("It will be created as a new debtor.")
    return _do(
        request,
        document,
        sentence,
        lambda: deciding.create_anyway(document=document, by=request.user),
    )


def _document(request: CompanyRequest, pk: UUID) -> AfasDocument:
    document = document_of(request.company, pk)
    if document is None:
        raise Http404
    return document


def _do(
    request: CompanyRequest, document: AfasDocument, sentence: str, action: Callable[[], object]
) -> HttpResponse:
    """Do it, say how it went, and go back to the run or the document."""
    try:
        action()
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("afas_document", document.pk)
    messages.success(request, sentence)
    if request.POST.get("back") == "run" and document.run_id:
        return redirect("invoicing_run", document.run_id)
    return redirect("afas_document", document.pk)
