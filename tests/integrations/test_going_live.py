"""A trial in a test environment is over: what was invoiced there is released, once it was seen."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Company, User
from core.errors import DomainError, StaleError
from core.models import AuditEvent
from integrations.models import AfasConnection, AfasDocument, Kind, PersonTask, State
from integrations.services import billing, going_live, sending
from invoicing.models import DocumentStatus
from registration.models import ApprovalStatus, BillingStatus, Hour
from relations.models import Customer
from sandbox import seed
from tests.conftest import CompanyClient
from tests.factories import (
    AfasConnectionFactory,
    AfasDocumentFactory,
    AppInstallationFactory,
    ClaimFactory,
    CustomerLinkFactory,
    HourFactory,
    InvoiceLineFactory,
    ItemLinkFactory,
    PersonTaskFactory,
    RateFactory,
)
from tests.integrations.conftest import DAY, text_of

pytestmark = pytest.mark.django_db(transaction=True)
Make = Callable[..., Any]
REASON = "The trial is over"


@pytest.fixture
def trial(company: Company) -> AfasConnection:
    """The link with the test environment that the company tried out, closed by now."""
    made: AfasConnection = AfasConnectionFactory(
        company=company, realm="test", user_token=seed.TEST_TOKEN, closed=True
    )
    return made


@pytest.fixture
def tried(company: Company, trial: AfasConnection) -> Make:
    """`tried(2, confirmed=True)`: a document of the trial with two approved hours of EUR 100."""

    def make(count: int = 1, **fields: Any) -> AfasDocument:
        document: AfasDocument = AfasDocumentFactory(
            company=company, connection=trial, invoice__net=100 * count, **fields
        )
        line = InvoiceLineFactory(company=company, invoice=document.invoice, quantity=count)
        for _ in range(count):
            billing = BillingStatus.INVOICED if document.order_number else BillingStatus.RESERVED
            hour = HourFactory(company=company, approved=True, billing=billing)
            ClaimFactory(company=company, line=line, hour=hour, amount=100)
        return document

    return make


@pytest.fixture
def live(connection: AfasConnection) -> AfasConnection:
    """The link with the live environment, which is in use."""
    return connection


@pytest.fixture
def browser(client_of: Make, owner: User, company: Company) -> CompanyClient:
    """The owner's browser."""
    AppInstallationFactory(company=company)
    signed_in: CompanyClient = client_of(owner, company)
    return signed_in


@pytest.fixture
def bill_over(selected: Make, biller: User) -> Make:
    """`bill_over(link, hours)`: check, confirm and send; the document."""

    def go(link: AfasConnection, hours: list[Hour]) -> AfasDocument:
        selection, options = selected(hours), billing.Options(invoice_date=DAY)
        check = billing.check_selection(connection=link, selection=selection, options=options)
        run = billing.invoice_in_afas(
            connection=link, selection=selection, options=options, token=check.token, by=biller
        )
        sending.send_due()
        return AfasDocument.objects.get(run=run)

    return go


def hours_on(document: AfasDocument) -> list[Hour]:
    found = Hour.objects.filter(claims__line__invoice=document.invoice)
    return list(found.order_by("pk"))


def release(company: Company, by: User) -> list[going_live.Released]:
    """Look, and confirm what was seen."""
    token = going_live.preview(company).token
    return going_live.release(company=company, token=token, reason=REASON, by=by)


def test_the_preview_shows_what_the_trial_left(company: Company, tried: Make, live: Any) -> None:
    document, refused = tried(2, confirmed=True), tried(1, rejected=True)
    tried(1, undone=True)
    tried(1, cancelled=True)
    AfasDocumentFactory(connection=live, confirmed=True)
    AfasDocumentFactory(confirmed=True)  # another company's
    seen = going_live.preview(company)
    assert [one.document for one in seen.invoices] == [document]
    assert [one.document for one in seen.unsent] == [refused]
    assert (seen.entries, seen.net) == (3, Decimal(300))
    assert going_live.waiting(company) == 2


