"""Settings, Rates: the company's own and the employees' rates; and a customer's, on its page."""

from __future__ import annotations

from itertools import islice
from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts.doors import CompanyRequest, right_required
from accounts.models import Company, Membership, Right
from accounts.selectors import employee
from core.errors import StaleError
from registration.forms.rates import RateLine, RatesForm
from registration.models import Rate
from registration.models.rates import EVER
from registration.selectors.projects import (
    ProjectFilter,
    Unbilled,
    activities_of,
    people_of,
    projects_of,
    unbilled_by_project,
)
from registration.selectors.rates import SUBJECTS, RateBook, RateSubject, rates_of
from registration.selectors.reach import reach_of
from registration.services.rate_preview import rate_preview, rates_set
from registration.services.rates import RateStep
from registration.views.rate_preview import preview_page
from relations.doors import may_edit
from relations.models import Customer
from relations.selectors.customers import customer_of

MOST_PROJECTS = 10


@require_http_methods(["GET", "HEAD", "POST"])
@right_required(Right.COSTS)
def rates(request: CompanyRequest) -> HttpResponse:
    """The company's default rates, each activity's and each employee's."""
    company = request.company
    parts = {
        "own": _company_lines(),
        "activities": _activity_lines(company),
        "people": _people_lines(company),
        "costs": _cost_lines(company),
    }
    lines = [line for part in parts.values() for line in part]
    form = RatesForm(request.POST or None, company=company, book=RateBook.of(company), lines=lines)
    if answer := _settled(request, form, reverse("rates")):
        return answer
    shown = iter(form.shown())
    context = {name: list(islice(shown, len(part))) for name, part in parts.items()}
    dated = [rate for rate in rates_of(company) if rate.valid_from != EVER]
    status = 422 if form.errors else 200
    page = {"form": form, "dated": dated, **context}
    return render(request, "registration/rates/rates.html", page, status=status)


@require_POST
@right_required(Right.COSTS)
def rate_remove(request: CompanyRequest, pk: int) -> HttpResponse:
    """Take one dated rate away."""
    rate = get_object_or_404(rates_of(request.company), pk=pk)
    subject = RateSubject(**{name: getattr(rate, name) for name in SUBJECTS})
    gone = RateStep(subject=subject, unit=rate.unit, amount=None, valid_from=rate.valid_from)
    seen = request.POST.get("seen", "")
    try:
        if seen:
            rates_set(company=request.company, by=request.user, steps=[gone], seen=seen)
            messages.success(request, _("The rate is removed and open entries are valued again."))
            return redirect("rates")
    except StaleError:
        pass
    preview = rate_preview(company=request.company, steps=[gone])
    return preview_page(request, preview, back=reverse("rates"), stale=bool(seen))


