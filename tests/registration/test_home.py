"""The dashboard: what waits for whom."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import Company, User
from registration.models import Hour
from registration.selectors.periods import monday_of
from tests.factories import (
    HourFactory,
    ProjectMemberFactory,
)


def page(user: User, company: Company, client_of: Callable[..., Any]) -> Any:
    return client_of(user, company).get("/")


def titles(answer: Any) -> list[str]:
    return [task.title for task in answer.context["tasks"]]


def test_my_week_counts_only_my_hours_of_this_week(
    company: Company, member: User, client_of: Callable[..., Any]
) -> None:
    me = member.memberships.get()
    monday = monday_of(timezone.localdate())
    HourFactory(membership=me, date=monday, minutes=90)
    HourFactory(membership=me, date=monday, minutes=30, billable=False)
    HourFactory(membership=me, date=monday - timedelta(days=1))
    HourFactory(company=company, date=monday)
    context = page(member, company, client_of).context
    assert (context["minutes"], context["billable"]) == (120, 90)
    assert [day.minutes for day in context["days"]] == [120, 0, 0, 0, 0, 0, 0]


def test_a_member_is_told_what_to_submit_and_nothing_about_money(
    company: Company, member: User, client_of: Callable[..., Any]
) -> None:
    HourFactory(membership=member.memberships.get())
    HourFactory(company=company, approval="submitted")
    answer = page(member, company, client_of)
    assert titles(answer) == ["1 hour of yours is not submitted"]
    assert "€" not in answer.content.decode()


def test_who_approves_is_told_what_waits(
    company: Company, manager: User, client_of: Callable[..., Any]
) -> None:
    HourFactory.create_batch(2, company=company, approval="submitted")
    HourFactory(membership=manager.memberships.get(), approval="submitted")
    assert titles(page(manager, company, client_of)) == ["2 hours wait for your approval"]


def test_a_projects_manager_is_told_about_that_project(
    company: Company, member: User, client_of: Callable[..., Any]
) -> None:
    hour = HourFactory(company=company, approval="submitted")
    HourFactory(company=company, approval="submitted")
    ProjectMemberFactory(project=hour.project, membership=member.memberships.get(), is_manager=True)
    assert titles(page(member, company, client_of)) == ["1 hour waits for your approval"]


def test_entries_without_a_rate_are_pointed_at(
    company: Company, biller: User, client_of: Callable[..., Any]
) -> None:
    HourFactory(company=company, missing="no_rate")
    answer = page(biller, company, client_of)
    assert titles(answer) == ["1 hour has no rate"]
    assert "worth=no_rate" in answer.content.decode()


def test_the_dashboard_costs_a_fixed_number_of_queries(
    company: Company,
    owner: User,
    client_of: Callable[..., Any],
    django_assert_max_num_queries: Any,
) -> None:
    HourFactory.create_batch(20, company=company, approval="submitted")
    browser = client_of(owner, company)
    with django_assert_max_num_queries(31):
        browser.get("/")
    assert Hour.objects.count() == 20


def test_an_empty_company_is_greeted_calmly(
    company: Company, owner: User, client_of: Callable[..., Any]
) -> None:
    text = page(owner, company, client_of).content.decode()
    assert "Nothing waits for you" in text
    assert "Olga" in text
