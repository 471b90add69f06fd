"""What a person does on the page of a document: by plain forms, at the right time, with a name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from accounts.models import Company, User
from core.models import AuditEvent
from integrations.models import AfasDocument, Intention, Kind, State
from integrations.services import sending, undoing
from integrations.services.rhythm import AFAS_WORKS_FOR, MARGIN
from registration.models import BillingStatus
from relations.models import Customer
from tests.conftest import CompanyClient
from tests.factories import AfasDocumentFactory, CompanyFactory
from tests.integrations.conftest import text_of
from tests.integrations.doubt import CONFIRMED, QUEUED, UNKNOWN, World, now_of

pytestmark = pytest.mark.django_db(transaction=True)
NOT_MADE = "hang_up_before_commit"
LONG_AFTER = (AFAS_WORKS_FOR + MARGIN).total_seconds() / 60 + 1
ACTIONS = ("look", "there", "absent", "retry", "cancel", "link", "create_anyway")
Make = Callable[..., Any]
BODY = {"reason": "looked", "number": "70000001", "then": "repeat", "debtor_number": "10001"}


@pytest.fixture
def browser(client_of: Make, biller: User, company: Company) -> CompanyClient:
    """The biller's browser."""
    signed_in: CompanyClient = client_of(biller, company)
    return signed_in


def press(browser: CompanyClient, document: AfasDocument, action: str, **body: str) -> str:
    """Press a button of the document's page; what the page says then."""
    address = reverse(f"afas_document_{action}", args=[document.pk])
    answer = browser.post(address, body, follow=True)
    assert answer.redirect_chain[0][0].startswith(reverse("afas_document", args=[document.pk]))
    return str(answer.content.decode())


def page_of(browser: CompanyClient, document: AfasDocument) -> str:
    return str(browser.get(reverse("afas_document", args=[document.pk])).content.decode())


# ---- Doors


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("state", ["rejected", "unknown"])
def test_a_document_of_another_company_is_not_there_and_stays_as_it_is(
    action: str, state: str, browser: CompanyClient
) -> None:
    theirs = AfasDocumentFactory(company=CompanyFactory(), **{state: True})
    assert browser.get(reverse("afas_document", args=[theirs.pk])).status_code == 404
    answer = browser.post(reverse(f"afas_document_{action}", args=[theirs.pk]), BODY)
    assert answer.status_code == 404
    assert text_of(theirs, "state") == state


@pytest.mark.parametrize("action", ACTIONS)
def test_without_the_right_a_document_stays_as_it_is(
    action: str, client_of: Make, member: User, company: Company
) -> None:
    document = AfasDocumentFactory(company=company, rejected=True)
    browser = client_of(member, company)
    assert browser.get(reverse("afas_document", args=[document.pk])).status_code == 403
    answer = browser.post(reverse(f"afas_document_{action}", args=[document.pk]), BODY)
    assert answer.status_code == 403
    assert text_of(document, "state") == State.REJECTED


@pytest.mark.parametrize("action", ACTIONS)
def test_nothing_is_done_by_following_a_link(action: str, browser: CompanyClient) -> None:
    document = AfasDocumentFactory(company=browser.company, rejected=True)
    address = reverse(f"afas_document_{action}", args=[document.pk])
    assert browser.get(address).status_code == 405


# ---- Look now


def test_look_now_finds_it_and_says_the_number(world: World, browser: CompanyClient) -> None:
    world.prove_look_up()
    document, hours = world.doubtful()
    page = press(browser, document, "look")
    found = now_of(document)
    assert found.state == CONFIRMED
    assert f"AFAS has it: {found.order_number}." in page
    assert text_of(hours[0], "billing") == BillingStatus.INVOICED
    assert "Asked to look now" in page_of(browser, document)


def test_look_now_says_that_a_look_is_no_proof_yet(world: World, browser: CompanyClient) -> None:
    world.prove_look_up()
    document, _hours = world.doubtful(NOT_MADE)
    page = press(browser, document, "look")
    assert now_of(document).state == UNKNOWN
    assert "that proves something after" in page
    assert "Looked up: not found" in page
    assert "Too early to be proof" in page


