"""Undo invoicing of one document: what goes, which way, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import timezone

from accounts.models import Company, User
from core.models import AuditEvent
from integrations.models import AfasConnection, AfasDocument, Kind, State
from invoicing.models import DocumentStatus
from registration.models import ApprovalStatus, BillingStatus
from tests.conftest import CompanyClient
from tests.factories import AfasDocumentFactory
from tests.integrations.conftest import text_of
from tests.integrations.undone import (
    REASON,
    answer_on,
    billing_of,
    hours_on,
    lines_of,
    undo_of,
)

pytestmark = pytest.mark.django_db(transaction=True)
Make = Callable[..., Any]


@pytest.fixture
def browser(client_of: Make, biller: User, company: Company) -> CompanyClient:
    """The biller's browser."""
    signed_in: CompanyClient = client_of(biller, company)
    return signed_in


def test_the_whole_invoice_was_corrected_there(browser: CompanyClient, invoiced: Make) -> None:
    document = invoiced(2, 1)
    hours = hours_on(document)
    page = browser.get(undo_of(document))
    for text in (b"Bakkerij De Gouden Aar", b"Line 1", b"Line 2", b"Live"):
        assert text in page.content
    number = {f"number_{document.pk.hex}": "C-77"}
    answer = browser.post(undo_of(document), answer_on(page, **number))
    assert answer["Location"] == reverse("afas_document", args=[document.pk])
    assert text_of(document, "state") == State.UNDONE
    assert text_of(document.invoice, "status") == DocumentStatus.VOID
    assert billing_of(hours) == [BillingStatus.UNBILLED] * 3
    assert {text_of(hour, "approval") for hour in hours} == {ApprovalStatus.APPROVED}
    event = AuditEvent.objects.get(action="afas_document.undone")
    assert (event.reason, event.after["corrected_as"]) == (REASON, "C-77")


def test_afas_is_asked_to_delete_it_and_nothing_is_released_before_it_did(
    browser: CompanyClient, invoiced: Make
) -> None:
    document = invoiced(1)
    page = browser.get(undo_of(document))
    browser.post(undo_of(document), answer_on(page, way="delete"))
    deletion = AfasDocument.objects.get(kind=Kind.DELETION)
    assert (deletion.target, deletion.state) == (document, State.QUEUED)
    assert text_of(document, "state") == State.CONFIRMED
    assert billing_of(hours_on(document)) == [BillingStatus.INVOICED]


def test_while_a_restore_is_compared_deleting_is_not_offered_and_the_page_says_why(
    browser: CompanyClient, connection: AfasConnection, invoiced: Make
) -> None:
    document = invoiced(1, connection=connection)
    until = timezone.now() + timedelta(minutes=30)
    AfasConnection.objects.filter(pk=connection.pk).update(held_until=until)
    page = browser.get(undo_of(document)).content.decode()
    assert 'value="delete"' not in page
    assert "A backup of our database was put back" in page


def test_some_lines_go_and_the_rest_stays(browser: CompanyClient, invoiced: Make) -> None:
    document = invoiced(1, 2)
    first, *others = hours_on(document)
    page = browser.get(undo_of(document))
    body = answer_on(page, scope="lines", line=lines_of(document)[:1])
    browser.post(undo_of(document), body)
    assert text_of(document, "state") == State.CONFIRMED
    assert billing_of([first]) == [BillingStatus.UNBILLED]
    assert billing_of(others) == [BillingStatus.INVOICED] * 2
    again = browser.get(undo_of(document)).content.decode()
    assert "Undone before" in again
    assert REASON in again


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"reason": "  "}, "Say why"),
        ({"scope": "lines", "way": "delete"}, "deletes an invoice as a whole"),
        ({"scope": "lines", "line": []}, "Tick the lines"),
        ({"way": ""}, "Choose what happens"),
        ({"scope": "lines", "line": ["999999"]}, "not on these invoices"),
        ({"scope": "lines", "line": ["x"]}, "not on these invoices"),
        ({"scope": "everything"}, "Select a valid choice"),
        ({"reason": "x" * 201}, "at most 200"),
    ],
)
def test_a_form_that_is_wrong_says_so_and_undoes_nothing(
    given: dict[str, Any], sentence: str, browser: CompanyClient, invoiced: Make
) -> None:
    document = invoiced(1, 1)
    page = browser.get(undo_of(document))
    body = answer_on(page, line=lines_of(document)[:1]) | given
    again = browser.post(undo_of(document), body)
    assert again.status_code == 200
    assert sentence in again.content.decode()
    assert text_of(document, "state") == State.CONFIRMED
    assert billing_of(hours_on(document)) == [BillingStatus.INVOICED] * 2
    assert not AfasDocument.objects.filter(kind=Kind.DELETION).exists()


