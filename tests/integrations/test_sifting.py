"""Which entries can be billed now, and which sentence the others get."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Company
from invoicing.services import sifting
from registration.models import BillingStatus, Missing, Selection
from tests.factories import (
    CompanyFactory,
    CustomerFactory,
    ExpenseFactory,
    HourFactory,
    ProjectFactory,
    RideFactory,
)
from tests.integrations.conftest import DAY

pytestmark = pytest.mark.django_db
Select = Callable[..., Selection]

# Reason, part of the sentence, fields of the hour, of its project, of its customer.
LEFT_OUT: list[tuple[str, str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ("billed", "that is on its way", {"billing": BillingStatus.RESERVED}, {}, {}),
    (
        "billed",
        "Already on AFAS order 70000001",
        {"billing": BillingStatus.INVOICED, "invoice_label": "AFAS order 70000001"},
        {},
        {},
    ),
    ("written_off", "Written off", {"billing": BillingStatus.WRITTEN_OFF}, {}, {}),
    ("no_rate", "Set a rate first", {"missing": Missing.NO_RATE}, {}, {}),
    ("covered", "not billed by the hour", {"missing": Missing.COVERED}, {}, {}),
    ("not_billable", "Not billable", {"billable": False}, {}, {}),
    ("rejected", "rejected", {"rejected": True}, {}, {}),
    ("not_approved", "Not approved yet", {}, {"only_approved": True}, {}),
    ("archived", "archived", {}, {}, {"archived": True}),
]


@pytest.mark.parametrize(("reason", "words", "fields", "project", "customer"), LEFT_OUT)
def test_what_cannot_be_billed_says_why(
    *,
    reason: str,
    words: str,
    fields: dict[str, Any],
    project: dict[str, Any],
    customer: dict[str, Any],
    company: Company,
    selected: Select,
) -> None:
    whose = CustomerFactory(company=company, **customer)
    on = ProjectFactory(customer=whose, **project)
    hour = HourFactory(project=on, date=DAY, **fields)
    found, (left,) = sifting.sift(company, selected([hour]))
    assert found == []
    assert (left.kind, left.entry, left.reason) == ("hour", hour, reason)
    assert words in left.sentence


def test_work_for_nobody_is_left_out(company: Company, selected: Select) -> None:
    hour = HourFactory(project=ProjectFactory(company=company, customer=None))
    _found, (left,) = sifting.sift(company, selected([hour]))
    assert left.reason == "no_customer"


def test_approved_work_on_a_strict_project_and_open_work_elsewhere_is_billed(
    company: Company, selected: Select
) -> None:
    strict = ProjectFactory(company=company, only_approved=True)
    hours = [HourFactory(project=strict, approved=True), HourFactory(company=company)]
    found, left_out = sifting.sift(company, selected(hours))
    assert {row.pk for _kind, row in found} == {hour.pk for hour in hours}
    assert left_out == []


def test_hours_expenses_and_rides_come_together(company: Company, selected: Select) -> None:
    hour, expense = HourFactory(company=company), ExpenseFactory(company=company)
    ride = RideFactory(company=company)
    selection = selected([hour], expenses=[expense.pk], rides=[ride.pk])
    found, _left_out = sifting.sift(company, selection)
    assert found == [("hour", hour), ("expense", expense), ("ride", ride)]


def test_another_companys_ids_and_deleted_ones_are_not_there(
    company: Company, selected: Select
) -> None:
    theirs, gone = HourFactory(company=CompanyFactory()), HourFactory(company=company)
    selection = selected([theirs, gone])
    gone.delete()
    assert sifting.sift(company, selection) == ([], [])
