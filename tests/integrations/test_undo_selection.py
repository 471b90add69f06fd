"""Undo invoicing of selected rows: each invoice by itself, with a word on every one."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Company, User
from core.models import AuditEvent
from integrations.models import AfasDocument, Kind, State
from integrations.services import sending, undo_check, undoing
from integrations.services.undo_check import check_selection
from integrations.services.undo_run import told_of
from invoicing.models import DocumentStatus, Invoice
from registration.models import BillingStatus, Hour
from relations.models import Customer
from tests.conftest import CompanyClient
from tests.factories import AfasDocumentFactory, HourFactory, SelectionFactory
from tests.integrations.conftest import text_of
from tests.integrations.undone import (
    answer_on,
    billing_of,
    hours_on,
    lines_of,
    undo_all,
    undo_of,
)

pytestmark = pytest.mark.django_db(transaction=True)
Make = Callable[..., Any]
HTMX = {"HX-Request": "true"}


@pytest.fixture
def browser(client_of: Make, biller: User, company: Company) -> CompanyClient:
    """The biller's browser."""
    signed_in: CompanyClient = client_of(biller, company)
    return signed_in


def test_a_deletion_that_gave_way_to_a_statement_is_told_as_undone(
    browser: CompanyClient, invoiced: Make, selected: Make, biller: User
) -> None:
    document = invoiced(2)
    chosen = selected(hours_on(document))
    page = browser.get(undo_all(chosen))
    answer = browser.post(undo_all(chosen), answer_on(page, way="delete"))
    undoing.corrected_there(document=document, reason="by hand", by=biller)
    assert set(billing_of(hours_on(document))) == {BillingStatus.UNBILLED}
    told = browser.get(answer["Location"]).content.decode()
    assert "All undone" in told
    assert "The invoice stands as it was" not in told


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
    assert "Its deletion is under way" in result


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
    refused = invoiced(1)
    (reserved,) = hours_on(refused)
    AfasDocument.objects.filter(pk=refused.pk).update(state=State.REJECTED)
    Hour.objects.filter(pk=reserved.pk).update(billing=BillingStatus.RESERVED)
    elsewhere = HourFactory(company=company, billing=BillingStatus.INVOICED)
    free = HourFactory(company=company)
    chosen = selected([*hours_on(invoiced(1)), reserved, elsewhere, free])
    check = check_selection(company=company, selection=chosen)
    assert sum(count for _sentence, count in check.left_out) == 3
    assert refused not in [one.document for one in check.undoables]
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


def test_one_of_several_invoices_is_chosen_by_its_lines(
    browser: CompanyClient, invoiced: Make, selected: Make, company: Company
) -> None:
    whole, shared = invoiced(1), invoiced(2)
    chosen = selected([*hours_on(whole), hours_on(shared)[0]])
    page = browser.get(undo_all(chosen))
    assert re.findall(r'name="scope" value="(\w+)"[^>]*checked', page.content.decode()) == ["lines"]
    body = answer_on(page, scope="lines", line=lines_of(whole), way="delete")
    browser.post(undo_all(chosen), body)
    assert [one.target for one in AfasDocument.objects.filter(kind=Kind.DELETION)] == [whole]
    assert text_of(shared, "state") == State.CONFIRMED


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


@pytest.mark.parametrize(
    ("fields", "heading", "solve"),
    [
        ({"state": State.QUEUED}, "0 of 1 undone", False),
        ({"unknown": True}, "settles by itself", False),
        ({"unknown": True, "asks": "blind"}, "something left for you", True),
        ({"rejected": True}, "something left for you", True),
    ],
)
def test_the_result_follows_the_deletion(
    fields: dict[str, Any],
    heading: str,
    solve: bool,
    browser: CompanyClient,
    invoiced: Make,
    selected: Make,
) -> None:
    chosen = selected(hours_on(invoiced(1)))
    browser.post(undo_all(chosen), answer_on(browser.get(undo_all(chosen)), way="delete"))
    deletion = AfasDocument.objects.get(kind=Kind.DELETION)
    made = AfasDocumentFactory.build(
        company=deletion.company, connection=deletion.connection, invoice=None, customer=None,
        **fields,
    )  # fmt: skip
    AfasDocument.objects.filter(pk=deletion.pk).update(
        state=made.state, asks=made.asks, ever_unknown=made.ever_unknown,
        unknown_since=made.unknown_since, message=made.message,
    )  # fmt: skip
    text = browser.get(reverse("afas_undo_result", args=[chosen.pk])).content.decode()
    assert heading in text
    assert ("Solve" in text) is solve


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


def test_what_is_too_much_to_tell_is_counted(
    browser: CompanyClient, invoiced: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(undo_check, "SHOWN", 2)
    monkeypatch.setattr(undo_check, "SHOWN_IN_ALL", 3)
    check = undo_check.check_document(invoiced(4, 4, 4))
    assert [len(line.entries) for line in check.lines] == [2, 1, 0]
    assert check.entries == 12
    text = browser.get(undo_of(check.undoables[0].document)).content.decode()
    assert re.findall(r"And (\d) more", text) == ["2", "3", "4"]
