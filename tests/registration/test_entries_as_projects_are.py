"""A form shows a project as it was; an entry is worth what the project is when it is saved."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import Membership, Role
from core.errors import FieldsError
from registration.models import BillingStatus, ExpenseCategory, Hour, Project
from registration.services.billable import move_to_project
from registration.services.entries import (
    ExpenseData,
    HourData,
    expense_log,
    hour_change,
    hour_log,
)
from relations.models import Customer
from tests.factories import (
    CompanyFactory,
    CustomerFactory,
    ExpenseCategoryFactory,
    HourFactory,
    MembershipFactory,
    ProjectFactory,
    RateFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> Membership:
    return MembershipFactory(company=CompanyFactory(), role=Role.OWNER)


@pytest.fixture
def hour(admin: Membership) -> Hour:
    customer = CustomerFactory(company=admin.company)
    entry = HourFactory(
        company=admin.company,
        membership=admin,
        project=ProjectFactory(customer=customer),
        date=timezone.localdate(),
        minutes=50,
    )
    RateFactory(activity=entry.activity, amount=100)
    return entry


def as_shown(project: Project) -> Project:
    """The project as a form loaded it, its customer included."""
    return Project.objects.select_related("customer").get(pk=project.pk)


def data(entry: Hour, project: Project) -> HourData:
    return HourData(date=entry.date, project=project, activity=entry.activity, minutes=50)


def test_what_is_logged_follows_a_method_that_changed_since_the_form(
    admin: Membership, hour: Hour
) -> None:
    shown = as_shown(hour.project)
    Project.objects.filter(pk=shown.pk).update(billing_method="none")
    logged = hour_log(by=admin, data=data(hour, shown))
    assert (logged.billing, logged.amount) == (BillingStatus.NOT_BILLABLE, None)


def test_what_is_changed_follows_the_customers_rounding_of_now(
    admin: Membership, hour: Hour
) -> None:
    shown = as_shown(hour.project)
    Customer.objects.filter(pk=shown.customer_id).update(rounding_rule="up", rounding_step=60)
    changed = hour_change(by=admin, hour=hour, version=hour.version, data=data(hour, shown))
    assert (changed.billable_minutes, changed.amount) == (60, 100)


def test_nothing_is_logged_on_a_project_that_was_closed_since_the_form(
    admin: Membership, hour: Hour
) -> None:
    shown = as_shown(hour.project)
    Project.objects.filter(pk=shown.pk).update(active=False)
    with pytest.raises(FieldsError, match="not active"):
        hour_log(by=admin, data=data(hour, shown))


def test_an_expense_is_passed_on_at_the_price_of_now(admin: Membership, hour: Hour) -> None:
    shown = ExpenseCategoryFactory(company=admin.company, sales_price=Decimal(10))
    ExpenseCategory.objects.filter(pk=shown.pk).update(sales_price=Decimal(12))
    spent = expense_log(
        by=admin,
        data=ExpenseData(
            date=hour.date, project=hour.project, category=shown, unit_cost=Decimal(5)
        ),
    )
    assert spent.amount == 12


def test_what_moves_to_a_project_is_billed_as_the_project_is_now(
    admin: Membership, hour: Hour
) -> None:
    there = ProjectFactory(customer=hour.project.customer)
    shown = as_shown(there)
    Project.objects.filter(pk=there.pk).update(billing_method="fixed_project")
    move_to_project(by=admin, ids={"hours": [hour.pk]}, project=shown)
    hour.refresh_from_db()
    assert (hour.missing, hour.amount) == ("covered", None)
