"""A rounding rule of the customer or the company changes, and open hours follow."""

from __future__ import annotations

from typing import Any

import pytest

from core.rounding import RoundingRule, rounding_changed
from registration.models import Hour
from registration.services.valuation import Ladder
from tests.factories import CustomerFactory, HourFactory, ProjectFactory, RateFactory

pytestmark = pytest.mark.django_db


def hour_of(company: Any, *, project_rule: str, customer_rule: str, **fields: Any) -> Hour:
    customer = CustomerFactory(company=company, rounding_rule=customer_rule)
    project = ProjectFactory(company=company, customer=customer, rounding_rule=project_rule)
    hour = HourFactory(project=project, minutes=50, **fields)
    RateFactory(activity=hour.activity, amount=100)
    return hour


def billable(hour: Hour) -> int:
    hour.refresh_from_db()
    return hour.billable_minutes


def test_hours_that_follow_the_customer_are_rounded_again(company: Any) -> None:
    hour = hour_of(company, project_rule=RoundingRule.INHERIT, customer_rule=RoundingRule.NONE)
    own = hour_of(company, project_rule=RoundingRule.NONE, customer_rule=RoundingRule.NONE)
    for one in (hour, own):
        customer = one.project.customer
        customer.rounding_rule, customer.rounding_step = RoundingRule.UP, 15
        customer.save()
        rounding_changed.send(type(customer), company=company, customer=customer, by=None)
    assert (billable(hour), hour.amount, hour.minutes, hour.version) == (60, 100, 50, 2)
    assert (billable(own), own.version) == (50, 1)


def test_hours_that_follow_the_company_are_rounded_again(company: Any) -> None:
    hour = hour_of(company, project_rule=RoundingRule.INHERIT, customer_rule=RoundingRule.INHERIT)
    other = hour_of(company, project_rule=RoundingRule.INHERIT, customer_rule=RoundingRule.NONE)
    company.rounding_rule, company.rounding_step = RoundingRule.UP, 30
    company.save()
    rounding_changed.send(type(company), company=company, customer=None, by=None)
    assert (billable(hour), billable(other)) == (60, 50)


@pytest.mark.parametrize("billing", ["reserved", "invoiced", "written_off"])
def test_what_is_claimed_keeps_its_rounding(company: Any, billing: str) -> None:
    hour = hour_of(
        company,
        project_rule=RoundingRule.INHERIT,
        customer_rule=RoundingRule.INHERIT,
        billing=billing,
    )
    company.rounding_rule = RoundingRule.UP
    company.save()
    rounding_changed.send(type(company), company=company, customer=None, by=None)
    assert (billable(hour), hour.version) == (50, 1)


def test_a_page_that_was_opened_before_rounds_by_the_rule_of_now(company: Any) -> None:
    old = type(company).objects.get(pk=company.pk)
    company.rounding_rule, company.rounding_step = RoundingRule.UP, 30
    company.save()
    assert Ladder.held(old).rounding == (RoundingRule.UP, 30)
