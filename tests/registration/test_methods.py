"""Another billing method: what it does to entries, and what of the past it leaves alone."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from core import audit
from core.errors import FieldsError
from registration.models import (
    BillingMethod,
    EarlierMethod,
    Hour,
    Instalment,
    Project,
    SubscriptionPeriod,
)
from registration.services.methods import (
    MethodData,
    MethodPreview,
    method_change,
    method_preview,
)
from registration.services.subscriptions import periods_due
from registration.services.valuation import Ladder
from tests.factories import (
    ExpenseFactory,
    HourFactory,
    InstalmentFactory,
    ProjectFactory,
    RateFactory,
    SubscriptionFactory,
    SubscriptionPeriodFactory,
)

pytestmark = pytest.mark.django_db
MAY, JUNE, JULY = date(2026, 5, 1), date(2026, 6, 1), date(2026, 7, 1)


@pytest.fixture(autouse=True)
def _in_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "localdate", lambda: MAY)


def data(method: str, **wanted: Any) -> MethodData:
    return MethodData(method=BillingMethod(method), **wanted)


def change(project: Project, method: str, **wanted: Any) -> None:
    method_change(company=project.company, project=project, data=data(method, **wanted), by=None)
    project.refresh_from_db()


def preview(project: Project, method: str, **wanted: Any) -> MethodPreview:
    return method_preview(project.company, project, data(method, **wanted))


def invoiced(project: Project, day: date = date(2026, 4, 30)) -> Any:
    return HourFactory(project=project, date=day, invoiced=True)


class TestWhatItTouches:
    def test_without_invoices_it_holds_for_all_work(self, company: Any) -> None:
        entry = HourFactory(company=company, date=date(2024, 1, 1))
        RateFactory(project=entry.project, amount=80)
        change(entry.project, "hourly_project")
        entry.refresh_from_db()
        assert (entry.rate, entry.version) == (80, 2)
        assert not EarlierMethod.objects.exists()

    def test_once_something_is_invoiced_it_needs_a_day(self, company: Any) -> None:
        entry = invoiced(ProjectFactory(company=company))
        with pytest.raises(FieldsError, match="Choose its first day") as refusal:
            change(entry.project, "none")
        assert list(refusal.value.errors) == ["starts"]

    def test_work_before_that_day_keeps_its_method(self, company: Any) -> None:
        project = invoiced(ProjectFactory(company=company)).project
        before = HourFactory(project=project, date=date(2026, 5, 31))
        after = HourFactory(project=project, date=JUNE)
        RateFactory(activity=before.activity, amount=100)
        RateFactory(project=project, amount=80)
        change(project, "hourly_project", starts=JUNE)
        before.refresh_from_db()
        after.refresh_from_db()
        assert (before.rate, after.rate) == (100, 80)
        later = HourFactory(project=project, date=date(2026, 5, 2))
        assert Ladder.of(company).method_of(later) is BillingMethod.HOURLY_ACTIVITY

    @pytest.mark.parametrize("kind", [HourFactory, ExpenseFactory])
    def test_a_day_within_what_is_billed_is_refused(self, company: Any, kind: Any) -> None:
        project = kind(company=company, date=MAY, billing="reserved").project
        for starts in (MAY, MAY - timedelta(days=30)):
            with pytest.raises(FieldsError, match="invoiced already"):
                change(project, "none", starts=starts)
        change(project, "none", starts=MAY + timedelta(days=1))

    def test_methods_that_followed_each_other_are_all_remembered(self, company: Any) -> None:
        project = invoiced(ProjectFactory(company=company)).project
        change(project, "hourly_project", starts=JUNE)
        change(project, "fixed_project", starts=JULY, price=Decimal(500))
        found = EarlierMethod.objects.order_by("until").values_list("method", "until")
        assert list(found) == [("hourly_activity", JUNE), ("hourly_project", JULY)]
        change(project, "hourly_person", starts=date(2026, 5, 15))
        found = EarlierMethod.objects.values_list("method", "until")
        assert list(found) == [("hourly_activity", date(2026, 5, 15))]

    def test_going_back_on_the_same_day_leaves_nothing_behind(self, company: Any) -> None:
        project = invoiced(ProjectFactory(company=company)).project
        change(project, "none", starts=JUNE)
        change(project, "hourly_activity", starts=JUNE)
        assert not EarlierMethod.objects.exists()

    def test_the_same_method_and_a_day_far_away_are_refused(self, company: Any) -> None:
        project = ProjectFactory(company=company)
        with pytest.raises(FieldsError, match="this way already"):
            change(project, "hourly_activity")
        with pytest.raises(FieldsError, match="within a year"):
            change(project, "none", starts=date(2099, 1, 1))
        with pytest.raises(FieldsError, match="Type the price"):
            change(project, "fixed_project")

    def test_a_day_long_ago_is_refused(self, company: Any) -> None:
        project = ProjectFactory(company=company)
        with pytest.raises(FieldsError, match="from 2000 on"):
            change(project, "none", starts=date(1, 1, 1))

    @pytest.mark.parametrize("method", ["fixed_project", "subscription"])
    def test_a_price_below_zero_is_refused(self, company: Any, method: str) -> None:
        project = ProjectFactory(company=company)
        with pytest.raises(FieldsError, match="below zero"):
            change(project, method, price=Decimal(-1))

    def test_it_is_recorded(self, company: Any) -> None:
        project = ProjectFactory(company=company)
        change(project, "fixed_project", price=Decimal(500))
        event = audit.events_of(company, project).get()
        assert event.action == "project.method"
        assert event.before["billing_method"] == "hourly_activity"


class TestWhatIsPlanned:
    def test_a_fixed_price_begins_with_one_instalment(self, company: Any) -> None:
        project = ProjectFactory(company=company)
        change(project, "fixed_project", price=Decimal(500))
        assert Instalment.objects.get(project=project).amount == 500

    @pytest.mark.parametrize(("keep", "left"), [(True, 2), (False, 1)])
    def test_unbilled_instalments_stay_or_go_as_was_said(
        self, company: Any, keep: bool, left: int
    ) -> None:
        project = ProjectFactory(company=company, billing_method="fixed_project", price=2000)
        InstalmentFactory(project=project, billing="invoiced")
        InstalmentFactory(project=project)
        change(project, "hourly_activity", starts=JUNE, keep_planned=keep)
        assert Instalment.objects.filter(project=project).count() == left

    def test_a_subscription_ends_on_the_eve_and_its_last_period_is_broken(
        self, company: Any
    ) -> None:
        project = ProjectFactory(company=company, billing_method="subscription", price=310)
        SubscriptionFactory(project=project, starts_on=date(2026, 4, 1))
        periods_due(company, MAY)
        SubscriptionPeriod.objects.filter(starts_on=date(2026, 4, 1)).update(billing="invoiced")
        change(project, "hourly_activity", starts=date(2026, 5, 16), keep_planned=True)
        periods = SubscriptionPeriod.objects.order_by("starts_on")
        assert [(one.ends_on, one.amount) for one in periods] == [
            (date(2026, 4, 30), 310),
            (date(2026, 5, 15), 150),
        ]

    def test_a_subscription_that_is_billed_further_is_refused(self, company: Any) -> None:
        project = ProjectFactory(company=company, billing_method="subscription", price=310)
        SubscriptionFactory(project=project, starts_on=MAY)
        SubscriptionPeriodFactory(project=project, starts_on=MAY, billing="invoiced")
        with pytest.raises(FieldsError, match="invoiced already"):
            change(project, "hourly_activity", starts=date(2026, 5, 16))

    def test_a_subscription_begins_on_the_day_of_the_method(self, company: Any) -> None:
        project = invoiced(ProjectFactory(company=company)).project
        change(project, "subscription", starts=JUNE, price=Decimal(90))
        assert periods_due(company, JUNE) == 1
        period = SubscriptionPeriod.objects.get()
        assert (period.starts_on, period.amount) == (JUNE, 90)

    def test_a_second_subscription_waits_for_the_periods_of_the_first(self, company: Any) -> None:
        project = ProjectFactory(company=company)
        SubscriptionFactory(project=project)
        SubscriptionPeriodFactory(project=project)
        with pytest.raises(FieldsError, match="not invoiced yet"):
            change(project, "subscription", price=Decimal(90), keep_planned=True)
        change(project, "subscription", price=Decimal(90), keep_planned=False)
        assert SubscriptionPeriod.objects.get().starts_on == MAY


class TestThePreview:
    def test_it_tells_what_the_change_does_and_changes_nothing(self, company: Any) -> None:
        project = ProjectFactory(company=company)
        for _number in range(3):
            HourFactory(project=project, date=JUNE)
        HourFactory(project=project, date=date(2026, 5, 31))
        invoiced(project)
        InstalmentFactory(project=project, amount=Decimal(40))
        for entry in Hour.objects.all():
            RateFactory(activity=entry.activity, amount=100)
        RateFactory(project=project, amount=80)
        wanted = {"method": "hourly_project", "starts": JUNE, "keep_planned": True}
        found = preview(project, **wanted)
        assert found == MethodPreview(
            changed=3,
            before=Decimal(400),
            after=Decimal(340),
            kept=1,
            planned=Decimal(40),
            parts=1,
        )
        project.refresh_from_db()
        assert (project.billing_method, EarlierMethod.objects.count()) == ("hourly_activity", 0)
        change(project, **wanted)
        unbilled = Hour.objects.filter(project=project, billing="unbilled")
        assert sum(entry.amount for entry in unbilled) == found.after

    def test_it_counts_what_would_lack_a_rate(self, company: Any) -> None:
        entry = HourFactory(company=company)
        found = preview(entry.project, "hourly_project")
        assert (found.changed, found.without_rate, found.after) == (1, 1, 0)

    def test_it_refuses_what_the_change_would_refuse(self, company: Any) -> None:
        entry = invoiced(ProjectFactory(company=company))
        with pytest.raises(FieldsError, match="Choose its first day"):
            preview(entry.project, "none")
