"""Registering: adding, changing, deleting and submitting one's own entries, of any kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.doors import CompanyRequest, member_required
from accounts.trail import told
from core import audit, formats
from core.errors import DomainError, FieldsError
from registration.forms.entries import EntryForm, HourForm, RideForm
from registration.forms.expenses import ExpenseForm
from registration.models import Entry, Expense, Project
from registration.selectors.entries import activities_for_entries, entry_shown, open_ids
from registration.selectors.periods import Period
from registration.selectors.reach import reach_of
from registration.services import approval, entries
from registration.services.refusals import change_refusal
from registration.views.actions import back_of, tell
from registration.views.receipts import receipts_context
from registration.views.rows import rows_of

FORMS: dict[str, type[EntryForm]] = {"hours": HourForm, "expenses": ExpenseForm, "rides": RideForm}
LOG: dict[str, Callable[..., Entry]] = {
    "hours": entries.hour_log,
    "expenses": entries.expense_log,
    "rides": entries.ride_log,
}
CHANGE: dict[str, Callable[..., Entry]] = {
    "hours": entries.hour_change,
    "expenses": entries.expense_change,
    "rides": entries.ride_change,
}
DELETE: dict[str, Callable[..., None]] = {
    "hours": entries.hour_delete,
    "expenses": entries.expense_delete,
    "rides": entries.ride_delete,
}
NEW_TITLES = {
    "hours": gettext_lazy("Register hours"),
    "expenses": gettext_lazy("Register an expense"),
    "rides": gettext_lazy("Register a ride"),
}
TITLES = {
    "hours": gettext_lazy("Hours"),
    "expenses": gettext_lazy("Expenses"),
    "rides": gettext_lazy("Rides"),
}


@require_http_methods(["GET", "POST"])
@member_required
def entry_add(request: CompanyRequest, kind: str) -> HttpResponse:
    """A form for a new entry."""
    form = new_form(request, kind)
    if request.method == "POST" and add(request, kind, form):
        return HttpResponseRedirect(_back(request, kind))
    context = {
        "kind": kind,
        "title": NEW_TITLES[kind],
        "form": form,
        "back": _back(request, kind),
    }
    status = 422 if form.errors else 200
    return render(request, "registration/entry_new.html", context, status=status)


@require_http_methods(["GET", "POST"])
@member_required
def entry(request: CompanyRequest, kind: str, pk: int) -> HttpResponse:
    """One entry with its history: to change, or why it cannot be changed."""
    reach = reach_of(request.membership)
    shown = entry_shown(kind, reach, pk)
    form = FORMS[kind].of(shown, request.POST if request.method == "POST" else None)
    if request.method == "POST" and _change(request, kind, shown, form):
        return HttpResponseRedirect(_back(request, kind))
    context = {
        "kind": kind,
        "title": TITLES[kind],
        "form": form,
        "row": rows_of([shown], reach)[0],
        "reach": reach,
        "why_locked": change_refusal(reach, shown),
        "events": [told(event) for event in audit.events_of(request.company, shown)[:20]],
        "version": request.POST.get("version") or shown.version,
        "back": _back(request, kind),
    }
    if isinstance(shown, Expense):
        context |= receipts_context(reach, shown)
    status = 422 if form.errors else 200
    return render(request, "registration/entry.html", context, status=status)


@require_POST
@member_required
def entry_delete(request: CompanyRequest, kind: str, pk: int) -> HttpResponse:
    """Delete one entry."""
    shown = entry_shown(kind, reach_of(request.membership), pk)
    try:
        DELETE[kind](by=request.membership, version=_version(request), **{kind[:-1]: shown})
        messages.success(request, _("Deleted."))
    except DomainError as error:
        messages.error(request, error.message)
    return HttpResponseRedirect(_back(request, kind))


@require_POST
@member_required
def period_submit(request: CompanyRequest, kind: str) -> HttpResponse:
    """Submit one's own open entries of a kind from "first" to "last"."""
    first, last = request.POST.get("first", ""), request.POST.get("last", "")
    try:
        period = Period(formats.parse_day(first), formats.parse_day(last))
    except formats.UnreadableError as error:
        raise Http404 from error
    submit_period(request, kind, period)
    return HttpResponseRedirect(_back(request, kind))


@require_safe
@member_required
def activity_options(request: CompanyRequest) -> HttpResponse:
    """The activities of the chosen project, as options of a select."""
    text = request.GET.get("project", "")
    key = int(text) if text.isdecimal() and len(text) < 19 else 0
    project = Project.objects.of(request.company).filter(pk=key).first()
    activities = activities_for_entries(request.company, project)
    context = {"activities": activities, "chosen": request.GET.get("activity", "")}
    return render(request, "registration/hours/activity_options.html", context)


def new_form(request: CompanyRequest, kind: str, **initial: Any) -> EntryForm:
    """An empty form, or what was posted; the address may fill in the date and the project."""
    if request.method == "POST":
        return FORMS[kind](request.POST, request.FILES, company=request.company)
    given = {name: request.GET[name] for name in ("date", "project") if request.GET.get(name)}
    return FORMS[kind](
        company=request.company, initial={"date": timezone.localdate(), **given, **initial}
    )


def add(request: CompanyRequest, kind: str, form: EntryForm) -> bool:
    """Log what the form holds; otherwise the form shows what is wrong."""
    if not form.is_valid():
        return False
    try:
        logged = LOG[kind](by=request.membership, data=form.data_of_entry, **_along(form))
    except FieldsError as error:
        form.take(error.errors)
        return False
    except DomainError as error:
        form.add_error(None, error.message)
        return False
    _say_saved(request, logged)
    return True


def _along(form: EntryForm) -> dict[str, Any]:
    """What is kept together with a new entry."""
    return {"receipts": form.receipt_files} if isinstance(form, ExpenseForm) else {}


def to(address: str) -> HttpResponse:
    """On to another page of ours."""
    return HttpResponseRedirect(address)


def submit_period(request: CompanyRequest, kind: str, period: Period) -> None:
    """Submit what is still open in a period, and say so."""
    ids = open_ids(kind, request.membership, period)
    if not ids:
        messages.warning(request, _("There was nothing left to submit."))
        return
    try:
        tell(request, _("submitted"), approval.submit(by=request.membership, ids={kind: ids}))
    except DomainError as error:
        messages.error(request, error.message)


def _change(request: CompanyRequest, kind: str, shown: Entry, form: EntryForm) -> bool:
    if not form.is_valid():
        return False
    given = {kind[:-1]: shown, "version": _version(request), "data": form.data_of_entry}
    try:
        changed = CHANGE[kind](by=request.membership, **given)
    except FieldsError as error:
        form.take(error.errors)
        return False
    except DomainError as error:
        form.add_error(None, error.message)
        return False
    _say_saved(request, changed)
    return True


def _say_saved(request: CompanyRequest, saved: Entry) -> None:
    warning = entries.dates_warning(saved.project, saved.date)
    if warning:
        messages.warning(request, warning)
    else:
        messages.success(request, _("Saved."))


def _version(request: CompanyRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _back(request: CompanyRequest, kind: str) -> str:
    has_back = request.POST.get("back") or request.GET.get("back")
    return back_of(request) if has_back else reverse(f"register_{kind}")
