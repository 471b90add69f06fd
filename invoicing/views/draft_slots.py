"""The button on the page of a project that starts an invoice for it."""

from __future__ import annotations

from django.http import HttpRequest
from django.template.loader import render_to_string

from registration.models import Project


def new_invoice(request: HttpRequest, *, project: Project) -> str | None:
    """For whoever may invoice, on a project that is somebody's."""
    membership = getattr(request, "membership", None)
    may = membership is not None and membership.has("invoices")
    if not may or project.customer_id is None:
        return None
    return render_to_string("invoicing/draft/new_button.html", {"project": project}, request)
