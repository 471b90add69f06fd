"""The list of our own invoices: tabs, filters, sums, and what can be done with the ticked ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.paginator import Page
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_safe

from accounts.doors import CompanyRequest, right_required
from invoicing.forms import invoices as filters
from invoicing.selectors.invoices import (
    NEWEST,
    Overview,
    all_of,
    customers_invoiced,
    invoices_of,
    overview_of,
)
from invoicing.views.invoices_bulk import ACTIONS
from registration.forms import overviews as shared
from registration.selectors.periods import CUSTOM, LABELS
from registration.views.overviews import CountedPaginator

TAB_NAMES: dict[str, str | Promise] = {
    "": pgettext_lazy("invoices", "All"),
    "draft": gettext_lazy("Draft"),
    "final": gettext_lazy("Final"),
    "sent": gettext_lazy("Sent"),
    "overdue": gettext_lazy("Overdue"),
    "paid": gettext_lazy("Paid"),
    "credit": gettext_lazy("Credit"),
}


@dataclass(frozen=True)
class Tab:
    """A status with how many invoices have it."""

    key: str
    label: str
    url: str
    count: int
    is_current: bool


@right_required("invoices")
@require_safe
def invoices(request: CompanyRequest) -> HttpResponse:
    """Everything we invoiced and are about to, newest first."""
    today = timezone.localdate()
    wanted = filters.read_filter(request.GET, today)
    sort = filters.read_sort(request.GET)
    overview = overview_of(request.company, wanted)
    page = _page(request, overview.counts[wanted.tab], sort, today)
    rows = list(page)
    context = {
        "overview": overview,
        "page": page,
        "rows": rows,
        "newest": max((one.pk for one in rows), default=0) if sort == NEWEST else 0,
        "tabs": _tabs(request.GET, overview, wanted.tab),
        "tab": wanted.tab,
        "sort": sort,
        "today": today,
        "actions": ACTIONS.values(),
        "size": shared.read_size(request.GET),
        "sizes": shared.SIZES,
        "query_string": request.GET.urlencode(),
        **_filter_context(request, today),
        "is_empty": not rows and not all_of(request.company).exists(),
    }
    return render(request, "invoicing/invoices.html", context)


def _page(request: CompanyRequest, count: int, sort: str, today: date) -> Page[Any]:
    wanted = filters.read_filter(request.GET, today)
    rows = invoices_of(request.company, wanted, sort)
    paginator = CountedPaginator(rows, shared.read_size(request.GET), count=count)
    return paginator.get_page(request.GET.get("page"))


def _tabs(params: QueryDict, overview: Overview, current: str) -> list[Tab]:
    rest = shared.address(params, "status")
    return [
        Tab(
            key=key,
            label=str(label),
            url=f"{rest}&status={key}" if key else rest,
            count=overview.counts[key],
            is_current=key == current,
        )
        for key, label in TAB_NAMES.items()
    ]


def _filter_context(request: CompanyRequest, today: date) -> dict[str, Any]:
    params = filters.with_all_dates(request.GET)
    first, last = shared.read_period(params, today)
    chips = filters.chips(request.GET, customers_invoiced(request.company))
    return {
        "chips": chips,
        "q": request.GET.get("q", ""),
        "period_key": shared.period_key(params),
        "period_label": shared.period_label(params, today),
        "periods": [(key, label) for key, label in LABELS.items() if key != "this_week"],
        "custom": CUSTOM,
        "first": first,
        "last": last,
        "is_narrowed": filters.is_narrowed(request.GET),
        "kept": shared.hidden(request.GET, "q", *(chip.name for chip in chips)),
        "kept_for_dates": shared.hidden(request.GET, "period", "first", "last"),
        "cleared": shared.address(
            request.GET, "q", "customer", "delivery", "period", "first", "last"
        ),
    }
