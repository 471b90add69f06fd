"""A company that is linked to the pretend AFAS, and what it wants to bill."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from accounts.models import Company, User
from integrations.models import AfasConnection, AfasDocument, CustomerLink, InvoicingRun, ItemUse
from integrations.services import billing, clients, rhythm
from invoicing.services.bundling import Options
from registration.models import BillingStatus, Hour, Project, Selection
from relations.models import Customer
from sandbox import seed
from tests.factories import (
    AfasConnectionFactory,
    AfasDocumentFactory,
    ClaimFactory,
    CustomerFactory,
    HourFactory,
    InvoiceLineFactory,
    ItemLinkFactory,
    ProjectFactory,
    SelectionFactory,
)
from tests.integrations.doubt import World

DAY = date(2026, 10, 14)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deadlines that a test can wait for."""
    short = clients.Limits(connect=2, read=2, total=2, tries=1)
    monkeypatch.setattr(clients, "WRITES", short)
    monkeypatch.setattr(clients, "READS", short)


@pytest.fixture
def connection(company: Company, sandbox: Any, quick: None) -> AfasConnection:
    """The link of `company` with participant 12345, ready, with a default item."""
    ItemLinkFactory(company=company, environment="12345", use=ItemUse.DEFAULT)
    return AfasConnectionFactory(
        company=company, user_token=seed.LIVE_TOKEN, payment_condition="14", vat_duty="1"
    )


@pytest.fixture
def bakery(company: Company, connection: AfasConnection) -> Customer:
    """A customer that AFAS knows as 10001."""
    customer = CustomerFactory(company=company, number="10001", name="Bakkerij De Gouden Aar B.V.")
    CustomerLink.objects.create(
        company=company, environment="12345", customer=customer, debtor_number="10001"
    )
    return customer


@pytest.fixture
def newcomer(company: Company, connection: AfasConnection) -> Customer:
    """A customer that AFAS lacks, complete enough to be created there."""
    return CustomerFactory(
        company=company,
        number="",
        name="Studio Noorderlicht V.O.F.",
        street="Grote Markt",
        house_number="3",
        postcode="9712 HN",
        city="Groningen",
        country="NL",
        kvk_number="81920374",
        vat_number="NL861234567B01",
    )


@pytest.fixture
def hours_for(company: Company) -> Callable[..., list[Hour]]:
    """`hours_for(customer, 3)`: three billable hours at EUR 100 on one project of the customer."""

    def make(customer: Customer, count: int = 1, **fields: Any) -> list[Hour]:
        project: Project = ProjectFactory(company=company, customer=customer)
        return [
            HourFactory(company=company, project=project, date=DAY, **fields) for _ in range(count)
        ]

    return make


@pytest.fixture
def selected(company: Company, biller: User) -> Callable[..., Selection]:
    """`selected(hours)`: those hours ticked by the biller."""

    def make(hours: list[Hour], **others: Any) -> Selection:
        return SelectionFactory(
            company=company, user=biller, hours=[hour.pk for hour in hours], **others
        )

    return make


@pytest.fixture
def bill(
    connection: AfasConnection, selected: Callable[..., Selection], biller: User
) -> Callable[..., InvoicingRun]:
    """`bill(hours)`: check and confirm, as a person does."""

    def go(hours: list[Hour], **choices: Any) -> InvoicingRun:
        selection = selected(hours)
        options = Options(invoice_date=DAY, **choices)
        check = billing.check_selection(connection=connection, selection=selection, options=options)
        return billing.invoice_in_afas(
            connection=connection,
            selection=selection,
            options=options,
            token=check.token,
            by=biller,
        )

    return go


@pytest.fixture
def world(
    sandbox: Any,
    connection: AfasConnection,
    bakery: Customer,
    hours_for: Callable[..., list[Hour]],
    bill: Callable[..., InvoicingRun],
    monkeypatch: pytest.MonkeyPatch,
) -> World:
    """Minutes that pass and answers that get lost; without a look-up until it is proven."""
    made = World(sandbox, connection, bakery, hours_for, bill)
    monkeypatch.setattr(rhythm, "monotonic", lambda: made.monotonic)
    monkeypatch.setattr(clients, "LOOKS", clients.READS)
    return made


@pytest.fixture
def invoiced(company: Company, bakery: Customer) -> Callable[..., AfasDocument]:
    """`invoiced(2, 1)`: a document in AFAS with two approved hours on a line, one on the next."""

    def make(*counts: int, **fields: Any) -> AfasDocument:
        document: AfasDocument = AfasDocumentFactory(
            company=company,
            invoice__customer=bakery,
            invoice__net=100 * sum(counts),
            confirmed=True,
            **fields,
        )
        for position, count in enumerate(counts, start=1):
            line = InvoiceLineFactory(
                company=company,
                invoice=document.invoice,
                position=position,
                quantity=count,
                description=f"Line {position}",
            )
            for _ in range(count):
                hour = HourFactory(
                    company=company,
                    approved=True,
                    billing=BillingStatus.INVOICED,
                    invoice_label=document.order_number,
                )
                ClaimFactory(company=company, line=line, hour=hour)
        return document

    return make


def text_of(thing: Any, field: str) -> Any:
    """A field of a row as it stands in the database now."""
    return type(thing).objects.values_list(field, flat=True).get(pk=thing.pk)
