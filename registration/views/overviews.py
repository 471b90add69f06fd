"""Overviews of hours, expenses and rides: filters, totals, and what is ticked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts.doors import CompanyRequest, member_required
from registration.forms import overviews as filters
from registration.models import Selection
from registration.selectors.overviews import choices_for, exists_any, ordered, overview, totals
from registration.selectors.periods import CUSTOM, LABELS
from registration.selectors.reach import Reach, reach_of
from registration.selectors.selection import SelectionSum, sum_of
from registration.services.selection import selection_for
from registration.views.actions import menu_for
from registration.views.rows import counted, rows_of

TITLES: dict[str, str | Promise] = {
    "hours": gettext_lazy("Hours"),
    "expenses": gettext_lazy("Expenses"),
    "rides": gettext_lazy("Rides"),
}
PAGES = {kind: f"overview_{kind}" for kind in TITLES}


@dataclass(frozen=True)
class Tab:
    """One of the three kinds, with how many of it are ticked."""

    kind: str
    label: str
    url: str
    count: int
    is_current: bool


class CountedPaginator(Paginator):
    """A paginator that is told the count, since the totals row has counted already."""

    def __init__(self, *args: Any, count: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = count

    @cached_property
    def count(self) -> int:
        """How many rows there are."""
        return self.known


@require_safe
@member_required
def overview_hours(request: CompanyRequest) -> HttpResponse:
    """Hours of everybody this person may see."""
    return _overview(request, "hours")


@require_safe
@member_required
def overview_expenses(request: CompanyRequest) -> HttpResponse:
    """Expenses of everybody this person may see."""
    return _overview(request, "expenses")


@require_safe
@member_required
def overview_rides(request: CompanyRequest) -> HttpResponse:
    """Rides of everybody this person may see."""
    return _overview(request, "rides")


def _overview(request: CompanyRequest, kind: str) -> HttpResponse:
    selection = selection_in(request)
    context = region(request, kind, selection, reach_of(request.membership))
    return render(request, "registration/overviews/list.html", context)


def selection_in(request: CompanyRequest) -> Selection:
    """The selection in the address. A colleague's, in an address that was shared, is left alone."""
    try:
        return selection_for(request.company, request.user, request.GET.get("selection"))
    except Http404:
        return selection_for(request.company, request.user, None)


def region(
    request: CompanyRequest, kind: str, selection: Selection, reach: Reach
) -> dict[str, Any]:
    """All that the part of the page shows that changes with the ticks."""
    params = _with_selection(request, selection)
    today = timezone.localdate()
    narrowed = filters.read_filters(params, today)
    rows = overview(kind, reach, narrowed)
    added_up = totals(kind, rows)
    page = _page(rows, kind, params, added_up.count)
    picked = frozenset(getattr(selection, kind))
    shown = rows_of(page, reach, picked)
    selected = sum_of(reach, selection)
    return {
        **tray_context(request, kind, selected, reach),
        "selection": selection,
        "selection_is_new": selection._state.adding,  # noqa: SLF001  Django's documented way
        "register_url": reverse(f"register_{kind}"),
        "total_minutes": int(added_up.quantity),
        "title": TITLES[kind],
        "tabs": tabs(kind, params, selected),
        "totals": added_up,
        "page": page,
        "rows": shown,
        "all_shown_picked": bool(shown) and all(row.is_picked for row in shown),
        "sort": filters.read_sort(params, kind),
        "size": filters.read_size(params),
        "sizes": filters.SIZES,
        "address": f"{reverse(PAGES[kind])}?{params.urlencode()}",
        "query_string": params.urlencode(),
        **_filter_context(kind, params, reach, today),
        "is_empty": not shown and not exists_any(kind, reach),
    }


def tray_context(
    request: HttpRequest, kind: str, selected: SelectionSum, reach: Reach
) -> dict[str, Any]:
    """What the tray under the table shows."""
    parts = [counted(one, sums.count) for one, sums in selected.kinds.items() if sums.count]
    return {
        "reach": reach,
        "kind": kind,
        "selected": selected,
        "kind_sum": selected.kinds[kind],
        "kind_selected": selected.kinds[kind].count,
        "tray_parts": parts,
        "tray_words": _("%(words)s selected") % {"words": ", ".join(parts)} if parts else "",
        "actions": menu_for(reach, selected) if selected.count else [],
        "here": f"{reverse(PAGES[kind])}?{request.GET.urlencode()}",
    }


def tabs(kind: str, params: QueryDict, selected: SelectionSum) -> list[Tab]:
    """The three kinds; the filters that make sense for all of them go along."""
    shared = QueryDict(mutable=True)
    for name in filters.SHARED:
        if name in params:
            shared.setlist(name, params.getlist(name))
    return [
        Tab(
            kind=one,
            label=str(label),
            url=f"{reverse(PAGES[one])}?{shared.urlencode()}",
            count=selected.kinds[one].count,
            is_current=one == kind,
        )
        for one, label in TITLES.items()
    ]


def _with_selection(request: CompanyRequest, selection: Selection) -> QueryDict:
    """The address as it should be: with this selection, if it holds anything worth keeping."""
    params = request.GET.copy()
    params.pop("selection", None)
    if not selection._state.adding:  # noqa: SLF001  Django's documented way to ask
        params["selection"] = str(selection.pk)
    request.GET = params  # type: ignore[assignment]
    return params


def _page(rows: Any, kind: str, params: QueryDict, count: int) -> Page:
    sorted_rows = ordered(rows, kind, filters.read_sort(params, kind))
    paginator = CountedPaginator(sorted_rows, filters.read_size(params), count=count)
    return paginator.get_page(params.get("page"))


def _filter_context(kind: str, params: QueryDict, reach: Reach, today: Any) -> dict[str, Any]:
    first, last = filters.read_period(params, today)
    chips = filters.chips(kind, params, choices_for(kind, reach))
    if not reach.sees_money:
        chips = [chip for chip in chips if chip.name != "worth"]
    return {
        "chips": chips,
        "q": params.get("q", ""),
        "period_key": filters.period_key(params),
        "period_label": filters.period_label(params, today),
        "periods": LABELS.items(),
        "custom": CUSTOM,
        "first": first,
        "last": last,
        "is_narrowed": filters.is_narrowed(params),
        "kept": filters.hidden(params, "q", *(chip.name for chip in chips)),
        "kept_for_dates": filters.hidden(params, "period", "first", "last"),
        "cleared": filters.address(params, "q", *filters.CHOSEN, *filters.STATED),
        "nothing_found": _("Nothing matches these filters"),
    }
