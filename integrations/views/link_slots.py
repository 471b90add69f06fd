"""What the link with AFAS shows in pages of other apps."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from accounts.models import Right
from integrations.models import Alert
from integrations.selectors import connection_of
from integrations.services import apps, checklist, importing, noticing, watching
from integrations.services.apps import AppState
from integrations.views.banner_lines import Line, line_of, line_of_pause

MOST_ON_A_PHONE = 2


def banner(request: Any, **_context: Any) -> str | None:
    """The test environment and what the owners should know, on every page while it is so."""
    company = getattr(request, "company", None)
    if company is None:
        return None
    connection = connection_of(company)
    if connection and not ((connection.realm or connection.paused_at) and apps.is_on(company)):
        connection = None
    alerts = watching.shown_to(company, request.membership)
    lines = [line_of(alert, request.membership) for alert in alerts]
    if connection and connection.paused_at:
        lines = [*_fresh_pause(request, alerts), *lines]
    if not lines and not (connection and connection.realm):
        return None
    context = {
        "connection": connection,
        "lines": lines,
        "on_a_phone": MOST_ON_A_PHONE,
        "here": request.get_full_path() if request.method == "GET" else "/",
    }
    return render_to_string("integrations/slots/banner.html", context, request)


def _fresh_pause(request: Any, alerts: list[Alert]) -> list[Line]:
    """A pause that the watch has not seen yet is said at once; nobody can have put it away."""
    concerned = any(request.membership.has(right) for right in (Right.ADMIN, Right.INVOICES))
    if not concerned or any(alert.kind == Alert.Kind.PAUSED for alert in alerts):
        return []
    found = noticing.pause_of(request.company)
    if found is None or watching.was_dismissed(found):
        return []
    return [line_of_pause(found.detail, request.membership)]


def checklist_card(request: Any, **_context: Any) -> str | None:
    """The first steps with AFAS, for those who may take them, until they are done or hidden."""
    membership = request.membership
    if membership is None or not membership.has(Right.ADMIN):
        return None
    return checklist_html(request, checklist.remaining(request.company))


def checklist_html(request: Any, steps: list[checklist.Step]) -> str | None:
    """The card with these steps; a step that this person may not take is no link."""
    if not steps:
        return None
    context = {
        "steps": steps,
        "done": sum(step.done for step in steps),
        "rights": request.membership.rights,
    }
    return render_to_string("integrations/checklist/card.html", context, request)


def import_button(request: Any, **_context: Any) -> str | None:
    """A way from the customers to the import, once an import can be made."""
    if not request.membership.has("admin") or importing.why_not(connection_of(request.company)):
        return None
    return render_to_string("integrations/slots/import_button.html")


def needs_attention(request: HttpRequest) -> int:
    """One when AFAS refuses us."""
    company: Any = getattr(request, "company", None)
    connection = connection_of(company) if company else None
    if connection is None or not connection.paused_at:
        return 0
    return int(apps.state_of_afas(company) == AppState.ATTENTION)