@require_http_methods(["GET", "HEAD", "POST"])
@right_required(Right.COSTS)
def customer_rates(request: CompanyRequest, pk: int) -> HttpResponse:
    """The rates of one customer."""
    customer = customer_of(request.company, pk)
    form = _customer_form(request, customer)
    if answer := _settled(request, form, reverse("customer", args=[pk])):
        return answer
    context = {"form": form, "customer": customer}
    status = 422 if form.errors else 200
    return render(request, "registration/rates/customer.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@right_required(Right.COSTS)
def employee_rates(request: CompanyRequest, pk: int) -> HttpResponse:
    """What one employee's hour is billed at, and what it costs us."""
    person = employee(request.company, pk)
    form = _person_form(request, person)
    back = _back_to(request, person)
    if answer := _settled(request, form, back):
        return answer
    context = {"form": form, "person": person, "back": back}
    status = 422 if form.errors else 200
    return render(request, "registration/rates/person.html", context, status=status)


def person_card(request: HttpRequest, membership: Membership, **_context: object) -> str:
    """The rates of an employee, for its page; nothing for who may not see costs."""
    asked = cast("CompanyRequest", request)
    if not asked.membership.has(Right.COSTS):
        return ""
    context = {"person": membership, "rates": _person_form(asked, membership).shown()}
    return render_to_string("registration/rates/person_card.html", context, request=request)


def customer_card(request: HttpRequest, customer: Customer, **_context: object) -> str:
    """The customer's projects, what is still to be invoiced, and its rates, for its page."""
    asked = cast("CompanyRequest", request)
    reach = reach_of(asked.membership)
    wanted = ProjectFilter(customer=str(customer.pk), state="all")
    projects = list(projects_of(asked.company, wanted).order_by("-active", "name", "id"))
    sums = unbilled_by_project(asked.company, projects) if reach.sees_all else {}
    first = projects[:MOST_PROJECTS]
    context = {
        "customer": customer,
        "reach": reach,
        "count": len(projects),
        "more": len(projects) - len(first),
        "rows": [(one, sums.get(one.pk, Unbilled()) if reach.sees_all else None) for one in first],
        "total": sum(sums.values(), start=Unbilled()) if reach.sees_all else None,
        "rates": _customer_form(asked, customer).shown() if reach.sees_money else None,
        "may_set": asked.membership.has(Right.COSTS),
        "may_edit": may_edit(asked.membership),
    }
    return render_to_string("registration/rates/customer_card.html", context, request=request)


def _settled(request: CompanyRequest, form: RatesForm, back: str) -> HttpResponse | None:
    """What follows on a posted form: first a look, then `back`; None when it was refused."""
    if request.method != "POST" or not form.is_valid():
        return None
    if form.save_by(request.user):
        messages.success(request, _("The rates are saved and open entries are valued again."))
        return HttpResponseRedirect(back)
    if form.preview is None:
        return None
    return preview_page(request, form.preview, back=back, stale=form.is_stale)


def _back_to(request: CompanyRequest, person: Membership) -> str:
    """The employee's page, for who may open it."""
    if request.membership.has(Right.ADMIN):
        return reverse("employee", args=[person.pk])
    return reverse("rates")


def _company_lines() -> list[RateLine]:
    labels = {
        Rate.Unit.HOUR: gettext_lazy("Hourly rate"),
        Rate.Unit.KM: gettext_lazy("Rate per km"),
    }
    return [
        RateLine(name=f"company-{unit.value}", label=label, subject=RateSubject(), unit=unit)
        for unit, label in labels.items()
    ]


def _activity_lines(company: Company) -> list[RateLine]:
    return [
        RateLine(name=f"activity-{one.pk}", label=one.name, subject=RateSubject(activity=one))
        for one in activities_of(company)
    ]


def _people_lines(company: Company) -> list[RateLine]:
    return [
        RateLine(
            name=f"person-{person.pk}", label=str(person), subject=RateSubject(membership=person)
        )
        for person in people_of(company)
    ]


def _cost_lines(company: Company) -> list[RateLine]:
    """What an hour costs us: the company's own figure, and each employee's."""
    return [
        RateLine(
            name="company-cost",
            label=gettext_lazy("The company"),
            subject=RateSubject(),
            unit=Rate.Unit.COST,
        ),
        *(
            RateLine(
                name=f"cost-{person.pk}",
                label=str(person),
                subject=RateSubject(membership=person),
                unit=Rate.Unit.COST,
            )
            for person in people_of(company)
        ),
    ]


def _person_form(request: CompanyRequest, person: Membership) -> RatesForm:
    book, subject = RateBook.of(request.company), RateSubject(membership=person)
    of_company = book.current(RateSubject(), Rate.Unit.COST, timezone.localdate())
    lines = [
        RateLine(name="person-hour", label=gettext_lazy("Hourly rate"), subject=subject),
        RateLine(
            name="person-cost",
            label=gettext_lazy("What an hour costs us"),
            subject=subject,
            unit=Rate.Unit.COST,
            otherwise=of_company,
        ),
    ]
    return RatesForm(request.POST or None, company=request.company, book=book, lines=lines)


def _customer_form(request: CompanyRequest, customer: Customer) -> RatesForm:
    book = RateBook.of(request.company)
    lines = [
        RateLine(
            name=f"customer-{line.unit}",
            label=line.label,
            subject=RateSubject(customer=customer),
            unit=line.unit,
            otherwise=book.current(RateSubject(), line.unit, timezone.localdate()),
        )
        for line in _company_lines()
    ]
    return RatesForm(request.POST or None, company=request.company, book=book, lines=lines)
