"""Everything told to AFAS: tabs with counts, filters, search, and a million rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.urls import reverse
from django.utils import timezone

from accounts.models import Company, User
from integrations import selectors
from integrations.models import AfasDocument, State
from integrations.services import documents
from tests.conftest import CompanyClient
from tests.factories import (
    AfasConnectionFactory,
    AfasDocumentFactory,
    CompanyFactory,
    CustomerFactory,
    InvoiceFactory,
)

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
LIST = reverse("afas_documents")


@pytest.fixture
def browser(client_of: Make, biller: User, company: Company) -> CompanyClient:
    """The biller's browser."""
    signed_in: CompanyClient = client_of(biller, company)
    return signed_in


def shown(browser: CompanyClient, query: str = "") -> str:
    answer = browser.get(LIST + query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def found(browser: CompanyClient, query: str, *among: AfasDocument) -> list[AfasDocument]:
    page = shown(browser, query)
    return [one for one in among if one.reference in page]


def test_the_list_shows_own_documents_by_state(browser: CompanyClient, biller: User) -> None:
    mine = AfasDocumentFactory(company=browser.company, rejected=True)
    theirs = AfasDocumentFactory(company=CompanyFactory(), rejected=True)
    for query, seen in (("", [mine]), ("?state=rejected", [mine]), ("?state=queued", [])):
        assert found(browser, query, mine, theirs) == seen
    documents.cancel(document=mine, by=biller, reason="x")
    assert found(browser, "?state=cancelled", mine) == [mine]


def test_each_state_that_there_is_has_a_tab_with_its_count(browser: CompanyClient) -> None:
    for _number in range(3):
        AfasDocumentFactory(company=browser.company, confirmed=True)
    AfasDocumentFactory(company=browser.company, unknown=True)
    page = shown(browser)
    assert 'href="?state=confirmed">In AFAS <span class="count">3</span>' in page
    assert 'href="?state=unknown">Unknown <span class="count is-bad">1</span>' in page
    assert "?state=undone" not in page
    assert "?state=confirmed&amp;kind=customer" not in shown(browser, "?kind=customer")


def test_it_is_narrowed_by_kind_error_link_and_period(browser: CompanyClient) -> None:
    company = browser.company
    old_link = AfasConnectionFactory(company=company, participant="11111", closed=True)
    old = AfasDocumentFactory(company=company, connection=old_link)
    AfasDocument.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=40))
    debtor = AfasDocumentFactory(company=company, of_customer=True)
    refused = AfasDocumentFactory(company=company, rejected=True, problem="item_unknown")
    every = (old, debtor, refused)
    today = timezone.localdate()
    for query, seen in (
        ("?kind=customer", [debtor]),
        ("?problem=item_unknown", [refused]),
        (f"?link={old_link.pk}", [old]),
        (f"?since={today.isoformat()}", [debtor, refused]),
        (f"?until={(today - timedelta(days=1)).isoformat()}", [old]),
        ("?kind=nonsense&link=999999&since=yesterday", [*every]),
    ):
        assert found(browser, query, *every) == seen, query


def test_the_first_and_last_minute_of_a_day_belong_to_it(browser: CompanyClient) -> None:
    zone = timezone.get_current_timezone()
    first, last = (
        AfasDocumentFactory(company=browser.company),
        AfasDocumentFactory(company=browser.company),
    )
    for one, moment in ((first, (0, 0, 0)), (last, (23, 59, 59))):
        at = datetime(2026, 10, 14, *moment, tzinfo=zone)
        AfasDocument.objects.filter(pk=one.pk).update(created_at=at)
    both = [first, last]
    assert found(browser, "?since=2026-10-14&until=2026-10-14", *both) == both
    assert found(browser, "?until=2026-10-13", *both) == []
    assert found(browser, "?since=2026-10-15", *both) == []


def test_it_is_searched_by_customer_reference_and_number(browser: CompanyClient) -> None:
    company = browser.company
    customer = CustomerFactory(company=company, name="Bakkerij De Gouden Aar", number="10001")
    mine = AfasDocumentFactory(
        company=company,
        invoice=InvoiceFactory(company=company, customer=customer),
        confirmed=True,
        order_number="70000123",
        invoice_number="26000456",
    )
    other = AfasDocumentFactory(company=company)
    theirs = AfasDocumentFactory(company=CompanyFactory(), confirmed=True, order_number="70000124")
    queries = ("gouden bakkerij", "10001", "70000123", "26000456", mine.reference.lower())
    for text in queries:
        assert found(browser, f"?q={text}", mine, other, theirs) == [mine], text
    for text in ("70000124", "nobody", "%", "'", "7" * 90):
        assert found(browser, f"?q={text}", mine, theirs) == [] or len(text) > 80, text


def test_counts_stop_where_they_would_cost_seconds(
    browser: CompanyClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selectors, "MOST_COUNTED", 3)
    monkeypatch.setattr("integrations.views.documents.MOST_COUNTED", 3)
    for _number in range(5):
        AfasDocumentFactory(company=browser.company, confirmed=True)
    page = shown(browser)
    assert '<span class="count">3+</span>' in page
    assert "The newest 3 are listed" in page
    counts = selectors.counts_by_state(selectors.documents_of(browser.company))
    assert counts[State.CONFIRMED] == 4


def test_the_page_costs_the_same_however_many_there_are(
    browser: CompanyClient, django_assert_max_num_queries: Make
) -> None:
    AfasDocumentFactory(company=browser.company, rejected=True, problem="item_unknown")
    shown(browser)
    with django_assert_max_num_queries(60) as few:
        shown(browser, "?q=item&state=rejected")
    for _number in range(20):
        AfasDocumentFactory(company=browser.company, rejected=True)
        AfasDocumentFactory(company=browser.company, confirmed=True)
    with django_assert_max_num_queries(len(few)) as many:
        shown(browser, "?q=item&state=rejected")
    counts = [one["sql"] for one in many.captured_queries if "COUNT(" in one["sql"]]
    assert counts
    for sql in counts:
        if '"integrations_afasdocument"' in sql and "LIMIT" not in sql:
            assert "JOIN" not in sql  # what waits for a person, over its own small index


def test_what_waits_for_a_person_is_counted_over_an_index_of_its_own(company: Company) -> None:
    if database.vendor != "postgresql":
        pytest.skip("only PostgreSQL tells which index it would take")
    with database.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = selectors.needs_a_person(company).order_by().explain()
    assert "documents_for_a_person" in plan
