"""Entries of every kind, ready to be claimed, and the way they become an invoice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from accounts.models import Company
from invoicing.models import Channel, Invoice
from invoicing.services import claiming, pricing
from invoicing.services.pricing import Billable, Grouping, Item
from registration.models import Project, Rate
from tests.factories import (
    ExpenseFactory,
    HourFactory,
    InstalmentFactory,
    ProjectFactory,
    RateFactory,
    RideFactory,
    SubscriptionPeriodFactory,
)
from tests.invoicing.mail_server import MailServer
from tests.invoicing.mailing import final_invoice
from tests.invoicing.own import Studio

DAY = date(2026, 10, 14)
Things = Mapping[str, Sequence[Any]]


@dataclass(frozen=True)
class Biller:
    """Reserves, prices and claims as one transaction, the way every channel must."""

    company: Company
    project: Project

    def invoice(self, things: Things, channel: str = Channel.AFAS) -> Invoice:
        """One invoice over all `things`, one line for each; raises what claiming raises."""
        versions = {kind: {one.pk: one.version for one in rows} for kind, rows in things.items()}
        with claiming.billing(), transaction.atomic():
            taken = claiming.reserve(company=self.company, versions=versions)
            found = [billable(kind, row) for kind, rows in taken.items() for row in rows]
            return claiming.draw_up(
                company=self.company,
                head=claiming.InvoiceHead(
                    customer=self.project.customer, project=self.project, invoice_date=DAY
                ),
                channel=Channel(channel),
                lines=pricing.price(found, Grouping.ENTRY),
                by=None,
            )


def billable(kind: str, row: Any) -> Billable:
    """A row as the pricing wants it."""
    measures = {
        "hour": lambda: Decimal(row.billable_minutes),
        "expense": lambda: row.quantity,
        "ride": lambda: row.kilometres,
    }
    planned = kind not in measures
    return Billable(
        kind=kind,
        pk=row.pk,
        measure=Decimal(1) if planned else measures[kind](),
        price=row.amount if planned else row.rate,
        date=row.due_on if planned else row.date,
        what=kind,
        person="Ada",
        project=row.project.name,
        note="",
        item=Item(),
    )


@pytest.fixture
def project(company: Company) -> Project:
    """What everything is billed on."""
    return ProjectFactory(company=company)


@pytest.fixture
def biller_of(company: Company, project: Project) -> Biller:
    """The way to an invoice of `company`."""
    return Biller(company, project)


@pytest.fixture
def make(company: Company, project: Project) -> Callable[..., Any]:
    """`make("hour")`: a thing of a kind on the project, EUR 100 an hour where it is one."""
    planned = {"instalment": InstalmentFactory, "subscription_period": SubscriptionPeriodFactory}

    def one(kind: str, **fields: Any) -> Any:
        made = {"company": company, "project": project, **fields}
        if kind in planned:
            return planned[kind](**made)
        if kind == "hour":
            hour = HourFactory(date=DAY, **made)
            RateFactory(company=company, activity=hour.activity)
            return hour
        if kind == "ride":
            Rate.objects.get_or_create(company=company, unit="km", amount=Decimal("0.23"))
        return {"expense": ExpenseFactory, "ride": RideFactory}[kind](date=DAY, **made)

    return one


@pytest.fixture
def studio(db: None) -> Studio:
    """A company and a customer that lack nothing for invoices of our own."""
    return Studio.ready()


@pytest.fixture
def files(settings: Any, tmp_path: Any) -> None:
    """What is stored goes to a folder of this test alone."""
    settings.MEDIA_ROOT = str(tmp_path)


@pytest.fixture
def server(settings: Any) -> Iterator[MailServer]:
    """The mail server that the settings name."""
    with MailServer() as running:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", running.port
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        yield running


@pytest.fixture
def final() -> Invoice:
    """A final invoice to a customer with an address."""
    return final_invoice()
