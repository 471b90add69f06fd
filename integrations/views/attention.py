"""Needs attention: what waits for a person, and the same done for many at once."""

from __future__ import annotations

from itertools import groupby
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.doors import CompanyRequest, right_required
from accounts.models import Right
from core.errors import DomainError
from integrations.forms.documents import AttentionFilter, ManyForm, NoteForm
from integrations.models import AfasDocument
from integrations.selectors import (
    Todo,
    attention_counts,
    documents_of,
    held_rows_of,
    needs_a_person,
    tasks_of,
)
from integrations.services import many, tasks_of_people
from integrations.services.many import Result

PAGE, MOST_TASKS = 50, 50
RESULTS = "attention_results"


@right_required("invoices")
@require_safe
def index(request: CompanyRequest) -> HttpResponse:
    """Everything that waits for a person, grouped by what is to be done."""
    filters = AttentionFilter(request.GET, request.company)
    waiting = filters.narrow(needs_a_person(request.company))
    page = Paginator(waiting, PAGE).get_page(request.GET.get("page"))
    tasks = [] if filters.wanted else tasks_of(request.company)[:MOST_TASKS]
    held = held_rows_of(request.company)
    context = {
        "page": page,
        "groups": _groups(page.object_list, attention_counts(waiting)),
        "filters": filters,
        "wanted": filters.wanted,
        "tasks": tasks,
        "note_form": NoteForm(auto_id=False),
        "held": held.count(),
        "held_run": held.values_list("run", flat=True).first(),
        "may_import": request.membership.has(Right.ADMIN),
        "results": _results(request),
    }
    return render(request, "integrations/documents/attention.html", context)


def _groups(rows: Any, counts: dict[int, int]) -> list[dict[str, Any]]:
    """The rows of this page by what is to be done, each group with its count over all pages."""
    return [
        {"todo": Todo(todo), "count": counts.get(todo, 0), "documents": list(documents)}
        for todo, documents in groupby(rows, key=lambda one: one.todo)
    ]


@right_required("invoices")
@require_POST
def settle_many(request: CompanyRequest) -> HttpResponse:
    """Retry, or cancel and release, all that were ticked; what became of each stays shown."""
    form = ManyForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(one) for one in form.non_field_errors()))
        return _back(request)
    chosen = documents_of(request.company).filter(pk__in=form.ticked).select_related("company")
    reason = form.cleaned_data["reason"]
    if form.cleaned_data["do"] == ManyForm.CANCEL:
        results = many.give_up(chosen=chosen, by=request.user, reason=reason)
    else:
        results = many.retry(chosen=chosen, by=request.user)
    _keep(request, results)
    return _back(request)


@right_required("invoices")
@require_POST
def resolve(request: CompanyRequest, pk: int) -> HttpResponse:
    """Somebody settled what only a person can, and says how."""
    task = get_object_or_404(tasks_of(request.company).select_related("company"), pk=pk)
    form = NoteForm(request.POST)
    note = form.cleaned_data["note"] if form.is_valid() else ""
    try:
        tasks_of_people.resolve(task=task, by=request.user, note=note)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("Settled, with your name and note."))
    if request.POST.get("back") == "reconcile":
        return redirect("afas_reconcile")
    if request.POST.get("back") == "document" and task.document_id:
        return redirect("afas_document", task.document_id)
    return redirect("afas_attention")


@right_required("invoices")
@require_POST
def forget_results(request: CompanyRequest) -> HttpResponse:
    """The results of the last press are not shown any more."""
    request.session.pop(RESULTS, None)
    return _back(request)


def _back(request: CompanyRequest) -> HttpResponse:
    """The list again, with the filters it had."""
    address = redirect("afas_attention").url
    query = AttentionFilter(request.GET, request.company).wanted
    return redirect(f"{address}?{_encoded(query)}" if query else address)


def _encoded(query: dict[str, Any]) -> str:
    return "&".join(f"{name}={value}" for name, value in query.items())  # all of them choices


def _keep(request: CompanyRequest, results: list[Result]) -> None:
    """In the session, so that they are there after another page, and on a reload."""
    rows = [(str(one.document.pk), one.done, one.sentence) for one in results]
    request.session[RESULTS] = {"company": request.company.pk, "rows": rows}


def _results(request: CompanyRequest) -> list[dict[str, Any]]:
    """What became of the last press in this company, with how each document stands by now."""
    kept = request.session.get(RESULTS) or {}
    if kept.get("company") != request.company.pk:
        return []
    rows = kept.get("rows", [])
    found = documents_of(request.company).in_bulk([UUID(pk) for pk, _done, _said in rows])
    return [_result(found[UUID(pk)], done, said) for pk, done, said in rows if UUID(pk) in found]


def _result(document: AfasDocument, done: bool, sentence: str) -> dict[str, Any]:  # noqa: FBT001
    return {"document": document, "done": done, "sentence": sentence}
