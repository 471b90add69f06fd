"""Subscriptions whose price, method or start changes while time goes by: nothing is lost."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from core.errors import FieldsError
from registration.forms.billing import MethodForm
from registration.models import BillingMethod, Project, SubscriptionPeriod
from registration.services import billing_status
from registration.services.methods import MethodData, method_change, method_preview
from registration.services.recurrence import Billed, Terms, parts
from registration.services.subscriptions import periods_due
from tests.registration.test_subscriptions import bill, rows, save, subscription

pytestmark = pytest.mark.django_db
JANUARY, FEBRUARY, MARCH = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)
APRIL, JUNE = date(2026, 4, 1), date(2026, 6, 1)


class Clock:
    """The day it is."""

    today = JANUARY


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    now = Clock()
    monkeypatch.setattr(timezone, "localdate", lambda: now.today)
    return now


def asked(project: Project) -> list[tuple[str, str]]:
    """The first day and the amount of every period, billed or not."""
    return [(first[3:], amount) for first, _last, amount, _billing in rows(project)]


def change(project: Project, method: str, **wanted: Any) -> None:
    project.refresh_from_db()
    data = MethodData(method=BillingMethod(method), **wanted)
    method_change(company=project.company, project=project, data=data, by=None)


class TestAFreePeriod:
    def test_what_costs_something_before_it_is_still_due(self, company: Any, clock: Clock) -> None:
        project = subscription(company)
        save(project)
        save(project, price=Decimal(0), price_from=MARCH)
        clock.today = APRIL
        assert periods_due(company, APRIL) == 1
        assert asked(project) == [("01-01", "310.00"), ("02-01", "310.00")]

    def test_asks_for_nothing_and_locks_nobody(
        self, company: Any, clock: Clock, django_assert_num_queries: Any
    ) -> None:
        project = subscription(company)
        save(project, price=Decimal(0))
        save(project, price=Decimal(310), price_from=MARCH)
        clock.today = FEBRUARY
        with django_assert_num_queries(3):
            assert periods_due(company, FEBRUARY) == 0
        clock.today = MARCH
        assert periods_due(company, MARCH) == 1
        assert asked(project) == [("03-01", "310.00")]


class TestBegunAgain:
    @pytest.fixture
    def project(self, company: Any) -> Project:
        project = subscription(company)
        save(project)
        bill(project, JANUARY)
        return project

    def test_it_costs_what_was_typed_whatever_was_planned_before(
        self, project: Project, clock: Clock
    ) -> None:
        save(project, price=Decimal(400), price_from=JUNE)
        change(project, "hourly_project", starts=FEBRUARY)
        clock.today = APRIL
        change(project, "subscription", starts=MARCH, price=Decimal(300))
        assert asked(project) == [("01-01", "310.00"), ("03-01", "300.00"), ("04-01", "300.00")]

    def test_a_period_of_before_that_is_credited_stays_to_be_invoiced(
        self, project: Project, company: Any, clock: Clock
    ) -> None:
        change(project, "hourly_project", starts=FEBRUARY)
        change(project, "subscription", starts=MARCH, price=Decimal(300))
        ids = [SubscriptionPeriod.objects.get(starts_on=JANUARY).pk]
        billing_status.release(company=company, kind="subscription_period", ids=ids)
        clock.today = MARCH
        periods_due(company, MARCH)
        save(project, price=Decimal(290))
        assert rows(project) == [
            ("26-01-01", "26-01-31", "310.00", "unbilled"),
            ("26-03-01", "26-03-31", "290.00", "unbilled"),
        ]


@pytest.mark.parametrize("price", ["0.05", "10.01", "31.05", "310"])
@pytest.mark.parametrize("day", range(1, 30))
def test_a_period_that_is_billed_in_two_parts_costs_no_cent_more(price: str, day: int) -> None:
    month = {"frequency": "month", "starts_on": APRIL, "price": Decimal(price)}
    eve = APRIL.replace(day=day)
    early = list(parts(Terms(**month, ends_on=eve), eve))
    billed = [Billed(one.span, one.amount) for one in early]
    late = list(parts(Terms(**month), APRIL.replace(day=30), billed))
    assert sum(one.amount for one in early + late) == Decimal(price)


class TestBilledAnotherWayLater:
    @pytest.mark.parametrize(
        ("ends_on", "starts", "asks"),
        [(None, APRIL, (2, 620)), (date(2026, 2, 14), APRIL, (1, 155)), (None, FEBRUARY, (0, 0))],
    )
    def test_the_periods_until_then_are_told_and_made(
        self, company: Any, ends_on: date | None, starts: date, asks: tuple[int, int]
    ) -> None:
        project = subscription(company, ends_on=ends_on)
        save(project)
        bill(project, JANUARY)
        data = MethodData(method=BillingMethod.HOURLY_PROJECT, starts=starts, keep_planned=True)
        project.refresh_from_db()
        told = method_preview(company, project, data)
        assert (told.parts, told.planned) == asks
        change(project, "hourly_project", starts=starts, keep_planned=True)
        made = [Decimal(amount) for _first, amount in asked(project)[1:]]
        assert (len(made), sum(made)) == asks

    def test_it_is_asked_what_becomes_of_them_although_none_is_made_yet(self, company: Any) -> None:
        project = subscription(company)
        save(project)
        bill(project, JANUARY)
        form = MethodForm(None, project=project, method=BillingMethod.HOURLY_PROJECT)
        assert form.fields["keep_planned"].required


def test_a_first_day_that_moves_takes_what_it_leaves_out_off_the_plan(company: Any) -> None:
    project = subscription(company)
    save(project)
    save(project, starts_on=MARCH)
    assert rows(project) == []


def test_a_price_from_long_ago_is_refused(company: Any) -> None:
    with pytest.raises(FieldsError, match="from 2000 on") as refusal:
        save(subscription(company), price_from=date(1, 1, 1))
    assert list(refusal.value.errors) == ["price_from"]
