"""One factory per model: valid by default and minimal, everything it makes of one company.

`HourFactory(company=vlier)` makes its project, person and activity in that company too. When an
object is given instead (`HourFactory(project=website)`), the row belongs to that object's company.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import factory
from django.db import models
from django.utils import timezone
from factory.django import DjangoModelFactory

from accounts.models import RIGHTS_OF_ROLE, Company, Invitation, Membership, Role, User
from core import money
from core.models import AuditEvent
from integrations.models import (
    AfasAttempt,
    AfasConnection,
    AfasDocument,
    AppInstallation,
    CustomerLink,
    ImportRow,
    ImportRun,
    InvoicingRun,
    ItemLink,
    ItemUse,
    Kind,
    PersonTask,
    State,
)
from invoicing.models import Channel, Claim, DocumentStatus, Invoice, InvoiceLine
from registration.models import (
    Activity,
    ApprovalStatus,
    BillingStatus,
    Expense,
    ExpenseCategory,
    Hour,
    Instalment,
    Missing,
    Project,
    ProjectActivity,
    ProjectMember,
    Rate,
    Ride,
    Selection,
    SubscriptionPeriod,
)
from relations.models import Customer

PASSWORD = "a-long-enough-password"  # of every user a factory makes
A_TOKEN = f"<token><version>1</version><data>{'0123456789ABCDEF' * 4}</data></token>"


class UserFactory(DjangoModelFactory):
    """A person without a company."""

    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"person{n}@example.test")
    name = factory.Sequence(lambda n: f"Person {n}")
    language = "en"
    password = PASSWORD

    @classmethod
    def _create(cls, model_class: type[User], *_args: Any, **fields: Any) -> User:
        return model_class.objects.create_user(**fields)


class CompanyFactory(DjangoModelFactory):
    """A company in which nobody works yet."""

    class Meta:
        model = Company

    name = factory.Sequence(lambda n: f"Studio {n}")
    language = "en"


class OwnedFactory(DjangoModelFactory):
    """A row of a company: the given one, else that of the first given object, else a new one."""

    class Meta:
        abstract = True

    company = factory.SubFactory(CompanyFactory)

    @classmethod
    def _generate(cls, strategy: Any, params: dict[str, Any]) -> Any:
        if "company" not in params:
            owned = (value for value in params.values() if isinstance(value, models.Model))
            company = next((one.company for one in owned if hasattr(one, "company_id")), None)
            params = {**params, "company": company} if company else params
        return super()._generate(strategy, params)


def same_company(factory_class: type[DjangoModelFactory] | str, **defaults: Any) -> Any:
    """A related row in the same company."""
    return factory.SubFactory(factory_class, company=factory.SelfAttribute("..company"), **defaults)


class MembershipFactory(OwnedFactory):
    """A person's place in a company, with the rights of the role."""

    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    role = Role.MEMBER
    rights = factory.LazyAttribute(lambda one: sorted(RIGHTS_OF_ROLE[one.role]))


class InvitationFactory(OwnedFactory):
    """An open invitation."""

    class Meta:
        model = Invitation

    email = factory.Sequence(lambda n: f"invited{n}@example.test")
    name = "Invited Person"
    role = Role.MEMBER
    rights = factory.LazyAttribute(lambda one: sorted(RIGHTS_OF_ROLE[one.role]))
    invited_by = factory.SubFactory(UserFactory)


class AuditEventFactory(OwnedFactory):
    """Something that was done."""

    class Meta:
        model = AuditEvent

    action = "customer.created"
    object_type = "relations.customer"
    object_id = "1"


class CustomerFactory(OwnedFactory):
    """A customer in the Netherlands without a number; `numbered=True` gives it one."""

    class Meta:
        model = Customer

    class Params:
        numbered = factory.Trait(number=factory.Sequence(lambda n: str(70001 + n)))

    name = factory.Sequence(lambda n: f"Customer {n} B.V.")


class ActivityFactory(OwnedFactory):
    """A kind of work."""

    class Meta:
        model = Activity

    name = factory.Sequence(lambda n: f"Activity {n}")


class ExpenseCategoryFactory(OwnedFactory):
    """A kind of expense, passed on at cost."""

    class Meta:
        model = ExpenseCategory

    name = factory.Sequence(lambda n: f"Category {n}")


class ProjectFactory(OwnedFactory):
    """An hourly project (rate of the activity) for a customer."""

    class Meta:
        model = Project

    customer = same_company(CustomerFactory)
    name = factory.Sequence(lambda n: f"Project {n}")


class ProjectActivityFactory(OwnedFactory):
    """An activity on a project."""

    class Meta:
        model = ProjectActivity

    project = same_company(ProjectFactory)
    activity = same_company(ActivityFactory)


class ProjectMemberFactory(OwnedFactory):
    """A person on a project."""

    class Meta:
        model = ProjectMember

    project = same_company(ProjectFactory)
    membership = same_company(MembershipFactory)


class RateFactory(OwnedFactory):
    """The company's own hourly rate; give a customer, activity, membership or project."""

    class Meta:
        model = Rate

    unit = Rate.Unit.HOUR
    amount = Decimal(100)


