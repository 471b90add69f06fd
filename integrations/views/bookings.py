"""Finance → Invoices → Create AFAS Sales Booking: choose, check and confirm, see what became."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.doors import CompanyRequest, right_required
from core.errors import DomainError
from integrations.forms.booking_run import AlongForm
from integrations.models import BookingRun
from integrations.selectors import booking_runs_of
from integrations.services import booking_choice, booking_results, bookings
from integrations.services.bookings import Check
from integrations.services.readiness import sendable
from integrations.views import booking_along, booking_check
from invoicing.selectors.invoices import invoice_of
from invoicing.views.invoices_bulk import refused, ticked

PAGE = 200


def steps() -> list[str]:
    """The words of the stepper."""
    return [_("Check"), _("Result")]


@right_required("invoices")
@require_POST
def begin(request: CompanyRequest) -> HttpResponse:
    """The invoices that were ticked in the list, to be checked."""
    try:
        chosen = ticked(request)
        run = bookings.begin(connection=sendable(request.company), invoices=chosen, by=request.user)
    except DomainError as error:
        return refused(request, error)
    return redirect("booking_run", run.pk)


@right_required("invoices")
@require_POST
def begin_one(request: CompanyRequest, pk: int) -> HttpResponse:
    """One invoice, from its own page; refused there when it cannot be booked."""
    invoice = invoice_of(request.company, pk)
    try:
        run = bookings.begin_one(
            connection=sendable(request.company), invoice=invoice, by=request.user
        )
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("invoice", pk)
    return redirect("booking_run", run.pk)


@right_required("invoices")
@require_POST
def again(request: CompanyRequest, pk: UUID) -> HttpResponse:
    """The invoices of a run that got no document, to be checked once more."""
    found = _run(request, pk)
    try:
        run = booking_results.choose_again(run=found, by=request.user)
    except DomainError as error:
        messages.info(request, error.message)
        return redirect("booking_run", pk)
    return redirect("booking_run", run.pk)


@right_required("invoices")
@require_http_methods(["GET", "HEAD", "POST"])
def run(request: CompanyRequest, pk: UUID) -> HttpResponse:
    """Before confirmation the check, which POST confirms; afterwards what became of each."""
    found = _run(request, pk)
    if found.confirmed_at:
        return _settled(request, found) if request.method == "POST" else _results(request, found)
    if request.POST.get("do") == "along":
        return _choose_along(request, found)
    if request.method == "POST":
        return _confirm(request, found)
    return _check(request, found)


def _run(request: CompanyRequest, pk: UUID) -> BookingRun:
    return get_object_or_404(booking_runs_of(request.company), pk=pk)


def _settled(request: CompanyRequest, found: BookingRun) -> HttpResponse:
    """Pressed twice, or with the back button."""
    messages.info(request, _("These invoices were already sent on; here is what became of them."))
    return redirect("booking_run", found.pk)


def _choose_along(request: CompanyRequest, found: BookingRun) -> HttpResponse:
    """Which unsent invoices are checked and booked along."""
    check = _checked(request, found)
    form = AlongForm(booking_choice.offered(check), request.POST)
    if not form.is_valid():
        return _page(request, found, check, form, status=422)
    booking_along.keep(request, found, form)
    return redirect("booking_run", found.pk)


def _confirm(request: CompanyRequest, found: BookingRun) -> HttpResponse:
    along = booking_along.along_of(request, found)
    try:
        bookings.confirm(
            run=found,
            token=request.POST.get("token", ""),
            by=request.user,
            mark_as_sent=along.invoices,
            how=along.how,
        )
    except DomainError as error:
        return _check(request, found, error.message)
    booking_along.forget(request, found)
    return redirect("booking_run", found.pk)


def _checked(request: CompanyRequest, found: BookingRun) -> Check:
    along = booking_along.along_of(request, found)
    return bookings.check(found, with_unsent=along.invoices)


def _check(request: CompanyRequest, found: BookingRun, problem: str = "") -> HttpResponse:
    check = _checked(request, found)
    along = booking_along.along_of(request, found)
    form = AlongForm(booking_choice.offered(check), initial=along.given)
    return _page(request, found, check, form, problem=problem)


def _page(
    request: CompanyRequest,
    found: BookingRun,
    check: Check,
    form: AlongForm,
    *,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        **booking_check.context_of(check, found.connection, request.GET.get("page")),
        "run": found,
        "connection": found.connection,
        "form": form,
        "problem": problem,
        "why_not": booking_choice.why_not(found),
        "steps": steps(),
    }
    return render(request, "integrations/bookings/check.html", context, status=status)


def _results(request: CompanyRequest, found: BookingRun) -> HttpResponse:
    """Followed live until everything rests."""
    results = booking_results.results_of(found)
    page = Paginator(results.bookings, PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "run": found,
        "results": results,
        "page": page,
        "rows": [(one, results.attachments.get(one.pk)) for one in page],
        "steps": steps(),
    }
    template = "run_rows" if request.htmx else "run"  # type: ignore[attr-defined]
    return render(request, f"integrations/bookings/{template}.html", context)
