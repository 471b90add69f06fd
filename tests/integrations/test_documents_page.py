"""Options → check → result, and the pages of documents, with and without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Company, User
from integrations.models import AfasConnection, AfasDocument, InvoicingRun, State
from integrations.services import pausing
from invoicing.models import Invoice
from registration.models import Selection
from relations.models import Customer
from tests.conftest import CompanyClient
from tests.factories import SelectionFactory
from tests.integrations.conftest import text_of

pytestmark = pytest.mark.django_db(transaction=True)
Make = Callable[..., Any]
HTMX = {"HX-Request": "true"}
CHOICES = {
    "per": "customer",
    "grouping": "activity",
    "invoice_date": "14-10-2026",
    "reference": "",
    "template": "",
}


@pytest.fixture
def browser(client_of: Make, biller: User, company: Company) -> CompanyClient:
    """The biller's browser."""
    signed_in: CompanyClient = client_of(biller, company)
    return signed_in


@pytest.fixture
def ticked(bakery: Customer, hours_for: Make, selected: Make) -> Selection:
    """Two hours of the bakery."""
    selection: Selection = selected(hours_for(bakery, 2))
    return selection


def options_of(selection: Selection) -> str:
    """The address of step one."""
    return reverse("invoice_in_afas_options", args=[selection.pk])


def check_of(selection: Selection) -> str:
    """The address of step two."""
    return reverse("invoice_in_afas_check", args=[selection.pk])


def token_on(page: Any) -> str:
    """The token in the form that confirms."""
    (token,) = re.findall(r'name="token" value="(\w+)"', page.content.decode())
    return str(token)


def test_the_whole_way_by_plain_forms(browser: CompanyClient, ticked: Selection) -> None:
    assert browser.get(options_of(ticked)).status_code == 200
    answer = browser.post(options_of(ticked), CHOICES)
    assert (answer.status_code, answer["Location"]) == (302, check_of(ticked))

    page = browser.get(check_of(ticked))
    assert b"Bakkerij De Gouden Aar" in page.content
    assert "200.00" in page.content.decode() or "200,00" in page.content.decode()
    ticked.refresh_from_db()
    assert ticked.frozen_at

    answer = browser.post(check_of(ticked), {"token": token_on(page)})
    run = InvoicingRun.objects.get(selection=ticked)
    assert (answer.status_code, answer["Location"]) == (
        302,
        reverse("invoicing_run", args=[run.pk]),
    )
    result = browser.get(answer["Location"])
    assert b"Bakkerij De Gouden Aar" in result.content
    for place in ("overview_hours", "unbilled", "afas_documents"):
        assert f'href="{reverse(place)}"' in result.content.decode().partition("<main")[2]


def test_in_a_dialog_the_last_step_leaves_it(browser: CompanyClient, ticked: Selection) -> None:
    browser.post(options_of(ticked), CHOICES, headers=HTMX)
    page = browser.get(check_of(ticked), headers=HTMX)
    assert b"<html" not in page.content
    answer = browser.post(check_of(ticked), {"token": token_on(page)}, headers=HTMX)
    run = InvoicingRun.objects.get(selection=ticked)
    assert (answer.status_code, answer["HX-Redirect"]) == (
        200,
        reverse("invoicing_run", args=[run.pk]),
    )


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_double_submit_shows_the_one_run(
    headers: dict[str, str], browser: CompanyClient, ticked: Selection
) -> None:
    browser.post(options_of(ticked), CHOICES)
    token = token_on(browser.get(check_of(ticked)))
    for _again in range(2):
        answer = browser.post(check_of(ticked), {"token": token}, headers=headers)
    where = reverse("invoicing_run", args=[InvoicingRun.objects.get().pk])
    assert answer.headers.get("HX-Redirect" if headers else "Location") == where
    assert Invoice.objects.count() == 1
    for step in (options_of(ticked), check_of(ticked)):
        assert browser.get(step)["Location"] == where
    page = browser.get(where)
    assert b"already sent" in page.content


def test_a_check_that_is_out_of_date_is_shown_anew_and_nothing_is_made(
    browser: CompanyClient, ticked: Selection
) -> None:
    browser.post(options_of(ticked), CHOICES)
    page = browser.post(check_of(ticked), {"token": "of yesterday"})
    assert page.status_code == 200
    assert b"Something changed since you checked" in page.content
    assert (Invoice.objects.count(), InvoicingRun.objects.count()) == (0, 0)
    browser.post(check_of(ticked), {"token": token_on(page)})
    assert Invoice.objects.count() == 1