class EntryFactory(OwnedFactory):
    """What hours, expenses and rides share: priced and not yet invoiced.

    `approved=True` and `rejected=True` set the approval; `billable=False` and `missing="no_rate"`
    take the amount away, as valuation would.
    """

    class Meta:
        abstract = True

    class Params:
        approved = factory.Trait(
            approval=ApprovalStatus.APPROVED, approved_at=factory.LazyFunction(timezone.now)
        )
        rejected = factory.Trait(approval=ApprovalStatus.REJECTED, approval_comment="Wrong project")
        invoiced = factory.Trait(billing=BillingStatus.INVOICED, invoice_label="2026-001")

    membership = same_company(MembershipFactory)
    project = same_company(ProjectFactory)
    date = factory.LazyFunction(timezone.localdate)
    missing = factory.LazyAttribute(lambda one: "" if one.billable else Missing.NOT_BILLABLE)
    billable = True
    billing = factory.LazyAttribute(
        lambda one: BillingStatus.UNBILLED if one.billable else BillingStatus.NOT_BILLABLE
    )
    rate = factory.LazyAttribute(lambda one: None if one.missing else one.usual_rate)


class HourFactory(EntryFactory):
    """One hour of work at EUR 100."""

    class Meta:
        model = Hour
        exclude = ("usual_rate",)

    usual_rate = Decimal(100)
    activity = same_company(ActivityFactory)
    minutes = 60
    billable_minutes = factory.LazyAttribute(lambda one: one.minutes if one.billable else 0)
    amount = factory.LazyAttribute(
        lambda one: (
            None
            if one.missing
            else money.line_net(money.hours_of(one.billable_minutes), Decimal(one.rate))
        )
    )


class ExpenseFactory(EntryFactory):
    """One expense of EUR 25, passed on at cost."""

    class Meta:
        model = Expense
        exclude = ("usual_rate",)

    usual_rate = factory.SelfAttribute("unit_cost")
    category = same_company(ExpenseCategoryFactory)
    quantity = Decimal(1)
    unit_cost = Decimal(25)
    amount = factory.LazyAttribute(
        lambda one: None if one.missing else money.line_net(Decimal(one.quantity), one.rate)
    )


class RideFactory(EntryFactory):
    """A business ride of 40 km one way at EUR 0.23 per km."""

    class Meta:
        model = Ride
        exclude = ("usual_rate",)

    usual_rate = Decimal("0.23")
    origin = "Utrecht"
    destination = "Amersfoort"
    distance = Decimal(40)
    is_return = False
    amount = factory.LazyAttribute(
        lambda one: (
            None
            if one.missing
            else money.line_net(Decimal(one.distance) * (2 if one.is_return else 1), one.rate)
        )
    )


class InstalmentFactory(OwnedFactory):
    """A part of a fixed price."""

    class Meta:
        model = Instalment

    project = same_company(ProjectFactory, billing_method="fixed_project")
    description = "First instalment"
    amount = Decimal(1000)
    due_on = factory.LazyFunction(timezone.localdate)


class SubscriptionPeriodFactory(OwnedFactory):
    """A month of a subscription."""

    class Meta:
        model = SubscriptionPeriod

    project = same_company(ProjectFactory, billing_method="subscription")
    description = "One month"
    amount = Decimal(250)
    due_on = factory.SelfAttribute("starts_on")
    starts_on = date(2026, 1, 1)
    ends_on = factory.LazyAttribute(lambda one: one.starts_on + timedelta(days=30))


class SelectionFactory(OwnedFactory):
    """Nothing ticked yet."""

    class Meta:
        model = Selection

    user = factory.LazyAttribute(lambda one: MembershipFactory(company=one.company).user)


class InvoiceFactory(OwnedFactory):
    """An invoice that AFAS makes for us, without lines."""

    class Meta:
        model = Invoice

    class Params:
        ours = factory.Trait(
            channel=Channel.OURS, number=factory.Sequence(lambda n: f"2026-{n:04d}")
        )

    customer = same_company(CustomerFactory)
    channel = Channel.AFAS
    status = DocumentStatus.FINAL
    invoice_date = factory.LazyFunction(timezone.localdate)


class InvoiceLineFactory(OwnedFactory):
    """One hour at EUR 100."""

    class Meta:
        model = InvoiceLine

    invoice = same_company(InvoiceFactory)
    position = factory.Sequence(lambda n: n + 1)
    description = "Work"
    quantity = Decimal(1)
    unit_price = Decimal(100)
    net = factory.LazyAttribute(lambda one: money.line_net(one.quantity, one.unit_price))


class ClaimFactory(OwnedFactory):
    """That an hour stands on a line; give `hour=None` and another thing instead."""

    class Meta:
        model = Claim

    line = same_company(InvoiceLineFactory)
    hour = same_company(HourFactory)
    quantity = Decimal(1)
    rate = Decimal(100)
    amount = Decimal(100)


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
    """A queued direct invoice. Traits: waiting, sending, confirmed, rejected, unknown, cancelled.

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
            sending_since=factory.LazyFunction(lambda: timezone.now() - timedelta(minutes=10)),
            unknown_since=factory.LazyFunction(timezone.now),
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
