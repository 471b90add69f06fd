"""Billed at a fixed price, then by the hour, then at a fixed price again: what is asked?"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from core.errors import FieldsError
from registration.models import BillingMethod, Instalment, Project
from registration.services.methods import MethodData, method_change
from registration.services.planned import InstalmentData, instalment_add, instalment_remove
from registration.services.projects import ProjectData, project_activities_set, project_save
from tests.factories import ActivityFactory, CustomerFactory, ProjectFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(company: Any) -> Project:
    """A fixed price of 1,000 for an English customer."""
    data = ProjectData(
        name="House style",
        customer=CustomerFactory(company=company, language="en"),
        billing_method="fixed_project",
        price=Decimal(1000),
    )
    return project_save(company=company, project=None, data=data, by=None)


def rows(project: Project) -> list[tuple[str, str]]:
    """Description and amount, the implicit one marked."""
    found = Instalment.objects.filter(project=project).exclude(billing="not_billable")
    return [
        (f"{one.description}{' *' if one.implicit else ''}", f"{one.amount:.2f}")
        for one in found.order_by("pk")
    ]


def only(project: Project, **wanted: Any) -> Instalment:
    return Instalment.objects.get(project=project, **wanted)


def add(project: Project, amount: str) -> Instalment:
    first = InstalmentData(description="First", due_on=timezone.localdate(), amount=Decimal(amount))
    return instalment_add(company=project.company, project=project, data=first, by=None)


def bill(row: Instalment, billing: str = "invoiced") -> None:
    Instalment.objects.filter(pk=row.pk).update(billing=billing, invoice_label="2026-0001")


def change_method(project: Project, method: str, amount: str = "1", **wanted: Any) -> Project:
    """From today on, since something is invoiced."""
    wanted = {"starts": timezone.localdate(), "price": Decimal(amount), **wanted}
    changed = MethodData(method=BillingMethod(method), **wanted)
    method_change(company=project.company, project=project, data=changed, by=None)
    project.refresh_from_db()
    return project


def set_amount(project: Project, activity: Any, amount: str) -> None:
    """The fixed amount of the only activity."""
    given = {activity: Decimal(amount)}
    project_activities_set(company=project.company, project=project, amounts=given, by=None)


@pytest.fixture
def by_the_hour(project: Project) -> Project:
    bill(only(project))
    return change_method(project, "hourly_activity")


def test_what_was_billed_counts_and_only_the_rest_is_asked(by_the_hour: Project) -> None:
    again = change_method(by_the_hour, "fixed_project", "1500")
    assert rows(again) == [
        ("House style, fixed price", "1000.00"),
        ("House style, remainder *", "500.00"),
    ]


def test_the_same_price_asks_nothing_more_and_a_lower_one_is_refused(by_the_hour: Project) -> None:
    with pytest.raises(FieldsError, match="is invoiced already") as refusal:
        change_method(by_the_hour, "fixed_project", "900")
    assert list(refusal.value.errors) == ["price"]
    assert rows(change_method(by_the_hour, "fixed_project", "1000")) == [
        ("House style, fixed price *", "1000.00")
    ]


@pytest.mark.parametrize("keep", [True, False])
def test_what_was_planned_and_not_billed_is_asked_once(project: Project, *, keep: bool) -> None:
    bill(add(project, "400"))
    change_method(project, "hourly_activity", keep_planned=keep)
    again = change_method(project, "fixed_project", "1500", keep_planned=keep)
    assert [amount for _text, amount in sorted(rows(again))] == ["400.00", "1100.00"]


def test_a_remainder_that_was_taken_off_the_earlier_plan_is_asked_by_the_new_price(
    project: Project,
) -> None:
    bill(add(project, "400"))
    instalment_remove(
        company=project.company, instalment=only(project, implicit=True), version=2, by=None
    )
    change_method(project, "hourly_activity")
    again = change_method(project, "fixed_project", "1500")
    assert rows(again)[1] == ("House style, remainder *", "1100.00")


def test_a_credited_invoice_asks_the_whole_new_price(by_the_hour: Project) -> None:
    bill(only(by_the_hour), "unbilled")
    again = change_method(by_the_hour, "fixed_project", "1500")
    assert [amount for _text, amount in rows(again)] == ["1500.00"]


def test_the_fixed_amount_of_an_activity_that_rose_meanwhile_asks_the_rest(
    project: Project,
) -> None:
    activity = ActivityFactory(company=project.company, name="Logo")
    change_method(project, "fixed_activity")
    set_amount(project, activity, "300")
    bill(only(project, activity=activity))
    change_method(project, "hourly_activity")
    set_amount(project, activity, "500")
    again = change_method(project, "fixed_activity")
    assert [amount for _text, amount in rows(again)] == ["300.00", "200.00"]


def test_an_activity_that_is_listed_again_asks_what_is_not_billed_of_it(company: Any) -> None:
    project = ProjectFactory(company=company, billing_method="fixed_activity")
    activity = ActivityFactory(company=company)
    set_amount(project, activity, "500")
    bill(only(project))
    project_activities_set(company=company, project=project, amounts={}, by=None)
    with pytest.raises(FieldsError, match="more than this price"):
        set_amount(project, activity, "400")
    set_amount(project, activity, "800")
    assert [amount for _text, amount in rows(project)] == ["500.00", "300.00"]