def test_without_a_look_up_the_button_is_off_and_says_what_to_grant(
    world: World, browser: CompanyClient
) -> None:
    document, _hours = world.doubtful(NOT_MADE)
    page = page_of(browser, document)
    assert 'disabled aria-describedby="why-not-look"' in page
    assert "Uurwerk_DirectInvoices" in page
    assert "Uurwerk_DirectInvoices" in press(browser, document, "look")
    assert now_of(document).looked_at is None


# ---- It is in AFAS


def test_a_number_that_a_person_found_confirms_it(world: World, browser: CompanyClient) -> None:
    document, hours = world.doubtful()
    page = press(browser, document, "there", number=world.in_afas()[-1]["number"])
    assert now_of(document).state == CONFIRMED
    assert "Somebody found it in AFAS" in page
    assert text_of(hours[0], "billing") == BillingStatus.INVOICED


@pytest.mark.parametrize("number", ["", " ", "x" * 41, "70 0\x07"])
def test_a_number_that_is_none_is_a_sentence(
    number: str, world: World, browser: CompanyClient
) -> None:
    document, _hours = world.doubtful()
    assert "Type the number as AFAS shows it" in press(browser, document, "there", number=number)
    assert now_of(document).state == UNKNOWN


def test_the_number_of_another_document_is_refused_by_name(
    world: World, browser: CompanyClient
) -> None:
    other, _hours = world.confirmed()
    document, _hours = world.doubtful(NOT_MADE)
    page = press(browser, document, "there", number=other.order_number)
    assert other.reference in page
    assert now_of(document).state == UNKNOWN


# ---- It is not there


def test_before_the_quiet_time_the_answer_is_off_with_its_moment(
    world: World, browser: CompanyClient
) -> None:
    document, _hours = world.doubtful(NOT_MADE)
    page = page_of(browser, document)
    assert 'disabled aria-describedby="why-not-absent"' in page
    assert "“It is not there” counts:" in page
    assert reverse("afas_document_absent", args=[document.pk]) not in page
    said = press(browser, document, "absent", reason="looked", then="repeat")
    assert "may still be working on it" in said
    assert now_of(document).state == UNKNOWN


@pytest.mark.parametrize(
    ("then", "state", "billing"),
    [
        ("repeat", State.QUEUED, BillingStatus.RESERVED),
        ("cancel", State.CANCELLED, BillingStatus.UNBILLED),
    ],
)
def test_after_the_quiet_time_the_answer_is_carried_out(
    then: str, state: str, billing: str, world: World, browser: CompanyClient
) -> None:
    document, hours = world.doubtful(NOT_MADE)
    world.minutes(int(LONG_AFTER) + 1)
    assert reverse("afas_document_absent", args=[document.pk]) in page_of(browser, document)
    press(browser, document, "absent", reason="Not in the list", then=then)
    assert now_of(document).state == state
    assert text_of(hours[0], "billing") == billing
    page = page_of(browser, document)
    assert "Not in the list" in page
    assert "Bea Biller" in page


def test_with_a_look_up_an_early_answer_is_kept_and_the_page_says_so(
    world: World, browser: CompanyClient
) -> None:
    world.prove_look_up()
    document, hours = world.doubtful(NOT_MADE)
    assert "we keep your answer" in page_of(browser, document)
    page = press(browser, document, "absent", reason="Not in the list", then="cancel")
    assert "Your answer is kept" in page
    assert now_of(document).intention == Intention.CANCEL
    assert "said that it is not there" in page
    world.minutes(int(LONG_AFTER) + 3)
    assert now_of(document).state == State.CANCELLED
    assert text_of(hours[0], "billing") == BillingStatus.UNBILLED


@pytest.mark.parametrize("body", [{"reason": " ", "then": "repeat"}, {"reason": "x"}])
def test_an_answer_without_a_reason_is_none(
    body: dict[str, str], world: World, browser: CompanyClient
) -> None:
    document, _hours = world.doubtful(NOT_MADE)
    world.minutes(int(LONG_AFTER) + 1)
    assert "Say what you looked at" in press(browser, document, "absent", **body)
    assert now_of(document).state == UNKNOWN


