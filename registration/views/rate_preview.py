"""The page between typing a rate and saving it: what it does to work that is already done."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from accounts.doors import CompanyRequest
from registration.services.rate_preview import RatePreview
from registration.views.rows import what_of

# What the page writes itself, or must not repeat.
OWN_FIELDS = frozenset({"csrfmiddlewaretoken", "_company", "seen"})


def preview_page(
    request: CompanyRequest, preview: RatePreview, *, back: str, stale: bool = False
) -> HttpResponse:
    """Show `preview`; its button sends the same form again, with the token of what was seen.

    `back` is the address of the page that was left; `stale` says that an earlier look is outdated.
    """
    kept = [
        (name, value)
        for name in request.POST
        if name not in OWN_FIELDS
        for value in request.POST.getlist(name)
    ]
    context = {
        "preview": preview,
        "examples": [(one, what_of(one.entry)) for one in preview.examples],
        "more": preview.count - len(preview.examples),
        "kept_fields": kept,
        "back": back,
        "stale": stale,
    }
    status = 409 if stale else 200
    return render(request, "registration/rates/preview.html", context, status=status)
