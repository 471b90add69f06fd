"""Activities and expense categories: names once each, and prices that reach their expenses."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from core import audit
from core.errors import FieldsError
from registration.models import Activity, ExpenseCategory
from registration.services.catalogue import (
    ActivityData,
    CategoryData,
    activity_save,
    category_save,
)
from tests.factories import ActivityFactory, ExpenseFactory

pytestmark = pytest.mark.django_db


def activity(company: Any, known: Activity | None = None, **data: Any) -> Activity:
    filled = ActivityData(**{"name": "Design", **data})
    return activity_save(company=company, activity=known, data=filled, by=None)


def category(company: Any, known: ExpenseCategory | None = None, **data: Any) -> ExpenseCategory:
    filled = CategoryData(**{"name": "Hosting", **data})
    return category_save(company=company, category=known, data=filled, by=None)


def test_an_activity_is_made_changed_and_recorded(company: Any) -> None:
    made = activity(company, name="  Web   design ")
    activity(company, made, name="Web design", billable=False)
    changed, created = audit.events_of(company, made)
    assert (made.name, created.action) == ("Web design", "activity.created")
    assert (changed.before, changed.after) == ({"billable": True}, {"billable": False})


@pytest.mark.parametrize("name", ["", "  "])
def test_a_name_is_needed(company: Any, name: str) -> None:
    with pytest.raises(FieldsError, match="name"):
        activity(company, name=name)
    with pytest.raises(FieldsError, match="name"):
        category(company, name=name)


def test_a_name_is_used_once_in_a_company(company: Any) -> None:
    ActivityFactory(name="Design")
    made = activity(company)
    assert activity(company, made).pk == made.pk
    with pytest.raises(FieldsError, match="Choose another name"):
        activity(company)


def test_an_archived_namesake_is_to_be_brought_back(company: Any) -> None:
    activity(company, archived=True)
    with pytest.raises(FieldsError, match="Bring that one back"):
        activity(company)


def test_another_sales_price_values_the_open_expenses_again(company: Any) -> None:
    entry = ExpenseFactory(company=company, quantity=Decimal(2))
    claimed = ExpenseFactory(category=entry.category, billing="invoiced")
    known = entry.category
    for price, amount in ((Decimal("30.125"), Decimal("60.25")), (None, Decimal(50))):
        category(company, known, name=known.name, sales_price=price)
        entry.refresh_from_db()
        claimed.refresh_from_db()
        assert (entry.amount, claimed.amount) == (amount, 25)


@pytest.mark.parametrize("price", ["-0.01", "1000000"])
def test_a_price_no_expense_could_carry_is_refused(company: Any, price: str) -> None:
    with pytest.raises(FieldsError):
        category(company, sales_price=Decimal(price))
    assert not ExpenseCategory.objects.exists()


def test_another_companys_rows_cannot_be_changed(company: Any) -> None:
    stranger = ActivityFactory(name="Theirs")
    with pytest.raises(Activity.DoesNotExist):
        activity(company, stranger, name="Mine")
    stranger.refresh_from_db()
    assert stranger.name == "Theirs"
