"""The pages about the instalments of a fixed price."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.doors import CompanyRequest, right_required
from accounts.models import Right
from core.errors import DomainError
from registration.forms.planned import InstalmentForm
from registration.models import Instalment, Project
from registration.selectors.planned import instalment_of
from registration.selectors.projects import project_of
from registration.services.planned import instalment_remove as remove


@require_http_methods(["GET", "HEAD", "POST"])
@right_required(Right.COSTS)
def instalment_new(request: CompanyRequest, pk: int) -> HttpResponse:
    """Another instalment of a project."""
    return _form_page(request, project_of(request.company, pk), None)


@require_http_methods(["GET", "HEAD", "POST"])
@right_required(Right.COSTS)
def instalment_edit(request: CompanyRequest, pk: int) -> HttpResponse:
    """Change one instalment."""
    known = instalment_of(request.company, pk)
    return _form_page(request, project_of(request.company, known.project_id), known)


@require_POST
@right_required(Right.COSTS)
def instalment_remove(request: CompanyRequest, pk: int) -> HttpResponse:
    """Take one instalment off the plan."""
    known = instalment_of(request.company, pk)
    version = request.POST.get("version", "")
    try:
        remove(
            company=request.company,
            instalment=known,
            version=int(version) if version.isdecimal() else 0,
            by=request.user,
        )
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("“%(name)s” is removed.") % {"name": known.description})
    return redirect("project", known.project_id)


def _form_page(request: CompanyRequest, project: Project, known: Instalment | None) -> HttpResponse:
    form = InstalmentForm(request.POST or None, project=project, known=known)
    if request.method == "POST" and form.is_valid() and form.save_by(request.user):
        name = form.cleaned_data["description"]
        messages.success(request, _("“%(name)s” is saved.") % {"name": name})
        return redirect("project", project.pk)
    context = {"form": form, "project": project, "known": known}
    status = 422 if form.errors else 200
    return render(request, "registration/projects/instalment.html", context, status=status)
