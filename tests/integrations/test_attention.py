"""Needs attention: what waits for a person, and the same for many at once, each with its result."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Company, User
from core.models import AuditEvent
from integrations import selectors
from integrations.models import AfasDocument, Asks, PersonTask, State
from integrations.selectors import Todo
from registration.models import BillingStatus
from tests.conftest import CompanyClient
from tests.factories import (
    AfasConnectionFactory,
    AfasDocumentFactory,
    CompanyFactory,
    CustomerFactory,
    CustomerLinkFactory,
    ImportRowFactory,
    PersonTaskFactory,
)
from tests.integrations.conftest import text_of
from tests.integrations.doubt import World, now_of

pytestmark = pytest.mark.django_db(transaction=True)
Make = Callable[..., Any]
ATTENTION = reverse("afas_attention")
MANY = reverse("afas_attention_many")


@pytest.fixture
def browser(client_of: Make, biller: User, company: Company) -> CompanyClient:
    """The biller's browser."""
    signed_in: CompanyClient = client_of(biller, company)
    return signed_in


def shown(browser: CompanyClient, query: str = "") -> str:
    return str(browser.get(ATTENTION + query).content.decode())


def settle(browser: CompanyClient, **body: Any) -> str:
    answer = browser.post(MANY, body, follow=True)
    assert answer.redirect_chain[0][0].startswith(ATTENTION)
    return str(answer.content.decode())


# ---- What waits


def test_everything_that_waits_is_there_by_what_is_to_be_done(company: Company) -> None:
    make = {"company": company}
    expected = [
        (Todo.ANSWER, AfasDocumentFactory(**make, unknown=True, asks=Asks.NO_LOOK_UP)),
        (Todo.CHOOSE, AfasDocumentFactory(**make, rejected=True, problem="look_alike")),
        (Todo.MEND, AfasDocumentFactory(**make, rejected=True)),
        (Todo.FREE, AfasDocumentFactory(**make, asks=Asks.STUCK)),
        (Todo.FIND, AfasDocumentFactory(**make, confirmed=True, asks=Asks.UNSEEN)),
    ]
    waiting = selectors.needs_a_person(company)
    assert [(one.todo, one.pk) for one in waiting] == [(todo, one.pk) for todo, one in expected]
    assert selectors.attention_count(company) == len(expected)


def test_what_settles_by_itself_or_is_over_does_not_wait(company: Company) -> None:
    for state in ("waiting", "sending", "confirmed", "unknown", "cancelled", "undone"):
        AfasDocumentFactory(company=company, **{state: True})
    AfasDocumentFactory(company=company)
    AfasDocumentFactory(company=company, cancelled=True, asks=Asks.STUCK)
    AfasDocumentFactory(company=CompanyFactory(), rejected=True)
    assert list(selectors.needs_a_person(company)) == []
    assert selectors.attention_count(company) == 0


def test_the_page_and_the_menu_show_it_with_its_count(browser: CompanyClient) -> None:
    mine = AfasDocumentFactory(company=browser.company, rejected=True)
    PersonTaskFactory(company=browser.company, document=mine)
    theirs = AfasDocumentFactory(company=CompanyFactory(), rejected=True)
    page = shown(browser)
    assert str(mine.customer) in page
    assert str(theirs.customer) not in page
    assert "Correct it, then try again" in page
    assert page.count('<span class="count is-bad">2</span>') == 3  # menu, sheet, More button


def test_with_nothing_to_do_it_says_so(browser: CompanyClient) -> None:
    assert "Nothing waits for you" in shown(browser)


def test_it_is_narrowed_by_kind_state_and_error(browser: CompanyClient) -> None:
    make = {"company": browser.company}
    blocked = AfasDocumentFactory(**make, rejected=True, problem="debtor_blocked")
    unknown = AfasDocumentFactory(**make, unknown=True, asks=Asks.NO_LOOK_UP)
    debtor = AfasDocumentFactory(**make, of_customer=True, rejected=True)
    for query, seen in (
        ("?problem=debtor_blocked", blocked),
        ("?state=unknown", unknown),
        ("?kind=customer", debtor),
    ):
        page = shown(browser, query)
        found = [one for one in (blocked, unknown, debtor) if str(one.pk) in page]
        assert found == [seen], query
    assert "Debtor blocked" in shown(browser)
    assert str(blocked.pk) in shown(browser, "?state=nonsense&problem=also")


