"""What a state means for the money, in every situation: nothing is promised that is not proven."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone, translation

from accounts.models import Company
from integrations.models import AfasConnection, AfasDocument, Asks, Kind, PersonTask, State
from integrations.services.meanings import story_of
from integrations.services.stories import Story
from tests.factories import (
    AfasConnectionFactory,
    AfasDocumentFactory,
    ClaimFactory,
    InvoiceFactory,
    PersonTaskFactory,
)

pytestmark = pytest.mark.django_db
NET = "€\u00a01.508,00"
SOON = timedelta(minutes=30)


@pytest.fixture(autouse=True)
def _in_english(db: None) -> Any:
    with translation.override("en"):
        yield


@pytest.fixture
def connection(company: Company) -> AfasConnection:
    """The link in use."""
    linked: AfasConnection = AfasConnectionFactory(company=company)
    return linked


def invoice_of(connection: AfasConnection, **fields: Any) -> AfasDocument:
    invoice = InvoiceFactory(company=connection.company, net=Decimal(1508))
    document: AfasDocument = AfasDocumentFactory(
        company=connection.company, connection=connection, invoice=invoice, **fields
    )
    return document


def debtor_of(connection: AfasConnection, **fields: Any) -> AfasDocument:
    document: AfasDocument = AfasDocumentFactory(
        company=connection.company, connection=connection, of_customer=True, **fields
    )
    return document


def deletion_of(connection: AfasConnection, **fields: Any) -> AfasDocument:
    target = invoice_of(connection, confirmed=True)
    document: AfasDocument = AfasDocumentFactory(
        company=connection.company,
        connection=connection,
        kind=Kind.DELETION,
        invoice=None,
        customer=target.customer,
        target=target,
        **fields,
    )
    return document


def told(document: AfasDocument) -> Story:
    return story_of(AfasDocument.objects.get(pk=document.pk))


def plain(text: str) -> str:
    """Whichever way the language writes an amount."""
    return text.replace("1,508.00", "1.508,00")


@pytest.mark.parametrize("state", ["queued", "sending", "unknown", "rejected", "waiting"])
def test_until_it_is_certain_its_amount_is_reserved(state: str, connection: AfasConnection) -> None:
    fields = {state: True} if state != "queued" else {}
    money = plain(told(invoice_of(connection, **fields)).money)
    assert NET in money
    assert "reserved" in money
    assert "is invoiced" not in money


@pytest.mark.parametrize("state", ["queued", "sending", "unknown", "rejected", "cancelled"])
def test_until_a_deletion_is_certain_its_amount_counts_as_invoiced(
    state: str, connection: AfasConnection
) -> None:
    fields = {state: True} if state != "queued" else {}
    money = plain(told(deletion_of(connection, **fields)).money)
    assert NET in money
    assert "invoiced" in money
    assert "released" not in money


def test_only_what_was_answered_is_called_certain(connection: AfasConnection) -> None:
    assert "Nothing was booked." in told(invoice_of(connection, rejected=True)).money
    unknown = told(invoice_of(connection, unknown=True))
    assert "may or may not exist" in unknown.headline
    assert "Nothing is sent twice." in unknown.money
    refused = told(invoice_of(connection, unknown=True, absent_means=State.REJECTED))
    assert "may exist there all the same" in refused.headline


@pytest.mark.parametrize(
    ("change", "headline"),
    [
        ({"closed_at": timezone.now()}, "is closed, so it is not sent"),
        ({"paused_at": timezone.now(), "paused_because": "person"}, "is paused"),
        ({"held_until": timezone.now() + SOON}, "backup was put back"),
        ({}, "goes out in a moment"),
    ],
)
def test_what_keeps_a_queued_one_back_is_said(
    change: dict[str, Any], headline: str, connection: AfasConnection
) -> None:
    document = invoice_of(connection)
    AfasConnection.objects.update(**change)
    assert headline in told(document).headline


def test_what_is_tried_again_says_when_and_why(connection: AfasConnection) -> None:
    busy = invoice_of(connection, message="busy", not_before=timezone.now() + SOON, attempts=1)
    assert "could not be reached or was busy" in told(busy).headline
    assert "Nothing is booked in AFAS." in told(busy).money
    again = told(invoice_of(connection, repeats=1, attempts=1))
    assert "sent again" in again.headline
    assert "did not arrive" in again.happened
    late = told(invoice_of(connection, asks=Asks.STUCK))
    assert ("over four hours" in late.happened, late.mark) == (True, "warn")


@pytest.mark.parametrize(
    ("after", "headline"),
    [
        ({"rejected": True}, "could not be created"),
        ({"unknown": True}, "so it may have created it"),
        ({}, "created in AFAS first"),
    ],
)
def test_a_waiting_one_says_what_became_of_its_debtor(
    after: dict[str, Any], headline: str, connection: AfasConnection
) -> None:
    document = invoice_of(connection, waiting=True, after=debtor_of(connection, **after))
    assert headline in told(document).headline


@pytest.mark.parametrize("why", [one for one in Asks if one not in {Asks.STUCK, Asks.UNSEEN}])
def test_every_reason_to_ask_a_person_is_said(why: Asks, connection: AfasConnection) -> None:
    said = told(invoice_of(connection, unknown=True, asks=why)).happened
    quiet = told(invoice_of(connection, unknown=True)).happened
    assert said
    assert said != quiet or why == Asks.NO_LOOK_UP


def test_a_confirmed_one_is_invoiced_and_what_was_released_of_it_is_not(
    connection: AfasConnection,
) -> None:
    document = invoice_of(connection, confirmed=True)
    assert NET + " is invoiced in AFAS." in plain(told(document).money)
    ClaimFactory(
        company=connection.company,
        line__invoice=document.invoice,
        amount=Decimal(508),
        released_at=timezone.now(),
    )
    money = told(document).money.replace("1,000.00", "1.000,00").replace("508.00", "508,00")
    assert "1.000,00 is invoiced" in money
    assert "508,00 more was corrected" in money


@pytest.mark.parametrize(
    ("what", "money"),
    [
        (PersonTask.What.TWICE, "perhaps a second time"),
        (PersonTask.What.DIFFERS, "another amount or debtor"),
        (PersonTask.What.LOST, "not certain that AFAS still has it"),
    ],
)
def test_an_open_task_takes_the_certainty_away(
    what: PersonTask.What, money: str, connection: AfasConnection
) -> None:
    document = invoice_of(connection, confirmed=True)
    task = PersonTaskFactory(company=connection.company, document=document, what=what)
    assert (money in told(document).money, told(document).mark) == (True, "warn")
    PersonTask.objects.filter(pk=task.pk).update(resolved_at=timezone.now())
    assert "is invoiced in AFAS." in told(document).money


@pytest.mark.parametrize("state", ["cancelled", "undone"])
def test_what_is_over_is_released_unless_afas_gave_a_number_for_it(
    state: str, connection: AfasConnection
) -> None:
    document = invoice_of(connection, **{state: True})
    assert "released" in told(document).money
    PersonTaskFactory(company=connection.company, document=document)
    assert "AFAS may hold an invoice of them" in told(document).money
    assert told(document).mark == "bad"


def test_an_undone_one_says_who_undid_it(connection: AfasConnection) -> None:
    document = invoice_of(connection, undone=True)
    assert "Somebody stated" in told(document).happened
    AfasDocumentFactory(
        company=connection.company,
        connection=connection,
        kind=Kind.DELETION,
        invoice=None,
        customer=document.customer,
        target=document,
        state=State.CONFIRMED,
    )
    assert told(document).happened == "AFAS deleted it."


def test_a_deletion_that_was_given_up_because_it_was_corrected_says_so(
    connection: AfasConnection,
) -> None:
    deletion = deletion_of(connection, cancelled=True)
    assert "AFAS still has the invoice" in told(deletion).money
    AfasDocument.objects.filter(pk=deletion.target_id).update(
        state=State.UNDONE, undone_at=timezone.now()
    )
    assert "corrected in AFAS by hand" in told(deletion).money


def test_debtors_speak_of_the_invoices_that_wait(connection: AfasConnection) -> None:
    for state in ("sending", "unknown", "rejected", "cancelled"):
        assert "nvoices" in told(debtor_of(connection, **{state: True})).money
        AfasDocument.objects.all().delete()
    linked = debtor_of(connection, cancelled=True, problem="linked")
    assert "go to that debtor" in told(linked).money
    known = debtor_of(connection, confirmed=True, order_number="", debtor_number="10001")
    assert "debtor 10001" in told(known).headline
