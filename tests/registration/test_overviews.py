"""The overviews: filters, totals, who sees what, and export."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Company, User
from registration.forms.overviews import read_filters, read_size, read_sort
from registration.models import Hour
from registration.selectors.periods import period
from tests.factories import (
    ActivityFactory,
    CompanyFactory,
    CustomerFactory,
    ExpenseFactory,
    HourFactory,
    MembershipFactory,
    ProjectFactory,
    ProjectMemberFactory,
    RideFactory,
    SelectionFactory,
)

KINDS = {"hours": HourFactory, "expenses": ExpenseFactory, "rides": RideFactory}


@pytest.fixture
def browser(company: Company, biller: User, client_of: Callable[..., Any]) -> Any:
    """Of somebody who bills."""
    return client_of(biller, company)


def shown(answer: Any) -> list[int]:
    return [row.entry.pk for row in answer.context["rows"]]


class TestPeriods:
    @pytest.mark.parametrize(
        ("key", "first", "last"),
        [
            ("this_week", (2026, 11, 16), (2026, 11, 22)),
            ("previous_week", (2026, 11, 9), (2026, 11, 15)),
            ("this_month", (2026, 11, 1), (2026, 11, 30)),
            ("previous_month", (2026, 10, 1), (2026, 10, 31)),
            ("this_quarter", (2026, 10, 1), (2026, 12, 31)),
            ("previous_quarter", (2026, 7, 1), (2026, 9, 30)),
            ("this_year", (2026, 1, 1), (2026, 12, 31)),
            ("previous_year", (2025, 1, 1), (2025, 12, 31)),
            ("recent", (2026, 9, 1), (2026, 11, 30)),
            ("nonsense", (2026, 9, 1), (2026, 11, 30)),
        ],
    )
    def test_quick_choices_are_whole_weeks_months_and_years(
        self, key: str, first: tuple[int, ...], last: tuple[int, ...]
    ) -> None:
        assert period(key, date(2026, 11, 19)) == (date(*first), date(*last))

    def test_the_year_turns_in_january(self) -> None:
        january = date(2026, 1, 31)
        assert period("previous_month", january) == (date(2025, 12, 1), date(2025, 12, 31))
        assert period("previous_quarter", january) == (date(2025, 10, 1), date(2025, 12, 31))
        assert period("recent", january) == (date(2025, 11, 1), date(2026, 1, 31))

    def test_all_has_no_bounds(self) -> None:
        assert period("all", date(2026, 11, 19)) == (None, None)

    def test_own_dates_are_read_from_the_address(self) -> None:
        params = QueryDict("period=custom&first=2026-02-03&last=2026-02-04")
        read = read_filters(params, date(2026, 11, 19)).period
        assert read == (date(2026, 2, 3), date(2026, 2, 4))

    def test_dates_that_are_none_leave_that_side_open(self) -> None:
        params = QueryDict("period=custom&first=2026-02-31&last=")
        assert read_filters(params, date(2026, 11, 19)).period == (None, None)

    @pytest.mark.parametrize("text", ["sort=password", "sort=-membership__user__password"])
    def test_only_known_columns_sort(self, text: str) -> None:
        assert read_sort(QueryDict(text), "hours") == "-date"

    @pytest.mark.parametrize(("text", "size"), [("size=200", 200), ("size=1000000", 50), ("", 50)])
    def test_only_known_page_sizes_count(self, text: str, size: int) -> None:
        assert read_size(QueryDict(text)) == size


class TestFilters:
    def test_each_filter_narrows_to_what_it_names(self, browser: Any) -> None:
        company = browser.company
        wanted = HourFactory(company=company, note="Blue paint", approval="approved")
        other = HourFactory(company=company, note="Red paint", missing="no_rate")
        for query in (
            f"customer={wanted.project.customer_id}",
            f"project={wanted.project_id}",
            f"person={wanted.membership_id}",
            f"what={wanted.activity_id}",
            "approval=approved",
            "worth=priced",
            "q=BLUE",
        ):
            assert shown(browser.get(f"/overviews/hours/?{query}")) == [wanted.pk], query
        assert shown(browser.get("/overviews/hours/?worth=no_rate")) == [other.pk]

    def test_two_choices_of_one_filter_add_up(self, browser: Any) -> None:
        first, second = (HourFactory(company=browser.company) for _ in range(2))
        HourFactory(company=browser.company)
        query = f"project={first.project_id}&project={second.project_id}"
        assert set(shown(browser.get(f"/overviews/hours/?{query}"))) == {first.pk, second.pk}

    @pytest.mark.parametrize("query", ["customer=abc", "project=99999999999999999999", "what=-1"])
    def test_an_id_that_cannot_be_shows_nothing_rather_than_all(
        self, browser: Any, query: str
    ) -> None:
        HourFactory(company=browser.company)
        answer = browser.get(f"/overviews/hours/?{query}")
        assert shown(answer) == []
        assert "Nothing matches these filters" in answer.content.decode()

    def test_a_period_includes_both_its_days(self, browser: Any) -> None:
        days = [date(2026, 3, day) for day in (1, 2, 3, 4)]
        found = [HourFactory(company=browser.company, date=day) for day in days]
        answer = browser.get("/overviews/hours/?period=custom&first=2026-03-02&last=2026-03-03")
        assert shown(answer) == [found[2].pk, found[1].pk]

    def test_rides_are_found_by_place(self, browser: Any) -> None:
        ride = RideFactory(company=browser.company, destination="Groningen")
        RideFactory(company=browser.company)
        assert shown(browser.get("/overviews/rides/?q=gronin")) == [ride.pk]

    def test_expenses_are_found_by_category_and_billing(self, browser: Any) -> None:
        expense = ExpenseFactory(company=browser.company, invoiced=True)
        ExpenseFactory(company=browser.company)
        found = browser.get(f"/overviews/expenses/?billing=invoiced&what={expense.category_id}")
        assert shown(found) == [expense.pk]

    @pytest.mark.parametrize("sort", ["date", "person", "customer", "project", "what", "quantity"])
    @pytest.mark.parametrize("kind", KINDS)
    def test_every_column_sorts_both_ways(self, browser: Any, kind: str, sort: str) -> None:
        KINDS[kind].create_batch(3, company=browser.company)
        up = shown(browser.get(f"/overviews/{kind}/?sort={sort}"))
        down = shown(browser.get(f"/overviews/{kind}/?sort=-{sort}"))
        assert len(up) == 3
        assert set(up) == set(down)

    def test_largest_amount_first(self, browser: Any) -> None:
        small = HourFactory(company=browser.company, minutes=30)
        large = HourFactory(company=browser.company, minutes=90)
        assert shown(browser.get("/overviews/hours/?sort=-amount")) == [large.pk, small.pk]

    def test_pages_hold_the_asked_number_of_rows(self, browser: Any) -> None:
        project, activity = (
            ProjectFactory(company=browser.company),
            ActivityFactory(company=browser.company),
        )
        me = MembershipFactory(company=browser.company)
        HourFactory.create_batch(51, project=project, activity=activity, membership=me)
        assert len(shown(browser.get("/overviews/hours/"))) == 50
        assert len(shown(browser.get("/overviews/hours/?page=2"))) == 1
        assert len(shown(browser.get("/overviews/hours/?size=100"))) == 51


class TestTotals:
    def test_totals_are_of_the_whole_filter_not_of_the_page(self, browser: Any) -> None:
        project = ProjectFactory(company=browser.company)
        activity = ActivityFactory(company=browser.company)
        me = MembershipFactory(company=browser.company)
        cents, minutes = 0, 0
        for step in range(1, 61):
            amount = Decimal(step * 7) / 100 + Decimal("0.01")
            HourFactory(
                project=project, activity=activity, membership=me, minutes=step, amount=amount
            )
            cents += int(amount * 100)
            minutes += step
        found = browser.get("/overviews/hours/").context["totals"]
        assert (found.count, found.quantity, int(found.amount * 100)) == (60, minutes, cents)
        assert found.amount == found.amount.quantize(Decimal("0.01"))

    def test_what_is_not_billable_is_not_among_the_hours_to_bill(self, browser: Any) -> None:
        HourFactory(company=browser.company, minutes=60)
        HourFactory(company=browser.company, minutes=45, billable=False)
        found = browser.get("/overviews/hours/").context["totals"]
        assert (found.quantity, found.billable) == (105, 60)

    def test_an_entry_without_rate_links_to_where_the_rate_is_missing(
        self, company: Company, owner: User, client_of: Callable[..., Any]
    ) -> None:
        hour = HourFactory(company=company, missing="no_rate")
        answer = client_of(owner, company).get("/overviews/hours/")
        assert answer.context["totals"].without_rate == 1
        assert f'href="/manage/activities/{hour.activity_id}/"' in answer.content.decode()

    def test_fixed_price_work_says_that_it_is_not_by_the_hour(self, browser: Any) -> None:
        HourFactory(company=browser.company, missing="covered")
        assert "Not by the hour" in browser.get("/overviews/hours/").content.decode()

    def test_kilometres_and_quantities_add_up(self, browser: Any) -> None:
        RideFactory(company=browser.company, distance=Decimal("12.5"), is_return=True)
        RideFactory(company=browser.company, distance=Decimal("0.1"))
        ExpenseFactory(company=browser.company, quantity=Decimal("2.50"))
        assert browser.get("/overviews/rides/").context["totals"].quantity == Decimal("25.1")
        assert browser.get("/overviews/expenses/").context["totals"].quantity == Decimal("2.5")

    def test_the_number_of_queries_does_not_depend_on_the_number_of_rows(
        self, browser: Any
    ) -> None:
        for kind, factory in KINDS.items():
            factory.create_batch(2, company=browser.company)
            browser.get(f"/overviews/{kind}/")
            with CaptureQueriesContext(
                connection,
            ) as few:
                browser.get(f"/overviews/{kind}/")
            factory.create_batch(20, company=browser.company)
            with CaptureQueriesContext(connection) as many:
                browser.get(f"/overviews/{kind}/")
            assert len(many) == len(few), kind
            assert len(many) <= 16, kind

    def test_a_selection_costs_a_fixed_number_of_queries(self, browser: Any, biller: User) -> None:
        counts = []
        for size in (2, 20):
            found = {
                kind: [entry.pk for entry in factory.create_batch(size, company=browser.company)]
                for kind, factory in KINDS.items()
            }
            selection = SelectionFactory(company=browser.company, user=biller, **found)
            with CaptureQueriesContext(connection) as queries:
                browser.get(f"/overviews/hours/?selection={selection.pk}")
            counts.append(len(queries))
        assert counts[0] == counts[1]


class TestWhoSeesWhat:
    def test_a_member_sees_only_their_own(
        self, company: Company, member: User, client_of: Callable[..., Any]
    ) -> None:
        own = HourFactory(membership=member.memberships.get())
        HourFactory(company=company)
        assert shown(client_of(member, company).get("/overviews/hours/")) == [own.pk]

    def test_a_projects_manager_sees_that_project_too(
        self, company: Company, member: User, client_of: Callable[..., Any]
    ) -> None:
        theirs = HourFactory(company=company)
        HourFactory(company=company)
        ProjectMemberFactory(
            project=theirs.project, membership=member.memberships.get(), is_manager=True
        )
        assert shown(client_of(member, company).get("/overviews/hours/")) == [theirs.pk]

    @pytest.mark.parametrize("kind", KINDS)
    def test_without_the_right_no_amount_is_shown_nor_exported(
        self, company: Company, member: User, client_of: Callable[..., Any], kind: str
    ) -> None:
        me = member.memberships.get()
        entry = KINDS[kind](membership=me)
        type(entry).objects.filter(pk=entry.pk).update(rate=Decimal("8765.43"), amount=9876)
        browser = client_of(member, company)
        selection = SelectionFactory(company=company, user=member, **{kind: [entry.pk]})
        for address in (
            f"/overviews/{kind}/?selection={selection.pk}",
            f"/register/{kind}/{entry.pk}/",
            f"/overviews/{kind}/export/",
            f"/overviews/selection/{selection.pk}/export.csv",
            "/",
        ):
            text = body(browser.get(address))
            assert "8.765" not in text
            assert "8765" not in text
            assert "9.876" not in text
            assert "9876" not in text

    @pytest.mark.parametrize("kind", KINDS)
    def test_another_companys_entries_are_nowhere(self, browser: Any, kind: str) -> None:
        foreign = KINDS[kind](company=CompanyFactory(), note="Foreign secret")
        name = foreign.project.customer.name
        for address in (f"/overviews/{kind}/?period=all", f"/overviews/{kind}/export/?period=all"):
            text = body(browser.get(address))
            assert "Foreign secret" not in text
            assert name not in text
        narrowed = browser.get(f"/overviews/{kind}/?period=all&project={foreign.project_id}")
        assert shown(narrowed) == []
        assert browser.get(f"/register/{kind}/{foreign.pk}/").status_code == 404

    def test_a_visitor_is_sent_to_sign_in(self, client: Any, company: Company) -> None:
        answer = client.get("/overviews/hours/")
        assert answer.status_code == 302
        assert "login" in answer.url


def body(answer: Any) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return content.decode()


class TestExport:
    def rows(self, browser: Any, address: str) -> list[list[str]]:
        text = body(browser.get(address))
        assert text.startswith("\ufeff")
        return list(csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))

    def test_a_row_carries_what_the_page_shows(self, browser: Any) -> None:
        customer = CustomerFactory(company=browser.company, number="10388", name="Bakkerij")
        hour = HourFactory(
            project=ProjectFactory(customer=customer, name="Webshop", code="WEB"),
            minutes=75,
            note="Checkout",
            invoiced=True,
        )
        head, row = self.rows(browser, "/overviews/hours/export/")
        found = dict(zip(head, row, strict=True))
        assert found["Date"] == hour.date.isoformat()
        assert found["Quantity"] == "1,25"
        assert found["Amount excl. VAT"] == "125,00"
        assert (found["Customer number"], found["Project code"]) == ("10388", "WEB")
        assert (found["Billing"], found["Invoice"]) == ("Invoiced", "2026-001")

    def test_it_holds_the_whole_filter_and_nothing_else(self, browser: Any) -> None:
        me, project = MembershipFactory(company=browser.company), None
        project = ProjectFactory(company=browser.company)
        activity = ActivityFactory(company=browser.company)
        HourFactory.create_batch(
            60, membership=me, project=project, activity=activity, approval="submitted"
        )
        HourFactory(company=browser.company)
        assert len(self.rows(browser, "/overviews/hours/export/?approval=submitted")) == 61

    def test_a_selection_brings_all_three_kinds(self, browser: Any, biller: User) -> None:
        ids = {kind: [make(company=browser.company).pk] for kind, make in KINDS.items()}
        selection = SelectionFactory(company=browser.company, user=biller, **ids)
        rows = self.rows(browser, f"/overviews/selection/{selection.pk}/export.csv")
        assert [row[0] for row in rows[1:]] == ["Hours", "Expense", "Ride"]

    @pytest.mark.parametrize("note", ["=1+1", "+31 6", "-cmd", "@SUM(A1)", "\tx", "\r=1"])
    def test_no_note_becomes_a_formula(self, browser: Any, note: str) -> None:
        HourFactory(company=browser.company, note=note)
        head, row = self.rows(browser, "/overviews/hours/export/")
        assert row[head.index("Note")].startswith("'")

    def test_a_negative_amount_stays_a_number(self, browser: Any) -> None:
        ExpenseFactory(company=browser.company, quantity=Decimal(-1))
        head, row = self.rows(browser, "/overviews/expenses/export/")
        assert row[head.index("Amount excl. VAT")] == "-25,00"

    def test_exporting_changes_nothing(self, browser: Any) -> None:
        hour = HourFactory(company=browser.company)
        before = list(Hour.objects.values())
        self.rows(browser, "/overviews/hours/export/")
        assert list(Hour.objects.values()) == before
        assert hour.version == 1

    def test_a_company_with_points_gets_points_and_commas(
        self, browser: Any, company: Company
    ) -> None:
        company.number_format = "point"
        company.save()
        HourFactory(company=company, minutes=75)
        text = body(browser.get("/overviews/hours/export/")).removeprefix("\ufeff")
        head, row = csv.reader(io.StringIO(text))
        assert row[head.index("Quantity")] == "1.25"


class TestEmptiness:
    def test_an_empty_overview_says_what_to_do(self, browser: Any) -> None:
        page = browser.get("/overviews/rides/").content.decode()
        assert "No rides yet" in page
        assert "/register/rides/" in page

    def test_hidden_entries_are_told_apart_from_none(self, browser: Any) -> None:
        HourFactory(company=browser.company, date=timezone.localdate() - timedelta(days=400))
        page = browser.get("/overviews/hours/").content.decode()
        assert "Nothing matches these filters" in page