def test_invoices_are_undone_and_their_entries_unbilled(
    company: Company, tried: Make, live: Any, owner: User
) -> None:
    document = tried(2, confirmed=True)
    (told,) = release(company, owner)
    assert (told.why_not, told.entries, told.net) == ("", 2, Decimal(200))
    document.refresh_from_db()
    assert document.state == State.UNDONE
    assert document.undone_at
    assert text_of(document.invoice, "status") == DocumentStatus.VOID
    hours = hours_on(document)
    assert {hour.billing for hour in hours} == {BillingStatus.UNBILLED}
    assert {hour.approval for hour in hours} == {ApprovalStatus.APPROVED}
    event = AuditEvent.objects.get(action=going_live.ACTION)
    assert (event.by, event.reason, event.object_id) == (owner, REASON, str(document.pk))


@pytest.mark.parametrize("state", ["waiting", "rejected", "unknown"])
def test_what_is_open_there_is_cancelled(
    state: str, company: Company, tried: Make, live: Any, owner: User
) -> None:
    document = tried(1, **{state: True})
    release(company, owner)
    assert text_of(document, "state") == State.CANCELLED
    assert [hour.billing for hour in hours_on(document)] == [BillingStatus.UNBILLED]


def test_a_deletion_that_is_in_doubt_goes_first(
    company: Company, tried: Make, live: Any, owner: User, trial: AfasConnection
) -> None:
    document = tried(1, confirmed=True)
    deletion = AfasDocumentFactory(
        connection=trial,
        unknown=True,
        kind=Kind.DELETION,
        invoice=None,
        customer=None,
        target=document,
    )
    assert [one.why_not for one in release(company, owner)] == ["", ""]
    assert text_of(deletion, "state") == State.CANCELLED
    assert text_of(document, "state") == State.UNDONE


def test_what_is_on_its_way_is_left_alone_and_said(
    company: Company, tried: Make, live: Any, owner: User
) -> None:
    document = tried(1, sending=True)
    seen = going_live.preview(company)
    assert (list(seen.trials), seen.sending) == ([], 1)
    release(company, owner)
    assert text_of(document, "state") == State.SENDING


def test_questions_about_it_are_settled_with_it(
    company: Company, tried: Make, live: Any, owner: User
) -> None:
    task = PersonTaskFactory(company=company, document=tried(1, confirmed=True))
    release(company, owner)
    task = PersonTask.objects.get(pk=task.pk)
    assert (task.resolved_by, task.resolution) == (owner, REASON)


def test_again_does_nothing(company: Company, tried: Make, live: Any, owner: User) -> None:
    tried(1, confirmed=True)
    release(company, owner)
    events = AuditEvent.objects.count()
    assert release(company, owner) == []
    assert AuditEvent.objects.count() == events


def test_what_changed_since_it_was_seen_is_shown_again_and_nothing_is_released(
    company: Company, tried: Make, live: Any, owner: User
) -> None:
    document = tried(1, confirmed=True)
    token = going_live.preview(company).token
    tried(1, rejected=True)
    with pytest.raises(StaleError, match="Something changed since you looked"):
        going_live.release(company=company, token=token, reason=REASON, by=owner)
    assert text_of(document, "state") == State.CONFIRMED


