"""Undo invoicing: what goes, which way, and what becomes of it, with and without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import timezone

from accounts.models import Company, User
from core.models import AuditEvent
from integrations.models import AfasConnection, AfasDocument, Kind, State
from integrations.services import sending
from integrations.services.undo_check import check_selection
from integrations.services.undo_run import told_of
from invoicing.models import Claim, DocumentStatus, Invoice
from registration.models import ApprovalStatus, BillingStatus, Hour, Selection
from relations.models import Customer
from tests.conftest import CompanyClient
from tests.factories import (
    AfasDocumentFactory,
    ClaimFactory,
    HourFactory,
    InvoiceLineFactory,
    SelectionFactory,
)
from tests.integrations.conftest import text_of

pytestmark = pytest.mark.django_db(transaction=True)
Make = Callable[..., Any]
HTMX = {"HX-Request": "true"}
REASON = "Billed to the wrong customer"


@pytest.fixture
def browser(client_of: Make, biller: User, company: Company) -> CompanyClient:
    """The biller's browser."""
    signed_in: CompanyClient = client_of(biller, company)
    return signed_in


@pytest.fixture
def invoiced(company: Company, bakery: Customer) -> Make:
    """`invoiced(2, 1)`: a document in AFAS with two approved hours on a line, one on the next."""

    def make(*counts: int, **fields: Any) -> AfasDocument:
        document: AfasDocument = AfasDocumentFactory(
            company=company,
            invoice__customer=bakery,
            invoice__net=100 * sum(counts),
            confirmed=True,
            **fields,
        )
        for position, count in enumerate(counts, start=1):
            line = InvoiceLineFactory(
                company=company,
                invoice=document.invoice,
                position=position,
                quantity=count,
                description=f"Line {position}",
            )
            for _ in range(count):
                hour = HourFactory(
                    company=company,
                    approved=True,
                    billing=BillingStatus.INVOICED,
                    invoice_label=document.order_number,
                )
                ClaimFactory(company=company, line=line, hour=hour)
        return document

    return make


def hours_on(document: AfasDocument) -> list[Hour]:
    """Its hours, in the order of the lines."""
    claims = Claim.objects.filter(line__invoice=document.invoice).order_by("line__position", "pk")
    return [claim.hour for claim in claims.select_related("hour") if claim.hour]


def lines_of(document: AfasDocument) -> list[int]:
    assert document.invoice
    return list(document.invoice.lines.values_list("pk", flat=True))


def hidden(page: Any) -> dict[str, str]:
    """Token and press of the form on a page."""
    text = page.content.decode()
    return dict(re.findall(r'<input type="hidden" name="(token|press)" value="([\w-]*)"', text))


def answer_on(page: Any, **given: Any) -> dict[str, Any]:
    """The form of a page as a person fills it in."""
    return {"scope": "whole", "way": "corrected", "reason": REASON, **hidden(page), **given}


def undo_of(document: AfasDocument) -> str:
    return reverse("afas_undo", args=[document.pk])


def undo_all(selection: Selection) -> str:
    return reverse("afas_undo_selection", args=[selection.pk])


def billing_of(hours: list[Hour]) -> list[str]:
    return [text_of(hour, "billing") for hour in hours]


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


def test_many_invoices_each_by_itself(
    browser: CompanyClient, invoiced: Make, selected: Make
) -> None:
    first, second, third = invoiced(2), invoiced(1, 1), invoiced(1)
    AfasDocumentFactory(  # its deletion may have left, so nobody can say that it was corrected
        company=first.company, kind=Kind.DELETION, target=third, invoice=None, unknown=True,
        customer=third.customer, payload='"x"',
    )  # fmt: skip
    chosen = selected([*hours_on(first), hours_on(second)[0], *hours_on(third)])
    page = browser.get(undo_all(chosen))
    answer = browser.post(undo_all(chosen), answer_on(page))
    assert answer["Location"] == reverse("afas_undo_result", args=[chosen.pk])
    states = [text_of(one, "state") for one in (first, second, third)]
    assert states == [State.UNDONE, State.UNDONE, State.CONFIRMED]
    result = browser.get(answer["Location"]).content.decode()
    assert result.count("Not undone") == 1
    assert "A deletion of this invoice is under way" in result


def test_selected_rows_go_alone_where_their_line_is_their_own(
    browser: CompanyClient, invoiced: Make, selected: Make, company: Company
) -> None:
    document = invoiced(1, 2)
    own, shared, other = hours_on(document)
    chosen = selected([own, shared])
    check = check_selection(company=company, selection=chosen)
    assert [line.is_own for line in check.lines] == [True, False]
    assert [line.others for line in check.lines] == [0, 1]
    page = browser.get(undo_all(chosen))
    text = page.content.decode()
    assert "1 entry that you did not select stands on this line too" in text
    assert re.findall(r'name="line" value="(\d+)"[^>]*checked', text) == [str(check.own[0].line.pk)]
    body = answer_on(page, scope="lines", line=[check.own[0].line.pk])
    browser.post(undo_all(chosen), body)
    assert billing_of([own, shared, other]) == ["unbilled", "invoiced", "invoiced"]


def test_rows_that_were_not_invoiced_in_afas_are_left_out_with_the_reason(
    browser: CompanyClient, invoiced: Make, selected: Make, company: Company
) -> None:
    reserved = HourFactory(company=company, billing=BillingStatus.RESERVED)
    elsewhere = HourFactory(company=company, billing=BillingStatus.INVOICED)
    free = HourFactory(company=company)
    chosen = selected([*hours_on(invoiced(1)), reserved, elsewhere, free])
    check = check_selection(company=company, selection=chosen)
    assert sum(count for _sentence, count in check.left_out) == 3
    text = browser.get(undo_all(chosen)).content.decode()
    for sentence in ("On its way to AFAS", "AFAS did not make", "Not invoiced, so"):
        assert sentence in text
    nothing = browser.get(undo_all(selected([free]))).content.decode()
    assert "Nothing selected can be undone" in nothing
    assert "undo-form" not in nothing


