"""Projects, rates, entries and what is billed without them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import factory
from django.utils import timezone

from core import money
from registration.models import (
    Activity,
    ApprovalStatus,
    BillingMethod,
    BillingStatus,
    EarlierMethod,
    EarlierPrice,
    Expense,
    ExpenseCategory,
    Hour,
    Instalment,
    Missing,
    Project,
    ProjectActivity,
    ProjectMember,
    Rate,
    Receipt,
    Ride,
    Selection,
    Subscription,
    SubscriptionPeriod,
)
from tests.factories.base import OwnedFactory, same_company
from tests.factories.people import CustomerFactory, MembershipFactory


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


class EarlierMethodFactory(OwnedFactory):
    """Until 2026 the project was billed by its own rate."""

    class Meta:
        model = EarlierMethod

    project = same_company(ProjectFactory)
    method = BillingMethod.HOURLY_PROJECT
    until = date(2026, 1, 1)


class SubscriptionFactory(OwnedFactory):
    """EUR 250 a month, in advance."""

    class Meta:
        model = Subscription

    project = same_company(ProjectFactory, billing_method="subscription", price=Decimal(250))
    starts_on = date(2026, 1, 1)


class EarlierPriceFactory(OwnedFactory):
    """Periods that began before 2026 cost EUR 200."""

    class Meta:
        model = EarlierPrice

    project = same_company(ProjectFactory, billing_method="subscription")
    amount = Decimal(200)
    until = date(2026, 1, 1)


class ReceiptFactory(OwnedFactory):
    """The receipt of an expense; its file is named, not stored."""

    class Meta:
        model = Receipt

    expense = same_company(ExpenseFactory)
    name = "receipt.pdf"
    file = factory.LazyAttribute(lambda one: f"receipts/0/{one.sha256[:2]}/{one.sha256}.pdf")
    content_type = "application/pdf"
    size = 1000
    sha256 = factory.Sequence(lambda n: f"{n:064x}")
