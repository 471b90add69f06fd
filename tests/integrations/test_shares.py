"""What each thing on a line was billed for is what is booked for it, given or given back."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest

from integrations.services.shares import shares_of
from invoicing.models import Invoice
from tests.factories import (
    ActivityFactory,
    ExpenseCategoryFactory,
    ExpenseFactory,
    ProjectFactory,
    RateFactory,
)
from tests.invoicing.own import DAY, Studio, fresh

pytestmark = pytest.mark.django_db


@pytest.fixture
def studio() -> Studio:
    return Studio.ready()


@pytest.fixture
def other(studio: Studio) -> Any:
    """A second project of the same customer."""
    return ProjectFactory(company=studio.company, customer=studio.customer, name="Shop")


def expenses(studio: Studio, *counted: tuple[Any, str]) -> list[Any]:
    """Expenses at EUR 10 each, of one category, so that they share a line."""
    category = ExpenseCategoryFactory(company=studio.company)
    return [
        ExpenseFactory(
            company=studio.company,
            project=project,
            category=category,
            quantity=Decimal(quantity),
            unit_cost=Decimal(10),
            date=DAY,
        )
        for project, quantity in counted
    ]


def by_project(*invoices: Invoice) -> dict[str, Decimal]:
    """What was shared out, per project, all of these together."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    names = {None: "none"}
    for invoice in invoices:
        for line, shares in shares_of(fresh(invoice)):
            assert sum((one.net for one in shares), Decimal(0)) == line.net
            for one in shares:
                found[str(one.thing.project or names[None])] += one.net
    return dict(found)


def test_hours_of_two_activities_on_one_line_are_two_shares(studio: Studio) -> None:
    second = ActivityFactory(company=studio.company)
    RateFactory(company=studio.company, activity=second)
    draft = studio.draft([studio.hour(20), studio.hour(70, activity=second)], "one")
    ((line, shares),) = shares_of(studio.finalise(draft))
    assert line.net == Decimal("150.00")
    assert {one.thing.activity: one.net for one in shares} == {
        studio.activity.pk: Decimal("33.33"),
        second.pk: Decimal("116.67"),
    }


def test_what_is_below_zero_stays_below_zero(studio: Studio, other: Any) -> None:
    things = expenses(studio, (studio.project, "10"), (other, "-4"))
    invoice = studio.finalise(studio.draft(things, "one"))
    assert by_project(invoice) == {
        str(studio.project.pk): Decimal(100),
        str(other.pk): Decimal(-40),
    }


def test_what_cancels_out_on_a_line_is_booked_on_both_projects(studio: Studio, other: Any) -> None:
    things = [*expenses(studio, (studio.project, "5"), (other, "-5")), studio.hour()]
    invoice = studio.finalise(studio.draft(things, "one"))
    assert by_project(invoice) == {
        str(studio.project.pk): Decimal(150),
        str(other.pk): Decimal(-50),
    }


def test_a_discount_is_of_all_that_is_on_the_line(studio: Studio, other: Any) -> None:
    things = expenses(studio, (studio.project, "10"), (other, "-4"))
    draft = studio.draft(things, "one")
    studio.change(draft.lines.get(), discount=Decimal(10))
    assert by_project(studio.finalise(draft)) == {
        str(studio.project.pk): Decimal(90),
        str(other.pk): Decimal(-36),
    }


def test_a_credit_note_gives_back_the_very_same_shares(studio: Studio, other: Any) -> None:
    things = expenses(studio, (studio.project, "3.33"), (other, "-1.11"), (other, "7.77"))
    invoice = studio.finalise(studio.draft(things, "one"))
    note = studio.credit(invoice)
    assert set(by_project(invoice, note).values()) == {Decimal(0)}


@pytest.mark.parametrize("part", ["0.10", "0.33", "1.00"])
def test_parts_that_together_give_all_back_leave_no_cent_behind(
    part: str, studio: Studio, other: Any
) -> None:
    third = ProjectFactory(company=studio.company, customer=studio.customer)
    things = expenses(studio, (studio.project, "1.01"), (other, "1.01"), (third, "1.02"))
    draft = studio.draft(things, "one")
    studio.change(draft.lines.get(), unit_price=Decimal("10.0770"))
    invoice = studio.finalise(draft)
    first = studio.credit(invoice, part=part)
    second = studio.credit(fresh(invoice), part=part)
    last = studio.credit(fresh(invoice))
    assert by_project(first).keys() == by_project(invoice).keys()
    assert all(amount < 0 for amount in by_project(last).values())
    assert set(by_project(invoice, first, second, last).values()) == {Decimal(0)}


def test_what_was_given_back_does_not_change_when_more_is(studio: Studio, other: Any) -> None:
    things = expenses(studio, (studio.project, "1.01"), (other, "2.02"))
    invoice = studio.finalise(studio.draft(things, "one"))
    first = studio.credit(invoice, part="0.33")
    before = by_project(first), by_project(invoice)
    studio.credit(fresh(invoice))
    assert (by_project(first), by_project(invoice)) == before


def test_typed_lines_are_of_the_project_of_the_invoice(studio: Studio) -> None:
    invoice = studio.free(("1", "100"), ("1", "-20"), ("1", "0"))
    Invoice.objects.filter(pk=invoice.pk).update(project=studio.project)
    assert by_project(studio.finalise(invoice)) == {str(studio.project.pk): Decimal(80)}


def test_a_typed_line_can_be_given_back_in_parts(studio: Studio) -> None:
    invoice = studio.finalise(studio.free(("3", "33.33")))
    notes = [studio.credit(fresh(invoice), part="1") for _ in range(3)]
    assert by_project(*notes) == {"none": Decimal("-99.99")}
