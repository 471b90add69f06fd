"""Undo invoicing among the actions of the overviews."""

from __future__ import annotations

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from integrations.models import AfasDocument
from integrations.services.undo_check import is_any_undoable
from registration.models import Selection


def undo_action(request: HttpRequest, *, selection: Selection, **_context: object) -> str | None:
    """Actions → Undo invoicing…; disabled with its reason, absent where AFAS never came in."""
    company = request.company  # type: ignore[attr-defined]
    if not AfasDocument.objects.of(company).exists():
        return None
    context = {"selection": selection, "reason": why_not(request, selection)}
    return render_to_string("integrations/slots/undo_action.html", context, request)


def why_not(request: HttpRequest, selection: Selection) -> str:
    """Why nothing can be undone; empty when something can."""
    membership = request.membership  # type: ignore[attr-defined]
    if membership is None or not membership.has("invoices"):
        return _("This takes the right to invoice; an administrator gives it.")
    if not is_any_undoable(company=membership.company, selection=selection):
        return _("Nothing selected was invoiced in AFAS")
    return ""