def test_one_that_somebody_else_settles_meanwhile_is_told_and_the_others_go_on(
    company: Company, tried: Make, live: Any, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tried(1, confirmed=True), tried(1, confirmed=True)
    seen = going_live.preview(company)
    AfasDocument.objects.filter(pk=first.pk).update(state=State.UNDONE, undone_at=timezone.now())
    monkeypatch.setattr(going_live, "preview", lambda _company: replace(seen))
    told = going_live.release(company=company, token=seen.token, reason=REASON, by=owner)
    assert ["Somebody else settled" in one.why_not for one in told] == [True, False]
    assert [hour.billing for hour in hours_on(first)] == [BillingStatus.INVOICED]
    assert text_of(second, "state") == State.UNDONE


def test_nothing_is_released_while_the_company_works_in_a_test_environment(
    company: Company, tried: Make, owner: User
) -> None:
    document = tried(1, confirmed=True)
    assert (going_live.waiting(company), list(going_live.preview(company).trials)) == (0, [])
    AfasConnectionFactory(company=company, realm="accept")
    assert going_live.waiting(company) == 0
    with pytest.raises(DomainError, match="not linked to a live environment"):
        release(company, owner)
    assert text_of(document, "state") == State.CONFIRMED


def test_many_are_released_in_portions(
    company: Company, tried: Make, live: Any, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(going_live, "AT_ONCE", 2)
    for _ in range(3):
        tried(1, confirmed=True)
    assert going_live.preview(company).left == 1
    assert len(release(company, owner)) == 2
    assert len(release(company, owner)) == 1


def test_its_entries_are_billed_again_in_the_live_environment(
    sandbox: Any,
    live: AfasConnection,
    bakery: Customer,
    hours_for: Make,
    bill_over: Make,
    owner: User,
) -> None:
    company = live.company
    AfasConnection.objects.filter(pk=live.pk).update(closed_at=timezone.now())
    test = AfasConnectionFactory(company=company, realm="test", user_token=seed.TEST_TOKEN)
    ItemLinkFactory(company=company, environment="12345test")
    CustomerLinkFactory(
        company=company, environment="12345test", customer=bakery, debtor_number="10001"
    )
    hours = hours_for(bakery, 2)
    for hour in hours:
        RateFactory(company=company, activity=hour.activity)
    tried = bill_over(test, hours)
    assert (tried.state, tried.environment) == (State.CONFIRMED, "12345test")
    AfasConnection.objects.filter(pk=test.pk).update(closed_at=timezone.now())
    AfasConnection.objects.filter(pk=live.pk).update(closed_at=None)
    release(company, owner)
    billed = bill_over(live, hours)
    assert (billed.state, billed.environment) == (State.CONFIRMED, "12345")
    assert {text_of(hour, "billing") for hour in hours} == {BillingStatus.INVOICED}
    assert len(sandbox.state("12345")["invoices"]) == 1


def token_on(page: Any) -> str:
    found = re.search(r'name="token" value="(\w+)"', page.content.decode())
    assert found
    return found[1]


def test_the_page_shows_it_releases_it_and_says_what_became_of_each(
    browser: CompanyClient, company: Company, tried: Make, live: Any
) -> None:
    document = tried(2, confirmed=True)
    url = reverse("afas_going_live")
    page = browser.get(url)
    assert document.order_number.encode() in page.content
    assert b"Release 2 entries" in page.content
    answer = browser.post(url, {"token": token_on(page), "reason": REASON})
    assert answer["Location"] == url
    page = browser.get(url)
    assert b"2 entries are unbilled again." in page.content
    assert b"Nothing is left of a trial" in page.content
    assert text_of(document, "state") == State.UNDONE


@pytest.mark.parametrize(
    ("given", "said"),
    [({"reason": " "}, b"required"), ({"reason": REASON, "token": "old"}, b"Something changed")],
)
def test_without_a_reason_or_with_an_old_page_nothing_happens(
    given: dict[str, str], said: bytes, browser: CompanyClient, tried: Make, live: Any
) -> None:
    document = tried(1, confirmed=True)
    url = reverse("afas_going_live")
    answer = browser.post(url, {"token": token_on(browser.get(url)), **given})
    assert (answer.status_code, said in answer.content) == (422, True)
    assert text_of(document, "state") == State.CONFIRMED


def test_the_settings_lead_there_as_long_as_something_is_left(
    browser: CompanyClient, company: Company, tried: Make, live: Any, owner: User
) -> None:
    document = tried(1, confirmed=True)
    link = reverse("afas_going_live").encode()
    assert link in browser.get(reverse("afas_settings")).content
    release(company, owner)
    assert link not in browser.get(reverse("afas_settings")).content
    page = browser.get(reverse("afas_document", args=[document.pk]))
    assert b"released when you went live" in page.content
    assert b"corrected in AFAS" not in page.content


def test_only_admins_may(client_of: Make, biller: User, company: Company) -> None:
    AppInstallationFactory(company=company)
    url = reverse("afas_going_live")
    assert client_of(biller, company).get(url).status_code == 403
    assert client_of(biller, company).post(url, {"reason": REASON}).status_code == 403


def test_without_a_trial_no_document_is_read(connection: AfasConnection) -> None:
    """Of a million documents that would take seconds."""
    with CaptureQueriesContext(database) as queries:
        assert going_live.waiting(connection.company) == 0
        assert not going_live.preview(connection.company).trials
    table = AfasDocument._meta.db_table
    assert [one["sql"] for one in queries if table in one["sql"]] == []
