"""The pages about projects."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.doors import CompanyRequest, member_required, right_required
from accounts.models import Right
from registration.forms.projects import ProjectForm
from registration.models import BillingMethod, Project
from registration.selectors.projects import (
    ProjectFilter,
    Unbilled,
    customers_with_projects,
    project_of,
    projects_of,
    unbilled_by_project,
)
from registration.selectors.rates import RateBook, RateSubject
from registration.selectors.reach import reach_of
from registration.services.projects import PRICED
from registration.services.projects import project_close as close
from registration.services.projects import project_reopen as reopen
from registration.views.project_tables import Part, Tables
from relations.doors import editor_required, may_edit
from relations.selectors.history import history_of

PER_PAGE = 50
METHODS_IN_WORDS = {
    BillingMethod.NONE: gettext_lazy("Nothing on this project is invoiced."),
    BillingMethod.HOURLY_ACTIVITY: gettext_lazy(
        "By the hour: an hour costs what its activity costs on this project, else what the "
        "activity costs everywhere."
    ),
    BillingMethod.HOURLY_PERSON: gettext_lazy(
        "By the hour: an hour costs what its employee costs on this project, else what the "
        "employee costs everywhere."
    ),
    BillingMethod.HOURLY_PROJECT: gettext_lazy(
        "By the hour: every hour costs the rate of this project."
    ),
    BillingMethod.HOURLY_CUSTOMER: gettext_lazy(
        "By the hour: every hour costs the rate of the customer, else the company's."
    ),
    BillingMethod.FIXED_PROJECT: gettext_lazy(
        "Not by the hour: one price for the project. Its hours are covered by that price; expenses "
        "and rides are invoiced beside it."
    ),
    BillingMethod.FIXED_ACTIVITY: gettext_lazy(
        "Not by the hour: a price per activity. Its hours are covered by these prices; expenses "
        "and rides are invoiced beside them."
    ),
    BillingMethod.SUBSCRIPTION: gettext_lazy(
        "Not by the hour: an amount per period. Its hours are covered by that amount; expenses and "
        "rides are invoiced beside it."
    ),
}


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
        return _project_page(request, found, {name: part})
    messages.success(request, _("%(name)s is saved.") % {"name": found})
    return redirect("project", found.pk)


def _project_page(
    request: CompanyRequest, found: Project, refused: dict[str, Part]
) -> HttpResponse:
    tables, reach = _tables(request, found), reach_of(request.membership)
    context = {
        "project": found,
        "words": METHODS_IN_WORDS[found.method],
        "priced": found.method in PRICED,
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
    if found.method is BillingMethod.HOURLY_CUSTOMER and found.customer:
        context["customer_rate"] = _customer_rate(tables, found)
    status = 422 if refused else 200
    return render(request, "registration/projects/project.html", context, status=status)


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
        return redirect("project", saved.pk)
    title = project_of(request.company, known.pk).name if known else ""
    context = {"form": form, "known": known, "title": title}
    status = 422 if form.errors else 200
    return render(request, "registration/projects/form.html", context, status=status)