@pytest.mark.parametrize("address", [ATTENTION, MANY])
def test_without_the_right_it_is_closed(
    address: str, client_of: Make, member: User, company: Company
) -> None:
    browser = client_of(member, company)
    assert browser.get(address).status_code == 403
    assert browser.post(address, {"do": "retry"}).status_code == 403
    assert "Needs attention" not in browser.get("/").content.decode()


def test_a_list_of_a_thousand_costs_as_much_as_one_of_two(
    browser: CompanyClient, django_assert_max_num_queries: Make
) -> None:
    for _number in range(2):
        AfasDocumentFactory(company=browser.company, rejected=True)
    shown(browser)
    with django_assert_max_num_queries(60) as few:
        shown(browser)
    for _number in range(30):
        AfasDocumentFactory(company=browser.company, unknown=True, asks=Asks.DIFFERS)
    with django_assert_max_num_queries(len(few)):
        shown(browser)


# ---- Held debtors


def test_debtors_that_an_import_held_back_are_counted_until_somebody_decides(
    browser: CompanyClient,
) -> None:
    company = browser.company
    AfasConnectionFactory(company=company)
    customer = CustomerFactory(company=company)
    held = {"company": company, "outcome": "skipped", "customer": customer}
    for _import in range(2):
        row = ImportRowFactory(**held, reason="name_differs", debtor_number="80001")
    assert list(selectors.held_rows_of(company)) == [row]
    assert "1 debtor of the import waits for a decision" in shown(browser)
    CustomerLinkFactory(company=company, customer=customer, debtor_number="80001")
    assert list(selectors.held_rows_of(company)) == []
    ImportRowFactory(**held, reason="name_differs", debtor_number="80002")
    ImportRowFactory(**held, reason="left", debtor_number="80002")
    assert list(selectors.held_rows_of(company)) == []


# ---- Many at once


def test_many_are_retried_and_each_result_stays_shown(world: World, browser: CompanyClient) -> None:
    mended, _hours = world.bill_hours()
    AfasDocument.objects.update(state=State.REJECTED, message="AFAS: no", attempts=1)
    doubtful = AfasDocumentFactory(company=browser.company, unknown=True, asks=Asks.NO_LOOK_UP)
    theirs = AfasDocumentFactory(company=CompanyFactory(), rejected=True)
    pick = [str(one.pk) for one in (mended, doubtful, theirs)]
    page = settle(browser, do="retry", pick=pick)
    assert now_of(mended).state == State.QUEUED
    assert (now_of(doubtful).state, text_of(theirs, "state")) == (State.UNKNOWN, State.REJECTED)
    for seen in (page, shown(browser)):  # after another page it is still there
        assert "It is queued again." in seen
        assert "AFAS may have it, so it is not sent again" in seen
    browser.post(reverse("afas_attention_seen"))
    assert "It is queued again." not in shown(browser)


def test_many_are_given_up_with_one_reason(world: World, browser: CompanyClient) -> None:
    made = [world.bill_hours() for _invoice in range(2)]
    AfasDocument.objects.update(state=State.REJECTED, message="AFAS: no")
    pick = [str(document.pk) for document, _hours in made]
    assert "Say why" in settle(browser, do="cancel", pick=pick, reason=" ")
    page = settle(browser, do="cancel", pick=pick, reason="Wrong month")
    assert page.count("It is cancelled and its entries are unbilled again.") == 2
    for document, hours in made:
        assert now_of(document).state == State.CANCELLED
        assert text_of(hours[0], "billing") == BillingStatus.UNBILLED
    assert set(
        AuditEvent.objects.filter(action="afas_document.cancelled").values_list("reason", flat=True)
    ) == {"Wrong month"}


def test_an_unknown_one_among_many_is_given_up_only_once_that_is_safe(
    world: World, browser: CompanyClient
) -> None:
    document, hours = world.doubtful("hang_up_before_commit")
    pick = [str(document.pk)]
    assert "may still be working on it" in settle(browser, do="cancel", pick=pick, reason="x")
    assert now_of(document).state == State.UNKNOWN
    world.minutes(21)
    assert "unbilled again" in settle(browser, do="cancel", pick=pick, reason="x")
    assert text_of(hours[0], "billing") == BillingStatus.UNBILLED


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"do": "retry"}, "Tick the documents first."),
        ({"do": "retry", "pick": ["nonsense"]}, "Tick the documents first."),
        ({"do": "eat", "pick": ["nonsense"]}, "Tick the documents first."),
    ],
)
def test_without_ticks_nothing_is_done(
    body: dict[str, Any], said: str, browser: CompanyClient
) -> None:
    document = AfasDocumentFactory(company=browser.company, rejected=True)
    assert said in settle(browser, **body)
    assert text_of(document, "state") == State.REJECTED