def test_pressing_twice_undoes_once_and_shows_what_became_of_it(
    browser: CompanyClient, invoiced: Make, selected: Make
) -> None:
    document = invoiced(1)
    chosen = selected(hours_on(document))
    body = answer_on(browser.get(undo_all(chosen)))
    assert text_of(chosen, "frozen_at")
    for _twice in range(2):
        answer = browser.post(undo_all(chosen), body)
        assert answer["Location"] == reverse("afas_undo_result", args=[chosen.pk])
    assert AuditEvent.objects.filter(action="afas_document.undone").count() == 1
    assert "All undone" in browser.get(answer["Location"]).content.decode()


def test_in_a_dialog_the_result_leaves_it(
    browser: CompanyClient, invoiced: Make, selected: Make
) -> None:
    chosen = selected(hours_on(invoiced(1)))
    page = browser.get(undo_all(chosen), headers=HTMX)
    assert b"<html" not in page.content
    answer = browser.post(undo_all(chosen), answer_on(page), headers=HTMX)
    assert answer["HX-Redirect"] == reverse("afas_undo_result", args=[chosen.pk])


def test_a_selection_that_grew_since_does_not_show_the_result_of_the_old_one(
    browser: CompanyClient, invoiced: Make, selected: Make
) -> None:
    chosen = selected(hours_on(invoiced(1)))
    browser.post(undo_all(chosen), answer_on(browser.get(undo_all(chosen))))
    chosen.refresh_from_db()
    grown = SelectionFactory(company=chosen.company, user=chosen.user, options=chosen.options)
    assert told_of(chosen)
    assert not told_of(grown)
    answer = browser.get(reverse("afas_undo_result", args=[grown.pk]))
    assert answer["Location"] == undo_all(grown)


def test_the_options_of_the_next_invoice_are_still_there_after_an_undo(
    browser: CompanyClient, invoiced: Make, selected: Make
) -> None:
    chosen = selected(hours_on(invoiced(1)))
    browser.post(undo_all(chosen), answer_on(browser.get(undo_all(chosen))))
    options = browser.get(reverse("invoice_in_afas_options", args=[chosen.pk])).content.decode()
    assert timezone.localdate().isoformat() in options


def test_somebody_elses_selection_and_document_are_not_there(
    client_of: Make, person_of: Make, company: Company, invoiced: Make, selected: Make
) -> None:
    document = invoiced(1)
    chosen = selected(hours_on(document))
    colleague = client_of(person_of(company, "billing"), company)
    for name in ("afas_undo_selection", "afas_undo_result"):
        assert colleague.get(reverse(name, args=[chosen.pk])).status_code == 404
    assert colleague.post(undo_all(chosen), {"way": "corrected"}).status_code == 404
    assert text_of(document, "state") == State.CONFIRMED


def test_who_may_not_invoice_may_not_undo(
    client_of: Make, manager: User, company: Company, invoiced: Make
) -> None:
    document = invoiced(1)
    stranger = client_of(manager, company)
    for answer in (stranger.get(undo_of(document)), stranger.post(undo_of(document), {})):
        assert answer.status_code == 403
    assert text_of(document, "state") == State.CONFIRMED


@pytest.mark.parametrize(
    ("person", "ticked", "sentence"),
    [
        ("biller", "invoiced", ""),
        ("biller", "free", "Nothing selected was invoiced in AFAS"),
        ("manager", "invoiced", "takes the right to invoice"),
    ],
)
def test_the_action_in_the_overviews_says_why_it_cannot_be_chosen(
    person: str, ticked: str, sentence: str, request: Any, client_of: Make, invoiced: Make
) -> None:
    hours = hours_on(invoiced(1))
    company, user = hours[0].company, request.getfixturevalue(person)
    if ticked == "free":
        hours = [HourFactory(company=company)]
    chosen = SelectionFactory(company=company, user=user, hours=[hour.pk for hour in hours])
    page = client_of(user, company).get(f"/overviews/hours/?selection={chosen.pk}&period=all")
    text = page.content.decode()
    assert "Undo invoicing…" in text
    assert (undo_all(chosen) in text) is not bool(sentence)
    assert sentence in text


def test_from_undo_to_unbilled_through_afas(
    browser: CompanyClient, bakery: Customer, hours_for: Make, bill: Make, selected: Make
) -> None:
    hours = hours_for(bakery, 2)
    bill(hours)
    sending.send_next(bakery.afas_documents.get().environment)
    assert billing_of(hours) == [BillingStatus.INVOICED] * 2
    chosen = selected(hours)
    browser.post(undo_all(chosen), answer_on(browser.get(undo_all(chosen)), way="delete"))
    result = reverse("afas_undo_result", args=[chosen.pk])
    assert "hx-trigger" in browser.get(result).content.decode()
    deletion = AfasDocument.objects.get(kind=Kind.DELETION)
    sending.send_next(deletion.environment)
    assert text_of(deletion, "state") == State.CONFIRMED
    assert billing_of(hours) == [BillingStatus.UNBILLED] * 2
    assert "All undone" in browser.get(result, headers=HTMX).content.decode()
    assert Invoice.objects.get().status == DocumentStatus.VOID


def test_the_page_is_dutch_for_who_reads_dutch(
    client_of: Make, person_of: Make, company: Company, invoiced: Make
) -> None:
    reader = client_of(person_of(company, "billing", language="nl"), company)
    assert 'lang="nl"' in reader.get(undo_of(invoiced(1, 2))).content.decode()
