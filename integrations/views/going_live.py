"""Going live: what was invoiced in a test environment is released, after a look at it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.doors import CompanyRequest
from core.errors import DomainError
from integrations.forms.billing import ReasonForm
from integrations.selectors import documents_of
from integrations.services import going_live
from integrations.services.going_live import Released
from integrations.views.afas_settings import settings_view

RESULTS = "going_live_results"


@settings_view
@require_http_methods(["GET", "POST"])
def page(request: CompanyRequest) -> HttpResponse:
    """What is left of the trial; POST releases it, and what became of each is shown once."""
    form, problem = ReasonForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        try:
            results = going_live.release(
                company=request.company,
                token=request.POST.get("token", ""),
                reason=form.cleaned_data["reason"],
                by=request.user,
            )
        except DomainError as error:
            problem = error.message
        else:
            _keep(request, results)
            return redirect("afas_going_live")
    context = {
        "preview": going_live.preview(request.company),
        "form": form,
        "problem": problem,
        "results": [] if request.method == "POST" else _taken(request),
    }
    status = 422 if problem or form.errors else 200
    return render(request, "integrations/going_live/going_live.html", context, status=status)


def _keep(request: CompanyRequest, results: list[Released]) -> None:
    rows = [(str(one.pk), one.entries, str(one.net), one.why_not) for one in results]
    request.session[RESULTS] = {"company": request.company.pk, "rows": rows}


def _taken(request: CompanyRequest) -> list[dict[str, Any]]:
    """What became of the last press in this company; shown once."""
    kept = request.session.pop(RESULTS, None) or {}
    if kept.get("company") != request.company.pk:
        return []
    rows = kept["rows"]
    found = documents_of(request.company).in_bulk([UUID(row[0]) for row in rows])
    return [
        {"document": found[UUID(pk)], "entries": entries, "net": net, "why_not": why_not}
        for pk, entries, net, why_not in rows
        if UUID(pk) in found
    ]
