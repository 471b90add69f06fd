"""The Unbilled page: what it shows, ticks by hand and by htmx, and where it leads."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from accounts.models import Company, User
from invoicing.forms import unbilled as asking
from invoicing.views import unbilled_rows
from registration.models import Hour, Project, Selection, SubscriptionPeriod
from tests.conftest import CompanyClient
from tests.factories import (
    CompanyFactory,
    CustomerFactory,
    HourFactory,
    InstalmentFactory,
    ProjectFactory,
    SubscriptionFactory,
)

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
PAGE = "/overviews/unbilled/"
HTMX = {"HTTP_HX_REQUEST": "true"}
TODAY = timezone.localdate


@pytest.fixture
def browser(client_of: Make, biller: User, company: Company) -> CompanyClient:
    """The biller's browser."""
    signed_in: CompanyClient = client_of(biller, company)
    return signed_in


@pytest.fixture
def project(company: Company) -> Project:
    """A project for a customer."""
    customer = CustomerFactory(company=company, name="De Gouden Aar")
    made: Project = ProjectFactory(customer=customer, name="Web shop")
    return made


def text(answer: Any) -> str:
    found: str = answer.content.decode()
    return found


def hours(project: Project, count: int = 1, **fields: Any) -> list[Hour]:
    """Hours of today at EUR 100."""
    return [HourFactory(project=project, **fields) for _ in range(count)]


def test_it_shows_the_sums_of_a_customer_and_what_stands_apart(
    browser: CompanyClient, project: Project
) -> None:
    hours(project, 2)
    hours(project, missing="no_rate")
    hours(project, missing="covered", billable_minutes=150)
    InstalmentFactory(project=project, due_on=TODAY() + timedelta(days=9), amount=700)
    page = text(browser.get(PAGE))
    for words in ("De Gouden Aar", "200,00", "2:30 covered", "1 hour without a rate", "+ 700,00"):
        assert words in page
    mend = f"/overviews/hours/?period=custom&last={TODAY()}&customer={project.customer_id}"
    assert escape(f"{mend}&worth=no_rate&billing=unbilled") in page


def test_what_awaits_approval_is_never_in_the_total(
    browser: CompanyClient, company: Company
) -> None:
    strict = ProjectFactory(company=company, only_approved=True)
    hours(strict, 3)
    hours(strict, approved=True)
    page = browser.get(PAGE)
    total = page.context["total"]
    assert (total.total, total["waiting"].amount) == (Decimal(100), Decimal(300))


def test_the_list_behind_a_note_is_exactly_what_the_note_counts(
    browser: CompanyClient, company: Company
) -> None:
    strict = ProjectFactory(company=company, only_approved=True)
    hours(strict, 3)
    hours(strict, approved=True)
    hours(strict, 2, rejected=True)
    hours(strict, date=TODAY() + timedelta(days=1))
    ((shown, _toggle),) = browser.get(PAGE).context["rows"]
    (waiting,), (rejected,) = shown.waiting, shown.attention
    assert (waiting.text, rejected.text) == ("3 hours", "2 hours rejected")
    for note, count in ((waiting, 3), (rejected, 2)):
        assert browser.get(note.url).context["totals"].count == count


def test_per_project_the_method_is_told(browser: CompanyClient, project: Project) -> None:
    hours(project)
    page = text(browser.get(PAGE, {"per": "project"}))
    assert "Web shop" in page
    assert "Hourly, rate of the activity" in page


def test_subscription_periods_are_made_up_to_the_date(
    browser: CompanyClient, company: Company
) -> None:
    subscription = SubscriptionFactory(company=company, starts_on=TODAY())
    assert "250,00" in text(browser.get(PAGE))
    assert SubscriptionPeriod.objects.filter(project=subscription.project).count() == 1
    later = TODAY() + timedelta(days=100)
    assert browser.get(PAGE, {"until": later.isoformat()}).context["total"]["periods"].count >= 3


@pytest.mark.parametrize(
    ("until", "words"),
    [("2026-13-40", "is not a date"), ("2099-01-01", "At most a year ahead")],
)
def test_a_date_that_cannot_be_taken_is_said(
    browser: CompanyClient, project: Project, until: str, words: str
) -> None:
    hours(project)
    assert words in text(browser.get(PAGE, {"until": until}))


@pytest.mark.parametrize("customer", ["x", "999999999", "1" * 40])
def test_a_customer_that_nobody_is_shows_nothing(
    browser: CompanyClient, project: Project, customer: str
) -> None:
    hours(project)
    page = text(browser.get(PAGE, {"customer": customer}))
    assert "Nothing matches" in page
    assert "De Gouden Aar</span>" not in page


