"""What the link with AFAS shows in pages of other apps."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from integrations.models import AfasConnection
from integrations.selectors import connection_of, open_elsewhere
from integrations.services import apps, importing
from integrations.services.apps import AppState

Pause = AfasConnection.Pause


def banner(request: Any, **_context: Any) -> str | None:
    """The test environment, and a link that rests: on every page, for as long as it is so."""
    company = getattr(request, "company", None)
    connection = connection_of(company) if company else None
    if connection is None or not (connection.realm or connection.paused_at):
        return None
    if not apps.is_on(connection.company):
        return None
    paused = _why_paused(connection) if _concerns(request) else ""
    context = {
        "connection": connection,
        "paused": paused,
        "refused": connection.paused_because in {Pause.CREDENTIALS, Pause.ADDRESS},
        "waiting": open_elsewhere(connection.company, connection).count() if paused else 0,
        "may_fix": request.membership.has("admin"),
    }
    return render_to_string("integrations/slots/banner.html", context)


def import_button(request: Any, **_context: Any) -> str | None:
    """A way from the customers to the import, once an import can be made."""
    if not request.membership.has("admin") or importing.why_not(connection_of(request.company)):
        return None
    return render_to_string("integrations/slots/import_button.html")


def needs_attention(request: HttpRequest) -> int:
    """One when AFAS refuses us."""
    company: Any = getattr(request, "company", None)
    return int(bool(company) and apps.state_of_afas(company) == AppState.ATTENTION)


def _concerns(request: Any) -> bool:
    """Whether this person has to do with invoices or settings."""
    return request.membership.has("admin") or request.membership.has("invoices")


def _why_paused(connection: AfasConnection) -> str:
    if connection.paused_because == Pause.CREDENTIALS:
        return _(
            "The credentials are wrong, revoked or expired. Nothing is lost; an admin pastes new "
            "ones from AFAS."
        )
    if connection.paused_because == Pause.ADDRESS:
        return _(
            "AFAS does not accept calls from this server. Let the AFAS administrator allow its "
            "address, then test again."
        )
    return _("Nothing is sent or imported.") if connection.paused_at else ""
