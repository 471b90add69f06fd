"""What an expense cost with and without the VAT on its receipt."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Membership
from core import money
from core.errors import FieldsError
from registration.forms.expenses import CostForm
from registration.models import Expense
from registration.services import entries
from registration.services.entries import ExpenseData
from tests.factories import (
    ExpenseCategoryFactory,
    ExpenseFactory,
    MembershipFactory,
    ProjectFactory,
)


@pytest.fixture
def me(company: Any) -> Membership:
    return MembershipFactory(company=company)


@pytest.fixture
def browser(me: Membership, client_of: Any) -> Any:
    return client_of(me.user, me.company)


@pytest.fixture
def filled_in(company: Any) -> dict[str, Any]:
    return {
        "date": timezone.localdate().isoformat(),
        "project": ProjectFactory(company=company).pk,
        "category": ExpenseCategoryFactory(company=company).pk,
        "quantity": "3",
        "billable": "on",
    }


@pytest.mark.parametrize(
    ("incl", "percent", "excl"),
    [
        ("121", "21", "100"),
        ("10", "21", "8.26"),  # 8.2644…
        ("9.99", "9", "9.17"),  # 9.1651…
        ("0.01", "21", "0.01"),  # 0.0082…
        ("12.34", "0", "12.34"),
        ("107.5", "7.5", "100"),
    ],
)
def test_the_amount_without_vat_is_rounded_half_up(incl: str, percent: str, excl: str) -> None:
    assert money.without_vat(Decimal(incl), Decimal(percent)) == Decimal(excl)
    assert -money.without_vat(-Decimal(incl), Decimal(percent)) == Decimal(excl)


def test_the_amount_with_vat_is_rounded_half_up() -> None:
    assert money.with_vat(Decimal("0.50"), Decimal(21)) == Decimal("0.61")
    assert money.with_vat(Decimal("8.26"), Decimal(21)) == Decimal("9.99")


@pytest.mark.django_db
class TestTheForm:
    def test_an_amount_incl_vat_is_passed_on_without_it(
        self, browser: Any, filled_in: dict[str, Any]
    ) -> None:
        data = {**filled_in, "unit_cost": "10", "typed_as": "incl", "receipt_vat": "21"}
        assert browser.post("/register/expenses/", data).status_code == 302
        expense = Expense.objects.get()
        assert (expense.unit_cost_incl, expense.receipt_vat) == (10, 21)
        assert (expense.unit_cost, expense.rate) == (Decimal("8.26"), Decimal("8.26"))
        assert expense.amount == Decimal("24.78")

    def test_an_amount_without_vat_stays_as_typed(
        self, browser: Any, filled_in: dict[str, Any]
    ) -> None:
        browser.post("/register/expenses/", {**filled_in, "unit_cost": "10", "receipt_vat": "9"})
        expense = Expense.objects.get()
        assert (expense.unit_cost, expense.unit_cost_incl, expense.receipt_vat) == (10, None, 9)

    @pytest.mark.parametrize("vat", ["", "other"])
    def test_incl_without_a_percentage_is_refused_beside_its_box(
        self, browser: Any, filled_in: dict[str, Any], vat: str
    ) -> None:
        data = {**filled_in, "unit_cost": "10", "typed_as": "incl", "receipt_vat": vat}
        answer = browser.post("/register/expenses/", data)
        assert answer.status_code == 422
        assert "receipt_vat" in answer.context["form"].errors
        assert not Expense.objects.exists()

    def test_any_other_percentage_can_be_typed(
        self, browser: Any, filled_in: dict[str, Any]
    ) -> None:
        other = {"typed_as": "incl", "receipt_vat": "other", "other_vat": "7,5"}
        browser.post("/register/expenses/", {**filled_in, "unit_cost": "107,50", **other})
        assert Expense.objects.get().unit_cost == 100

    def test_the_page_shows_what_was_typed_and_the_other_amount(
        self, browser: Any, me: Membership
    ) -> None:
        expense = ExpenseFactory(
            membership=me, unit_cost=100, unit_cost_incl=121, receipt_vat=Decimal("21.00")
        )
        answer = browser.get(f"/register/expenses/{expense.pk}/")
        page = answer.content.decode()
        assert 'value="121,00"' in page
        assert '<option value="21" selected>21%</option>' in page
        assert "€\u00a0100,00" in page

    def test_saving_it_again_without_a_change_changes_no_amount(
        self, browser: Any, me: Membership
    ) -> None:
        expense = ExpenseFactory(
            membership=me, unit_cost=Decimal("9.17"), unit_cost_incl=Decimal("9.99"), receipt_vat=9
        )
        form = browser.get(f"/register/expenses/{expense.pk}/").context["form"]
        data = {name: form[name].value() or "" for name in form.fields}
        data |= {"project": expense.project_id, "category": expense.category_id, "version": 1}
        assert browser.post(f"/register/expenses/{expense.pk}/", data).status_code == 302
        expense.refresh_from_db()
        assert (expense.unit_cost, expense.unit_cost_incl) == (Decimal("9.17"), Decimal("9.99"))

    def test_going_back_to_excl_forgets_the_amount_incl(self, browser: Any, me: Membership) -> None:
        expense = ExpenseFactory(membership=me, unit_cost=100, unit_cost_incl=121, receipt_vat=21)
        data = {
            "date": expense.date.isoformat(),
            "project": expense.project_id,
            "category": expense.category_id,
            "quantity": "1",
            "unit_cost": "80",
            "typed_as": "excl",
            "receipt_vat": "21",
            "version": 1,
        }
        browser.post(f"/register/expenses/{expense.pk}/", data)
        expense.refresh_from_db()
        assert (expense.unit_cost, expense.unit_cost_incl) == (80, None)

    def test_a_locked_expense_shows_both_amounts(self, browser: Any, me: Membership) -> None:
        expense = ExpenseFactory(
            membership=me, unit_cost=100, unit_cost_incl=121, receipt_vat=21, invoiced=True
        )
        page = browser.get(f"/register/expenses/{expense.pk}/").content.decode()
        assert "€\u00a0121,00" in page

    @pytest.mark.parametrize(
        ("typed", "shown"),
        [
            ({"typed_as": "incl", "receipt_vat": "21"}, "€\u00a0100,00"),
            ({"typed_as": "excl", "receipt_vat": "21"}, "€\u00a0146,41"),
            ({"typed_as": "incl", "receipt_vat": ""}, "Choose the VAT"),
            ({"typed_as": "incl", "receipt_vat": "nonsense"}, "Choose the VAT"),
        ],
    )
    def test_the_other_amount_shows_while_typing(
        self, browser: Any, typed: dict[str, str], shown: str
    ) -> None:
        answer = browser.get("/register/expenses/cost/", {"unit_cost": "121", **typed})
        assert shown in answer.content.decode()


def offered(day: date) -> list[str]:
    form = CostForm()
    form.offer_percentages(day)
    return [value for value, _label in form.fields["receipt_vat"].widget.choices]


def test_the_rates_of_the_day_are_offered() -> None:
    assert offered(date(2026, 1, 1)) == ["", "21", "9", "0", "other"]
    assert offered(date(2018, 12, 31)) == ["", "21", "6", "0", "other"]
    assert offered(date(2012, 9, 30)) == ["", "19", "6", "0", "other"]


@pytest.mark.django_db
@pytest.mark.parametrize("percent", ["-1", "100"])
def test_an_impossible_percentage_is_refused(me: Membership, percent: str) -> None:
    data = ExpenseData(
        date=timezone.localdate() - timedelta(days=1),
        project=ProjectFactory(company=me.company),
        category=ExpenseCategoryFactory(company=me.company),
        unit_cost=Decimal(0),
        unit_cost_incl=Decimal(10),
        receipt_vat=Decimal(percent),
    )
    with pytest.raises(FieldsError, match="percentage"):
        entries.expense_log(by=me, data=data)