def test_lines_of_another_invoice_are_refused(browser: CompanyClient, invoiced: Make) -> None:
    document, other = invoiced(1, 1), invoiced(1, 1)
    page = browser.get(undo_of(document))
    body = answer_on(page, scope="lines", line=lines_of(other)[:1])
    assert "not on these invoices" in browser.post(undo_of(document), body).content.decode()
    assert billing_of(hours_on(other)) == [BillingStatus.INVOICED] * 2


def test_what_was_shown_is_what_is_undone(browser: CompanyClient, invoiced: Make) -> None:
    document = invoiced(1, 1, 1)
    page = browser.get(undo_of(document))
    body = answer_on(page, scope="lines", line=lines_of(document)[:1])
    browser.post(undo_of(document), body)
    again = browser.post(undo_of(document), {**answer_on(page), "reason": "Typed already"})
    assert "Something changed since you looked" in again.content.decode()
    assert "Typed already" in again.content.decode()
    assert text_of(document, "state") == State.CONFIRMED
    browser.post(undo_of(document), answer_on(again))
    assert text_of(document, "state") == State.UNDONE


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("state", ["undone", "rejected", "unknown"])
def test_what_cannot_be_undone_leads_back_with_the_reason(
    method: str, state: str, browser: CompanyClient, connection: AfasConnection, company: Company
) -> None:
    document = AfasDocumentFactory(company=company, **{state: True})
    answer = getattr(browser, method)(undo_of(document))
    assert answer["Location"] == reverse("afas_document", args=[document.pk])
    (told,) = get_messages(answer.wsgi_request)
    assert ("undone already" if state == "undone" else "nobody undid") in str(told)
    assert text_of(document, "state") == state


def test_over_a_closed_link_afas_cannot_be_asked(
    browser: CompanyClient, invoiced: Make, connection: AfasConnection
) -> None:
    document = invoiced(1)
    AfasConnection.objects.update(closed_at=timezone.now())
    page = browser.get(undo_of(document))
    assert "is closed, so AFAS cannot be asked" in page.content.decode()
    again = browser.post(undo_of(document), answer_on(page, way="delete"))
    assert "Choose the other way" in again.content.decode()
    assert not AfasDocument.objects.filter(kind=Kind.DELETION).exists()
    browser.post(undo_of(document), answer_on(page))
    assert text_of(document, "state") == State.UNDONE


def test_who_may_not_invoice_may_not_undo(
    client_of: Make, manager: User, company: Company, invoiced: Make
) -> None:
    document = invoiced(1)
    stranger = client_of(manager, company)
    for answer in (stranger.get(undo_of(document)), stranger.post(undo_of(document), {})):
        assert answer.status_code == 403
    assert text_of(document, "state") == State.CONFIRMED


def test_the_page_is_dutch_for_who_reads_dutch(
    client_of: Make, person_of: Make, company: Company, invoiced: Make
) -> None:
    reader = client_of(person_of(company, "billing", language="nl"), company)
    assert 'lang="nl"' in reader.get(undo_of(invoiced(1, 2))).content.decode()
