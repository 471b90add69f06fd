"""Register → Hours: the week as a grid, or the day as a list."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.doors import CompanyRequest, member_required
from core import formats
from core.errors import DomainError
from registration.forms.entries import HourForm
from registration.models import ApprovalStatus
from registration.selectors.entries import entries_of
from registration.selectors.periods import Period, monday_of
from registration.selectors.reach import reach_of
from registration.services import approval
from registration.views import register, week
from registration.views.actions import tell
from registration.views.rows import rows_of

QUICK = ("project", "activity", "minutes", "note")


@require_http_methods(["GET", "POST"])
@member_required
def register_hours(request: CompanyRequest) -> HttpResponse:
    """A person's own hours around a day; one button saves everything typed."""
    day = _day(request)
    if request.method == "POST":
        return _saved(request, day)
    form = cast("HourForm", register.new_form(request, "hours", date=day))
    return _page(request, day, form)


def _saved(request: CompanyRequest, day: date) -> HttpResponse:
    posted = {name: request.POST[name] for name in request.POST}
    count, typed = week.save_cells(request.membership, day, posted)
    form = _quick_form(request, day)
    added = form.is_bound and _added(request, form)
    if count and not added:
        words = ngettext("%(count)s cell saved.", "%(count)s cells saved.", count)
        messages.success(request, words % {"count": count})
    if typed.errors or (form.is_bound and not added):
        return _page(request, day, form, typed)
    _then(request, day)
    return HttpResponseRedirect(_address(request, day, form if added else None))


def _quick_form(request: CompanyRequest, day: date) -> HourForm:
    """The line above the grid, when something was typed in it."""
    is_row = request.POST.get("do") == "row"
    if is_row or any(request.POST.get(name, "").strip() for name in QUICK):
        form = HourForm(request.POST, company=request.company)
        if is_row:
            form.fields["minutes"].required = False
        return form
    return HourForm(company=request.company, initial={"date": day})


def _added(request: CompanyRequest, form: HourForm) -> bool:
    """Log the line, or only make a row of it when no duration was typed."""
    if request.POST.get("do") == "row" and form.is_valid() and not form.cleaned_data["minutes"]:
        return True
    return register.add(request, "hours", form)


def _then(request: CompanyRequest, day: date) -> None:
    """What the button asks after everything was saved."""
    do = request.POST.get("do", "")
    monday = monday_of(day)
    period = Period(monday, monday + timedelta(days=6))
    if do in {"submit", "submit-day"}:
        register.submit_period(request, "hours", Period(day, day) if do != "submit" else period)
    if do == "withdraw":
        hours = entries_of("hours", request.membership, period)
        submitted = hours.filter(approval=ApprovalStatus.SUBMITTED)
        ids = {"hours": list(submitted.values_list("pk", flat=True))}
        try:
            tell(request, _("withdrawn"), approval.withdraw(by=request.membership, ids=ids))
        except DomainError as error:
            messages.error(request, error.message)


def _page(
    request: CompanyRequest, day: date, form: HourForm, typed: week.Typed | None = None
) -> HttpResponse:
    keys = request.GET.getlist("row")
    if request.GET.get("copy"):
        keys += week.keys_of_week(request.membership, day - timedelta(days=7))
    shown = week.week_of(request.membership, day, keys, typed)
    form.use_required_attribute = False  # an empty line must not keep the cells from being saved
    is_day = request.GET.get("view") == "day"
    context = {
        "week": shown,
        "day": day,
        "today": timezone.localdate(),
        "is_day": is_day,
        "form": form,
        "keys": [row.key for row in shown.rows if not row.minutes],
        "rows": _day_rows(request, shown, day) if is_day else [],
        "day_minutes": next(one.minutes for one in shown.days if one.is_chosen),
        "open_count": shown.in_state(ApprovalStatus.OPEN, ApprovalStatus.REJECTED),
        "submitted_count": shown.in_state(ApprovalStatus.SUBMITTED),
        "errors": _cell_errors(shown, typed),
        "here": f"{reverse('register_hours')}?{request.GET.urlencode()}",
        **_neighbours(day, is_day=is_day),
    }
    return render(request, "registration/hours/week.html", context)


def _day_rows(request: CompanyRequest, shown: week.Week, day: date) -> list[Any]:
    hours = [hour for hour in shown.entries if hour.date == day]
    return rows_of(hours, reach_of(request.membership))


def _cell_errors(shown: week.Week, typed: week.Typed | None) -> list[str]:
    """One sentence for each refused cell, saying which."""
    named = {cell.place: row for row in shown.rows for cell in row.cells}
    errors = typed.errors if typed else {}
    return [
        f"{named[place].project}, {formats.write_day(place.day, 'short')}: {sentence}"
        if place in named
        else sentence
        for place, sentence in errors.items()
    ]


def _neighbours(day: date, *, is_day: bool) -> dict[str, date]:
    step = timedelta(days=1 if is_day else 7)
    return {"previous": day - step, "following": day + step}


def _day(request: CompanyRequest) -> date:
    """The day in the address; today for none or for one that is no day."""
    try:
        day = formats.parse_day(request.GET.get("day", ""))
    except formats.UnreadableError:
        return timezone.localdate()
    return day if 1900 < day.year < 2200 else timezone.localdate()


def _address(request: CompanyRequest, day: date, form: HourForm | None) -> str:
    """Back to the same week, with the rows that were being filled."""
    rows = [*request.GET.getlist("row"), *request.POST.getlist("row")]
    if form is not None:
        day = form.cleaned_data["date"]
        rows.append(f"{form.cleaned_data['project'].pk}-{form.cleaned_data['activity'].pk}")
    params = [("day", day.isoformat())]
    if request.GET.get("view") == "day":
        params.append(("view", "day"))
    params += [("row", row) for row in dict.fromkeys(rows)]
    return f"{reverse('register_hours')}?{urlencode(params)}"
