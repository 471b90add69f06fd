"""Settings › Import: the button, the progress, the result and the history."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.doors import CompanyRequest, right_required
from core.errors import DomainError
from integrations.forms.imports import DecisionForm, RowsFilter
from integrations.models import ImportRow, ImportRun
from integrations.selectors import connection_of, imports_of, rows_to_look_at
from integrations.services import held_rows, importing, nights
from integrations.services.import_words import ToldRow

RUNS_PER_PAGE, ROWS_PER_PAGE = 20, 50


@require_safe
@right_required("admin")
def index(request: CompanyRequest) -> HttpResponse:
    """The button, and every import there was."""
    connection = connection_of(request.company)
    runs = Paginator(imports_of(request.company), RUNS_PER_PAGE)
    nightly = connection if connection and connection.nightly_import else None
    context = {
        "connection": connection,
        "why_not": importing.why_not(connection),
        "page": runs.get_page(request.GET.get("page")),
        "open_run": imports_of(request.company).filter(status__in=("queued", "running")).first(),
        "nightly_minute": f"{nights.nightly_minute(nightly):02}" if nightly else "",
    }
    return render(request, "integrations/imports/imports.html", context)


@require_POST
@right_required("admin")
def start(request: CompanyRequest) -> HttpResponse:
    """Queue an import, or show the one that runs."""
    connection = connection_of(request.company)
    reason = importing.why_not(connection)
    if connection is None or reason:
        messages.error(request, reason)
        return redirect("imports")
    try:
        made = importing.request_import(
            connection=connection, trigger=ImportRun.Trigger.BUTTON, by=request.user
        )
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("imports")
    return redirect("import_run", made.pk)


@require_safe
@right_required("admin")
def run(request: CompanyRequest, pk: int) -> HttpResponse:
    """One import: its progress while it runs, its result and rows afterwards."""
    found = get_object_or_404(imports_of(request.company), pk=pk)
    polled = getattr(request, "htmx", False) and request.GET.get("part") == "progress"
    if polled and found.is_open:
        return render(request, "integrations/imports/progress.html", {"run": found})
    context = {"run": found, **({} if found.is_open else _result(request, found))}
    response = render(request, "integrations/imports/run.html", context)
    if polled:  # it has just ended: show the page as it is now
        response["HX-Refresh"] = "true"
    return response


@require_POST
@right_required("admin")
def decide(request: CompanyRequest, pk: int, row: int) -> HttpResponse:
    """Link a held debtor with its customer, or leave them apart."""
    rows = ImportRow.objects.of(request.company).select_related("run__connection", "customer")
    found = get_object_or_404(rows, pk=row, run=pk)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        raise Http404
    try:
        if form.cleaned_data["decision"] == "link":
            held_rows.link_anyway(row=found, by=request.user)
            said = _("Linked. The next import brings AFAS's values.")
        else:
            held_rows.leave(row=found, by=request.user)
            said = _("They stay apart; later imports leave them alone.")
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, said)
    return redirect("import_run", pk)


def _result(request: CompanyRequest, found: ImportRun) -> dict[str, Any]:
    form = RowsFilter(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    rows = _filtered(found.rows.select_related("customer", "run"), wanted)
    page = Paginator(rows, ROWS_PER_PAGE).get_page(request.GET.get("page"))
    return {
        "page": page,
        "rows": [ToldRow(row) for row in page],
        "filters": form,
        "wanted": wanted,
        "has_rows": found.rows.exists(),
        "to_decide": found.rows.filter(reason=held_rows.NAME_DIFFERS).count(),
    }


def _filtered(rows: QuerySet[ImportRow], wanted: dict[str, Any]) -> QuerySet[ImportRow]:
    show = wanted.get("show")
    if show == "look":
        rows = rows_to_look_at(rows)
    elif show:
        rows = rows.filter(outcome=show)
    rows = rows.order_by("-outcome", "-reason", "id")  # skipped ones first, then new with a doubt
    for word in wanted.get("q", "").split():
        rows = rows.filter(Q(name__icontains=word) | Q(debtor_number__icontains=word))
    return rows