def test_an_empty_page_says_so(browser: CompanyClient) -> None:
    assert "Everything is invoiced" in text(browser.get(PAGE))


def test_under_finance_it_is_the_same_page(browser: CompanyClient) -> None:
    answer = browser.get("/finance/unbilled/?per=project")
    assert answer["Location"] == f"{PAGE}?per=project"


def test_who_does_not_invoice_does_not_see_it(
    client_of: Make, member: User, company: Company
) -> None:
    browser = client_of(member, company)
    for address in (PAGE, "/finance/unbilled/"):
        assert browser.get(address).status_code == 403
    assert browser.post(PAGE, {"everything": "1", "to": "draft_options"}).status_code == 403
    assert Selection.objects.count() == 0


# Ticks without a script.


def test_a_form_full_of_ticks_becomes_a_selection_of_exactly_these(
    browser: CompanyClient, project: Project, biller: User
) -> None:
    first, second = hours(project, 2)
    (foreign,) = hours(ProjectFactory(company=CompanyFactory()))
    body = {"hours": [first.pk, foreign.pk], "to": "draft_options"}
    answer = browser.post(f"{PAGE}?open={project.customer_id}", body)
    selection = Selection.objects.get(user=biller)
    assert answer["Location"] == reverse("draft_options", args=[selection.pk])
    assert (selection.hours, selection.count) == ([first.pk], 1)
    browser.post(PAGE, {"row": [project.customer_id], "to": "draft_options"})
    assert Selection.objects.latest("created_at").hours == [first.pk, second.pk]


def test_ticks_are_only_of_the_rows_that_the_filter_shows(
    browser: CompanyClient, project: Project, company: Company
) -> None:
    (hour,) = hours(project)
    hours(ProjectFactory(company=company, name="Elsewhere"))
    hours(project, date=TODAY() + timedelta(days=1))
    browser.post(f"{PAGE}?q=web", {"everything": "1", "to": "draft_options"})
    assert Selection.objects.get().hours == [hour.pk]


def test_nothing_ticked_says_so_and_keeps_the_page(
    browser: CompanyClient, project: Project
) -> None:
    hours(project)
    page = browser.post(PAGE, {"to": "draft_options"})
    assert page.status_code == 200
    assert "Nothing is ticked that can be invoiced now" in text(page)
    by_htmx = browser.post(PAGE, {"to": "draft_options"}, **HTMX)
    assert by_htmx["HX-Retarget"] == "#unbilled-problem"
    assert Selection.objects.count() == 0


@pytest.mark.parametrize("way", ["home", "selection_export", "customer", "//elsewhere.test"])
def test_it_leads_nowhere_but_to_a_way_of_invoicing(
    browser: CompanyClient, project: Project, way: str
) -> None:
    hours(project)
    assert browser.post(PAGE, {"everything": "1", "to": way}).status_code == 400
    assert Selection.objects.count() == 0


def test_updating_the_selection_shows_its_sum_and_keeps_the_ticks(
    browser: CompanyClient, project: Project
) -> None:
    first, _second = hours(project, 2)
    opened = f"{PAGE}?open={project.customer_id}"
    page = browser.post(opened, {"hours": [first.pk]})
    assert page.context["selected"].total == Decimal(100)
    box = f'id="pick-hours-{first.pk}" name="hours" value="{first.pk}" checked'
    assert box in text(page)
    tray = text(browser.post(opened, {"hours": [first.pk]}, **HTMX))
    assert "100,00" in tray
    assert "<html" not in tray


# Opening and closing a row.


def shown(page: Any) -> unbilled_rows.Shown:
    """The first row of a page."""
    found: unbilled_rows.Shown = page.context["rows"][0][0]
    return found


def test_an_opened_row_takes_over_its_tick(browser: CompanyClient, project: Project) -> None:
    hours(project, 2)
    key = project.customer_id
    assert [one.is_ticked for one in shown(browser.get(PAGE, {"open": key})).things] == [False] * 2
    ticked = shown(browser.get(PAGE, {"open": key, "row": key}))
    assert [one.is_ticked for one in ticked.things] == [True] * 2
    assert ticked.all_ticked


def test_a_closed_row_remembers_what_was_ticked_in_it(
    browser: CompanyClient, project: Project
) -> None:
    first, second = hours(project, 2)
    key = project.customer_id
    some = shown(browser.get(PAGE, {"closed": key, "hours": [first.pk]}))
    assert (some.partly, some.kept) == (1, [("hours", str(first.pk))])
    everything = shown(browser.get(PAGE, {"closed": key, "hours": [first.pk, second.pk]}))
    assert (everything.is_ticked, everything.partly) == (True, 0)
    again = shown(browser.get(PAGE, {"open": key, "hours": str(first.pk)}))
    assert [one.is_ticked for one in again.things] == [True, False]


