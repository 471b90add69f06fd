"""Questions about the link with AFAS; every one of them names the company."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import Company
from integrations.models import (
    AfasConnection,
    AfasDocument,
    CustomerLink,
    ImportRun,
    InvoicingRun,
    PersonTask,
    State,
)
from relations.models import Customer


def connection_of(company: Company) -> AfasConnection | None:
    """The connection that is in use now, if there is one."""
    return AfasConnection.objects.of(company).filter(closed_at__isnull=True).first()


def documents_of(company: Company, state: str = "") -> QuerySet[AfasDocument]:
    """Everything told or to be told to AFAS, newest first, of all connections ever."""
    documents = AfasDocument.objects.of(company).select_related(
        "customer", "invoice", "connection", "after", "created_by"
    )
    return (documents.filter(state=state) if state else documents).order_by("-created_at", "-id")


def document_of(company: Company, pk: UUID) -> AfasDocument | None:
    """One document of the company."""
    return documents_of(company).filter(pk=pk).first()


def needs_a_person(company: Company) -> QuerySet[AfasDocument]:
    """Documents that rest until somebody decides: refused ones and those with unknown outcome."""
    return documents_of(company).filter(state__in=(State.REJECTED, State.UNKNOWN))


def tasks_of(company: Company) -> QuerySet[PersonTask]:
    """What only a person can settle and nobody has."""
    return (
        PersonTask.objects.of(company).filter(resolved_at__isnull=True).select_related("document")
    )


def attention_count(company: Company) -> int:
    """The figure beside the menu: how much waits for a person."""
    return needs_a_person(company).count() + tasks_of(company).count()


def runs_of(company: Company) -> QuerySet[InvoicingRun]:
    """Every press of "Invoice in AFAS", newest first."""
    return InvoicingRun.objects.of(company).select_related("by", "connection", "selection")


def imports_of(company: Company) -> QuerySet[ImportRun]:
    """Every import, newest first."""
    return ImportRun.objects.of(company).select_related("by", "connection")


def links_of(company: Company, environment: str) -> dict[int, CustomerLink]:
    """The links of an environment by customer id."""
    links = CustomerLink.objects.of(company).filter(environment=environment)
    return {link.customer_id: link for link in links}


def link_of(customer: Customer, environment: str) -> CustomerLink | None:
    """The debtor that a customer is in an environment."""
    return CustomerLink.objects.filter(customer=customer, environment=environment).first()


def open_elsewhere(company: Company, connection: AfasConnection) -> QuerySet[AfasDocument]:
    """Documents of a connection that are still on their way, whatever happens to it."""
    moving = Q(state__in=(State.WAITING, State.QUEUED, State.SENDING))
    return documents_of(company).filter(moving, connection=connection)
