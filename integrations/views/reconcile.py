"""Reconcile: ours against AFAS's, for bookings and direct invoices, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.doors import CompanyRequest, right_required
from accounts.models import Right
from core.errors import DomainError
from integrations.forms.reconcile import ReconcileFilter
from integrations.models import AfasConnection, Kind
from integrations.selectors import MOST_COUNTED, connection_of
from integrations.services import comparing, open_items, readiness
from integrations.services.difference_rows import Group
from integrations.services.difference_words import words_of
from integrations.services.differences import Differences, Part, Wanted
from integrations.views.reconcile_cards import ListCard, PaymentsCard, cards_of
from integrations.views.reconcile_sheet import download_of

PAGE = 50


@right_required("admin", "invoices")
@require_safe
def index(request: CompanyRequest) -> HttpResponse:
    """The figures, and a table of all that is not equal; it follows what is under way."""
    connection = connection_of(request.company)
    if connection is None or connection.administration is None:
        return render(request, "integrations/reconcile/unlinked.html")
    if request.GET.get("part") == "cards":
        return _cards(request, connection)
    filters = ReconcileFilter(request.GET)
    wanted = filters.wanted
    found = Differences(connection, wanted)
    everything = found if wanted == Wanted() else Differences(connection, Wanted())
    context = {
        "connection": connection,
        **_cards_context(request, cards_of(connection, everything)),
        "filters": filters,
        "wanted": wanted,
        "tabs": [(one, count) for one in Group if (count := found.of_group(one))],
        "page": _page(request, found),
        "is_capped": any(found.counts[one] > MOST_COUNTED for one in found.shown),
        "is_narrowed": bool(wanted.kind or wanted.q),
    }
    return render(request, "integrations/reconcile/reconcile.html", context)


def _page(request: CompanyRequest, found: Differences) -> Any:
    """A page of rows, under the heading of each part with what it means and what to do."""
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    page.object_list = [
        {
            "group": group,
            "kind": Kind(kind).label,
            "count": found.counts[Part(group, Kind(kind))],
            "words": words_of(group, kind),
            "rows": list(rows),
        }
        for (group, kind), rows in groupby(page.object_list, key=lambda one: (one.group, one.kind))
    ]
    return page


def _cards(request: CompanyRequest, connection: AfasConnection) -> HttpResponse:
    """Only the cards, for a page that follows what is under way; at its end the whole page."""
    context = _cards_context(request, cards_of(connection, Differences(connection, Wanted())))
    response = render(request, "integrations/reconcile/cards.html", context)
    if not context["is_busy"]:
        response["HX-Refresh"] = "true"
    return response


def _cards_context(
    request: CompanyRequest, cards: tuple[list[ListCard], PaymentsCard]
) -> dict[str, Any]:
    lists, payments = cards
    return {
        "lists": lists,
        "payments": payments,
        "is_comparing": any(one.is_busy for one in lists),
        "is_busy": payments.is_busy or any(one.is_busy for one in lists),
        "most": MOST_COUNTED,
        "may_compare": any(not one.why_not for one in lists),
        "may_admin": request.membership.has(Right.ADMIN),
        "may_invoice": request.membership.has(Right.INVOICES),
    }


@right_required("admin", "invoices")
@require_POST
def compare(request: CompanyRequest) -> HttpResponse:
    """Compare now: AFAS's lists are read by the sweep, and the page follows it."""
    said = _("AFAS is being compared with us; this page follows it.")
    return _begun(request, comparing.ask, said)


@right_required("admin", "invoices")
@require_POST
def read_payments(request: CompanyRequest) -> HttpResponse:
    """Read payments now: what AFAS has open, and so what is paid."""
    said = _("Payments are being read; this page follows it.")
    return _begun(request, open_items.ask, said)


def _begun(request: CompanyRequest, ask: Callable[..., Any], said: str) -> HttpResponse:
    connection = connection_of(request.company)
    if reason := readiness.why_not_ready(connection):
        messages.error(request, reason)
        return redirect("afas_reconcile")
    try:
        ask(connection=connection, by=request.user)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, said)
    return redirect("afas_reconcile")


@right_required("admin", "invoices")
@require_safe
def download(request: CompanyRequest) -> HttpResponse:
    """Everything that the filters show as CSV, streamed."""
    connection = connection_of(request.company)
    if connection is None or connection.administration is None:
        return redirect("afas_reconcile")
    found = Differences(connection, ReconcileFilter(request.GET).wanted)
    return download_of(found, request.company)