def test_wrong_options_keep_what_was_typed(browser: CompanyClient, ticked: Selection) -> None:
    wrong = {**CHOICES, "invoice_date": "31-02-2026", "reference": "PO 77"}
    page = browser.post(options_of(ticked), wrong)
    assert page.status_code == 200
    assert b"31-02-2026" in page.content
    assert b"PO 77" in page.content
    assert text_of(ticked, "options") == {}


def test_without_options_the_check_leads_back_to_them(
    browser: CompanyClient, ticked: Selection
) -> None:
    assert browser.get(check_of(ticked))["Location"] == options_of(ticked)
    answer = browser.post(check_of(ticked), {"token": ""})
    assert answer["Location"] == options_of(ticked)
    assert InvoicingRun.objects.count() == 0


def test_a_paused_link_says_so_and_makes_nothing(
    browser: CompanyClient, connection: AfasConnection, ticked: Selection
) -> None:
    browser.post(options_of(ticked), CHOICES)
    token = token_on(browser.get(check_of(ticked)))
    pausing.pause(connection, because=AfasConnection.Pause.PERSON, by=None)
    assert b"paused" in browser.get(options_of(ticked)).content
    assert b"paused" in browser.post(check_of(ticked), {"token": token}).content
    assert Invoice.objects.count() == 0


def test_a_company_without_a_link_is_told_where_to_make_one(
    browser: CompanyClient, biller: User, company: Company
) -> None:
    selection = SelectionFactory(company=company, user=biller)
    assert b"AFAS is not linked yet" in browser.get(options_of(selection)).content
    browser.post(options_of(selection), CHOICES)
    assert browser.get(check_of(selection))["Location"] == options_of(selection)


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("step", [options_of, check_of])
def test_without_the_right_every_step_is_refused(
    step: Callable[[Selection], str],
    method: str,
    client_of: Make,
    member: User,
    company: Company,
    ticked: Selection,
) -> None:
    answer = getattr(client_of(member, company), method)(step(ticked), CHOICES)
    assert answer.status_code == 403
    assert text_of(ticked, "options") == {}


def test_a_colleagues_selection_is_not_there(
    browser: CompanyClient, owner: User, company: Company
) -> None:
    theirs = SelectionFactory(company=company, user=owner)
    assert browser.get(options_of(theirs)).status_code == 404
    assert browser.post(check_of(theirs), {"token": ""}).status_code == 404


def test_a_retry_from_the_result_goes_back_to_the_result(
    browser: CompanyClient, bakery: Customer, hours_for: Make, bill: Make
) -> None:
    run = bill(hours_for(bakery))
    document = AfasDocument.objects.get(run=run)
    AfasDocument.objects.update(state=State.REJECTED, message="AFAS: no")
    page = browser.get(reverse("invoicing_run", args=[run.pk]))
    assert b"AFAS: no" in page.content
    answer = browser.post(reverse("afas_document_retry", args=[document.pk]), {"back": "run"})
    assert answer["Location"] == reverse("invoicing_run", args=[run.pk])
    assert text_of(document, "state") == State.QUEUED


def test_the_result_is_followed_while_it_is_busy_and_rests_afterwards(
    browser: CompanyClient, bakery: Customer, hours_for: Make, bill: Make
) -> None:
    address = reverse("invoicing_run", args=[bill(hours_for(bakery)).pk])
    rows = browser.get(address, headers=HTMX)
    assert b"<html" not in rows.content
    assert b'hx-trigger="every' in rows.content
    AfasDocument.objects.update(state=State.CONFIRMED, order_number="70000001")
    rows = browser.get(address, headers=HTMX)
    assert b'hx-trigger="every' not in rows.content
    assert b"70000001" in rows.content


def test_the_result_asks_the_question_of_an_unknown_one(
    browser: CompanyClient, bakery: Customer, hours_for: Make, bill: Make
) -> None:
    run = bill(hours_for(bakery))
    document = AfasDocument.objects.get(run=run)
    AfasDocument.objects.update(
        state=State.UNKNOWN, ever_unknown=True, unknown_since=timezone.now(), attempts=1
    )
    page = browser.get(reverse("invoicing_run", args=[run.pk])).content.decode()
    assert "may or may not exist there" in page
    assert f"{reverse('afas_document', args=[document.pk])}#answer" in page


def test_the_result_shows_where_a_refusal_is_mended_and_what_is_wrong(
    browser: CompanyClient, bakery: Customer, hours_for: Make, bill: Make
) -> None:
    run = bill(hours_for(bakery))
    AfasDocument.objects.update(
        state=State.REJECTED,
        problem="debtor_blocked",
        message="Debiteur 10001 is geblokkeerd.",
        attempts=1,
    )
    page = browser.get(reverse("invoicing_run", args=[run.pk])).content.decode()
    assert "Debtor 10001 is blocked in AFAS" in page
    assert reverse("customer_edit", args=[bakery.pk]) in page
