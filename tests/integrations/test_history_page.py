"""Sync history: one list of all that passed between AFAS and a company."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Company, User
from core import audit
from core.models import AuditEvent
from integrations.models import AfasDocument, CheckRun, ImportRun, InvoicingRun, Kind
from integrations.services import history_sources as sources
from integrations.services.history import Filters, history_of
from integrations.services.history_sources import Happening
from tests.conftest import CompanyClient
from tests.factories import (
    AfasDocumentFactory,
    CheckRunFactory,
    CompanyFactory,
    ImportRunFactory,
    InvoicingRunFactory,
    MembershipFactory,
    PaymentRunFactory,
)

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
PAGE = reverse("sync_history")


@pytest.fixture
def browser(client_of: Make, owner: User, company: Company) -> CompanyClient:
    """The owner's browser."""
    signed_in: CompanyClient = client_of(owner, company)
    return signed_in


def an_import(company: Company, at: datetime = NOON, **fields: Any) -> ImportRun:
    """An import at a moment."""
    run = ImportRunFactory(company=company, **fields)
    ImportRun.objects.filter(pk=run.pk).update(queued_at=at)
    run.refresh_from_db()
    return run  # type: ignore[no-any-return]


def a_run(company: Company, at: datetime = NOON, *states: str, **fields: Any) -> InvoicingRun:
    """A press of the button with a document in each of these states."""
    run = InvoicingRunFactory(company=company, **fields)
    InvoicingRun.objects.filter(pk=run.pk).update(created_at=at)
    for state in states:
        made = {} if state == "queued" else {state: True}
        AfasDocumentFactory(company=company, run=run, **made)
    run.refresh_from_db()
    return run  # type: ignore[no-any-return]


def a_deletion(company: Company, at: datetime = NOON, **fields: Any) -> AfasDocument:
    """A deletion of an invoice."""
    target = AfasDocumentFactory(company=company, confirmed=True)
    made = AfasDocumentFactory(
        company=company, kind=Kind.DELETION, target=target, invoice=None, customer=target.customer,
        detail={"reason": "Wrong rate"}, **fields,
    )  # fmt: skip
    AfasDocument.objects.filter(pk=made.pk).update(created_at=at)
    made.refresh_from_db()
    return made  # type: ignore[no-any-return]


def an_undo(company: Company, at: datetime = NOON, **after: Any) -> AuditEvent:
    """What a person stated of an invoice."""
    document = AfasDocumentFactory(company=company, undone=True)
    partly = "partly_" if "released" in after else ""
    event = audit.record(
        company=company,
        by=None,
        action=f"afas_document.{partly}undone",
        obj=document,
        change=audit.Change(reason="Agreed with the customer", after=after),
    )
    AuditEvent.objects.filter(pk=event.pk).update(at=at)
    event.refresh_from_db()
    return event


def told(company: Company, **filters: Any) -> list[Happening]:
    """The first page."""
    return history_of(company, Filters(**filters))[0]


def test_all_of_it_stands_in_one_list_newest_first(company: Company) -> None:
    steps = [timedelta(minutes=minute) for minute in range(5)]
    an_import(company, NOON + steps[2])
    CheckRunFactory(company=company, started_at=NOON + steps[4], finished_at=NOON + steps[4])
    a_run(company, NOON + steps[0], "confirmed")
    a_deletion(company, NOON + steps[3])
    an_undo(company, NOON + steps[1], corrected_as="C-7")
    assert [one.kind for one in told(company)] == ["check", "deletion", "import", "undo", "run"]


def test_another_company_has_a_history_of_its_own(company: Company) -> None:
    other = CompanyFactory()
    an_import(other)
    a_run(other, NOON, "confirmed")
    a_deletion(other)
    an_undo(other)
    CheckRunFactory(company=other)
    assert told(company) == []
    assert len(told(other)) == 5


