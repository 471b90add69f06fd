"""Settings › Import: the button, the progress, the result, and what a person decides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Company, User
from integrations.models import AfasConnection, CustomerLink, ImportRow, ImportRun
from integrations.services import importing
from relations.models import Customer
from sandbox import seed
from tests.factories import (
    AfasConnectionFactory,
    AfasDocumentFactory,
    CustomerFactory,
    ImportRowFactory,
    ImportRunFactory,
)

pytestmark = pytest.mark.django_db
PAGE = "/settings/import/"


@pytest.fixture
def link(company: Company, sandbox: Any) -> AfasConnection:
    return AfasConnectionFactory(company=company, user_token=seed.LIVE_TOKEN)


@pytest.fixture
def browser(company: Company, owner: User, client_of: Callable[..., Any]) -> Any:
    return client_of(owner, company)


def text(answer: Any) -> str:
    found: str = answer.content.decode()
    return found


def test_the_button_queues_an_import_whose_progress_and_result_are_shown(
    browser: Any, link: AfasConnection
) -> None:
    assert "Import customers from AFAS" in text(browser.get(PAGE))

    answer = browser.post(reverse("import_start"))
    run = ImportRun.objects.get()
    assert answer.url == reverse("import_run", args=[run.pk])
    waiting = text(browser.get(answer.url))
    assert "Waiting for its turn" in waiting
    assert 'hx-trigger="every 2s"' in waiting
    assert "Refresh" in waiting

    ImportRun.objects.update(status="running", new=5, expected=20)
    part = browser.get(answer.url, {"part": "progress"}, headers={"HX-Request": "true"})
    assert "5 of about 20" in text(part)
    assert "<html" not in text(part)

    ImportRun.objects.update(status="queued", new=0)
    importing.run_import(run.pk)
    ended = browser.get(answer.url, {"part": "progress"}, headers={"HX-Request": "true"})
    assert ended["HX-Refresh"] == "true"

    result = text(browser.get(answer.url))
    assert "Bakkerij De Gouden Aar" in result
    assert "AFAS gives no name" in result
    assert "Differs only in zeros" in result
    assert "Olga Owner" in text(browser.get(PAGE))


def test_a_second_press_shows_the_running_import(browser: Any, link: AfasConnection) -> None:
    first = browser.post(reverse("import_start")).url
    assert browser.post(reverse("import_start")).url == first
    assert "Show the running import" in text(browser.get(PAGE))
    assert ImportRun.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        (None, "not linked yet"),
        ({"administration": None}, "Choose the administration"),
        ({"paused_at": timezone.now(), "paused_because": "person"}, "paused"),
    ],
)
def test_what_cannot_be_imported_says_why_and_the_post_is_refused(
    browser: Any, company: Company, changes: dict[str, Any] | None, word: str
) -> None:
    if changes is not None:
        AfasConnectionFactory(company=company, **changes)
    shown = text(browser.get(PAGE))
    assert word in shown
    assert "disabled" in shown
    assert word in text(browser.post(reverse("import_start"), follow=True))
    assert not ImportRun.objects.exists()


def test_a_failed_import_says_what_happened_and_what_was_kept(
    browser: Any, link: AfasConnection
) -> None:
    run = ImportRunFactory(
        connection=link, status="failed", new=7, error="AFAS is busy.", log_reference="9C3F"
    )
    shown = text(browser.get(reverse("import_run", args=[run.pk])))
    assert "AFAS is busy." in shown
    assert "9C3F" in shown
    assert "Import again" in shown


@pytest.fixture
def held(browser: Any, link: AfasConnection, company: Company) -> ImportRow:
    """Debtor 10001 against a customer of the same number and another name."""
    CustomerFactory(company=company, number="10001", name="Zeilmakerij Vrouwenzand")
    browser.post(reverse("import_start"))
    importing.run_queued()
    return ImportRow.objects.get(reason="name_differs")


def decide(browser: Any, row: ImportRow, decision: str) -> str:
    url = reverse("import_row_decide", args=[row.run_id, row.pk])
    return text(browser.post(url, {"decision": decision}, follow=True))


def test_a_held_debtor_can_be_linked_and_the_next_import_completes_it(
    browser: Any, held: ImportRow
) -> None:
    shown = text(browser.get(reverse("import_run", args=[held.run_id])))
    assert "Zeilmakerij Vrouwenzand" in shown
    assert "Link anyway" in shown

    assert "Linked" in decide(browser, held, "link")

    customer = Customer.objects.get(number="10001")
    assert CustomerLink.objects.get(customer=customer).debtor_number == "10001"
    browser.post(reverse("import_start"))
    importing.run_queued()
    customer.refresh_from_db()
    assert customer.name == "Bakkerij De Gouden Aar B.V."


def test_a_held_debtor_can_be_left_apart_for_good(browser: Any, held: ImportRow) -> None:
    assert "stay apart" in decide(browser, held, "leave")
    browser.post(reverse("import_start"))
    importing.run_queued()
    last = ImportRun.objects.first()
    assert last
    assert [one.reason for one in last.rows.filter(debtor_number="10001")] == ["left"]
    assert not CustomerLink.objects.filter(debtor_number="10001").exists()
    assert "decided already" in decide(browser, held, "leave")


def test_linking_twice_or_what_is_linked_otherwise_is_refused(
    browser: Any, held: ImportRow, company: Company
) -> None:
    CustomerLink.objects.create(
        company=company, environment="12345", customer=held.customer, debtor_number="77777"
    )
    assert "linked otherwise" in decide(browser, held, "link")


def test_a_row_that_is_being_created_can_be_linked_once_nothing_moves(
    browser: Any, link: AfasConnection, company: Company
) -> None:
    customer = CustomerFactory(company=company, name="Nieuw")
    document = AfasDocumentFactory(
        connection=link, of_customer=True, customer=customer, sending=True
    )
    run = ImportRunFactory(connection=link)
    row = ImportRowFactory(
        run=run,
        outcome="skipped",
        reason="being_created",
        customer=customer,
        debtor_number="31",
        detail={"document": str(document.pk)},
    )
    assert "cannot be linked now" in decide(browser, row, "link")
    document.state = "rejected"
    document.sending_since = None
    document.save()
    assert "Linked" in decide(browser, row, "link")
    customer.refresh_from_db()
    assert customer.number == "31"


def test_rows_are_filtered_searched_and_paged(browser: Any, link: AfasConnection) -> None:
    run = ImportRunFactory(connection=link, new=120)
    ImportRowFactory.create_batch(120, run=run, name="Many")
    ImportRowFactory(run=run, outcome="skipped", reason="no_name", debtor_number="666")
    url = reverse("import_run", args=[run.pk])
    assert "?page=2" in text(browser.get(url))
    found = text(browser.get(url, {"show": "skipped"}))
    assert "666" in found
    assert "Many" not in found
    assert "666" in text(browser.get(url, {"q": "666"}))
    assert "666" in text(browser.get(url, {"show": "look"}))
    assert "No row matches" in text(browser.get(url, {"q": "nothing like it"}))
    assert browser.get(url, {"show": "bogus"}).status_code == 200


def test_an_import_of_another_company_is_not_there(
    browser: Any, held: ImportRow, client_of: Callable[..., Any], person_of: Callable[..., User]
) -> None:
    other: Company = ImportRunFactory().company
    stranger = client_of(person_of(other, "owner"), other)
    assert stranger.get(reverse("import_run", args=[held.run_id])).status_code == 404
    url = reverse("import_row_decide", args=[held.run_id, held.pk])
    assert stranger.post(url, {"decision": "link"}).status_code == 404
    assert not CustomerLink.objects.filter(debtor_number="10001").exists()
    assert browser.post(url, {"decision": "eat"}).status_code == 404


def test_only_admins_import(
    link: AfasConnection, manager: User, company: Company, client_of: Callable[..., Any]
) -> None:
    browser = client_of(manager, company)
    assert browser.get(PAGE).status_code == 403
    assert browser.post(reverse("import_start")).status_code == 403
    assert not ImportRun.objects.exists()


def test_the_customers_page_offers_the_import(browser: Any, link: AfasConnection) -> None:
    assert "Import from AFAS" in text(browser.get("/relations/customers/"))
