"""Overviews → Unbilled: what is still to be invoiced; tick, and go on to one way of invoicing."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRefresh

from accounts.doors import CompanyRequest, right_required
from core.errors import DomainError
from invoicing.forms import unbilled as asking
from invoicing.selectors import unbilled
from invoicing.selectors.unbilled import CUSTOMER, PROJECT, Row, Ticks
from invoicing.services import unbilled as choosing
from invoicing.views import unbilled_rows
from registration.selectors.projects import customers_with_projects

PAGE_SIZE = 200
# The first steps of the ways of invoicing, by the name of their URL, which takes a selection.
_ways: set[str] = {"draft_options"}


def add_way(url_name: str) -> None:
    """Let the page lead to this URL, which takes the id of a selection."""
    _ways.add(url_name)


@right_required("invoices")
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: CompanyRequest) -> HttpResponse:
    """The page; POST counts the ticks, or takes them `to` a way of invoicing."""
    asked = asking.read(request.GET, timezone.localdate())
    choosing.due(request.company, asked.scope.until)
    rows = unbilled.rows_of(request.company, asked.scope)
    posted = request.method == "POST"
    ticks = asking.read_ticks(request.POST if posted else request.GET)
    if posted and (way := request.POST.get("to")):
        return _go(request, asked, rows, ticks, way)
    if posted and _by_htmx(request):
        selected = _selected(request, asked, rows, ticks)
        return render(request, "invoicing/unbilled/tray_words.html", selected)
    if _by_htmx(request) and not posted:
        return _one_row(request, asked, rows, ticks)
    return _page(request, asked, rows, ticks)


@right_required("invoices")
@require_safe
def in_finance(request: CompanyRequest) -> HttpResponse:
    """The same page under Finance."""
    query = request.GET.urlencode()
    return redirect(f"{reverse('unbilled')}?{query}" if query else reverse("unbilled"))


def _go(
    request: CompanyRequest, asked: asking.Asked, rows: list[Row], ticks: Ticks, way: str
) -> HttpResponse:
    if way not in _ways:
        raise BadRequest
    try:
        selection = choosing.choose(
            company=request.company, scope=asked.scope, rows=rows, ticks=ticks, by=request.user
        )
    except DomainError as error:
        if _by_htmx(request):
            return _said(request, error.message)
        return _page(request, asked, rows, ticks, problem=error.message)
    return redirect(way, selection.pk)


def _said(request: CompanyRequest, problem: str) -> HttpResponse:
    response = render(request, "invoicing/unbilled/problem.html", {"problem": problem})
    response["HX-Retarget"], response["HX-Reswap"] = "#unbilled-problem", "innerHTML show:top"
    return response


def _page(
    request: CompanyRequest,
    asked: asking.Asked,
    rows: list[Row],
    ticks: Ticks,
    problem: str = "",
) -> HttpResponse:
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    shown = unbilled_rows.show(request.company, asked, page, ticks)
    context = {
        **_selected(request, asked, rows, ticks),
        **_filters(request),
        "scope": asked.scope,
        "asked": asked,
        "total": unbilled.total_of(rows),
        "here": asking.address(request.GET),
        "rows": [(one, _toggled(request, asked, one)) for one in shown],
        "page": page,
        "ticks": ticks,
        "problem": problem or asked.problem,
    }
    return render(request, "invoicing/unbilled/unbilled.html", context)


def _one_row(
    request: CompanyRequest, asked: asking.Asked, rows: list[Row], ticks: Ticks
) -> HttpResponse:
    """The row that was opened or closed; its ticks may count otherwise now, so they are counted."""
    wanted = asked.opened[-1:] if asked.closed is None else [asked.closed]
    found = [row for row in rows if row.key in wanted]
    if not found:  # billed by somebody else meanwhile
        return HttpResponseClientRefresh()
    (shown,) = unbilled_rows.show(request.company, asked, found, ticks)
    context = {
        "shown": shown,
        "toggle": _toggled(request, asked, shown),
        "scope": asked.scope,
        "here": asking.address(request.GET),
    }
    response = render(request, "invoicing/unbilled/row.html", context)
    response["HX-Trigger-After-Settle"] = "picked"
    return response


def _toggled(request: CompanyRequest, asked: asking.Asked, shown: unbilled_rows.Shown) -> str:
    return asking.toggled(request.GET, asked.opened, shown.row.key)


def _filters(request: CompanyRequest) -> dict[str, Any]:
    params = request.GET
    return {
        "tabs": [
            (per, label, asking.address(params, per=per))
            for per, label in ((CUSTOMER, _("Per customer")), (PROJECT, _("Per project")))
        ],
        "dates": [
            (label, day, asking.address(params, until=day.isoformat()))
            for label, day in asking.quick_dates(timezone.localdate())
        ],
        "customers": customers_with_projects(request.company),
        "cleared": asking.address(params, q="", customer=""),
    }


def _selected(
    request: CompanyRequest, asked: asking.Asked, rows: list[Row], ticks: Ticks
) -> dict[str, Any]:
    """What is ticked, as a sum and in words."""
    selected = unbilled.picked(request.company, asked.scope, rows, ticks)
    return {"selected": selected, "selected_words": unbilled_rows.summary_of(selected)}


def _by_htmx(request: CompanyRequest) -> bool:
    return bool(getattr(request, "htmx", False))