@pytest.mark.parametrize(
    ("states", "refusals", "outcome", "counts"),
    [
        (["confirmed", "undone"], [], "done", (2, 0, 0)),
        (["confirmed", "cancelled"], [], "done", (1, 1, 0)),
        (["confirmed", "rejected"], [], "partly", (1, 0, 1)),
        (["confirmed"], [{"customer": "X", "sentence": "Y"}], "partly", (1, 0, 1)),
        (["rejected", "cancelled"], [], "failed", (0, 1, 1)),
        ([], [{"customer": "X", "sentence": "Y"}], "failed", (0, 0, 1)),
        (["queued", "rejected"], [], "busy", (0, 0, 1)),
        (["unknown"], [], "busy", (0, 0, 0)),
    ],
)
def test_a_run_ends_as_its_invoices_do(
    states: list[str], refusals: list[Any], outcome: str, counts: tuple[int, ...], company: Company
) -> None:
    a_run(company, NOON, *states, refusals=refusals)
    (one,) = told(company)
    assert (one.outcome, (one.ok, one.skipped, one.failed)) == (outcome, counts)
    for each in sources.OUTCOMES:
        assert bool(told(company, outcome=each)) is (each == outcome)


@pytest.mark.parametrize(("asks", "outcome"), [("", "busy"), ("several", "failed")])
def test_the_unknown_is_under_way_until_it_asks_for_a_person(
    asks: str, outcome: str, company: Company
) -> None:
    run = a_run(company)
    AfasDocumentFactory(company=company, run=run, unknown=True, asks=asks)
    assert [one.outcome for one in told(company)] == [outcome]
    assert len(told(company, outcome=outcome)) == 1


def test_an_invoice_that_waits_for_a_refused_debtor_is_not_under_way(company: Company) -> None:
    run = a_run(company)
    debtor = AfasDocumentFactory(company=company, of_customer=True, rejected=True)
    AfasDocumentFactory(company=company, run=run, waiting=True, after=debtor)
    assert [one.outcome for one in told(company)] == ["failed"]
    assert len(told(company, outcome="failed")) == 1
    other = a_run(company)
    AfasDocumentFactory(company=company, run=other, waiting=True)
    assert [one.row for one in told(company, outcome="busy")] == [other]


@pytest.mark.parametrize(
    ("make", "fields", "outcome"),
    [
        (an_import, {"status": "failed"}, "failed"),
        (an_import, {"status": "running"}, "busy"),
        (an_import, {"status": "done", "skipped": 3}, "done"),
        (CheckRunFactory, {"accepted": False}, "failed"),
        (CheckRunFactory, {"missing": 1}, "partly"),
        (CheckRunFactory, {}, "done"),
        (PaymentRunFactory, {"status": "failed"}, "failed"),
        (PaymentRunFactory, {}, "busy"),
        (PaymentRunFactory, {"status": "done", "skipped": 3}, "done"),
        (a_deletion, {"rejected": True}, "failed"),
        (a_deletion, {}, "busy"),
        (a_deletion, {"cancelled": True}, "done"),
        (an_undo, {}, "done"),
        (an_undo, {"released": "12.00"}, "partly"),
    ],
)
def test_each_filter_finds_what_has_that_outcome(
    make: Make, fields: dict[str, Any], outcome: str, company: Company
) -> None:
    made = make(company=company, **fields)
    assert [one.outcome for one in told(company)] == [outcome]
    for each in sources.OUTCOMES:
        assert bool(told(company, outcome=each)) is (each == outcome)
    (kind,) = (one.kind for one in told(company))
    assert [one.row for one in told(company, kind=kind)] == [made]
    assert not any(told(company, kind=each) for each in sources.KINDS if each != kind)


def test_what_afas_deleted_is_told_once_by_its_deletion(company: Company) -> None:
    an_undo(company, deleted=True)
    assert told(company) == []


def test_a_period_is_of_whole_days_where_the_reader_is(company: Company) -> None:
    midnight = datetime(2026, 11, 19, 23, 0, tzinfo=UTC)  # of the 20th, in Amsterdam
    last, first = an_import(company, midnight - timedelta(seconds=1)), an_import(company, midnight)
    with timezone.override("Europe/Amsterdam"):
        day = date(2026, 11, 20)
        assert [one.row for one in told(company, first=day)] == [first]
        assert [one.row for one in told(company, last=day - timedelta(days=1))] == [last]


