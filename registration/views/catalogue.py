"""The pages about activities and expense categories."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.doors import CompanyRequest, right_required
from accounts.models import Right
from registration.forms.catalogue import (
    ActivityForm,
    CatalogueForm,
    CategoryForm,
    CategoryWithoutPriceForm,
)
from registration.forms.rates import RateLine, RatesForm
from registration.models import Activity, ExpenseCategory, Rate
from registration.selectors.projects import (
    activities_of,
    activity_of,
    categories_of,
    category_of,
)
from registration.selectors.rates import RateBook, RateSubject
from registration.views.rate_preview import preview_page
from relations.doors import sees_amounts
from relations.selectors.history import history_of


@require_safe
@right_required(Right.ADMIN)
def activities(request: CompanyRequest) -> HttpResponse:
    """The list of activities with their rates of today."""
    state = request.GET.get("state", "active")
    book, today = RateBook.of(request.company), timezone.localdate()
    rows = [
        (one, book.current(RateSubject(activity=one), Rate.Unit.HOUR, today))
        for one in activities_of(request.company, state=state)
    ]
    context = {"rows": rows, "state": state, "money": sees_amounts(request.membership)}
    return render(request, "registration/catalogue/activities.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@right_required(Right.ADMIN)
def activity_new(request: CompanyRequest) -> HttpResponse:
    """A new activity."""
    form = ActivityForm(request.POST or None, company=request.company)
    return _saved(request, form) or _activity_page(request, form)


@require_http_methods(["GET", "HEAD", "POST"])
@right_required(Right.ADMIN)
def activity(request: CompanyRequest, pk: int) -> HttpResponse:
    """One activity: its facts, its rate, and the cards of the apps above."""
    known = activity_of(request.company, pk)
    form = ActivityForm(request.POST or None, instance=known, company=request.company)
    return _saved(request, form) or _activity_page(request, form, pk)


@require_POST
@right_required(Right.ADMIN)
@right_required(Right.COSTS)
def activity_rate(request: CompanyRequest, pk: int) -> HttpResponse:
    """Set the rate of one activity."""
    known = activity_of(request.company, pk)
    rates = _rate_form(request, known)
    if rates.is_valid() and rates.save_by(request.user):
        messages.success(request, _("The rate is saved and open entries are valued again."))
        return redirect("activity", pk)
    if rates.preview is not None:
        back = reverse("activity", args=[pk])
        return preview_page(request, rates.preview, back=back, stale=rates.is_stale)
    form = ActivityForm(instance=known, company=request.company)
    return _activity_page(request, form, pk, rates)


@require_safe
@right_required(Right.ADMIN)
def categories(request: CompanyRequest) -> HttpResponse:
    """The list of expense categories."""
    state = request.GET.get("state", "active")
    rows = categories_of(request.company, state=state)
    context = {"rows": rows, "state": state, "money": sees_amounts(request.membership)}
    return render(request, "registration/catalogue/categories.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@right_required(Right.ADMIN)
def category_new(request: CompanyRequest) -> HttpResponse:
    """A new expense category."""
    form = _category_form(request, None)
    return _saved(request, form) or _category_page(request, form)


@require_http_methods(["GET", "HEAD", "POST"])
@right_required(Right.ADMIN)
def category(request: CompanyRequest, pk: int) -> HttpResponse:
    """One expense category: its facts, and the cards of the apps above."""
    form = _category_form(request, category_of(request.company, pk))
    return _saved(request, form) or _category_page(request, form, pk)


def _saved(request: CompanyRequest, form: CatalogueForm) -> HttpResponse | None:
    """Save a posted form and go to the row's page; None when there is something to show."""
    saved = form.save_by(request.user) if request.method == "POST" and form.is_valid() else None
    if saved is None:
        return None
    messages.success(request, _("%(name)s is saved.") % {"name": saved})
    return redirect("activity" if isinstance(saved, Activity) else "category", saved.pk)


def _activity_page(
    request: CompanyRequest, form: CatalogueForm, pk: int = 0, rates: RatesForm | None = None
) -> HttpResponse:
    context: dict[str, object] = {"form": form}
    if pk:
        known = activity_of(request.company, pk)  # as it is stored, not as it was typed
        money = sees_amounts(request.membership)
        history = history_of(request.company, known, money=money)
        context |= {"activity": known, "history": history}
        context["may_set"] = request.membership.has(Right.COSTS)
        if money:
            context["rates"] = rates or _rate_form(request, known)
    status = 422 if form.errors or (rates and rates.errors) else 200
    return render(request, "registration/catalogue/activity.html", context, status=status)


def _category_page(request: CompanyRequest, form: CatalogueForm, pk: int = 0) -> HttpResponse:
    context: dict[str, object] = {"form": form}
    if pk:
        known = category_of(request.company, pk)
        money = sees_amounts(request.membership)
        history = history_of(request.company, known, money=money)
        context |= {"category": known, "history": history}
    status = 422 if form.errors else 200
    return render(request, "registration/catalogue/category.html", context, status=status)


def _category_form(request: CompanyRequest, known: ExpenseCategory | None) -> CategoryForm:
    """Whoever may not set prices does not get the box for one."""
    kind = CategoryForm if request.membership.has(Right.COSTS) else CategoryWithoutPriceForm
    return kind(request.POST or None, instance=known, company=request.company)


def _rate_form(request: CompanyRequest, known: Activity) -> RatesForm:
    subject = RateSubject(activity=known)
    line = RateLine(name="rate", label=gettext_lazy("Hourly rate"), subject=subject)
    data = request.POST if "rate" in request.POST else None
    book = RateBook.of(request.company)
    return RatesForm(data, company=request.company, book=book, lines=[line])
