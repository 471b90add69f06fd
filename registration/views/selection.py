"""Ticking: the page of rows, all that match, or nothing any more."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from accounts.doors import CompanyRequest, member_required
from core.errors import DomainError
from registration.forms.overviews import read_filters
from registration.models import Selection
from registration.selectors.overviews import overview
from registration.selectors.reach import Reach, reach_of
from registration.services import selection as selections
from registration.views.overviews import PAGES, region


@require_POST
@member_required
def selection_pick(request: CompanyRequest, kind: str) -> HttpResponse:
    """Keep the ticks of a page; "do" is "all" (that match), "page" (all shown) or "clear"."""
    if kind not in PAGES:
        raise Http404
    given = selections.selection_for(
        request.company, request.user, request.POST.get("selection") or None
    )
    reach = reach_of(request.membership)
    try:
        kept = _keep(request, kind, given, reach)
    except DomainError as error:
        messages.error(request, error.message)
        kept = given
        return _to_list(request, kind, kept)
    if not request.htmx:  # type: ignore[attr-defined]
        return _to_list(request, kind, kept)
    return _parts(request, kind, kept, reach)


def _keep(request: CompanyRequest, kind: str, given: Selection, reach: Reach) -> Selection:
    do = request.POST.get("do", "")
    shown = _numbers(request, "shown")
    if do == "clear":
        return selections.clear(selection=given)
    if do == "all":
        matching = overview(kind, reach, read_filters(request.GET, timezone.localdate()))
        return selections.pick_all(selection=given, kind=kind, entries=matching)
    ticked = shown if do == "page" else _numbers(request, "pick")
    kept = selections.pick(by=request.membership, selection=given, kind=kind, ids=ticked)
    return selections.unpick(selection=kept, kind=kind, ids=shown - ticked)


def _numbers(request: CompanyRequest, name: str) -> set[int]:
    return {int(text) for text in request.POST.getlist(name) if text.isdecimal() and len(text) < 19}


def _to_list(request: CompanyRequest, kind: str, kept: Selection) -> HttpResponse:
    params = request.GET.copy()
    if not kept._state.adding:  # noqa: SLF001  Django's documented way to ask
        params["selection"] = str(kept.pk)
    address = f"{reverse(PAGES[kind])}?{params.urlencode()}"
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponseClientRedirect(address)
    return HttpResponseRedirect(address)


def _parts(request: CompanyRequest, kind: str, kept: Selection, reach: Reach) -> HttpResponse:
    """Only what changed; everything once, when the address has to name a new selection."""
    is_known = request.POST.get("selection") == str(kept.pk)
    context = region(request, kind, kept, reach)
    whole = not is_known or bool(request.POST.get("do"))
    name = "whole" if whole else "picked"
    response = render(request, f"registration/overviews/{name}.html", context)
    if whole:
        response["HX-Retarget"] = "#overview"
        response["HX-Reswap"] = "outerHTML"
    if not is_known:
        response["HX-Replace-Url"] = context["address"]
    return response
