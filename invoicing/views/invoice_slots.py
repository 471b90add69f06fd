"""What our own invoices show on the pages of other apps."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.doors import CompanyRequest
from accounts.models import Right
from invoicing.models import Channel, Invoice
from invoicing.selectors.invoices import account_of, invoices_of_planned
from registration.models import Instalment, SubscriptionPeriod
from relations.models import Customer

Planned = Instalment | SubscriptionPeriod


def customer_card(request: HttpRequest, customer: Customer, **_context: object) -> str | None:
    """What a customer owes on our invoices, and the last of them; for whoever bills."""
    asked = cast("CompanyRequest", request)
    if not asked.membership.has(Right.INVOICES):
        return None
    context = {"customer": customer, "account": account_of(asked.company, customer)}
    return render_to_string("invoicing/invoices/customer_card.html", context, request=request)


def planned_document(
    request: HttpRequest, *, kind: str, row: Planned, **_context: object
) -> SafeString | None:
    """The way from a planned amount to the invoice of our own that it is on; for whoever bills."""
    invoice = invoice_of_planned(request, kind, row)
    if invoice is None or invoice.channel != Channel.OURS:
        return None
    url, words = reverse("invoice", args=[invoice.pk]), invoice.number or _("Draft")
    return format_html('<a class="link" href="{}">{}</a>', url, words)


def invoice_of_planned(request: Any, kind: str, row: Planned) -> Invoice | None:
    """The invoice that holds a planned amount, read once for a page of many.

    None where nothing holds it, and for whoever has not the right to see invoices.
    """
    if not request.membership.has(Right.INVOICES):
        return None
    if not hasattr(request, "planned_invoices"):
        request.planned_invoices = {}
    place = (kind, row.project_id)
    if place not in request.planned_invoices:
        request.planned_invoices[place] = invoices_of_planned(request.company, *place)
    found: Invoice | None = request.planned_invoices[place].get(row.pk)
    return found
