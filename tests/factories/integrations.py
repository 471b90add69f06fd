"""The link to AFAS: connections, documents in each state, imports and links."""

from __future__ import annotations

from datetime import timedelta

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from accounts.models import Company
from integrations.models import (
    AfasAttempt,
    AfasConnection,
    AfasDocument,
    Alert,
    AppInstallation,
    CheckRun,
    Comparison,
    CustomerLink,
    HiddenChecklist,
    ImportRow,
    ImportRun,
    InvoicingRun,
    ItemLink,
    ItemUse,
    Kind,
    PersonTask,
    State,
    SweepClock,
)
from tests.factories.base import OwnedFactory, same_company
from tests.factories.invoicing import InvoiceFactory
from tests.factories.people import CustomerFactory
from tests.factories.registration import SelectionFactory

A_TOKEN = f"<token><version>1</version><data>{'0123456789ABCDEF' * 4}</data></token>"


class AppInstallationFactory(OwnedFactory):
    """The AFAS app, switched on."""

    class Meta:
        model = AppInstallation

    app = "afas"


class AfasConnectionFactory(OwnedFactory):
    """A connection that is ready to send: token accepted, administration chosen."""

    class Meta:
        model = AfasConnection

    class Params:
        paused = factory.Trait(
            paused_at=factory.LazyFunction(timezone.now), paused_because="person"
        )
        closed = factory.Trait(closed_at=factory.LazyFunction(timezone.now))
        bare = factory.Trait(user_token="", secret_hint="", checked_at=None, administration=None)

    participant = "12345"
    realm = ""
    environment = factory.LazyAttribute(lambda one: f"{one.participant}{one.realm}")
    user_token = A_TOKEN
    secret_hint = "CDEF"
    secret_set_at = factory.LazyFunction(timezone.now)
    checked_at = factory.LazyFunction(timezone.now)
    administration = 1
    administration_name = "Studio Vlier B.V."


def _connection_of(company: Company) -> AfasConnection:
    """The company's open connection, since it can have only one."""
    found = AfasConnection.objects.of(company).filter(closed_at__isnull=True).first()
    return found or AfasConnectionFactory(company=company)


class ConnectedFactory(OwnedFactory):
    """A row that belongs to the company's open connection."""

    class Meta:
        abstract = True

    connection = factory.LazyAttribute(lambda one: _connection_of(one.company))


class InvoicingRunFactory(ConnectedFactory):
    """One press of the button."""

    class Meta:
        model = InvoicingRun

    selection = same_company(SelectionFactory)
    by = factory.SelfAttribute("selection.user")


class AfasDocumentFactory(ConnectedFactory):
    """A queued direct invoice. Traits: waiting, sending, confirmed, rejected, unknown, cancelled,
    undone.

    `of_customer=True` makes it the document that creates a debtor.
    """

    class Meta:
        model = AfasDocument

    class Params:
        waiting = factory.Trait(state=State.WAITING, payload="")
        sending = factory.Trait(
            state=State.SENDING, sending_since=factory.LazyFunction(timezone.now), attempts=1
        )
        confirmed = factory.Trait(
            state=State.CONFIRMED,
            attempts=1,
            order_number=factory.Sequence(lambda n: f"F{n:06d}"),
            confirmed_at=factory.LazyFunction(timezone.now),
        )
        rejected = factory.Trait(
            state=State.REJECTED, attempts=1, message="AFAS: Het item bestaat niet."
        )
        unknown = factory.Trait(
            state=State.UNKNOWN,
            attempts=1,
            ever_unknown=True,
            unknown_since=factory.LazyFunction(lambda: timezone.now() - timedelta(minutes=10)),
        )
        undone = factory.Trait(
            state=State.UNDONE,
            attempts=1,
            order_number=factory.Sequence(lambda n: f"U{n:06d}"),
            confirmed_at=factory.LazyFunction(timezone.now),
            undone_at=factory.LazyFunction(timezone.now),
        )
        cancelled = factory.Trait(state=State.CANCELLED)
        of_customer = factory.Trait(
            kind=Kind.CUSTOMER, invoice=None, customer=same_company(CustomerFactory)
        )

    environment = factory.SelfAttribute("connection.environment")
    administration = factory.SelfAttribute("connection.administration")
    kind = Kind.DIRECT_INVOICE
    state = State.QUEUED
    invoice = same_company(InvoiceFactory)
    customer = factory.SelfAttribute("invoice.customer")
    payload = '{"FbDirectInvoice":{}}'


class AfasAttemptFactory(OwnedFactory):
    """An attempt that was answered."""

    class Meta:
        model = AfasAttempt

    document = same_company(AfasDocumentFactory)
    number = factory.Sequence(lambda n: n % 30000 + 1)
    request_body = factory.SelfAttribute("document.payload")
    status = 201


class PersonTaskFactory(OwnedFactory):
    """Something a person has to settle."""

    class Meta:
        model = PersonTask

    what = PersonTask.What.TWICE
    document = same_company(AfasDocumentFactory, confirmed=True)
    key = factory.Sequence(lambda n: f"K{n}")


class ImportRunFactory(ConnectedFactory):
    """An import by button that is done."""

    class Meta:
        model = ImportRun

    trigger = ImportRun.Trigger.BUTTON
    status = ImportRun.Status.DONE


class ImportRowFactory(OwnedFactory):
    """A debtor that was new."""

    class Meta:
        model = ImportRow

    run = same_company(ImportRunFactory)
    outcome = ImportRow.Outcome.NEW
    debtor_number = factory.Sequence(lambda n: str(80001 + n))


class CustomerLinkFactory(OwnedFactory):
    """Our customer is that debtor."""

    class Meta:
        model = CustomerLink

    environment = "12345"
    customer = same_company(CustomerFactory)
    debtor_number = factory.Sequence(lambda n: str(90001 + n))


class ItemLinkFactory(OwnedFactory):
    """The default item."""

    class Meta:
        model = ItemLink

    environment = "12345"
    use = ItemUse.DEFAULT
    kind = "1"
    code = "UREN-ALG"
    unit = "uur"


class SweepClockFactory(DjangoModelFactory):
    """A machine that has counted a sweep."""

    class Meta:
        model = SweepClock

    boot = factory.Sequence(lambda n: f"boot-{n}")
    ticked = 0.0


class CheckRunFactory(ConnectedFactory):
    """A test of the link that AFAS accepted."""

    class Meta:
        model = CheckRun

    trigger = CheckRun.Trigger.BUTTON
    started_at = factory.LazyFunction(timezone.now)
    finished_at = factory.LazyFunction(timezone.now)
    accepted = True


class ComparisonFactory(ConnectedFactory):
    """The first reading after a restored backup, not yet begun."""

    class Meta:
        model = Comparison

    restored_at = factory.LazyFunction(timezone.now)
    number = 1
    began_at = factory.LazyFunction(timezone.now)


class AlertFactory(ConnectedFactory):
    """Something the owners are told."""

    class Meta:
        model = Alert

    kind = Alert.Kind.PAUSED


class HiddenChecklistFactory(OwnedFactory):
    """A company that hid the first steps."""

    class Meta:
        model = HiddenChecklist