def test_htmx_gets_the_one_row_and_the_ticks_are_counted_again(
    browser: CompanyClient, project: Project, company: Company
) -> None:
    (hour,) = hours(project)
    other = ProjectFactory(company=company)
    hours(other)
    key = project.customer_id
    opened = browser.get(PAGE, {"open": [other.customer_id, key], "row": key}, **HTMX)
    assert text(opened).lstrip().startswith(f'<tbody role="rowgroup" id="row-{key}">')
    assert f'id="row-{other.customer_id}"' not in text(opened)
    assert f'name="hours" value="{hour.pk}" checked' in text(opened)
    assert opened["HX-Trigger-After-Settle"] == "picked"
    closed = text(browser.get(PAGE, {"closed": key, "hours": [hour.pk]}, **HTMX))
    assert f'name="row" value="{key}" checked' in closed
    assert browser.get(PAGE, {"open": 0}, **HTMX)["HX-Refresh"] == "true"


def test_a_long_row_shows_the_first_and_one_tick_for_the_rest(
    browser: CompanyClient, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unbilled_rows, "MOST_SHOWN", 2)
    made = hours(project, 5)
    key = project.customer_id
    opened = shown(browser.get(PAGE, {"open": key}))
    assert [one.pk for one in opened.things] == [one.pk for one in made[:2]]
    assert opened.rest.count == 3
    rest = {"rest": key, "shown-hours": dict(opened.shown_ids)["shown-hours"]}
    browser.post(PAGE, {**rest, "hours": [made[0].pk], "to": "draft_options"})
    assert Selection.objects.get().hours == [made[0].pk, *(one.pk for one in made[2:])]
    closed = shown(browser.get(PAGE, {"closed": key, **rest}))
    assert (closed.partly, dict(closed.kept)["rest"]) == (3, str(key))


def test_the_address_toggles_a_row_and_forgets_the_page_with_another_date() -> None:
    from django.http import QueryDict

    here = QueryDict("until=2026-10-31&per=project&open=3&page=2&row=9&hours=4")
    assert asking.toggled(here, [3], 5) == "?until=2026-10-31&per=project&page=2&open=3&open=5"
    assert asking.toggled(here, [3], 3) == "?until=2026-10-31&per=project&page=2&closed=3"
    assert asking.address(here, until="2026-11-30") == "?until=2026-11-30&per=project"


@pytest.mark.parametrize(
    ("today", "days"),
    [
        (date(2026, 1, 31), ["2026-01-31", "2025-12-31", "2025-12-31", "2026-01-31"]),
        (date(2028, 3, 1), ["2028-03-01", "2028-02-29", "2027-12-31", "2028-03-31"]),
    ],
)
def test_the_quick_dates_end_months_and_quarters(today: date, days: list[str]) -> None:
    assert [day.isoformat() for _label, day in asking.quick_dates(today)] == days


def test_ten_times_as_much_asks_no_more_questions(
    browser: CompanyClient, company: Company, django_assert_num_queries: Any, project: Project
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    hours(project)
    browser.get(PAGE)
    with CaptureQueriesContext(connection) as few:
        browser.get(PAGE)
    for _ in range(10):
        other = ProjectFactory(company=company)
        hours(other, 2)
        InstalmentFactory(project=other, due_on=TODAY())
    with django_assert_num_queries(len(few)):
        browser.get(PAGE)


def test_later_says_what_of_a_subscription_it_counts(
    browser: CompanyClient, project: Project
) -> None:
    InstalmentFactory(project=project, due_on=TODAY() + timedelta(days=9), amount=700)
    said = "counts only the periods that are there already"
    closed = text(browser.get(PAGE))
    assert closed.count(f'title="Of a subscription this {said}') == 2
    assert closed.count(said) == 2
    opened = text(browser.get(f"{PAGE}?open={project.customer_id}"))
    assert opened.count(said) == 3


@pytest.mark.parametrize("kind", ["hours", "expenses", "rides"])
def test_overviews_of_entries_lead_here_for_whoever_bills(
    browser: CompanyClient, client_of: Make, member: User, company: Company, kind: str
) -> None:
    tab = f'<a href="{PAGE}">Unbilled</a>'
    overview = reverse(f"overview_{kind}")
    assert tab in text(browser.get(overview))
    assert tab not in text(client_of(member, company).get(overview))
