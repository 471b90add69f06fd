"""docs/how/eight-ways-of-billing.md, worked out by the product."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Q

from registration.models import Hour, Instalment, Project, SubscriptionPeriod
from registration.services import valuation
from registration.services.planned import InstalmentData, instalment_add
from registration.services.projects import ProjectData, project_activities_set, project_save
from registration.services.subscriptions import SubscriptionData, periods_due, subscription_save
from tests.factories import (
    ActivityFactory,
    CustomerFactory,
    HourFactory,
    MembershipFactory,
    ProjectFactory,
    RateFactory,
)

pytestmark = pytest.mark.django_db
DOCUMENT = Path(__file__).resolve().parents[2] / "docs/how/eight-ways-of-billing.md"


def told(*amounts: Decimal) -> list[str]:
    """The amounts as the document prints them; each must stand there in bold."""
    words = [f"{amount:.2f}" for amount in amounts]
    text = DOCUMENT.read_text(encoding="utf-8")
    assert [word for word in words if f"**{word}**" not in text] == []
    return words


def worth(company: Any, *hours: Hour) -> list[Decimal]:
    """What the hours are worth once the rates are there."""
    valuation.revalue(company=company, where=Q(), by=None)
    return [Hour.objects.get(pk=hour.pk).amount for hour in hours]


def hour(project: Project, minutes: int, **fields: Any) -> Hour:
    made: Hour = HourFactory(project=project, minutes=minutes, missing="no_rate", **fields)
    return made


def priced(company: Any, method: str, price: Decimal | None = None) -> Project:
    customer = CustomerFactory(company=company)
    data = ProjectData(name="Website", customer=customer, billing_method=method, price=price)
    return project_save(company=company, project=None, data=data, by=None)


def amounts(kind: Any, project: Project) -> list[Decimal]:
    rows = kind.objects.filter(project=project).order_by("pk")
    return list(rows.values_list("amount", flat=True))


def test_1_nothing_is_invoiced(company: Any) -> None:
    entry = hour(ProjectFactory(company=company, billing_method="none"), 140)
    assert worth(company, entry) == [None]
    entry.refresh_from_db()
    assert entry.billing == "not_billable"


def test_2_by_activity(company: Any) -> None:
    project = ProjectFactory(company=company)
    design, development = ActivityFactory.create_batch(2, company=company)
    RateFactory(activity=design, amount=95)
    RateFactory(project=project, activity=design, amount=99)
    RateFactory(activity=development, amount=105)
    found = worth(
        company, hour(project, 140, activity=design), hour(project, 50, activity=development)
    )
    assert told(*found) == ["230.67", "87.15"]


def test_3_by_employee(company: Any) -> None:
    project = ProjectFactory(company=company, billing_method="hourly_person")
    sanne = MembershipFactory(company=company)
    RateFactory(membership=sanne, amount=Decimal("92.50"))
    RateFactory(membership=sanne, amount=Decimal("97.50"), valid_from=date(2026, 11, 1))
    days = (date(2026, 10, 31), date(2026, 11, 1))
    found = worth(company, *(hour(project, 140, membership=sanne, date=day) for day in days))
    assert told(*found) == ["215.53", "227.18"]


def test_4_by_project(company: Any) -> None:
    project = ProjectFactory(
        company=company, billing_method="hourly_project", rounding_rule="up", rounding_step=15
    )
    RateFactory(project=project, amount=Decimal("98.50"))
    assert told(*worth(company, hour(project, 50))) == ["98.50"]


def test_5_by_customer(company: Any) -> None:
    rated, other = ProjectFactory.create_batch(2, company=company, billing_method="hourly_customer")
    RateFactory(customer=rated.customer, amount=Decimal("87.50"))
    RateFactory(company=company, amount=90)
    assert told(*worth(company, hour(rated, 75), hour(other, 75))) == ["109.38", "112.50"]


def test_6_fixed_price(company: Any) -> None:
    project = priced(company, "fixed_project", Decimal(100))
    for percent in ("33.3333", "33.3333", "33.3334"):
        data = InstalmentData(
            description="A third", due_on=date(2026, 1, 1), percent=Decimal(percent)
        )
        instalment_add(company=company, project=project, data=data, by=None)
    assert told(*amounts(Instalment, project)) == ["33.33", "33.33", "33.34"]
    first = Instalment.objects.order_by("pk")[:1].get()
    Instalment.objects.filter(pk=first.pk).update(billing="invoiced")
    changed = ProjectData(
        name="Website",
        customer=project.customer,
        billing_method="fixed_project",
        price=Decimal(150),
    )
    project_save(company=company, project=project, data=changed, by=None)
    found = amounts(Instalment, project)
    assert told(*found) == ["33.33", "50.00", "50.00", "16.67"]
    assert sum(found) == 150


def test_7_fixed_price_per_activity(company: Any) -> None:
    project = priced(company, "fixed_activity")
    design, development = ActivityFactory.create_batch(2, company=company)
    place = {"company": company, "project": project, "by": None}
    both = {design: Decimal(3200), development: Decimal(6800)}
    project_activities_set(**place, amounts=both, due={development: date(2026, 12, 1)})
    Instalment.objects.filter(activity=design).update(billing="invoiced")
    project_activities_set(**place, amounts=both | {design: Decimal(3500)})
    assert amounts(Instalment, project)[:2] == [3200, 6800]
    assert told(amounts(Instalment, project)[2]) == ["300.00"]
    project_activities_set(**place, amounts={design: Decimal(3500)})
    assert amounts(Instalment, project) == [3200, 300]


def test_8_subscription(company: Any) -> None:
    project = priced(company, "subscription", Decimal(310))
    terms = {"starts_on": date(2026, 1, 22), "ends_on": date(2026, 4, 14), "by_calendar": True}
    place = {"company": company, "project": project, "by": None}
    data = SubscriptionData(price=Decimal(310), **terms)
    subscription_save(**place, data=data)
    periods_due(company, date(2026, 4, 14))
    first, second, third, last = amounts(SubscriptionPeriod, project)
    assert told(first, last) == ["100.00", "144.67"]
    assert (second, third) == (310, 310)
    raised = SubscriptionData(price=Decimal(330), price_from=date(2026, 3, 1), **terms)
    subscription_save(**place, data=raised)
    first, second, third, last = amounts(SubscriptionPeriod, project)
    assert (first, second, third) == (100, 310, 330)
    assert told(last) == ["154.00"]
