"""The page of one entry, and Register → Expenses and Rides."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Company, Membership
from registration.models import Activity, Expense, Hour, Project, Ride
from tests.factories import (
    ActivityFactory,
    CompanyFactory,
    ExpenseCategoryFactory,
    HourFactory,
    MembershipFactory,
    ProjectFactory,
)


@pytest.fixture
def me(company: Company) -> Membership:
    return MembershipFactory(company=company)


@pytest.fixture
def browser(me: Membership, client_of: Callable[..., Any]) -> Any:
    return client_of(me.user, me.company)


@pytest.fixture
def project(company: Company) -> Project:
    return ProjectFactory(company=company, name="Webshop")


@pytest.fixture
def activity(company: Company) -> Activity:
    return ActivityFactory(company=company, name="Design")


class TestEntryPage:
    def test_a_change_is_saved_and_leads_back(
        self, browser: Any, me: Membership, project: Project, activity: Activity
    ) -> None:
        hour = HourFactory(membership=me, project=project, activity=activity)
        answer = browser.post(
            f"/register/hours/{hour.pk}/",
            {
                "version": 1,
                "date": hour.date.isoformat(),
                "project": project.pk,
                "activity": activity.pk,
                "minutes": "45m",
                "back": "/overviews/hours/?page=2",
            },
        )
        hour.refresh_from_db()
        assert answer.url == "/overviews/hours/?page=2"
        assert (hour.minutes, hour.billable) == (45, False)

    def test_a_stale_page_says_so_and_keeps_what_was_typed(
        self, browser: Any, me: Membership, project: Project, activity: Activity
    ) -> None:
        hour = HourFactory(membership=me, project=project, activity=activity, version=3)
        answer = browser.post(
            f"/register/hours/{hour.pk}/",
            {
                "version": 2,
                "date": hour.date.isoformat(),
                "project": project.pk,
                "activity": activity.pk,
                "minutes": "7:00",
            },
        )
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "changed this meanwhile" in page
        assert 'value="7:00"' in page

    def test_a_locked_entry_shows_why(self, browser: Any, me: Membership) -> None:
        hour = HourFactory(membership=me, invoiced=True)
        page = browser.get(f"/register/hours/{hour.pk}/").content.decode()
        assert "Already on invoice 2026-001" in page
        assert 'name="minutes"' not in page

    def test_a_rejected_entry_shows_the_comment(self, browser: Any, me: Membership) -> None:
        hour = HourFactory(membership=me, rejected=True)
        page = browser.get(f"/register/hours/{hour.pk}/").content.decode()
        assert "Wrong project" in page

    def test_deleting_asks_for_the_version_that_was_seen(
        self, browser: Any, me: Membership
    ) -> None:
        hour = HourFactory(membership=me, version=2)
        address = f"/register/hours/{hour.pk}/delete/"
        answer = browser.post(address, {"version": 1}, follow=True)
        assert "changed this meanwhile" in answer.content.decode()
        browser.post(address, {"version": 2})
        assert not Hour.objects.exists()

    def test_another_companys_entry_is_not_there(self, browser: Any) -> None:
        foreign = HourFactory(company=CompanyFactory())
        for method in (browser.get, browser.post):
            assert method(f"/register/hours/{foreign.pk}/").status_code == 404
        assert browser.post(f"/register/hours/{foreign.pk}/delete/").status_code == 404
        assert Hour.objects.filter(pk=foreign.pk, version=1).exists()


class TestMonths:
    def test_an_expense_is_added_and_shown(
        self, browser: Any, project: Project, company: Company
    ) -> None:
        category = ExpenseCategoryFactory(company=company, name="Lunch")
        answer = browser.post(
            "/register/expenses/",
            {
                "date": timezone.localdate().isoformat(),
                "project": project.pk,
                "category": category.pk,
                "quantity": "2",
                "unit_cost": "€ 12,50",
                "billable": "on",
            },
            follow=True,
        )
        assert Expense.objects.get().unit_cost * 2 == 25
        assert "25,00" in answer.content.decode()

    def test_a_ride_without_distance_is_refused_beside_its_field(
        self, browser: Any, project: Project
    ) -> None:
        answer = browser.post(
            "/register/rides/",
            {
                "date": timezone.localdate().isoformat(),
                "project": project.pk,
                "origin": "Utrecht",
                "destination": "Zwolle",
                "distance": "0",
                "purpose": "business",
            },
        )
        assert answer.status_code == 422
        assert "distance" in answer.context["form"].errors
        assert 'value="Zwolle"' in answer.content.decode()
        assert not Ride.objects.exists()

    def test_the_month_is_submitted(
        self, browser: Any, me: Membership, project: Project, company: Company
    ) -> None:
        category = ExpenseCategoryFactory(company=company)
        Expense.objects.create(
            company=company,
            membership=me,
            project=project,
            category=category,
            unit_cost=5,
            amount=5,
            date=date(2026, 3, 14),
        )
        answer = browser.post(
            "/register/expenses/submit/",
            {"first": "2026-03-01", "last": "2026-03-31", "back": "/register/expenses/"},
        )
        assert answer.url == "/register/expenses/"
        assert Expense.objects.get().approval == "submitted"

    @pytest.mark.parametrize("month", ["2026-13", "nonsense", "9999-12", ""])
    def test_a_month_that_is_none_is_this_month(self, browser: Any, month: str) -> None:
        answer = browser.get(f"/register/rides/?month={month}")
        assert answer.context["month"].first == timezone.localdate().replace(day=1)

    @pytest.mark.parametrize("kind", ["hours", "expenses", "rides"])
    def test_every_kind_has_a_page_of_its_own_for_adding(self, browser: Any, kind: str) -> None:
        assert browser.get(f"/register/{kind}/add/").status_code == 200
        assert browser.post(f"/register/{kind}/add/").status_code == 422
