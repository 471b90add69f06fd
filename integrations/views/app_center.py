"""App Center: which apps there are, and switching them."""

from __future__ import annotations

from itertools import groupby

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.doors import CompanyRequest, right_required
from integrations.app_catalogue import app_of, cards
from integrations.services import checklist
from integrations.services.apps import ACTIONS
from integrations.views.link_slots import checklist_card

SHOWN = ("", "on", "off")


@require_safe
@right_required("admin")
def app_center(request: CompanyRequest) -> HttpResponse:
    """The cards, by category."""
    search = request.GET.get("q", "").strip()
    show = request.GET.get("show", "")
    found = cards(request.company, search=search, show=show)
    groups = [(name, list(some)) for name, some in groupby(found, lambda one: one.app.category)]
    context = {
        "groups": groups,
        "q": search,
        "show": show if show in SHOWN else "",
        "first_steps": None if search or show in SHOWN[1:] else checklist_card(request),
        "steps_are_hidden": checklist.is_hidden(request.company),
    }
    return render(request, "integrations/app_center/app_center.html", context)


@require_POST
@right_required("admin")
def switch(request: CompanyRequest, key: str, action: str) -> HttpResponse:
    """Activate, pause, resume or deactivate an app."""
    app = app_of(key)
    if app is None:
        raise Http404
    ACTIONS[action](company=request.company, app=app.key, by=request.user)
    messages.success(request, said(action) % {"app": app.name})
    return redirect("app_center" if action == "deactivate" else app.settings_url_name)


def said(action: str) -> str:
    """What to tell after an action."""
    return {
        "activate": _("%(app)s is active."),
        "pause": _("%(app)s is paused: nothing is sent or imported until you resume."),
        "resume": _("%(app)s goes on where it stopped."),
        "deactivate": _("%(app)s is off. Your data and settings are kept for when you return."),
    }[action]
