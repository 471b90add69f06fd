"""What billing shows in pages of lower apps."""

from __future__ import annotations

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from integrations.models import AfasConnection, AfasDocument, Kind
from integrations.selectors import attention_count, connection_of, link_of
from integrations.services import holding
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


def why_not_now(connection: AfasConnection | None, selection: Selection) -> str:
    """Why Invoice in AFAS cannot be chosen; empty when it can."""
    if connection is None or not connection.is_ready:
        return _("AFAS is not linked yet; an administrator does that in the App Center.")
    if connection.paused_at:
        return _("The link with AFAS is paused.")
    if not selection.count:
        return _("Select something first.")
    return holding.why_held(connection)


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


def waiting_for_a_person(request: HttpRequest) -> int:
    """The figure beside the menu."""
    return attention_count(request.company)  # type: ignore[attr-defined]
