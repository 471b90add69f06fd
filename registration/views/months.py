"""Register → Expenses and Register → Rides: a form and the entries of a month."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from accounts.doors import CompanyRequest, member_required
from registration.models import ApprovalStatus, Entry, Ride
from registration.selectors.entries import entries_of
from registration.selectors.periods import month_after, period
from registration.selectors.reach import reach_of
from registration.views import register
from registration.views.rows import Row, rows_of

TITLES = {"expenses": _("Expenses"), "rides": _("Rides")}


@require_http_methods(["GET", "POST"])
@member_required
def register_expenses(request: CompanyRequest) -> HttpResponse:
    """A person's own expenses of a month."""
    return _month(request, "expenses")


@require_http_methods(["GET", "POST"])
@member_required
def register_rides(request: CompanyRequest) -> HttpResponse:
    """A person's own rides of a month."""
    return _month(request, "rides")


def _month(request: CompanyRequest, kind: str) -> HttpResponse:
    first = _first(request)
    form = register.new_form(request, kind, date=_date_in(first))
    if request.method == "POST" and register.add(request, kind, form):
        shown = form.cleaned_data["date"].replace(day=1)
        return register.to(f"{reverse(f'register_{kind}')}?month={shown:%Y-%m}")
    month = period("this_month", first)
    entries = list(entries_of(kind, request.membership, month))
    rows = rows_of(entries, reach_of(request.membership))
    context = {
        "kind": kind,
        "title": TITLES[kind],
        "form": form,
        "month": month,
        "previous": month_after(first, -1),
        "following": month_after(first, 1),
        "is_now": first == timezone.localdate().replace(day=1),
        "rows": rows,
        "total": _total(rows),
        "open_count": _open(entries),
        "here": f"{reverse(f'register_{kind}')}?{request.GET.urlencode()}",
    }
    status = 422 if form.errors else 200
    return render(request, f"registration/{kind}/month.html", context, status=status)


def _total(rows: list[Row]) -> Decimal:
    """EUR excl. VAT that was paid for expenses, or km of rides."""
    amounts = [
        row.entry.kilometres if isinstance(row.entry, Ride) else row.cost or Decimal(0)
        for row in rows
    ]
    return sum(amounts, Decimal(0))


def _open(entries: list[Entry]) -> int:
    waiting = {ApprovalStatus.OPEN, ApprovalStatus.REJECTED}
    return sum(entry.approval in waiting for entry in entries)


def _first(request: CompanyRequest) -> date:
    """The first of the month in the address, "2026-11"; of this month for anything else."""
    year, _dash, month = request.GET.get("month", "").partition("-")
    try:
        first = date(int(year), int(month), 1)
    except ValueError:
        return timezone.localdate().replace(day=1)
    return first if 1900 < first.year < 2200 else timezone.localdate().replace(day=1)


def _date_in(first: date) -> date:
    """Today, when it is in the month that is shown; else the month's first day."""
    today = timezone.localdate()
    return today if today.replace(day=1) == first else first
