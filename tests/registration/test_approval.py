"""Submitting, approving and the billing axis, over many entries at once."""

from __future__ import annotations

from decimal import Decimal

import pytest

from accounts.models import Company, Membership, Role
from core.errors import DomainError, FieldsError, StaleError
from core.models import AuditEvent
from registration.models import Hour
from registration.selectors.reach import reach_of
from registration.services import approval, billable, bulk
from tests.factories import (
    ActivityFactory,
    ClaimFactory,
    CompanyFactory,
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
def boss(company: Company) -> Membership:
    return MembershipFactory(company=company, role=Role.MANAGER)


@pytest.fixture
def admin(company: Company) -> Membership:
    return MembershipFactory(company=company, role=Role.OWNER)


@pytest.fixture
def biller(company: Company) -> Membership:
    return MembershipFactory(company=company, role=Role.BILLING)


def state(hour: Hour) -> str:
    hour.refresh_from_db()
    return hour.approval


def reasons(result: bulk.Result) -> list[str]:
    return [skipped.reason for skipped in result.skipped]


def hours(*found: Hour) -> dict[str, list[int]]:
    return {"hours": [hour.pk for hour in found]}


class TestSubmitting:
    def test_open_and_rejected_entries_are_submitted(self, me: Membership) -> None:
        first, second = HourFactory(membership=me), HourFactory(membership=me, rejected=True)
        result = approval.submit(by=me, ids=hours(first, second))
        assert len(result.done) == 2
        assert {state(first), state(second)} == {"submitted"}
        assert second.approval_comment == ""

    def test_all_kinds_go_together(self, me: Membership) -> None:
        hour, expense = HourFactory(membership=me), ExpenseFactory(membership=me)
        ride = RideFactory(membership=me)
        ids = {"hours": [hour.pk], "expenses": [expense.pk], "rides": [ride.pk]}
        assert len(approval.submit(by=me, ids=ids).done) == 3
        events = AuditEvent.objects.of(me.company).filter(action__endswith=".submitted")
        assert set(events.values_list("action", flat=True)) == {
            "hour.submitted",
            "expense.submitted",
            "ride.submitted",
        }

    def test_only_the_owner_submits(self, me: Membership, admin: Membership) -> None:
        hour = HourFactory(membership=me)
        result = approval.submit(by=admin, ids=hours(hour))
        assert reasons(result) == [f"only {me} can submit it"]
        assert state(hour) == "open"

    def test_what_is_submitted_already_is_left_out(self, me: Membership) -> None:
        hour = HourFactory(membership=me, approval="submitted")
        assert reasons(approval.submit(by=me, ids=hours(hour))) == ["already submitted"]

    def test_withdrawing_makes_it_open_again(self, me: Membership) -> None:
        hour = HourFactory(membership=me, approval="submitted")
        approval.withdraw(by=me, ids=hours(hour))
        assert state(hour) == "open"


class TestApproving:
    @pytest.mark.parametrize("before", ["open", "submitted"])
    def test_submitted_and_open_entries_are_approved(
        self, me: Membership, boss: Membership, before: str
    ) -> None:
        hour = HourFactory(membership=me, approval=before)
        approval.approve(by=boss, ids=hours(hour))
        assert (state(hour), hour.approved_by, hour.version) == ("approved", boss.user, 2)
        assert hour.approved_at is not None

    def test_nobody_approves_their_own(self, boss: Membership) -> None:
        hour = HourFactory(membership=boss, approval="submitted")
        result = approval.approve(by=boss, ids=hours(hour))
        assert reasons(result) == ["your own; somebody else has to approve it"]
        assert state(hour) == "submitted"

    def test_an_admin_approves_even_their_own(self, admin: Membership) -> None:
        hour = HourFactory(membership=admin, approval="submitted")
        assert len(approval.approve(by=admin, ids=hours(hour)).done) == 1

    def test_a_manager_approves_on_their_project_only(self, me: Membership) -> None:
        mine, other = HourFactory(membership=me), HourFactory(membership=me)
        manager = ProjectMemberFactory(project=mine.project, is_manager=True).membership
        ProjectMemberFactory(project=other.project, membership=manager, is_manager=False)
        result = approval.approve(by=manager, ids=hours(mine, other))
        assert [entry.pk for entry in result.done] == [mine.pk]
        assert (state(mine), state(other)) == ("approved", "open")

    def test_a_member_approves_nothing(self, me: Membership) -> None:
        colleague = MembershipFactory(company=me.company)
        hour = HourFactory(membership=me, approval="submitted")
        assert not approval.approve(by=colleague, ids=hours(hour)).done
        assert state(hour) == "submitted"

    def test_another_companys_entry_is_not_even_seen(self, boss: Membership) -> None:
        foreign = HourFactory(company=CompanyFactory(), approval="submitted")
        result = approval.approve(by=boss, ids=hours(foreign))
        assert (result.done, result.skipped) == ([], [])
        assert state(foreign) == "submitted"

    def test_a_rejected_entry_has_to_be_submitted_again(
        self, me: Membership, boss: Membership
    ) -> None:
        hour = HourFactory(membership=me, rejected=True)
        assert "submitted again" in reasons(approval.approve(by=boss, ids=hours(hour)))[0]


class TestRejecting:
    def test_a_comment_is_required(self, me: Membership, boss: Membership) -> None:
        hour = HourFactory(membership=me, approval="submitted")
        with pytest.raises(FieldsError) as refusal:
            approval.reject(by=boss, ids=hours(hour), comment="  ")
        assert "comment" in refusal.value.errors
        assert state(hour) == "submitted"

    def test_the_comment_reaches_the_owner_and_the_trail(
        self, me: Membership, boss: Membership
    ) -> None:
        hour = HourFactory(membership=me, approval="submitted")
        approval.reject(by=boss, ids=hours(hour), comment="Wrong project")
        assert (state(hour), hour.approval_comment) == ("rejected", "Wrong project")
        event = AuditEvent.objects.of(me.company).get(action="hour.rejected")
        assert event.reason == "Wrong project"

    def test_reopening_frees_what_was_approved(self, me: Membership, boss: Membership) -> None:
        hour = HourFactory(membership=me, approved=True, approved_by=boss.user)
        approval.reopen(by=boss, ids=hours(hour))
        assert (state(hour), hour.approved_by, hour.approved_at) == ("open", None, None)

    @pytest.mark.parametrize("billing", ["reserved", "invoiced"])
    def test_what_is_being_invoiced_stays_approved(
        self, me: Membership, boss: Membership, billing: str
    ) -> None:
        hour = HourFactory(membership=me, approved=True, billing=billing, invoice_label="F12")
        result = approval.reopen(by=boss, ids=hours(hour))
        assert not result.done
        assert "invoice" in reasons(result)[0]
        assert state(hour) == "approved"


class TestConfirming:
    def test_a_change_since_the_page_was_shown_is_refused(
        self, me: Membership, boss: Membership
    ) -> None:
        first, second = HourFactory(membership=me), HourFactory(membership=me)
        reach = reach_of(boss)
        seen = bulk.preview(reach, hours(first, second), approval.approving(reach)).seen
        Hour.objects.of(me.company).filter(pk=second.pk).update(version=2, minutes=5)
        with pytest.raises(StaleError):
            approval.approve(by=boss, ids=hours(first, second), seen=seen)
        assert (state(first), state(second)) == ("open", "open")

    def test_what_did_not_change_is_done(self, me: Membership, boss: Membership) -> None:
        hour = HourFactory(membership=me)
        reach = reach_of(boss)
        seen = bulk.preview(reach, hours(hour), approval.approving(reach)).seen
        assert len(approval.approve(by=boss, ids=hours(hour), seen=seen).done) == 1

    def test_reasons_are_counted(self, me: Membership, boss: Membership) -> None:
        found = [HourFactory(membership=me, approved=True) for _ in range(3)]
        found.append(HourFactory(membership=boss))
        result = approval.approve(by=boss, ids=hours(*found))
        assert result.reasons == [
            ("already approved", 3),
            ("your own; somebody else has to approve it", 1),
        ]


class TestBilling:
    def test_not_billable_takes_the_value_away(self, me: Membership, biller: Membership) -> None:
        hour = HourFactory(membership=me)
        billable.mark_not_billable(by=biller, ids=hours(hour))
        hour.refresh_from_db()
        assert (hour.billing, hour.amount, hour.missing) == ("not_billable", None, "not_billable")
        assert (hour.billable, hour.version) == (False, 2)

    def test_billable_gives_it_the_value_of_the_rates(
        self, me: Membership, biller: Membership
    ) -> None:
        hour = HourFactory(membership=me, billable=False)
        RateFactory(activity=hour.activity, amount=Decimal(70))
        billable.mark_billable(by=biller, ids=hours(hour))
        hour.refresh_from_db()
        assert (hour.billing, hour.amount) == ("unbilled", Decimal(70))

    def test_a_project_that_is_not_invoiced_keeps_its_hours_free(
        self, biller: Membership, company: Company
    ) -> None:
        project = ProjectFactory(company=company, billing_method="none")
        hour = HourFactory(project=project, billable=False)
        assert "is not invoiced" in reasons(billable.mark_billable(by=biller, ids=hours(hour)))[0]

    def test_a_member_does_not_decide_what_is_billable(self, me: Membership) -> None:
        hour = HourFactory(membership=me)
        assert not billable.mark_not_billable(by=me, ids=hours(hour)).done

    def test_writing_off_keeps_the_value_and_asks_why(
        self, me: Membership, biller: Membership
    ) -> None:
        hour = HourFactory(membership=me)
        with pytest.raises(FieldsError):
            billable.write_off(by=biller, ids=hours(hour), reason="")
        billable.write_off(by=biller, ids=hours(hour), reason="Goodwill")
        hour.refresh_from_db()
        assert (hour.billing, hour.amount) == ("written_off", Decimal(100))
        event = AuditEvent.objects.of(me.company).get(action="hour.written_off")
        assert event.reason == "Goodwill"

    def test_only_people_who_invoice_write_off(self, me: Membership, boss: Membership) -> None:
        hour = HourFactory(membership=me)
        result = billable.write_off(by=boss, ids=hours(hour), reason="Goodwill")
        assert reasons(result) == ["only people who invoice can write off"]

    def test_restoring_makes_it_unbilled_again(self, me: Membership, biller: Membership) -> None:
        hour = HourFactory(membership=me, billing="written_off")
        RateFactory(activity=hour.activity, amount=Decimal(60))
        billable.restore(by=biller, ids=hours(hour))
        hour.refresh_from_db()
        assert (hour.billing, hour.amount) == ("unbilled", Decimal(60))

    @pytest.mark.parametrize("billing", ["reserved", "invoiced", "written_off"])
    def test_what_is_claimed_is_left_as_it_is(
        self, me: Membership, admin: Membership, billing: str
    ) -> None:
        hour = HourFactory(membership=me, billing=billing)
        project = ProjectFactory(company=me.company)
        for result in (
            billable.mark_not_billable(by=admin, ids=hours(hour)),
            billable.move_to_project(by=admin, ids=hours(hour), project=project),
            billable.delete_all(by=admin, ids=hours(hour)),
        ):
            assert (len(result.done), len(result.skipped)) == (0, 1)
        hour.refresh_from_db()
        assert (hour.billing, hour.version) == (billing, 1)


class TestMoving:
    def test_moved_entries_are_worth_what_they_are_worth_there(
        self, me: Membership, boss: Membership
    ) -> None:
        hour = HourFactory(membership=me)
        there = ProjectFactory(company=me.company, billing_method="hourly_project")
        RateFactory(project=there, amount=Decimal(50))
        billable.move_to_project(by=boss, ids=hours(hour), project=there)
        hour.refresh_from_db()
        assert (hour.project, hour.amount, hour.version) == (there, Decimal(50), 2)

    def test_an_activity_that_is_not_done_there_stays_here(
        self, me: Membership, boss: Membership
    ) -> None:
        hour = HourFactory(membership=me)
        there = ProjectFactory(company=me.company)
        ProjectActivityFactory(project=there, activity=ActivityFactory(company=me.company))
        result = billable.move_to_project(by=boss, ids=hours(hour), project=there)
        assert "is not an activity of" in reasons(result)[0]

    def test_nothing_moves_to_a_closed_project(self, me: Membership, boss: Membership) -> None:
        closed = ProjectFactory(company=me.company, active=False)
        with pytest.raises(DomainError, match="not active"):
            billable.move_to_project(by=boss, ids=hours(HourFactory(membership=me)), project=closed)

    def test_nothing_moves_to_another_company(self, me: Membership, boss: Membership) -> None:
        foreign = ProjectFactory(company=CompanyFactory())
        with pytest.raises(ValueError, match="another company"):
            billable.move_to_project(by=boss, ids={}, project=foreign)


class TestDeleting:
    def test_only_what_may_be_changed_is_deleted(self, me: Membership) -> None:
        open_one, approved = HourFactory(membership=me), HourFactory(membership=me, approved=True)
        result = billable.delete_all(by=me, ids=hours(open_one, approved))
        assert [skipped.entry.pk for skipped in result.skipped] == [approved.pk]
        assert list(Hour.objects.of(me.company)) == [approved]

    def test_one_that_was_on_an_invoice_keeps_them_all(self, me: Membership) -> None:
        once, never = HourFactory(membership=me), HourFactory(membership=me)
        ClaimFactory(company=me.company, hour=once, released_at="2026-01-01T00:00Z")
        with pytest.raises(DomainError, match="once on an invoice"):
            billable.delete_all(by=me, ids=hours(once, never))
        assert Hour.objects.of(me.company).count() == 2
