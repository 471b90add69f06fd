"""Projects: what is refused, what is recorded, and what a change does to their entries."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from core import audit
from core.errors import FieldsError
from registration.models import Project, ProjectActivity, ProjectMember
from registration.selectors.projects import (
    ProjectFilter,
    Unbilled,
    projects_of,
    unbilled_by_project,
)
from registration.services.projects import (
    ProjectData,
    project_activities_set,
    project_close,
    project_people_set,
    project_reopen,
    project_save,
)
from tests.factories import (
    ActivityFactory,
    CustomerFactory,
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
PRICED = {"fixed_project": Decimal(1000), "subscription": Decimal(250)}


def save(company: Any, project: Project | None = None, by: Any = None, **data: Any) -> Project:
    filled = ProjectData(**{"name": "Website", **data})
    return project_save(company=company, project=project, data=filled, by=by)


def change(project: Project, **data: Any) -> Project:
    """Save `project` as it is but for `data`."""
    names = ProjectData.__dataclass_fields__
    return save(project.company, project, **{name: getattr(project, name) for name in names} | data)


class TestSaving:
    def test_a_project_is_made_and_recorded(self, company: Any, owner: Any) -> None:
        customer = CustomerFactory(company=company, name="Bakkerij Zon")
        made = save(company, by=owner, customer=customer, code="W1")
        (event,) = audit.events_of(company, made)
        assert (event.action, event.by) == ("project.created", owner)
        assert event.after["customer"] == "Bakkerij Zon"

    def test_a_change_records_only_what_differs(self, company: Any, owner: Any) -> None:
        made = save(company, by=owner)
        save(company, made, by=owner, reference="PO 7")
        event = audit.events_of(company, made)[0]
        assert (event.before, event.after) == ({"reference": ""}, {"reference": "PO 7"})

    def test_a_taken_code_is_refused_with_the_name_of_who_has_it(self, company: Any) -> None:
        ProjectFactory(company=company, code="W1", name="Old website")
        with pytest.raises(FieldsError, match="Old website"):
            save(company, code="W1")
        ProjectFactory(code="W2")
        assert save(company, code="W2").code == "W2"

    @pytest.mark.parametrize(
        ("data", "field"),
        [
            ({"name": " "}, "name"),
            ({"starts_on": date(2026, 2, 1), "ends_on": date(2026, 1, 31)}, "ends_on"),
            ({"billing_method": "fixed_project"}, "price"),
            ({"billing_method": "subscription"}, "price"),
        ],
    )
    def test_what_cannot_be_is_refused_beside_its_field(
        self, company: Any, data: dict[str, Any], field: str
    ) -> None:
        with pytest.raises(FieldsError) as refusal:
            save(company, **data)
        assert set(refusal.value.errors) == {field}

    def test_a_customer_of_another_company_is_refused(self, company: Any) -> None:
        with pytest.raises(ValueError, match="another company"):
            save(company, customer=CustomerFactory())

    def test_closing_and_reopening_are_recorded_once_each(self, company: Any, owner: Any) -> None:
        made = save(company, by=owner)
        for _twice in range(2):
            project_close(company=company, project=made, by=owner)
        assert not projects_of(company).exists()
        project_reopen(company=company, project=made, by=owner)
        assert list(projects_of(company)) == [made]
        actions = [event.action for event in audit.events_of(company, made)]
        assert actions == ["project.reopened", "project.closed", "project.created"]


class TestWhatAChangeDoesToEntries:
    def test_another_method_values_the_open_entries_again(self, company: Any) -> None:
        entry = HourFactory(company=company)
        for method, missing, billing in (
            ("fixed_project", "covered", "unbilled"),
            ("none", "not_billable", "not_billable"),
            ("hourly_project", "no_rate", "unbilled"),
        ):
            change(entry.project, billing_method=method, price=PRICED.get(method))
            entry.refresh_from_db()
            assert (entry.missing, entry.billing, entry.amount) == (missing, billing, None)

    def test_a_project_without_customer_has_nothing_to_bill(self, company: Any) -> None:
        entry = HourFactory(company=company)
        change(entry.project, customer=None)
        entry.refresh_from_db()
        assert (entry.missing, entry.billing) == ("no_customer", "not_billable")

    def test_another_customer_brings_its_rate(self, company: Any) -> None:
        project = ProjectFactory(company=company, billing_method="hourly_customer")
        entry = HourFactory(project=project)
        other = CustomerFactory(company=company)
        RateFactory(customer=other, amount=120)
        change(project, customer=other)
        entry.refresh_from_db()
        assert (entry.rate, entry.amount) == (120, 120)

    def test_another_customer_makes_new_versions_also_of_equal_value(self, company: Any) -> None:
        entry = HourFactory(company=company)
        RateFactory(activity=entry.activity, amount=100)
        change(entry.project, customer=CustomerFactory(company=company))
        entry.refresh_from_db()
        assert (entry.rate, entry.version) == (100, 2)

    def test_rounding_changes_billable_time_and_never_worked_time(self, company: Any) -> None:
        entry = HourFactory(company=company, minutes=50)
        RateFactory(activity=entry.activity, amount=100)
        change(entry.project, rounding_rule="up", rounding_step=30)
        entry.refresh_from_db()
        assert (entry.minutes, entry.billable_minutes, entry.amount) == (50, 60, 100)

    def test_another_name_leaves_versions_alone(self, company: Any) -> None:
        entry = HourFactory(company=company)
        change(entry.project, name="Web shop")
        entry.refresh_from_db()
        assert entry.version == 1

    @pytest.mark.parametrize("status", ["invoiced", "reserved"])
    @pytest.mark.parametrize("factory", [HourFactory, ExpenseFactory, RideFactory])
    def test_what_is_invoiced_keeps_its_customer(
        self, company: Any, factory: Any, status: str
    ) -> None:
        claimed = factory(company=company, billing=status)
        open_entry = HourFactory(project=claimed.project)
        before = claimed.project.customer
        with pytest.raises(FieldsError, match="keeps its customer"):
            change(claimed.project, customer=CustomerFactory(company=company), name="Other")
        project = Project.objects.get(pk=claimed.project_id)
        open_entry.refresh_from_db()
        assert (project.customer, project.name != "Other") == (before, True)
        assert open_entry.version == 1

    def test_an_invoiced_instalment_keeps_the_customer_too(self, company: Any) -> None:
        project = ProjectFactory(company=company, billing_method="fixed_project", price=1000)
        InstalmentFactory(project=project, billing="invoiced")
        with pytest.raises(FieldsError, match="keeps its customer"):
            change(project, customer=None)

    def test_another_method_needs_a_first_day_once_something_is_invoiced(
        self, company: Any
    ) -> None:
        claimed = HourFactory(company=company, billing="invoiced")
        with pytest.raises(FieldsError, match="needs a first day"):
            change(claimed.project, billing_method="none")
        claimed.refresh_from_db()
        assert (claimed.amount, claimed.billing, claimed.version) == (100, "invoiced", 1)
        assert claimed.project.billing_method == "hourly_activity"

    def test_another_projects_entries_stay_as_they_are(self, company: Any) -> None:
        mine, other = HourFactory(company=company), HourFactory(company=company)
        change(mine.project, billing_method="none")
        other.refresh_from_db()
        assert other.version == 1


class TestActivitiesAndPeople:
    def test_the_listed_activities_become_exactly_these(self, company: Any, owner: Any) -> None:
        project = ProjectFactory(company=company)
        first, second = (ActivityFactory(company=company, name=name) for name in ("A", "B"))
        for amounts in ({first: None}, {first: Decimal(500), second: None}, {second: None}):
            project_activities_set(company=company, project=project, amounts=amounts, by=owner)
        listed = ProjectActivity.objects.filter(project=project)
        assert [(row.activity, row.fixed_amount) for row in listed] == [(second, None)]
        told = [event.after["activities"] for event in audit.events_of(company, project)]
        assert told == [["B"], ["A € 500.00", "B"], ["A"]]

    def test_the_same_list_records_nothing(self, company: Any) -> None:
        project, activity = ProjectFactory(company=company), ActivityFactory(company=company)
        for _twice in range(2):
            amounts = {activity: None}
            project_activities_set(company=company, project=project, amounts=amounts, by=None)
        assert audit.events_of(company, project).count() == 1

    def test_people_join_manage_and_leave(self, company: Any) -> None:
        project = ProjectFactory(company=company)
        ann, bob = MembershipFactory.create_batch(2, company=company)
        for managers in ({ann: False}, {ann: True, bob: False}):
            project_people_set(company=company, project=project, managers=managers, by=None)
        rows = ProjectMember.objects.filter(project=project).order_by("membership_id")
        assert [(row.membership, row.is_manager) for row in rows] == [(ann, True), (bob, False)]
        project_people_set(company=company, project=project, managers={}, by=None)
        assert not rows.all().exists()

    def test_nobody_and_nothing_of_another_company_joins(self, company: Any) -> None:
        project = ProjectFactory(company=company)
        place = {"company": company, "project": project, "by": None}
        with pytest.raises(ValueError, match="another company"):
            project_people_set(**place, managers={MembershipFactory(): True})
        with pytest.raises(ValueError, match="another company"):
            project_activities_set(**place, amounts={ActivityFactory(): None})


class TestWhatIsStillToBeInvoiced:
    def test_the_sums_of_a_project_equal_counting_by_hand(self, company: Any) -> None:
        project = ProjectFactory(company=company)
        HourFactory(project=project, minutes=90)
        HourFactory(project=project, minutes=30, missing="no_rate")
        HourFactory(project=project, billing="invoiced")
        HourFactory(project=project, billable=False)
        ExpenseFactory(project=project, unit_cost=Decimal("19.95"))
        RideFactory(project=project, distance=Decimal("10"))
        HourFactory(company=company)
        found = unbilled_by_project(company, [project])[project.pk]
        assert found == Unbilled(amount=Decimal("172.25"), minutes=120, without_rate=1, entries=4)

    def test_what_lacks_approval_is_a_figure_of_its_own(self, company: Any) -> None:
        project = ProjectFactory(company=company, only_approved=True)
        HourFactory(project=project)
        HourFactory(project=project, approved=True, minutes=30)
        found = unbilled_by_project(company, [project])[project.pk]
        assert (found.amount, found.waiting) == (50, 100)

    def test_covered_hours_are_counted_apart(self, company: Any) -> None:
        project = ProjectFactory(company=company, billing_method="fixed_project", price=1)
        HourFactory(project=project, missing="covered")
        found = unbilled_by_project(company, [project])[project.pk]
        assert (found.amount, found.minutes, found.covered) == (0, 0, 60)

    def test_what_is_planned_counts_once_it_is_due(self, company: Any) -> None:
        project = ProjectFactory(company=company, billing_method="fixed_project", price=1)
        today = timezone.localdate()
        InstalmentFactory(project=project, amount=Decimal("700.10"))
        InstalmentFactory(project=project, amount=5, due_on=today + timedelta(days=1))
        InstalmentFactory(project=project, amount=7, billing="invoiced")
        SubscriptionPeriodFactory(project=project, amount=30)
        found = unbilled_by_project(company, [project])[project.pk]
        assert (found.amount, found.entries) == (Decimal("730.10"), 0)

    def test_many_projects_take_five_queries(
        self, company: Any, django_assert_num_queries: Any
    ) -> None:
        projects = [HourFactory(company=company).project for _n in range(4)]
        with django_assert_num_queries(5):
            assert len(unbilled_by_project(company, projects)) == 4


class TestFinding:
    def test_words_are_sought_in_name_code_and_customer(self, company: Any) -> None:
        customer = CustomerFactory(company=company, name="Bakkerij Zon")
        wanted = ProjectFactory(company=company, customer=customer, name="Website", code="W1")
        ProjectFactory(company=company, name="Website")
        ProjectFactory(name="Website", code="W1")
        for search in ("w1", "zon", "website bakkerij"):
            assert list(projects_of(company, ProjectFilter(search=search))) == [wanted], search

    def test_a_customer_and_no_customer_narrow_the_list(self, company: Any) -> None:
        served = ProjectFactory(company=company)
        internal = ProjectFactory(company=company, customer=None)
        for given, expected in (
            (str(served.customer_id), [served]),
            ("none", [internal]),
            ("0", []),
            ("²", []),
            ("x", []),
        ):
            assert list(projects_of(company, ProjectFilter(customer=given))) == expected, given
