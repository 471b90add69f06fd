"""`modified_since`: whatever changes of an entry, also by others, is told to who asks."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import Company
from registration.models import Hour
from registration.selectors.rates import RateSubject
from registration.services import approval, billing_status
from registration.services.projects import ProjectData, project_save
from registration.services.rates import rate_set
from registration.services.valuation import hold
from tests.factories import CustomerFactory, HourFactory

pytestmark = pytest.mark.django_db


def approve(hour: Hour, by: Any) -> None:
    approval.approve(by=by, ids={"hours": [hour.pk]})


def set_rate(hour: Hour, by: Any) -> None:
    given = {"subject": RateSubject(activity=hour.activity), "unit": "hour"}
    rate_set(company=hour.company, by=by.user, amount=Decimal(5), **given)


def move_to_customer(hour: Hour, by: Any) -> None:
    data = ProjectData(name="Same", customer=CustomerFactory(company=hour.company))
    project_save(company=hour.company, project=hour.project, data=data, by=by.user)


def ask_approval(hour: Hour, by: Any) -> None:
    customer = hour.project.customer
    data = ProjectData(name="Same", customer=customer, only_approved=True, rounding_rule="inherit")
    project_save(company=hour.company, project=hour.project, data=data, by=by.user)


def reserve(hour: Hour, by: Any) -> None:
    billing_status.reserve(company=hour.company, kind="hour", ids=[hour.pk])


def invoice(hour: Hour, by: Any) -> None:
    Hour.objects.update(billing="reserved")
    billing_status.mark_invoiced(company=hour.company, kind="hour", labels={hour.pk: "7"})


def release(hour: Hour, by: Any) -> None:
    Hour.objects.update(billing="invoiced")
    hold(hour.company)
    billing_status.release(company=hour.company, kind="hour", ids=[hour.pk])


@pytest.mark.parametrize(
    "change",
    [approve, set_rate, move_to_customer, ask_approval, reserve, invoice, release],
    ids=lambda one: one.__name__,
)
def test_every_change_is_found(
    program: Callable[..., Any], company: Company, owner: Any, change: Callable[..., None]
) -> None:
    hour, one = HourFactory(company=company), program()
    moment = timezone.now().isoformat().replace("+", "%2B")
    address = f"hours/?modified_since={moment}&ordering=modified"
    assert one.get(address).json()["results"] == []
    with transaction.atomic():
        change(hour, owner)
    assert [row["id"] for row in one.get(address).json()["results"]] == [hour.pk]
