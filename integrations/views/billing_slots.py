"""What billing shows in pages of lower apps."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from integrations.models import AfasConnection, AfasDocument, Kind
from integrations.selectors import attention_count, connection_of, invoicing_of_project, link_of
from integrations.services.readiness import why_not_send
from invoicing.models import Channel
from invoicing.views.invoice_slots import Planned, invoice_of_planned
from registration.models import Selection
from relations.models import Customer


def invoice_action(request: HttpRequest, *, selection: Selection, **_context: object) -> str | None:
    """Actions → Invoice in AFAS; disabled with its reason while it cannot be done."""
    membership = request.membership  # type: ignore[attr-defined]
    if membership is None or not membership.has("invoices"):
        return None
    connection = connection_of(request.company)  # type: ignore[attr-defined]
    context = {
        "selection": selection,
        "connection": connection,
        "reason": why_not_now(connection, selection),
    }
    return render_to_string("integrations/slots/invoice_action.html", context, request)


def unbilled_action(
    request: HttpRequest, *, form: str, address: str, **_context: object
) -> str | None:
    """The same on the Unbilled page, where it sends the ticks of `form` to `address`."""
    membership = request.membership  # type: ignore[attr-defined]
    if membership is None or not membership.has("invoices"):
        return None
    connection = connection_of(request.company)  # type: ignore[attr-defined]
    context = {
        "form": form,
        "address": address,
        "connection": connection,
        "reason": why_not_send(connection),
    }
    return render_to_string("integrations/slots/unbilled_action.html", context, request)


def why_not_now(connection: AfasConnection | None, selection: Selection) -> str:
    """Why Invoice in AFAS cannot be chosen; empty when it can."""
    if not selection.count and connection and connection.is_ready and not connection.paused_at:
        return _("Select something first.")
    return why_not_send(connection)


def customer_card(request: HttpRequest, *, customer: Customer, **_context: object) -> str | None:
    """Which debtor a customer is, and its last documents."""
    connection = connection_of(request.company)  # type: ignore[attr-defined]
    if connection is None:
        return None
    may_bill = request.membership.has("invoices")  # type: ignore[attr-defined]
    documents = AfasDocument.objects.of(customer.company).filter(customer=customer)
    context = {
        "customer": customer,
        "connection": connection,
        "link": link_of(customer, connection.environment),
        "open_document": documents.filter(kind=Kind.CUSTOMER).order_by("-created_at").first(),
        "documents": documents.order_by("-created_at")[:5] if may_bill else [],
    }
    return render_to_string("integrations/slots/customer_card.html", context, request)


def planned_document(
    request: HttpRequest, *, kind: str, row: Planned, **_context: object
) -> SafeString | None:
    """The way from a planned amount to the document that invoices it in AFAS, for whoever bills."""
    invoice = invoice_of_planned(request, kind, row)
    if invoice is None or invoice.channel != Channel.AFAS:
        return None
    document = _documents(request, kind, row.project_id).get(invoice.pk)
    if document is None:
        return None
    url, words = reverse("afas_document", args=[document.pk]), row.invoice_label or document
    return format_html('<a class="link" href="{}">{}</a>', url, words)


def _documents(request: Any, kind: str, project: int) -> dict[int, AfasDocument]:
    """Read once for a page, however many amounts it has."""
    if not hasattr(request, "afas_planned"):
        request.afas_planned = {}
    place = (kind, project)
    if place not in request.afas_planned:
        request.afas_planned[place] = invoicing_of_project(request.company, *place)
    found: dict[int, AfasDocument] = request.afas_planned[place]
    return found


def waiting_for_a_person(request: HttpRequest) -> int:
    """The figure beside the menu."""
    return attention_count(request.company)  # type: ignore[attr-defined]
