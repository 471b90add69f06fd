"""The pages about projects: who opens them, what they show, and what they save."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from registration.models import BillingMethod, Project, ProjectActivity, ProjectMember, Rate
from registration.services.projects import ProjectData, project_activities_set, project_save
from registration.services.rates import EVER, RateSubject, rate_set
from tests.factories import (
    ActivityFactory,
    CustomerFactory,
    HourFactory,
    MembershipFactory,
    ProjectActivityFactory,
    ProjectFactory,
    ProjectMemberFactory,
    RateFactory,
)
from tests.registration.confirming import confirmed

pytestmark = pytest.mark.django_db


def page(client: Any, name: str, *args: Any, query: str = "") -> str:
    response = client.get(reverse(name, args=args) + query)
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def at_work(owner: Any, company: Any, client_of: Any) -> Any:
    return client_of(owner, company)


@pytest.fixture
def as_member(member: Any, company: Any, client_of: Any) -> Any:
    return client_of(member, company)


def filled(**data: Any) -> dict[str, Any]:
    return {
        "name": "Website",
        "billing_method": "hourly_activity",
        "rounding_rule": "none",
        "rounding_step": "15",
        **data,
    }


def queries_of(address: str, client: Any) -> int:
    """How many questions a page asks the database."""
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


class TestTheList:
    def test_it_shows_what_is_to_be_invoiced_and_what_lacks_a_rate(
        self, at_work: Any, company: Any
    ) -> None:
        project = ProjectFactory(company=company, name="Website")
        HourFactory(project=project, minutes=90)
        HourFactory(project=project, missing="no_rate", minutes=30)
        text = page(at_work, "projects")
        for shown in ("Website", "2:00", "€\u00a0150,00", "one without rate"):
            assert shown in text, shown

    def test_many_projects_take_as_many_queries_as_few(self, at_work: Any, company: Any) -> None:
        HourFactory(company=company)
        few = queries_of(reverse("projects"), at_work)
        for _number in range(6):
            HourFactory(company=company)
        assert queries_of(reverse("projects"), at_work) == few

    def test_a_member_sees_no_amounts_and_no_hours_of_others(
        self, as_member: Any, company: Any
    ) -> None:
        HourFactory(project=ProjectFactory(company=company, name="Website"), minutes=90)
        text = page(as_member, "projects")
        assert "Website" in text
        assert "€" not in text
        assert not re.search(r"\b1:30", text)
        assert reverse("project_new") not in text

    def test_an_empty_list_and_an_empty_search_say_what_to_do(
        self, at_work: Any, company: Any
    ) -> None:
        assert "No projects yet" in page(at_work, "projects")
        ProjectFactory(company=company)
        assert "No project matches" in page(at_work, "projects", query="?q=nothing")


class TestTheForm:
    def test_a_project_is_made_for_the_customer_in_the_address(
        self, at_work: Any, company: Any
    ) -> None:
        customer = CustomerFactory(company=company)
        text = page(at_work, "project_new", query=f"?customer={customer.pk}")
        assert f'<option value="{customer.pk}" selected>' in text
        at_work.post(reverse("project_new"), filled(customer=customer.pk))
        assert Project.objects.of(company).get().customer == customer

    def test_only_this_companys_customers_can_be_chosen(self, at_work: Any, company: Any) -> None:
        stranger = CustomerFactory(name="Stranger")
        assert "Stranger" not in page(at_work, "project_new")
        response = at_work.post(reverse("project_new"), filled(customer=stranger.pk))
        assert response.status_code == 422
        assert not Project.objects.exists()

    def test_a_project_keeps_an_archived_customer(self, at_work: Any, company: Any) -> None:
        customer = CustomerFactory(company=company, archived=True)
        project = ProjectFactory(customer=customer)
        at_work.post(reverse("project_edit", args=[project.pk]), filled(customer=customer.pk))
        project.refresh_from_db()
        assert (project.name, project.customer) == ("Website", customer)

    def test_a_fixed_price_without_price_is_refused_beside_its_box(
        self, at_work: Any, company: Any
    ) -> None:
        response = at_work.post(reverse("project_new"), filled(billing_method="fixed_project"))
        assert response.status_code == 422
        assert "without it nothing can be invoiced" in response.content.decode()
        at_work.post(
            reverse("project_new"), filled(billing_method="fixed_project", price="1.250,00")
        )
        assert Project.objects.get().price == 1250

    def test_what_is_invoiced_keeps_its_customer_and_the_page_says_so(
        self, at_work: Any, company: Any
    ) -> None:
        project = HourFactory(company=company, billing="invoiced").project
        other = CustomerFactory(company=company)
        response = at_work.post(
            reverse("project_edit", args=[project.pk]), filled(customer=other.pk)
        )
        assert "keeps its customer" in response.content.decode()

    def test_somebody_without_costs_changes_a_project_and_not_its_price(
        self, company: Any, client_of: Any
    ) -> None:
        keeper = MembershipFactory(company=company, rights=["all_projects"])
        project = ProjectFactory(company=company, billing_method="fixed_project", price=900)
        client = client_of(keeper.user, company)
        data = filled(billing_method="fixed_project", price="1")
        assert client.post(reverse("project_edit", args=[project.pk]), data).status_code == 302
        project.refresh_from_db()
        assert (project.name, project.price) == ("Website", 900)
        response = client.post(reverse("project_new"), filled(billing_method="subscription"))
        assert response.status_code == 422
        assert "without it nothing can be invoiced" in response.content.decode()


class TestThePage:
    @pytest.mark.parametrize("method", BillingMethod.values)
    def test_every_method_is_explained_in_words(
        self, at_work: Any, company: Any, method: str
    ) -> None:
        project = ProjectFactory(company=company, billing_method=method, price=1)
        text = page(at_work, "project", project.pk)
        expected = "By the hour" if method.startswith("hourly") else "Not by the hour"
        assert ("Nothing on this project is invoiced" if method == "none" else expected) in text

    def test_the_number_of_queries_does_not_grow_with_activities_and_people(
        self, at_work: Any, company: Any
    ) -> None:
        project = ProjectActivityFactory(project=ProjectFactory(company=company)).project
        address = reverse("project", args=[project.pk])
        few = queries_of(address, at_work)
        for _number in range(8):
            ProjectActivityFactory(project=project)
            ProjectMemberFactory(project=project)
        assert queries_of(address, at_work) == few

    def test_a_member_sees_who_and_what_and_no_money(self, as_member: Any, company: Any) -> None:
        row = ProjectActivityFactory(
            project=ProjectFactory(company=company), activity__name="Design"
        )
        RateFactory(project=row.project, activity=row.activity, amount=987123)
        priced = ProjectData(name="Website", price=Decimal(987126), customer=row.project.customer)
        RateFactory(project=row.project, unit="km", amount=Decimal("0.99"))
        place = {"company": company, "project": row.project, "by": None}
        project_activities_set(**place, amounts={row.activity: Decimal(987124)})
        subject = RateSubject(project=row.project)
        rate_set(company=company, by=None, subject=subject, unit="hour", amount=Decimal(987125))
        project_save(company=company, project=row.project, by=None, data=priced)
        HourFactory(project=row.project, minutes=90)
        text = page(as_member, "project", row.project.pk)
        assert "Design" in text
        assert "Changed" in text
        for hidden in (
            "€",
            r"\b987[.,]?12",
            r"\b0,99",
            r"\b1:30",
            '<button class="button">Save',
        ):
            assert not re.search(hidden, text), hidden

    def test_the_manager_of_a_project_sees_its_hours(
        self, as_member: Any, member: Any, company: Any
    ) -> None:
        project = HourFactory(company=company, minutes=90).project
        person = member.memberships.get()
        ProjectMemberFactory(project=project, membership=person, is_manager=True)
        assert "1:30" in page(as_member, "project", project.pk)

    def test_closing_and_reopening(self, at_work: Any, company: Any) -> None:
        project = ProjectFactory(company=company)
        for name, active in (("project_close", False), ("project_reopen", True)):
            assert at_work.post(reverse(name, args=[project.pk])).status_code == 302
            project.refresh_from_db()
            assert project.active is active


class TestItsTables:
    def test_activities_and_their_rates_are_saved_together(
        self, at_work: Any, company: Any
    ) -> None:
        entry = HourFactory(company=company)
        other = ActivityFactory(company=company)
        data = {f"activity-{entry.activity_id}": "on", f"rate-{entry.activity_id}": "87,50"}
        response = confirmed(at_work, reverse("project_activities", args=[entry.project_id]), data)
        entry.refresh_from_db()
        listed = ProjectActivity.objects.filter(project=entry.project)
        assert response.status_code == 302
        assert [row.activity for row in listed] == [entry.activity]
        assert entry.rate == Decimal("87.5")
        assert other not in [row.activity for row in listed]

    def test_ticks_are_saved_only_with_the_rates_that_were_looked_at(
        self, at_work: Any, company: Any
    ) -> None:
        entry = HourFactory(company=company)
        data = {f"activity-{entry.activity_id}": "on", f"rate-{entry.activity_id}": "87,50"}
        response = at_work.post(reverse("project_activities", args=[entry.project_id]), data)
        assert "Nothing is saved yet" in response.content.decode()
        assert not ProjectActivity.objects.exists()
        assert not Rate.objects.exists()

    def test_a_refused_rate_keeps_the_ticks_unsaved_and_the_text_typed(
        self, at_work: Any, company: Any
    ) -> None:
        project, activity = ProjectFactory(company=company), ActivityFactory(company=company)
        data = {f"activity-{activity.pk}": "on", f"rate-{activity.pk}": "many"}
        response = at_work.post(reverse("project_activities", args=[project.pk]), data)
        text = response.content.decode()
        assert response.status_code == 422
        assert 'value="many"' in text
        assert "is not a number" in text
        assert not ProjectActivity.objects.exists()

    def test_a_rule_that_refuses_a_rate_leaves_the_ticks_unsaved_too(
        self, at_work: Any, company: Any
    ) -> None:
        project, activity = ProjectFactory(company=company), ActivityFactory(company=company)
        RateFactory(project=project, activity=activity, amount=80)
        data = {
            f"activity-{activity.pk}": "on",
            f"rate-{activity.pk}": "",
            f"initial-rate-{activity.pk}": "80,00",
            "starts": "2026-01-01",
        }
        response = at_work.post(reverse("project_activities", args=[project.pk]), data)
        assert "cannot end on a day" in response.content.decode()
        assert not ProjectActivity.objects.exists()

    def test_a_box_that_was_not_touched_keeps_what_a_colleague_set(
        self, at_work: Any, company: Any
    ) -> None:
        project, activity = ProjectFactory(company=company), ActivityFactory(company=company)
        rate = RateFactory(project=project, activity=activity, amount=80)
        name = f"rate-{activity.pk}"
        assert f'name="initial-{name}" value="80,00"' in page(at_work, "project", project.pk)
        Rate.objects.filter(pk=rate.pk).update(amount=90)
        address = reverse("project_activities", args=[project.pk])
        at_work.post(address, {name: "80,00", f"initial-{name}": "80,00"})
        rate.refresh_from_db()
        assert rate.amount == 90
        confirmed(at_work, address, {name: "", f"initial-{name}": "80,00"})
        assert not Rate.objects.exists()

    def test_a_rate_can_begin_on_a_day(self, at_work: Any, company: Any) -> None:
        entry = HourFactory(company=company)
        RateFactory(activity=entry.activity, amount=100)
        later = timezone.localdate() + timedelta(days=9)
        data = {f"rate-{entry.activity_id}": "120", "starts": later.isoformat()}
        confirmed(at_work, reverse("project_activities", args=[entry.project_id]), data)
        entry.refresh_from_db()
        assert entry.rate == 100
        assert Rate.objects.get(project=entry.project).valid_from == later
        assert "€\u00a0120,00 from" in page(at_work, "project", entry.project_id)

    def test_fixed_amounts_are_saved_per_activity(self, at_work: Any, company: Any) -> None:
        project = ProjectFactory(company=company, billing_method="fixed_activity")
        activity = ActivityFactory(company=company)
        data = {f"activity-{activity.pk}": "on", f"amount-{activity.pk}": "1.500"}
        at_work.post(reverse("project_activities", args=[project.pk]), data)
        assert ProjectActivity.objects.get().fixed_amount == 1500

    def test_people_managers_and_their_rates_are_saved_together(
        self, at_work: Any, company: Any
    ) -> None:
        project = ProjectFactory(company=company, billing_method="hourly_person")
        entry = HourFactory(project=project, missing="no_rate")
        person = entry.membership_id
        data = {f"manager-{person}": "on", f"rate-{person}": "88"}
        confirmed(at_work, reverse("project_people", args=[project.pk]), data)
        entry.refresh_from_db()
        row = ProjectMember.objects.get(project=project)
        assert (row.membership_id, row.is_manager, entry.rate) == (person, True, 88)

    def test_the_projects_own_rates_are_saved(self, at_work: Any, company: Any) -> None:
        project = ProjectFactory(company=company, billing_method="hourly_project")
        entry = HourFactory(project=project, missing="no_rate")
        data = {"hour": "75", "km": "0,3525"}
        confirmed(at_work, reverse("project_rates", args=[project.pk]), data)
        entry.refresh_from_db()
        assert entry.amount == 75
        assert Rate.objects.get(unit="km").amount == Decimal("0.3525")
        assert set(Rate.objects.values_list("valid_from", flat=True)) == {EVER}

    def test_somebody_without_costs_ticks_and_sets_no_rate(
        self, company: Any, client_of: Any
    ) -> None:
        keeper = MembershipFactory(company=company, rights=["all_projects", "invoices"])
        project, activity = ProjectFactory(company=company), ActivityFactory(company=company)
        RateFactory(project=project, activity=activity, amount=80)
        client = client_of(keeper.user, company)
        text = page(client, "project", project.pk)
        assert "€\u00a080,00" in text
        assert f'name="rate-{activity.pk}"' not in text
        data = {f"activity-{activity.pk}": "on", f"rate-{activity.pk}": "1"}
        client.post(reverse("project_activities", args=[project.pk]), data)
        assert ProjectActivity.objects.exists()
        assert Rate.objects.get().amount == 80
        own = client.post(reverse("project_rates", args=[project.pk]), {"km": "1"})
        assert own.status_code == 403

    def test_an_archived_activity_on_the_list_stays_on_it(self, at_work: Any, company: Any) -> None:
        row = ProjectActivityFactory(project=ProjectFactory(company=company))
        row.activity.archived = True
        row.activity.save()
        assert f'name="activity-{row.activity_id}"' in page(at_work, "project", row.project_id)


CHANGES = ("project_activities", "project_people", "project_close", "project_reopen")


@pytest.mark.parametrize("name", [*CHANGES, "project_edit", "project_rates"])
def test_a_member_changes_nothing(as_member: Any, company: Any, name: str) -> None:
    project = ProjectFactory(company=company)
    assert as_member.post(reverse(name, args=[project.pk]), filled()).status_code == 403
    assert as_member.get(reverse("project_new")).status_code == 403


@pytest.mark.parametrize("name", [*CHANGES, "project_edit", "project_rates", "project"])
def test_another_companys_project_is_not_there(at_work: Any, company: Any, name: str) -> None:
    stranger = ProjectFactory()
    mine = ProjectFactory(company=company)
    method = at_work.get if name == "project" else at_work.post
    assert method(reverse(name, args=[mine.pk]), filled()).status_code in {200, 302}
    assert method(reverse(name, args=[stranger.pk]), filled()).status_code == 404
    stranger.refresh_from_db()
    assert (stranger.active, stranger.name != "Website") == (True, True)