def test_every_page_goes_on_where_the_last_one_ended(company: Company) -> None:
    for number in range(30):  # all at one moment, so that only kind and number tell them apart
        an_import(company)
        CheckRunFactory(company=company, started_at=NOON, finished_at=NOON)
        a_run(company)
        an_undo(company, NOON - timedelta(minutes=number % 2))
    seen, before = [], ""
    for _page in range(3):
        found, before = history_of(company, Filters(), before=before)
        seen += [(one.kind, one.row.pk) for one in found]
    assert not before
    assert len(seen) == len(set(seen)) == 120


@pytest.mark.parametrize(
    "cursor",
    ["x", "2026-11-20~import~1", f"{NOON.isoformat()}~nothing~1", f"{NOON.isoformat()}~run~1", "~~",
     f"{NOON.isoformat()}~import~{'9' * 30}"],
)  # fmt: skip
def test_a_cursor_that_means_nothing_is_the_beginning(cursor: str, browser: CompanyClient) -> None:
    an_import(browser.company, NOON - timedelta(days=1))
    page = browser.get(PAGE, {"before": cursor, "kind": "x", "outcome": "x", "period": "x"})
    assert page.status_code == 200
    assert "By hand" in page.content.decode()


def test_the_page_tells_who_how_long_how_many_and_what_to_do(
    browser: CompanyClient, company: Company
) -> None:
    run = an_import(
        company, status="failed", error="AFAS did not answer.", by=MembershipFactory().user,
        started_at=NOON, finished_at=NOON + timedelta(seconds=75), new=4, skipped=2,
    )  # fmt: skip
    an_undo(company, corrected_as="C-7")
    text = browser.get(PAGE).content.decode()
    for part in (str(run.by), "2 min", "AFAS did not answer.", "4 new", "credited as C-7",
                 "Agreed with the customer", reverse("import_run", args=[run.pk])):  # fmt: skip
        assert part in text
    assert len(re.findall(f'action="{reverse("import_start")}"', text)) == 1
    an_import(company, NOON + timedelta(days=1))
    assert "Import again" not in browser.get(PAGE).content.decode()


def test_what_was_read_of_payments_is_told_and_leads_to_the_comparison(
    browser: CompanyClient, company: Company
) -> None:
    PaymentRunFactory(company=company, status="done", rows=40, matched=12, paid=3)
    PaymentRunFactory(company=company, status="failed", error="AFAS did not answer in time.")
    text = browser.get(PAGE, {"kind": "payments"}).content.decode()
    assert "40 open in AFAS · 12 of ours · 3 paid" in text
    assert "AFAS did not answer in time." in text
    assert reverse("afas_reconcile") in text


@pytest.mark.parametrize(("right", "leads_to"), [("invoices", "run"), ("admin", "import")])
def test_each_right_opens_its_own_details(
    right: str, leads_to: str, client_of: Make, company: Company
) -> None:
    person = MembershipFactory(company=company, rights=[right]).user
    run = an_import(company, status="failed")
    pages = {
        "import": reverse("import_run", args=[run.pk]),
        "run": reverse("invoicing_run", args=[a_run(company, NOON, "confirmed").pk]),
    }
    text = client_of(person, company).get(PAGE).content.decode()
    assert [name for name, url in pages.items() if url in text] == [leads_to]
    assert ("Import again" in text) is (right == "admin")


def test_others_stay_outside(client_of: Make, member: User, company: Company) -> None:
    assert client_of(member, company).get(PAGE).status_code == 403


def test_the_page_asks_the_same_whether_there_is_little_or_much(
    browser: CompanyClient, company: Company
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(database) as asked:
            assert browser.get(PAGE).status_code == 200
        return len(asked)

    for make in (an_import, a_deletion, an_undo, a_run):
        make(company)
    CheckRun.objects.all().delete()
    few = queries()
    for _ in range(12):
        for make in (an_import, a_deletion, an_undo):
            make(company)
        a_run(company, NOON, "confirmed", "rejected")
    assert queries() == few


def test_the_page_is_dutch_for_who_reads_dutch(client_of: Make, company: Company) -> None:
    reader = MembershipFactory(company=company, rights=["admin"], user__language="nl").user
    an_import(company)
    assert 'lang="nl"' in client_of(reader, company).get(PAGE).content.decode()