def test_what_cannot_be_retried_says_what_to_do_instead(browser: CompanyClient) -> None:
    make = {"company": browser.company}
    alike = [{"number": "1", "name": "A", "city": ""}]
    rows = {
        "choose its debtor first": AfasDocumentFactory(
            **make, of_customer=True, rejected=True, problem="look_alike", detail={"alike": alike}
        ),
        "it goes out by itself": AfasDocumentFactory(**make, asks=Asks.STUCK),
        "AFAS has it already": AfasDocumentFactory(**make, confirmed=True, asks=Asks.UNSEEN),
    }
    page = settle(browser, do="retry", pick=[str(one.pk) for one in rows.values()])
    for sentence in rows:
        assert sentence in page


def test_results_of_one_company_are_not_shown_in_another(
    browser: CompanyClient, biller: User, client_of: Make
) -> None:
    document = AfasDocumentFactory(company=browser.company, unknown=True, asks=Asks.STUCK)
    settle(browser, do="retry", pick=[str(document.pk)])
    session = browser.session
    session["attention_results"] |= {"company": browser.company.pk + 1}
    session.save()
    assert "What became of them" not in shown(browser)


def test_without_script_a_link_ticks_the_whole_page(browser: CompanyClient) -> None:
    AfasDocumentFactory(company=browser.company, rejected=True)
    assert 'href="?all=1"' in shown(browser)
    assert 'name="pick"' in shown(browser)
    page = shown(browser, "?all=1")
    assert page.count(" checked") == 1


# ---- Tasks


def test_a_task_is_settled_with_a_note_and_a_name(browser: CompanyClient, biller: User) -> None:
    task = PersonTaskFactory(company=browser.company, key="70000077")
    page = shown(browser)
    assert "70000077" in page
    assert task.document.reference in page
    settled = reverse("afas_task_settle", args=[task.pk])
    page = browser.post(settled, {"note": " ", "back": "list"}, follow=True).content.decode()
    assert "Say what you did" in page
    browser.post(settled, {"note": "Deleted 70000077 in AFAS", "back": "list"})
    task.refresh_from_db()
    assert (task.resolved_by, task.resolution) == (biller, "Deleted 70000077 in AFAS")
    assert task.resolved_at is not None
    assert selectors.attention_count(browser.company) == 0
    told = browser.get(reverse("afas_document", args=[task.document_id])).content.decode()
    assert "Settled: Twice in AFAS" in told
    assert "Deleted 70000077 in AFAS" in told


def test_a_task_that_a_colleague_settled_keeps_their_note(browser: CompanyClient) -> None:
    task = PersonTaskFactory(company=browser.company)
    PersonTask.objects.update(resolved_at=timezone.now(), resolution="theirs")
    answer = browser.post(reverse("afas_task_settle", args=[task.pk]), {"note": "mine"})
    assert answer.status_code == 404
    assert text_of(task, "resolution") == "theirs"


@pytest.mark.parametrize("what", PersonTask.What.values)
def test_every_task_says_what_to_do(what: str, browser: CompanyClient) -> None:
    connection = AfasConnectionFactory(company=browser.company)
    about = {"document": None} if what == "orphan" else {}
    detail = {"total": "12.50", "debtor": "10001", "reference": "TCAAAAAAAAAA"}
    task = PersonTaskFactory(
        company=browser.company, what=what, connection=connection, detail=detail, **about
    )
    page = shown(browser)
    assert task.get_what_display() in page
    assert "12.50" in page or "12,50" in page


# ---- From one to the next


def test_on_their_pages_one_leads_to_the_next(browser: CompanyClient) -> None:
    make = {"company": browser.company}
    first = AfasDocumentFactory(**make, unknown=True, asks=Asks.BLIND)
    second, third = (AfasDocumentFactory(**make, rejected=True) for _one in range(2))
    third, second = second, third  # the newest first
    page = browser.get(reverse("afas_document", args=[second.pk])).content.decode()
    assert "2 of 3 that need attention" in page
    assert f'rel="prev" href="{reverse("afas_document", args=[first.pk])}' in page
    assert f'rel="next" href="{reverse("afas_document", args=[third.pk])}' in page
    query = "?state=rejected"
    page = browser.get(reverse("afas_document", args=[second.pk]) + query).content.decode()
    assert "1 of 2 that need attention" in page
    assert f"{reverse('afas_document', args=[third.pk])}{query}" in page
