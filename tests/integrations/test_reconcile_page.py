"""Reconcile: ours beside AFAS's, what differs, and what can be done about it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Company, User
from integrations.models import AfasConnection, BookingRun, Comparison, PaymentRun
from integrations.services import differences, granting, sweeping
from relations.models import Customer
from tests.conftest import CompanyClient
from tests.factories import (
    AfasConnectionFactory,
    BookingSettingsFactory,
    InvoiceFactory,
    MembershipFactory,
    OpenItemFactory,
    PaymentFactory,
)
from tests.integrations.compared import booking, direct, orphan, task, unequal

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
PAGE, DOWNLOAD = reverse("afas_reconcile"), reverse("afas_reconcile_download")


@pytest.fixture
def link(company: Company) -> AfasConnection:
    """The company linked with administration 1 of participant 12345."""
    made: AfasConnection = AfasConnectionFactory(company=company)
    return made


@pytest.fixture
def browser(client_of: Make, owner: User, company: Company, link: AfasConnection) -> CompanyClient:
    """The owner's browser."""
    signed_in: CompanyClient = client_of(owner, company)
    return signed_in


def text_of(browser: CompanyClient, **query: str) -> str:
    """The page, without its markup's line breaks."""
    answer = browser.get(PAGE, query)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


def test_what_is_equal_is_counted_and_not_listed(
    browser: CompanyClient, company: Company, link: AfasConnection
) -> None:
    booking(company)
    direct(company)
    direct(company)
    page = text_of(browser)
    assert [differences.equal(link, kind) for kind in ("sales_booking", "direct_invoice")] == [1, 2]
    assert "Nothing to put right" in page
    assert unequal(link) == []


def test_the_page_says_what_each_means_and_what_to_do(
    browser: CompanyClient, company: Company
) -> None:
    changed = task("differs", booking(company), total="120.00", debtor="10009")
    lost = task("lost", direct(company))
    paid = booking(company, invoice__paid=Decimal(121))
    OpenItemFactory(company=company, document=paid, left=Decimal(121), differs=True)
    PaymentFactory(company=company, invoice=paid.invoice, amount=Decimal(121), how="credit")
    page = text_of(browser)
    for words in (
        "so your books are off. Correct the entry in AFAS",
        "undo the invoicing, so that its entries can be billed again",
        "What is open on this invoice in AFAS is not what is open here.",
        "A credit note settles it here",
        "10009",
        reverse("afas_undo", args=[changed.document_id]),
        reverse("afas_task_settle", args=[lost.pk]),
        reverse("invoice", args=[paid.invoice_id]),
    ):
        assert words in page


def test_a_task_is_settled_from_here_and_comes_back_here(
    browser: CompanyClient, company: Company, owner: User
) -> None:
    lost = task("lost", booking(company))
    answer = browser.post(
        reverse("afas_task_settle", args=[lost.pk]), {"note": "Booked anew", "back": "reconcile"}
    )
    assert answer.url == PAGE
    lost.refresh_from_db()
    assert (lost.resolved_by, lost.resolution) == (owner, "Booked anew")
    assert "Nothing to put right" in text_of(browser)


def test_what_is_not_booked_is_booked_from_here_one_by_one_or_a_page_at_once(
    browser: CompanyClient, company: Company
) -> None:
    BookingSettingsFactory(company=company)
    sent = [
        InvoiceFactory(company=company, ours=True, total=Decimal(10), delivery="sent")
        for _number in range(3)
    ]
    page = text_of(browser)
    assert reverse("booking_begin_one", args=[sent[0].pk]) in page
    assert "for the 3 invoices on this page" in page
    picked = re.findall(r'name="pick" value="(\d+)"', page)
    answer = browser.post(reverse("booking_begin"), {"pick": picked})
    run = BookingRun.objects.get()
    assert answer.url == reverse("booking_run", args=[run.pk])
    assert run.chosen == [one.pk for one in sent]


def test_what_is_asked_for_is_shown_and_odd_questions_ask_for_all(
    browser: CompanyClient, company: Company, link: AfasConnection
) -> None:
    task("differs", direct(company, invoice_number="V0000099"), total="2.00")
    orphan(link, "F000777", number="F000777", total="5.00")
    page = text_of(browser, group="orphan")
    assert "F000777" in page
    assert "V0000099" not in page
    for odd in ({"group": "x"}, {"kind": "customer"}, {"page": "99"}, {"q": "x" * 99}):
        assert "V0000099" in text_of(browser, **odd)
    assert "Nothing matches these filters" in text_of(browser, q="nobody")


def test_the_cards_tell_when_by_whom_how_many_and_how_long(
    browser: CompanyClient, company: Company, link: AfasConnection, owner: User
) -> None:
    began = timezone.now() - timedelta(hours=1)
    Comparison.objects.create(
        company=company, connection=link, what="sales_booking", by=owner, began_at=began,
        finished_at=began + timedelta(seconds=14), rows=1234,
    )  # fmt: skip
    PaymentRun.objects.create(
        company=company, connection=link, trigger="nightly", status="done", rows=412, matched=12,
        skipped=1, started_at=began, finished_at=began + timedelta(seconds=90),
    )  # fmt: skip
    page = text_of(browser)
    for words in (f"by {owner} · 1.234 rows read", ">14 s<", "Never compared as a whole", "Nightly",
                  "412 rows", ">2 min<", "1 row could not be read"):  # fmt: skip
        assert words in page


