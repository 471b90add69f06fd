"""Overviews as CSV, streamed. Reading never changes the state of anything."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, cast

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.doors import CompanyRequest, member_required
from accounts.models import Company
from core import money, sheets
from registration.forms.overviews import read_filters, read_sort
from registration.models import ApprovalStatus, BillingStatus, Entry, Expense, Hour, Missing, Ride
from registration.selectors.entries import KINDS
from registration.selectors.overviews import ordered, overview
from registration.selectors.reach import Reach, reach_of
from registration.selectors.selection import picked
from registration.services.selection import selection_for
from registration.views.rows import what_of

CHUNK = 2000


@require_safe
@member_required
def overview_export(request: CompanyRequest, kind: str) -> HttpResponse:
    """Everything that matches the filters in the address."""
    if kind not in KINDS:
        raise Http404
    reach = reach_of(request.membership)
    rows = overview(kind, reach, read_filters(request.GET, timezone.localdate()))
    return _csv(reach, ordered(rows, kind, read_sort(request.GET, kind)), name=kind)


@require_safe
@member_required
def selection_export(request: CompanyRequest, selection: uuid.UUID) -> HttpResponse:
    """Everything that is ticked, hours first, then expenses, then rides."""
    reach = reach_of(request.membership)
    ticked = selection_for(request.company, request.user, selection)
    return _csv(reach, *(picked(kind, reach, ticked) for kind in KINDS), name="selection")


def _csv(reach: Reach, *parts: Any, name: str) -> HttpResponse:
    filename = f"{name}-{timezone.localdate():%Y-%m-%d}.csv"
    sheet = Sheet(reach)
    answer = StreamingHttpResponse(
        sheets.lines(_rows(sheet, parts), sheet.delimiter),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{filename}"'},
    )
    return cast("HttpResponse", answer)


def _rows(sheet: Sheet, parts: Iterable[Any]) -> Iterator[list[str]]:
    yield sheet.head
    for rows in parts:
        for entry in rows.iterator(chunk_size=CHUNK):
            yield sheet.row(entry)


class Sheet:
    """The columns, in the company's notation and the reader's language.

    All words are looked up here, since streaming goes on after the request's language has ended.
    """

    def __init__(self, reach: Reach) -> None:
        company: Company = reach.company
        self.has_comma = company.number_format == company.NumberFormat.COMMA
        self.delimiter = ";" if self.has_comma else ","
        self.sees_money = reach.sees_money
        self.approval = {value: str(label) for value, label in ApprovalStatus.choices}
        self.billing = {value: str(label) for value, label in BillingStatus.choices}
        self.missing = {"": "", **{value: str(label) for value, label in Missing.choices}}
        self.kinds = {Hour: _("Hours"), Expense: _("Expense"), Ride: _("Ride")}
        self.units = {Hour: _("hour"), Ride: "km"}
        self.yes_no = {True: _("yes"), False: _("no")}
        self.head = self._head()

    def row(self, entry: Entry) -> list[str]:
        """One entry, column by column."""
        project, customer = entry.project, entry.project.customer
        cells = [
            self.kinds[type(entry)],
            entry.date.isoformat(),
            str(entry.membership),
            customer.number if customer else "",
            customer.name if customer else "",
            project.code,
            project.name,
            what_of(entry),
            entry.note,
            self._number(_quantity(entry)),
            self._unit(entry),
            self.yes_no[entry.billing != BillingStatus.NOT_BILLABLE],
            self.approval[entry.approval],
            self.billing[entry.billing],
            entry.invoice_label,
        ]
        worth = [self._number(entry.rate), self._number(entry.amount), self.missing[entry.missing]]
        return [sheets.harmless(cell) for cell in cells + worth * self.sees_money]

    def _head(self) -> list[str]:
        names = [
            *(_("Kind"), _("Date"), _("Employee"), _("Customer number"), _("Customer")),
            *(_("Project code"), _("Project"), _("Activity, category or route"), _("Note")),
            *(_("Quantity"), _("Unit"), _("Billable"), _("Status"), _("Billing"), _("Invoice")),
        ]
        worth = [_("Rate"), _("Amount excl. VAT"), _("Why no amount")]
        return names + worth * self.sees_money

    def _unit(self, entry: Entry) -> str:
        return entry.category.unit if isinstance(entry, Expense) else self.units[type(entry)]

    def _number(self, number: Decimal | None) -> str:
        text = "" if number is None else f"{number:f}"
        return text.replace(".", ",") if self.has_comma else text


def _quantity(entry: Entry) -> Decimal | None:
    if isinstance(entry, Hour):
        return money.hours_of(entry.minutes)
    if isinstance(entry, Expense):
        return entry.quantity
    return entry.kilometres if isinstance(entry, Ride) else None
