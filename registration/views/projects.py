"""The pages about projects."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.doors import CompanyRequest, member_required, right_required
from accounts.models import Right
from registration.forms.projects import ProjectForm
from registration.models import BillingMethod, EarlierMethod, Project, Subscription
from registration.selectors.planned import instalments_of, periods_of
from registration.selectors.projects import (
    ProjectFilter,
    Unbilled,
    customers_with_projects,
    project_of,
    projects_of,
    unbilled_by_project,
)
from registration.selectors.rates import RateBook, RateSubject
from registration.selectors.reach import Reach, reach_of
from registration.selectors.worth import worth_of
from registration.services.methods import PRICED
from registration.services.projects import project_close as close
from registration.services.projects import project_reopen as reopen
from registration.services.subscriptions import periods_due
from registration.views.billing_methods import METHODS_IN_WORDS
from registration.views.project_tables import Part, Tables
from registration.views.rate_preview import preview_page
from relations.doors import editor_required, may_edit
from relations.selectors.history import history_of

PER_PAGE = 50


@require_safe
@member_required
def projects(request: CompanyRequest) -> HttpResponse:
    """The list of projects, with search, filters and paging."""
    wanted = ProjectFilter(
        search=request.GET.get("q", "").strip(),
        customer=request.GET.get("customer", ""),
        state=request.GET.get("state", "active"),
    )
    found = projects_of(request.company, wanted)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    reach = reach_of(request.membership)
    sums = unbilled_by_project(request.company, page) if reach.sees_all else {}
    context = {
        "page": page,
        "rows": [(project, sums.get(project.pk, Unbilled())) for project in page],
        "wanted": wanted,
        "customers": customers_with_projects(request.company),
        "reach": reach,
        "may_edit": may_edit(request.membership),
    }
    if not page.object_list:
        context["has_any"] = projects_of(request.company, ProjectFilter(state="all")).exists()
    return render(request, "registration/projects/projects.html", context)


@require_safe
@member_required
def project(request: CompanyRequest, pk: int) -> HttpResponse:
    """Everything about one project."""
    found = project_of(request.company, pk)
    return _project_page(request, found, {})


@require_http_methods(["GET", "HEAD", "POST"])
@editor_required
def project_new(request: CompanyRequest) -> HttpResponse:
    """A new project, for the customer in the address when one is given."""
    return _form_page(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@editor_required
def project_edit(request: CompanyRequest, pk: int) -> HttpResponse:
    """Change one project."""
    return _form_page(request, project_of(request.company, pk))


@require_POST
@editor_required
def project_activities(request: CompanyRequest, pk: int) -> HttpResponse:
    """Which activities a project lists, and their rates or amounts here."""
    found = project_of(request.company, pk)
    part = _tables(request, found).activities(request.POST)
    return _saved_part(request, found, "activities", part)


@require_POST
@editor_required
def project_people(request: CompanyRequest, pk: int) -> HttpResponse:
    """Who is on a project, who manages it, and their rates here."""
    found = project_of(request.company, pk)
    part = _tables(request, found).people(request.POST)
    return _saved_part(request, found, "people", part)


@require_POST
@right_required(Right.COSTS)
def project_rates(request: CompanyRequest, pk: int) -> HttpResponse:
    """The project's own rates."""
    found = project_of(request.company, pk)
    part = _tables(request, found).own_rates(request.POST)
    return _saved_part(request, found, "own_rates", part)


@require_POST
@editor_required
def project_close(request: CompanyRequest, pk: int) -> HttpResponse:
    """Close a project."""
    found = close(company=request.company, project=project_of(request.company, pk), by=request.user)
    messages.success(request, _("%(name)s is closed.") % {"name": found})
    return redirect("project", pk)


@require_POST
@editor_required
def project_reopen(request: CompanyRequest, pk: int) -> HttpResponse:
    """Reopen a project."""
    found = reopen(
        company=request.company, project=project_of(request.company, pk), by=request.user
    )
    messages.success(request, _("%(name)s is open again.") % {"name": found})
    return redirect("project", pk)


def _tables(request: CompanyRequest, found: Project) -> Tables:
    return Tables(request, found, RateBook.of(request.company))


def _saved_part(request: CompanyRequest, found: Project, name: str, part: Part) -> HttpResponse:
    if not part.save_by(request.user):
        if part.rates is not None and part.rates.preview is not None:
            back, stale = reverse("project", args=[found.pk]), part.rates.is_stale
            return preview_page(request, part.rates.preview, back=back, stale=stale)
        return _project_page(request, found, {name: part})
    messages.success(request, _("%(name)s is saved.") % {"name": found})
    return redirect("project", found.pk)


def _project_page(
    request: CompanyRequest, found: Project, refused: dict[str, Part]
) -> HttpResponse:
    tables, reach = _tables(request, found), reach_of(request.membership)
    context: dict[str, Any] = {
        "project": found,
        "words": METHODS_IN_WORDS[found.method],
        "priced": found.method in PRICED,
        "subscription": Subscription.objects.of(request.company).filter(project=found).first(),
        "own_rates": tables.own_rates(),
        "activities": tables.activities(),
        "people": tables.people(),
        "reach": reach,
        "shows_work": reach.sees_all or found.pk in reach.managed,
        "may_edit": may_edit(request.membership),
        "may_set": request.membership.has(Right.COSTS),
        "history": history_of(request.company, found, money=reach.sees_money),
        **refused,
    }
    if context["shows_work"]:
        context["sums"] = unbilled_by_project(request.company, [found])[found.pk]
    if reach.sees_money:
        context |= _money(found, reach)
    if found.method is BillingMethod.HOURLY_CUSTOMER and found.customer:
        context["customer_rate"] = _customer_rate(tables, found)
    status = 422 if refused else 200
    return render(request, "registration/projects/project.html", context, status=status)


def _money(found: Project, reach: Reach) -> dict[str, Any]:
    """What whoever sees amounts sees: the figures, and what is billed without entries."""
    today = timezone.localdate()
    if found.method is BillingMethod.SUBSCRIPTION:
        periods_due(found.company, today)
    shown: dict[str, Any] = {
        "instalments": instalments_of(found, today),
        "periods": periods_of(found, today),
        "earlier_methods": EarlierMethod.objects.of(found.company_id).filter(project=found),
    }
    if reach.sees_all or found.pk in reach.managed:
        shown["worth"] = worth_of(found, today)
    return shown


def _customer_rate(tables: Tables, found: Project) -> object:
    """The rate that hours of today get on a project that is billed by the customer's."""
    today = timezone.localdate()
    own = tables.book.current(RateSubject(customer=found.customer), "hour", today)
    return own or tables.book.current(RateSubject(), "hour", today)


def _form_page(request: CompanyRequest, known: Project | None) -> HttpResponse:
    form = ProjectForm(
        request.POST or None,
        instance=known,
        initial={} if known else {"customer": request.GET.get("customer")},
        company=request.company,
        sets_prices=request.membership.has(Right.COSTS),
    )
    saved = form.save_by(request.user) if request.method == "POST" and form.is_valid() else None
    if saved is not None:
        messages.success(request, _("%(name)s is saved.") % {"name": saved})
        is_new_one = known is None and saved.method is BillingMethod.SUBSCRIPTION
        return redirect("project_subscription" if is_new_one else "project", saved.pk)
    title = project_of(request.company, known.pk).name if known else ""
    context = {"form": form, "known": known, "title": title}
    status = 422 if form.errors else 200
    return render(request, "registration/projects/form.html", context, status=status)
