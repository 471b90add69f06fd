"""Settings, Rates: the company's own and the employees' rates; and a customer's, on its page."""

from __future__ import annotations

from itertools import islice
from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts.doors import CompanyRequest, right_required
from accounts.models import Company, Right
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
from registration.services.rates import rate_set
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
    }
    lines = [line for part in parts.values() for line in part]
    form = RatesForm(request.POST or None, company=company, book=RateBook.of(company), lines=lines)
    if request.method == "POST" and form.is_valid() and form.save_by(request.user):
        messages.success(request, _("The rates are saved and open entries are valued again."))
        return redirect("rates")
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
    rate_set(
        company=request.company,
        by=request.user,
        subject=subject,
        unit=rate.unit,
        amount=None,
        valid_from=rate.valid_from,
    )
    messages.success(request, _("The rate is removed and open entries are valued again."))
    return redirect("rates")


@require_http_methods(["GET", "HEAD", "POST"])
@right_required(Right.COSTS)
def customer_rates(request: CompanyRequest, pk: int) -> HttpResponse:
    """The rates of one customer."""
    customer = customer_of(request.company, pk)
    form = _customer_form(request, customer)
    if request.method == "POST" and form.is_valid() and form.save_by(request.user):
        messages.success(request, _("The rates are saved and open entries are valued again."))
        return redirect("customer", pk)
    context = {"form": form, "customer": customer}
    status = 422 if form.errors else 200
    return render(request, "registration/rates/customer.html", context, status=status)


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