@pytest.mark.parametrize(
    ("problem", "words"),
    [("not_granted", "did not let us read"), ("failing", "could not be asked")],
)
def test_a_comparison_without_a_result_says_so(
    browser: CompanyClient, link: AfasConnection, problem: str, words: str
) -> None:
    now = timezone.now()
    AfasConnection.objects.update(lookup_proven_at=now, booking_proven_at=now)
    Comparison.objects.create(
        company=link.company, connection=link, what="sales_booking", began_at=now, finished_at=now,
        problem=problem,
    )  # fmt: skip
    assert words in text_of(browser)


def test_what_is_not_granted_is_named_and_ours_is_shown_all_the_same(
    browser: CompanyClient, company: Company
) -> None:
    denied = [
        {"connector": need.connector, "access": need.access, "granted": False}
        for need in granting.NEEDS
    ]
    AfasConnection.objects.update(
        findings=denied, lookup_problem="not_granted", booking_problem="not_granted"
    )
    refused = direct(company, confirmed=False, rejected=True, seen_at=None)
    page = text_of(browser)
    for connector in ("Uurwerk_Entries", "Uurwerk_DirectInvoices", "Profit_Debtor_Invoices"):
        assert connector in page
    assert reverse("afas_document", args=[refused.pk]) in page
    assert page.count("disabled") >= 2
    for name in ("afas_compare", "afas_read_payments"):
        answer = browser.post(reverse(name))
        assert {said.level_tag for said in get_messages(answer.wsgi_request)} == {"error"}
    assert not Comparison.objects.exists()
    assert not PaymentRun.objects.exists()


def test_without_a_link_the_page_says_what_it_will_show(
    client_of: Make, owner: User, company: Company
) -> None:
    browser = client_of(owner, company)
    assert "AFAS is not linked" in text_of(browser)
    assert browser.get(DOWNLOAD).url == PAGE
    assert browser.post(reverse("afas_compare")).url == PAGE


@pytest.mark.django_db(transaction=True)
def test_both_buttons_begin_and_the_page_follows_until_the_end(
    connection: AfasConnection, bakery: Customer, client_of: Make, owner: User, sandbox: Any
) -> None:
    AfasConnection.objects.update(lookup_proven_at=timezone.now(), lookup_control="1")
    browser = client_of(owner, connection.company)
    browser.post(reverse("afas_compare"))
    browser.post(reverse("afas_read_payments"))
    page = text_of(browser)
    assert "Being compared" in page
    assert "Being read" in page
    assert 'hx-trigger="every 3s"' in page
    part = browser.get(PAGE, {"part": "cards"}, headers={"HX-Request": "true"})
    assert "<h1" not in part.content.decode()
    assert "HX-Refresh" not in part
    Comparison.objects.update(finished_at=timezone.now())
    PaymentRun.objects.update(status="done")
    part = browser.get(PAGE, {"part": "cards"}, headers={"HX-Request": "true"})
    assert part["HX-Refresh"] == "true"
    sweeping.sweep()


def test_the_file_holds_every_row_in_the_notation_of_the_company(
    browser: CompanyClient, company: Company
) -> None:
    for number in range(60):
        task("differs", booking(company, f"{1000 + number}.50"), total="1.00", debtor="10009")
    answer = browser.get(DOWNLOAD, {"group": "differs"})
    assert answer.streaming
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert len(rows) == 61
    head, last = rows[0], rows[-1]
    assert (head[0], head[-1]) == ("What", "What to do")
    assert last[:2] == ["Another amount in AFAS", "Sales booking"]
    assert last[6:9] == ["1000,50", "1,00", "-999,50"]
    assert "reverse the booking" in last[-1]


def test_more_than_can_be_counted_is_said_to_be_more(
    browser: CompanyClient, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    from integrations.views import reconcile

    monkeypatch.setattr(differences, "MOST_COUNTED", 2)
    monkeypatch.setattr(reconcile, "MOST_COUNTED", 2)
    for _number in range(4):
        task("differs", booking(company), total="1.00")
    page = text_of(browser)
    assert "2+" in page
    assert "1–2 of 2" in page
    assert "The newest 2 of each are listed" in page


@pytest.mark.parametrize(("right", "sees"), [("admin", False), ("invoices", True)])
def test_who_may_not_invoice_sees_the_figures_and_cannot_settle(
    right: str, sees: bool, client_of: Make, company: Company, link: AfasConnection
) -> None:
    found = task("differs", booking(company), total="120.00")
    person = MembershipFactory(company=company, rights=[right]).user
    page = text_of(client_of(person, company))
    assert found.document.invoice.number in page
    assert (reverse("afas_task_settle", args=[found.pk]) in page) is sees
    assert ("Open the AFAS settings" in page) is not sees


def test_a_page_full_of_rows_asks_no_more_than_a_short_one(
    browser: CompanyClient, company: Company
) -> None:
    def asked() -> int:
        with CaptureQueriesContext(database) as queries:
            text_of(browser)
        return len(queries)

    for one in (booking(company), direct(company)):
        task("differs", one, total="1.00")
    OpenItemFactory(company=company, document=booking(company), differs=True)
    browser.get(PAGE)
    few = asked()
    for _number in range(10):
        task("differs", booking(company), total="1.00")
        OpenItemFactory(company=company, document=booking(company), differs=True)
    assert asked() <= few
