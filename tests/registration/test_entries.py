"""Logging, changing and deleting hours, expenses and rides."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import Company, Membership, Role
from core.errors import DomainError, FieldsError, StaleError
from core.models import AuditEvent
from registration.models import Hour
from registration.services import entries
from registration.services.billing_status import mark_invoiced
from registration.services.entries import ExpenseData, HourData, RideData
from tests.factories import (
    ActivityFactory,
    ClaimFactory,
    CompanyFactory,
    ExpenseCategoryFactory,
    ExpenseFactory,
    HourFactory,
    MembershipFactory,
    ProjectActivityFactory,
    ProjectFactory,
    ProjectMemberFactory,
    RateFactory,
    RideFactory,
)


@pytest.fixture
def me(company: Company) -> Membership:
    return MembershipFactory(company=company)


@pytest.fixture
def admin(company: Company) -> Membership:
    return MembershipFactory(company=company, role=Role.OWNER)


@pytest.fixture
def work(company: Company) -> HourData:
    """An hour and a half at EUR 80."""
    activity = ActivityFactory(company=company)
    RateFactory(activity=activity, amount=Decimal(80))
    return HourData(
        date=timezone.localdate(),
        project=ProjectFactory(company=company),
        activity=activity,
        minutes=90,
        note="Sketches",
    )


def logged_hour(me: Membership, work: HourData) -> Hour:
    return entries.hour_log(by=me, data=work)


class TestLogging:
    def test_an_hour_is_worth_its_rate(self, me: Membership, work: HourData) -> None:
        hour = logged_hour(me, work)
        hour.refresh_from_db()
        assert (hour.rate, hour.amount, hour.missing) == (Decimal(80), Decimal(120), "")
        assert hour.version == 1

    def test_an_hour_without_rate_says_so_and_has_no_amount(
        self, me: Membership, work: HourData
    ) -> None:
        bare = ActivityFactory(company=me.company)
        hour = logged_hour(me, replace(work, activity=bare))
        assert (hour.amount, hour.missing) == (None, "no_rate")

    def test_logging_is_written_in_the_audit_trail(self, me: Membership, work: HourData) -> None:
        hour = logged_hour(me, work)
        event = AuditEvent.objects.of(me.company).get(action="hour.logged")
        assert (event.by, event.object_id) == (me.user, str(hour.pk))
        assert event.after["minutes"] == 90

    def test_an_expense_is_passed_on_at_cost(self, me: Membership, work: HourData) -> None:
        expense = entries.expense_log(
            by=me,
            data=ExpenseData(
                date=work.date,
                project=work.project,
                category=ExpenseCategoryFactory(company=me.company),
                quantity=Decimal(3),
                unit_cost=Decimal("12.50"),
            ),
        )
        assert expense.amount == Decimal("37.50")

    def test_a_return_ride_counts_its_distance_twice(self, me: Membership, work: HourData) -> None:
        RateFactory(company=me.company, unit="km", amount=Decimal("0.40"))
        ride = entries.ride_log(by=me, data=a_ride(work, is_return=True))
        ride.refresh_from_db()
        assert (ride.kilometres, ride.amount) == (Decimal(50), Decimal(20))

    def test_a_private_ride_is_not_billable(self, me: Membership, work: HourData) -> None:
        ride = entries.ride_log(by=me, data=a_ride(work, purpose="private"))
        assert (ride.billing, ride.missing) == ("not_billable", "not_billable")


def a_ride(work: HourData, **changes: object) -> RideData:
    ride = RideData(
        date=work.date,
        project=work.project,
        origin="Utrecht",
        destination="Zwolle",
        distance=Decimal(25),
    )
    return replace(ride, **changes)


class TestRefusals:
    @pytest.mark.parametrize("minutes", [0, -5, 1441])
    def test_a_duration_fits_in_a_day(self, me: Membership, work: HourData, minutes: int) -> None:
        with pytest.raises(FieldsError) as refusal:
            logged_hour(me, replace(work, minutes=minutes))
        assert set(refusal.value.errors) == {"minutes"}
        assert not Hour.objects.of(me.company).exists()

    def test_a_day_of_a_person_holds_24_hours(self, me: Membership, work: HourData) -> None:
        logged_hour(me, replace(work, minutes=1400))
        with pytest.raises(FieldsError, match="more than 24 hours"):
            logged_hour(me, replace(work, minutes=41))
        logged_hour(me, replace(work, minutes=40))

    def test_another_persons_hours_leave_the_day_free(
        self, me: Membership, admin: Membership, work: HourData
    ) -> None:
        logged_hour(me, replace(work, minutes=1440))
        assert logged_hour(admin, replace(work, minutes=1440)).pk

    def test_a_year_typed_wrongly_is_asked_about(self, me: Membership, work: HourData) -> None:
        with pytest.raises(FieldsError, match="Check the year"):
            logged_hour(me, replace(work, date=work.date - timedelta(days=740)))

    def test_a_closed_project_takes_no_hours(self, me: Membership, work: HourData) -> None:
        closed = ProjectFactory(company=me.company, active=False)
        with pytest.raises(FieldsError) as refusal:
            logged_hour(me, replace(work, project=closed))
        assert "project" in refusal.value.errors

    def test_a_project_that_lists_activities_takes_only_those(
        self, me: Membership, work: HourData
    ) -> None:
        listed = ProjectActivityFactory(project=work.project)
        with pytest.raises(FieldsError, match="is not an activity of"):
            logged_hour(me, work)
        assert logged_hour(me, replace(work, activity=listed.activity)).pk

    def test_another_companys_project_is_never_taken(self, me: Membership, work: HourData) -> None:
        with pytest.raises(ValueError, match="another company"):
            logged_hour(me, replace(work, project=ProjectFactory(company=CompanyFactory())))

    def test_another_companys_activity_is_never_taken(self, me: Membership, work: HourData) -> None:
        with pytest.raises(ValueError, match="another company"):
            logged_hour(me, replace(work, activity=ActivityFactory(company=CompanyFactory())))

    @pytest.mark.parametrize(
        ("changes", "field"),
        [({"origin": " "}, "origin"), ({"distance": Decimal(0)}, "distance")],
    )
    def test_a_ride_goes_somewhere(
        self, me: Membership, work: HourData, changes: dict[str, object], field: str
    ) -> None:
        with pytest.raises(FieldsError) as refusal:
            entries.ride_log(by=me, data=a_ride(work, **changes))
        assert set(refusal.value.errors) == {field}

    def test_dates_outside_the_project_only_warn(self, me: Membership, work: HourData) -> None:
        project = ProjectFactory(company=me.company, ends_on=work.date - timedelta(days=1))
        assert logged_hour(me, replace(work, project=project)).pk
        assert "ended on" in entries.dates_warning(project, work.date)
        assert entries.dates_warning(work.project, work.date) == ""


class TestChanging:
    def test_a_change_makes_a_new_version_and_a_new_value(
        self, me: Membership, work: HourData
    ) -> None:
        hour = logged_hour(me, work)
        entries.hour_change(by=me, hour=hour, version=1, data=replace(work, minutes=30))
        hour.refresh_from_db()
        assert (hour.minutes, hour.version, hour.amount) == (30, 2, Decimal(40))

    def test_what_changed_is_written_in_the_audit_trail(
        self, me: Membership, work: HourData
    ) -> None:
        hour = logged_hour(me, work)
        entries.hour_change(by=me, hour=hour, version=1, data=replace(work, minutes=30))
        event = AuditEvent.objects.of(me.company).get(action="hour.changed")
        assert (event.before, event.after) == ({"minutes": 90}, {"minutes": 30})

    def test_a_change_of_an_old_version_is_refused(self, me: Membership, work: HourData) -> None:
        hour = logged_hour(me, work)
        entries.hour_change(by=me, hour=hour, version=1, data=replace(work, minutes=30))
        with pytest.raises(StaleError, match="changed this meanwhile"):
            entries.hour_change(by=me, hour=hour, version=1, data=replace(work, minutes=45))
        hour.refresh_from_db()
        assert hour.minutes == 30

    def test_a_change_of_what_was_deleted_is_refused(self, me: Membership, work: HourData) -> None:
        hour = logged_hour(me, work)
        entries.hour_delete(by=me, hour=hour, version=1)
        hour.pk = hour.pk or 1
        with pytest.raises(StaleError, match="deleted"):
            entries.hour_change(by=me, hour=hour, version=1, data=work)

    def test_an_invoiced_hour_names_its_invoice_and_stays(
        self, me: Membership, admin: Membership, work: HourData
    ) -> None:
        hour = logged_hour(me, work)
        Hour.objects.of(me.company).filter(pk=hour.pk).update(billing="reserved")
        mark_invoiced(company=me.company, kind="hour", labels={hour.pk: "2026-0042"})
        for person in (me, admin):
            with pytest.raises(DomainError, match="2026-0042"):
                entries.hour_change(by=person, hour=hour, version=2, data=work)
            with pytest.raises(DomainError, match="2026-0042"):
                entries.hour_delete(by=person, hour=hour, version=2)
        assert Hour.objects.of(me.company).filter(pk=hour.pk, minutes=90).exists()

    @pytest.mark.parametrize("approval", ["submitted", "approved"])
    def test_the_owner_cannot_change_what_is_offered(
        self, me: Membership, work: HourData, approval: str
    ) -> None:
        hour = HourFactory(membership=me, project=work.project, approval=approval)
        with pytest.raises(DomainError, match="cannot be changed"):
            entries.hour_change(by=me, hour=hour, version=1, data=work)

    @pytest.mark.parametrize("approval", ["submitted", "approved"])
    def test_who_approves_can_change_what_is_offered(
        self, me: Membership, admin: Membership, work: HourData, approval: str
    ) -> None:
        hour = HourFactory(membership=me, project=work.project, approval=approval)
        changed = entries.hour_change(by=admin, hour=hour, version=1, data=work)
        assert (changed.minutes, changed.approval) == (90, approval)

    def test_a_colleague_cannot_change_it(self, me: Membership, work: HourData) -> None:
        hour = logged_hour(me, work)
        colleague = MembershipFactory(company=me.company)
        with pytest.raises(DomainError, match="do not manage"):
            entries.hour_change(by=colleague, hour=hour, version=1, data=work)

    def test_the_projects_manager_can_change_it(self, me: Membership, work: HourData) -> None:
        hour = logged_hour(me, work)
        boss = ProjectMemberFactory(project=work.project, is_manager=True).membership
        assert entries.hour_change(by=boss, hour=hour, version=1, data=work).version == 2

    def test_a_rejected_entry_is_open_again_once_its_owner_changed_it(
        self, me: Membership, work: HourData
    ) -> None:
        hour = HourFactory(membership=me, project=work.project, rejected=True)
        entries.hour_change(by=me, hour=hour, version=1, data=work)
        hour.refresh_from_db()
        assert (hour.approval, hour.approval_comment) == ("open", "")

    def test_a_change_keeps_a_project_that_was_closed_since(
        self, me: Membership, work: HourData
    ) -> None:
        hour = logged_hour(me, work)
        work.project.active = False
        work.project.save()
        assert entries.hour_change(by=me, hour=hour, version=1, data=work).version == 2

    def test_expenses_and_rides_change_and_go_the_same_way(
        self, me: Membership, work: HourData
    ) -> None:
        expense = ExpenseFactory(membership=me, project=work.project)
        data = ExpenseData(
            date=work.date,
            project=work.project,
            category=expense.category,
            unit_cost=Decimal(9),
        )
        assert entries.expense_change(by=me, expense=expense, version=1, data=data).amount == 9
        entries.expense_delete(by=me, expense=expense, version=2)
        ride = RideFactory(membership=me, project=work.project)
        changed = entries.ride_change(by=me, ride=ride, version=1, data=a_ride(work))
        assert changed.kilometres == Decimal(25)
        entries.ride_delete(by=me, ride=ride, version=2)


class TestDeleting:
    def test_what_is_gone_stays_in_the_audit_trail(self, me: Membership, work: HourData) -> None:
        hour = logged_hour(me, work)
        entries.hour_delete(by=me, hour=hour, version=1)
        assert not Hour.objects.of(me.company).exists()
        assert AuditEvent.objects.of(me.company).filter(action="hour.deleted").count() == 1

    def test_what_was_once_on_an_invoice_is_kept_with_a_sentence(
        self, me: Membership, work: HourData
    ) -> None:
        hour = logged_hour(me, work)
        ClaimFactory(company=me.company, hour=hour, released_at=timezone.now())
        with pytest.raises(DomainError, match="once on an invoice"):
            entries.hour_delete(by=me, hour=hour, version=1)
        assert Hour.objects.of(me.company).filter(pk=hour.pk).exists()
