"""The pages about how a project is billed: instalments, subscriptions, another method, figures."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from registration.models import Instalment, Project, SubscriptionPeriod
from tests.factories import (
    ActivityFactory,
    HourFactory,
    InstalmentFactory,
    MembershipFactory,
    ProjectFactory,
    RateFactory,
    SubscriptionFactory,
    SubscriptionPeriodFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def at_work(owner: Any, company: Any, client_of: Any) -> Any:
    return client_of(owner, company)


@pytest.fixture
def fixed(company: Any) -> Project:
    return ProjectFactory(company=company, billing_method="fixed_project", price=Decimal(1000))


def page(client: Any, name: str, pk: int, query: str = "") -> str:
    response = client.get(reverse(name, args=[pk]) + query)
    assert response.status_code == 200
    return response.content.decode()


def post(client: Any, door: str, pk: int, status: int = 302, **data: Any) -> str:
    response = client.post(reverse(door, args=[pk]), data)
    assert response.status_code == status, response.content.decode()
    return response.content.decode()


class TestInstalments:
    def test_one_is_added_changed_and_removed(self, at_work: Any, fixed: Project) -> None:
        filled = {"description": "On order", "due_on": "2026-05-01"}
        post(at_work, "instalment_new", fixed.pk, **filled, amount="300,00")
        row = Instalment.objects.get(implicit=False)
        assert (row.description, row.amount) == ("On order", 300)
        text = page(at_work, "instalment_edit", row.pk)
        assert 'value="300,00"' in text
        changed = filled | {"percent": "25", "version": row.version}
        post(at_work, "instalment_edit", row.pk, **changed)
        row.refresh_from_db()
        assert (row.amount, row.percent) == (250, 25)
        post(at_work, "instalment_remove", row.pk, version=row.version)
        assert not Instalment.objects.filter(pk=row.pk).exists()

    def test_the_page_says_what_is_in_no_instalment(self, at_work: Any, fixed: Project) -> None:
        InstalmentFactory(project=fixed, amount=Decimal(400))
        text = page(at_work, "project", fixed.pk)
        assert "€\u00a0600,00 of the price of €\u00a01.000,00 stands in no instalment" in text
        InstalmentFactory(project=fixed, amount=Decimal(700))
        assert "They ask €\u00a0100,00 more than the price" in page(at_work, "project", fixed.pk)

    def test_a_billed_one_names_its_invoice_and_is_not_changed(
        self, at_work: Any, fixed: Project
    ) -> None:
        row = InstalmentFactory(project=fixed, billing="invoiced", invoice_label="2026-0007")
        text = page(at_work, "project", fixed.pk)
        assert "2026-0007" in text
        assert reverse("instalment_edit", args=[row.pk]) not in text
        said = post(
            at_work,
            "instalment_edit",
            row.pk,
            status=422,
            description="X",
            due_on="2026-05-01",
            amount="5",
            version=1,
        )
        assert "is on invoice 2026-0007, so it stays as it is" in said
        post(at_work, "instalment_remove", row.pk, version=1)
        row.refresh_from_db()
        assert row.amount == 1000

    def test_an_older_page_is_told(self, at_work: Any, fixed: Project) -> None:
        row = InstalmentFactory(project=fixed, version=3)
        filled = {"description": "X", "due_on": "2026-05-01", "amount": "5", "version": 2}
        assert "nothing was saved" in post(at_work, "instalment_edit", row.pk, status=422, **filled)

    def test_what_is_missing_is_said_beside_its_box(self, at_work: Any, fixed: Project) -> None:
        filled = {"description": "X", "due_on": "2026-05-01"}
        text = post(at_work, "instalment_new", fixed.pk, status=422, **filled)
        assert "Type an amount or a percentage" in text
        assert not Instalment.objects.exists()

    def test_a_price_below_what_is_billed_is_refused_at_the_price(
        self, at_work: Any, fixed: Project
    ) -> None:
        InstalmentFactory(project=fixed, billing="invoiced")
        filled = {"name": "Website", "rounding_rule": "none", "rounding_step": "15"}
        text = post(
            at_work,
            "project_edit",
            fixed.pk,
            422,
            **filled,
            price="900",
            customer=fixed.customer_id,
        )
        assert "is invoiced already, or being invoiced: more than this price" in text


class TestAmountsOfActivities:
    def test_an_amount_and_its_day_are_saved_and_shown(self, at_work: Any, company: Any) -> None:
        project = ProjectFactory(company=company, billing_method="fixed_activity")
        activity = ActivityFactory(company=company)
        data = {
            f"activity-{activity.pk}": "on",
            f"amount-{activity.pk}": "1.500",
            f"due-{activity.pk}": "2026-07-01",
        }
        post(at_work, "project_activities", project.pk, **data)
        row = Instalment.objects.get()
        assert (row.amount, row.due_on, row.activity) == (1500, date(2026, 7, 1), activity)
        assert 'value="2026-07-01"' in page(at_work, "project", project.pk)
        Instalment.objects.update(billing="invoiced")
        data[f"amount-{activity.pk}"] = "1"
        text = post(at_work, "project_activities", project.pk, 422, **data)
        assert "more than this price" in text


class TestSubscriptions:
    FILLED = {
        "price": "250",
        "frequency": "quarter",
        "starts_on": "2026-01-15",
        "in_advance": "True",
        "by_calendar": "True",
        "broken": "pro_rata",
        "template": "{project}, {period}",
    }

    def test_its_terms_are_filled_in_and_its_periods_appear(
        self, at_work: Any, company: Any
    ) -> None:
        project = ProjectFactory(company=company, billing_method="subscription", price=1)
        post(at_work, "project_subscription", project.pk, **self.FILLED)
        first = SubscriptionPeriod.objects.order_by("starts_on").first()
        assert first is not None
        assert (first.starts_on, first.ends_on) == (date(2026, 1, 15), date(2026, 3, 31))
        assert first.amount == Decimal("211.11")  # 250 × 76 / 90
        text = page(at_work, "project", project.pk)
        assert first.description in text
        assert 'value="250,00"' in page(at_work, "project_subscription", project.pk)

    def test_a_start_after_what_is_billed_is_refused_beside_its_box(
        self, at_work: Any, company: Any
    ) -> None:
        project = SubscriptionFactory(company=company).project
        SubscriptionPeriodFactory(project=project, billing="invoiced", invoice_label="2026-0003")
        text = post(at_work, "project_subscription", project.pk, 422, **self.FILLED)
        assert "is on invoice 2026-0003 and begins before this first day" in text
        project.subscription.refresh_from_db()
        assert project.subscription.starts_on == date(2026, 1, 1)

    def test_opening_the_project_makes_what_is_due(self, at_work: Any, company: Any) -> None:
        today = timezone.localdate()
        project = SubscriptionFactory(company=company, starts_on=today).project
        page(at_work, "project", project.pk)
        assert SubscriptionPeriod.objects.get().starts_on == today

    def test_only_a_subscription_has_terms(self, at_work: Any, fixed: Project) -> None:
        response = at_work.get(reverse("project_subscription", args=[fixed.pk]))
        assert response.url == reverse("project", args=[fixed.pk])

    def test_a_new_one_leads_to_its_terms(self, at_work: Any, company: Any) -> None:
        filled = {"name": "Care", "rounding_rule": "none", "rounding_step": "15"}
        data = filled | {"billing_method": "subscription", "price": "90"}
        response = at_work.post(reverse("project_new"), data)
        made = Project.objects.get(name="Care")
        assert response.url == reverse("project_subscription", args=[made.pk])


class TestAnotherMethod:
    def test_each_method_shows_only_its_own_boxes(self, at_work: Any, fixed: Project) -> None:
        text = page(at_work, "project_method", fixed.pk)
        assert text.count('type="radio"') == 7
        hourly = page(at_work, "project_method", fixed.pk, "?method=hourly_person")
        assert 'name="price"' not in hourly
        assert 'name="price"' in page(at_work, "project_method", fixed.pk, "?method=subscription")

    def test_a_fixed_price_says_what_of_it_is_invoiced_already(
        self, at_work: Any, company: Any
    ) -> None:
        project = HourFactory(company=company).project
        InstalmentFactory(project=project, amount=Decimal(400), billing="invoiced")
        again = page(at_work, "project_method", project.pk, "?method=fixed_project")
        assert "The whole price: €\u00a0400,00 of it is invoiced already" in again

    def test_it_is_previewed_and_confirmed(self, at_work: Any, company: Any) -> None:
        entry = HourFactory(company=company)
        RateFactory(project=entry.project, amount=80)
        data = {"method": "hourly_project"}
        text = post(at_work, "project_method", entry.project_id, 200, **data)
        assert "One entry that is not invoiced gets another value" in text
        assert "€\u00a080,00" in text
        token = re.search(r'name="token" value="(\w+)"', text)
        assert token
        post(at_work, "project_method", entry.project_id, **data, token=token[1])
        entry.refresh_from_db()
        assert (entry.project.billing_method, entry.rate) == ("hourly_project", 80)

    def test_what_changed_since_is_shown_again_and_not_done(
        self, at_work: Any, company: Any
    ) -> None:
        entry = HourFactory(company=company)
        data = {"method": "none"}
        text = post(at_work, "project_method", entry.project_id, 200, **data)
        token = re.search(r'name="token" value="(\w+)"', text)
        assert token
        HourFactory(project=entry.project)
        again = post(at_work, "project_method", entry.project_id, 200, **data, token=token[1])
        assert "Nothing was changed yet" in again
        assert Project.objects.get(pk=entry.project_id).billing_method == "hourly_activity"

    def test_something_invoiced_asks_for_a_day(self, at_work: Any, company: Any) -> None:
        project = HourFactory(company=company, invoiced=True).project
        post(at_work, "project_method", project.pk, 422, method="none")
        later = timezone.localdate() + timedelta(days=1)
        text = post(at_work, "project_method", project.pk, 200, method="none", starts=later)
        assert "Invoiced, and stays" in text

    def test_what_is_planned_must_be_decided(self, at_work: Any, fixed: Project) -> None:
        InstalmentFactory(project=fixed, amount=Decimal(400))
        data = {"method": "hourly_activity"}
        post(at_work, "project_method", fixed.pk, 422, **data)
        text = post(at_work, "project_method", fixed.pk, 200, **data, keep_planned="True")
        assert "€\u00a0400,00, stays to be invoiced" in text


class TestFigures:
    def test_they_are_shown_to_whoever_sees_costs(self, at_work: Any, company: Any) -> None:
        project = HourFactory(company=company, invoiced=True).project
        RateFactory(company=company, unit="cost", amount=40)
        text = page(at_work, "project", project.pk)
        for shown in ("Earned", "€\u00a0100,00", "€\u00a040,00", "€\u00a060,00", "60 %"):
            assert shown in text, shown

    def test_somebody_who_only_invoices_sees_no_cost(self, company: Any, client_of: Any) -> None:
        biller = MembershipFactory(company=company, rights=["invoices"])
        project = HourFactory(company=company).project
        RateFactory(company=company, unit="cost", amount=40)
        text = page(client_of(biller.user, company), "project", project.pk)
        assert "Earned" in text
        assert "Margin" not in text
        assert "€\u00a040,00" not in text


@pytest.mark.parametrize(
    "name", ["project_method", "project_subscription", "instalment_new", "instalment_edit"]
)
def test_whoever_sets_no_prices_opens_none_of_them(
    company: Any, fixed: Project, client_of: Any, name: str
) -> None:
    keeper = MembershipFactory(company=company, rights=["all_projects", "invoices"])
    row = InstalmentFactory(project=fixed)
    client = client_of(keeper.user, company)
    pk = row.pk if name == "instalment_edit" else fixed.pk
    for ask in (client.get, client.post):
        assert ask(reverse(name, args=[pk])).status_code == 403
    assert client.post(reverse("instalment_remove", args=[row.pk])).status_code == 403
    assert Instalment.objects.filter(pk=row.pk).exists()
