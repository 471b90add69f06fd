"""What a project earned and cost, counted by hand."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from registration.models import Hour
from registration.selectors.projects import unbilled_by_project
from registration.selectors.worth import worth_of
from tests.factories import (
    ExpenseFactory,
    HourFactory,
    InstalmentFactory,
    MembershipFactory,
    ProjectFactory,
    RateFactory,
    RideFactory,
    SubscriptionPeriodFactory,
)

pytestmark = pytest.mark.django_db
TODAY = date(2026, 5, 10)


def test_earned_is_what_may_be_asked_so_far(company: Any) -> None:
    project = ProjectFactory(company=company, only_approved=True)
    HourFactory(project=project, approved=True)
    HourFactory(project=project, minutes=30)
    HourFactory(project=project, invoiced=True, minutes=120)
    HourFactory(project=project, billing="written_off", minutes=15)
    HourFactory(project=project, billable=False)
    ExpenseFactory(project=project, billing="reserved")
    RideFactory(project=project, approved=True)
    HourFactory(company=company)
    found = worth_of(project, TODAY)
    assert (found.invoiced, found.reserved) == (200, 25)
    assert (found.unbilled, found.waiting) == (Decimal("109.20"), 50)
    assert found.earned == Decimal("384.20")
    assert (found.written_off, found.minutes) == (25, 285)


def test_what_was_rejected_cannot_be_invoiced_here_any_more_than_on_unbilled(company: Any) -> None:
    project = ProjectFactory(company=company)
    HourFactory(project=project, minutes=60)
    HourFactory(project=project, minutes=30, approval="rejected")
    found = worth_of(project, TODAY)
    assert (found.unbilled, found.waiting, found.earned) == (100, 50, 150)
    listed = unbilled_by_project(company, [project])[project.pk]
    assert (listed.amount, listed.waiting) == (100, 50)


def test_fixed_parts_count_when_they_are_due_and_covered_hours_never(company: Any) -> None:
    project = ProjectFactory(company=company, billing_method="fixed_project")
    InstalmentFactory(project=project, amount=1000, due_on=TODAY)
    InstalmentFactory(project=project, amount=400, due_on=TODAY + timedelta(days=1))
    InstalmentFactory(
        project=project, amount=50, due_on=TODAY + timedelta(days=1), billing="invoiced"
    )
    InstalmentFactory(project=project, amount=9, billing="not_billable")
    SubscriptionPeriodFactory(project=project, amount=Decimal("30.50"))
    HourFactory(project=project, missing="covered", minutes=90)
    HourFactory(project=project, missing="covered", minutes=510)
    found = worth_of(project, TODAY)
    assert (found.invoiced, found.unbilled, found.later) == (50, Decimal("1030.50"), 400)
    assert (found.earned, found.fixed) == (Decimal("1080.50"), Decimal("1080.50"))
    assert (found.covered, found.per_covered_hour) == (600, Decimal("108.05"))


def test_an_hour_costs_what_its_person_cost_on_that_day(company: Any) -> None:
    project = ProjectFactory(company=company)
    ann, bob = MembershipFactory.create_batch(2, company=company)
    RateFactory(company=company, unit="cost", amount=30)
    RateFactory(membership=ann, unit="cost", amount=40)
    RateFactory(membership=ann, unit="cost", amount=60, valid_from=date(2026, 5, 1))
    for person, day, minutes in (
        (ann, date(2026, 4, 30), 60),
        (ann, date(2026, 5, 1), 90),
        (bob, date(2026, 5, 1), 20),
    ):
        HourFactory(project=project, membership=person, date=day, minutes=minutes)
    ExpenseFactory(project=project, quantity=Decimal("2.5"), unit_cost=Decimal("9.99"))
    found = worth_of(project, TODAY)
    assert (found.labour, found.spent) == (Decimal("140.00"), Decimal("24.98"))
    assert found.cost == Decimal("164.98")
    # 2:50 as 1.00 + 1.50 + 0.33 hours at 100, and the expense passed on at cost
    assert found.earned == Decimal("307.98")
    assert (found.margin, found.margin_percent) == (Decimal("143.00"), Decimal("46.43"))


def test_hours_without_a_cost_rate_are_told_and_cost_nothing(company: Any) -> None:
    project = ProjectFactory(company=company)
    RateFactory(company=company, unit="cost", amount=30, valid_from=date(2026, 5, 1))
    RateFactory(company=company, unit="hour", amount=99)
    HourFactory(project=project, date=date(2026, 4, 30), minutes=45)
    found = worth_of(project, TODAY)
    assert (found.cost, found.uncosted) == (0, 45)


def test_nothing_earned_has_no_percentage(company: Any) -> None:
    found = worth_of(ProjectFactory(company=company), TODAY)
    assert (found.margin_percent, found.per_covered_hour, found.earned) == (None, None, 0)


def test_many_entries_take_as_many_questions_as_few(
    company: Any, django_assert_num_queries: Any
) -> None:
    project = ProjectFactory(company=company)
    for _number in range(5):
        HourFactory(project=project)
        ExpenseFactory(project=project)
    assert Hour.objects.count() == 5
    with django_assert_num_queries(8):
        worth_of(project, TODAY)
