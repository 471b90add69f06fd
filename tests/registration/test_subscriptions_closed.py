"""Somebody looked ahead, and then the project was closed: what comes later is billed to nobody."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.utils import timezone

from registration.models import Project, SubscriptionPeriod
from registration.services.projects import (
    ProjectData,
    project_close,
    project_reopen,
    project_save,
)
from registration.services.subscriptions import periods_due
from tests.factories import CustomerFactory, ProjectFactory, SubscriptionFactory

pytestmark = pytest.mark.django_db
JANUARY = date(2026, 1, 1)


@pytest.fixture
def hosting(monkeypatch: pytest.MonkeyPatch) -> Project:
    """A subscription of which the Unbilled page was opened up to June."""
    monkeypatch.setattr(timezone, "localdate", lambda: JANUARY)
    project = ProjectFactory(
        customer=CustomerFactory(), billing_method="subscription", price=Decimal(310)
    )
    SubscriptionFactory(project=project, starts_on=JANUARY)
    periods_due(project.company, date(2026, 6, 30))
    return project


def unbilled(project: Project) -> list[date]:
    rows = SubscriptionPeriod.objects.filter(project=project, billing="unbilled")
    return list(rows.order_by("starts_on").values_list("starts_on", flat=True))


def test_closing_leaves_what_is_due_and_nothing_that_would_become_due(hosting: Project) -> None:
    assert len(unbilled(hosting)) == 6
    project_close(company=hosting.company, project=hosting, by=None)
    assert unbilled(hosting) == [JANUARY]


def test_what_is_being_billed_ahead_stays(hosting: Project) -> None:
    ahead = SubscriptionPeriod.objects.filter(project=hosting, starts_on=date(2026, 2, 1))
    ahead.update(billing="reserved")
    project_close(company=hosting.company, project=hosting, by=None)
    assert ahead.get().billing == "reserved"
    assert unbilled(hosting) == [JANUARY]


def test_opened_again_the_months_between_are_made_once(hosting: Project) -> None:
    project_close(company=hosting.company, project=hosting, by=None)
    project_reopen(company=hosting.company, project=hosting, by=None)
    periods_due(hosting.company, date(2026, 3, 1))
    assert unbilled(hosting) == [JANUARY, date(2026, 2, 1), date(2026, 3, 1)]


def test_another_name_makes_no_periods_of_a_closed_project(
    hosting: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project_close(company=hosting.company, project=hosting, by=None)
    monkeypatch.setattr(timezone, "localdate", lambda: date(2026, 5, 1))
    data = ProjectData(
        name="Hosting, old",
        customer=hosting.customer,
        billing_method="subscription",
        price=Decimal(310),
    )
    project_save(company=hosting.company, project=hosting, data=data, by=None)
    assert unbilled(hosting) == [JANUARY]
