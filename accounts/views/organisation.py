"""Settings: the cards, the organisation and the audit log."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import selectors
from accounts.doors import CompanyRequest, member_required, right_required
from accounts.forms import OrganisationForm
from accounts.models import Company
from accounts.services import companies
from accounts.trail import told
from core import menu
from core.errors import DomainError

EVENTS_PER_PAGE = 50


@require_safe
@member_required
def settings_index(request: CompanyRequest) -> HttpResponse:
    """A card for every settings page that this person may open; 403 when there is none."""
    section = menu.section_for(request, "settings")
    if not section.entries:
        raise PermissionDenied
    return render(request, "accounts/settings.html", {"section": section})


@require_http_methods(["GET", "HEAD", "POST"])
@right_required("admin")
def organisation(request: CompanyRequest) -> HttpResponse:
    """Who the company is, and how it writes figures."""
    shown = Company.objects.get(pk=request.company.pk)  # a form writes into its instance
    form = OrganisationForm(request.POST or None, request.FILES or None, instance=shown)
    if request.method == "POST" and form.is_valid() and _save_organisation(request, form):
        messages.success(request, _("Saved."))
        return redirect("organisation")
    status = 422 if form.is_bound and form.errors else 200
    context = {"form": form, "has_logo": bool(request.company.logo)}
    return render(request, "accounts/organisation.html", context, status=status)


@require_safe
@member_required
def logo(request: CompanyRequest) -> HttpResponse:
    """The company's logo, for its own people only."""
    if not request.company.logo:
        raise Http404
    try:
        with request.company.logo.open("rb") as picture:
            response = HttpResponse(picture.read(), content_type=_picture_type(picture.name))
    except FileNotFoundError as error:
        raise Http404 from error
    response["Cache-Control"] = "private, no-cache"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_safe
@right_required("admin")
def audit_log(request: CompanyRequest) -> HttpResponse:
    """Who did what, when, and what it was before."""
    wanted = selectors.TrailFilter(
        object_type=request.GET.get("type", ""),
        person=request.GET.get("person", ""),
        object_id=request.GET.get("id", "")[:60],
    )
    events = selectors.audit_trail(request.company, wanted)
    page = Paginator(events, EVENTS_PER_PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "page": page,
        "told": [told(event) for event in page],
        "wanted": wanted,
        "types": selectors.audited_types(request.company),
        "people": selectors.audited_people(request.company),
    }
    return render(request, "accounts/audit_log.html", context)


def _save_organisation(request: CompanyRequest, form: OrganisationForm) -> bool:
    """Save logo and details; a logo that is refused leaves everything as it was."""
    upload = form.cleaned_data["logo_file"]
    company, by = request.company, request.user
    try:
        if upload:
            companies.change_logo(company=company, by=by, upload=upload)
        elif form.cleaned_data["remove_logo"]:
            companies.remove_logo(company=company, by=by)
    except DomainError as error:
        form.add_error("logo_file", error.message)
        return False
    companies.change_organisation(company=company, by=by, values=form.cleaned_data)
    return True


def _picture_type(name: str | None) -> str:
    return "image/png" if (name or "").endswith(".png") else "image/jpeg"
