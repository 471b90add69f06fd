"""Putting away what was said: an alert, or the first steps."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.doors import CompanyRequest, right_required
from integrations.models import Alert
from integrations.services import checklist, watching


@require_POST
@right_required("admin", "invoices")
def dismiss(request: CompanyRequest, pk: int) -> HttpResponse:
    """Take a banner away for the whole company, and stay on the page."""
    alert = get_object_or_404(Alert.objects.of(request.company).select_related("company"), pk=pk)
    if not watching.concerns(request.membership, alert):
        raise Http404
    if watching.dismiss(alert=alert, by=request.user):
        messages.success(request, _("Put away for everybody here, until there is something new."))
    return redirect(_back(request))


@require_POST
@right_required("admin")
def hide_checklist(request: CompanyRequest) -> HttpResponse:
    """Put the first steps away for the whole company."""
    checklist.hide(company=request.company, by=request.user)
    messages.success(request, _("The first steps are hidden. The App Center can show them again."))
    return redirect(_back(request))


@require_POST
@right_required("admin")
def show_checklist(request: CompanyRequest) -> HttpResponse:
    """Bring the first steps back."""
    checklist.show(company=request.company, by=request.user)
    return redirect("app_center")


def _back(request: CompanyRequest) -> str:
    """The page on which the button was, if it is one of ours."""
    page = request.POST.get("next", "")
    return page if url_has_allowed_host_and_scheme(page, {request.get_host()}) else "/"