def test_of_two_people_who_answer_the_second_is_told(world: World, browser: CompanyClient) -> None:
    document, _hours = world.doubtful(NOT_MADE)
    world.minutes(int(LONG_AFTER) + 1)
    press(browser, document, "absent", reason="gone", then="repeat")
    page = press(browser, document, "absent", reason="gone", then="cancel")
    assert "settled this document meanwhile" in page
    assert now_of(document).state == QUEUED


# ---- A deletion


def test_a_deletion_asks_whether_the_invoice_is_gone(
    world: World, browser: CompanyClient, biller: User
) -> None:
    document, hours = world.invoiced()
    world.give_rates(hours)
    deletion = undoing.delete_in_afas(document=document, reason="twice", by=biller)
    world.send_with("commit_then_hang_up")
    page = page_of(browser, deletion)
    assert 'disabled aria-describedby="why-not-there"' in page
    assert "It is gone" in page
    assert "It is still there" in page
    assert "may still be working on it" in press(browser, deletion, "there")
    world.minutes(int(LONG_AFTER) + 1)
    assert "It is deleted" in press(browser, deletion, "there")
    assert now_of(document).state == State.UNDONE
    assert text_of(hours[0], "billing") == BillingStatus.UNBILLED
    assert "was to delete it" in page_of(browser, document)


# ---- Retry and cancel


def test_a_retry_that_waits_for_a_new_debtor_says_so(
    world: World, newcomer: Customer, browser: CompanyClient
) -> None:
    world.bill(world.hours_for(newcomer))
    document = AfasDocument.objects.get(kind=Kind.DIRECT_INVOICE)
    AfasDocument.objects.filter(pk=document.pk).update(state=State.REJECTED)
    page = press(browser, document, "retry")
    assert "It waits for its new debtor; then it goes out." in page
    assert now_of(document).state == State.WAITING


def test_a_retry_of_what_is_mended_queues_it(world: World, browser: CompanyClient) -> None:
    document, _hours = world.bill_hours()
    AfasDocument.objects.update(state=State.REJECTED, message="AFAS: no", attempts=1)
    page = press(browser, document, "retry")
    assert "It is queued again" in page
    assert "Built anew and queued again" in page
    sending.send_due()
    assert now_of(document).state == CONFIRMED


def test_a_document_of_a_closed_link_cannot_be_retried_and_says_why(
    world: World, browser: CompanyClient
) -> None:
    document, _hours = world.bill_hours()
    AfasDocument.objects.update(state=State.REJECTED, message="AFAS: no")
    world.set_connection(closed_at=document.created_at)
    assert 'disabled aria-describedby="why-not-retry"' in page_of(browser, document)
    assert "a link that was closed" in press(browser, document, "retry")
    assert now_of(document).state == State.REJECTED


def test_giving_up_needs_a_reason_and_releases(world: World, browser: CompanyClient) -> None:
    document, hours = world.bill_hours()
    assert "Say why" in press(browser, document, "cancel", reason="  ")
    assert now_of(document).state == QUEUED
    assert "unbilled again" in press(browser, document, "cancel", reason="Wrong month")
    assert now_of(document).state == State.CANCELLED
    assert text_of(hours[0], "billing") == BillingStatus.UNBILLED
    assert AuditEvent.objects.get(action="afas_document.cancelled").reason == "Wrong month"


def test_a_button_that_is_not_there_is_refused_with_its_sentence(
    world: World, browser: CompanyClient
) -> None:
    document, _hours = world.doubtful(NOT_MADE)
    page = page_of(browser, document)
    assert "may or may not exist there" in page
    assert document.reference in page
    for action in ("retry", "cancel"):
        assert reverse(f"afas_document_{action}", args=[document.pk]) not in page
        press(browser, document, action, reason="x")
        assert now_of(document).state == UNKNOWN


def test_after_an_answer_the_next_one_is_a_click_away(world: World, browser: CompanyClient) -> None:
    document, _hours = world.bill_hours()
    AfasDocument.objects.update(state=State.REJECTED, message="AFAS: no")
    other = AfasDocumentFactory(company=browser.company, rejected=True)
    page = press(browser, document, "retry")
    assert "Next that needs attention" in page
    assert reverse("afas_document", args=[other.pk]) in page
