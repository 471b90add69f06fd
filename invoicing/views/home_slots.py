"""What the dashboard says about money that is still to be invoiced: the figures of Unbilled."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone

from accounts.models import Right
from core import formats
from invoicing.selectors import unbilled
from invoicing.selectors.unbilled import Row, Scope
from invoicing.services import unbilled as choosing

MOST_CUSTOMERS = 5


def unbilled_figure(request: HttpRequest, **_context: object) -> str | None:
    """What can be invoiced today, EUR excl. VAT; for whoever bills."""
    rows = _rows(request)
    if rows is None:
        return None
    return render_to_string("invoicing/home/figure.html", {"total": _sum(rows)}, request)


def unbilled_customers(request: HttpRequest, **_context: object) -> str | None:
    """The same per customer, largest first; nothing where there is nothing."""
    found = [row for row in _rows(request) or () if row.figures.total]
    if not found:
        return None
    found.sort(key=lambda row: (-row.figures.total, row.name))
    rest = found[MOST_CUSTOMERS:]
    context = {
        "customers": found[:MOST_CUSTOMERS],
        "other_customers": len(rest),
        "other_amount": formats.write_money(_sum(rest)),
    }
    return render_to_string("invoicing/home/customers.html", context, request)


def _rows(request: Any) -> list[Row] | None:
    """Read once for both places; None for whoever may not invoice."""
    if not request.membership.has(Right.INVOICES):
        return None
    if not hasattr(request, "unbilled_today"):
        today = timezone.localdate()
        choosing.due(request.company, today)
        request.unbilled_today = unbilled.rows_of(request.company, Scope(until=today))
    found: list[Row] = request.unbilled_today
    return found


def _sum(rows: list[Row]) -> Decimal:
    return unbilled.total_of(rows).total
