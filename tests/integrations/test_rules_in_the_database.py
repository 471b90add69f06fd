"""What the database itself refuses, and what a claim must still be directly before its POST."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from integrations.models import AfasConnection, AfasDocument, Kind, State
from integrations.services import claims, sending, settling
from tests.factories import (
    AfasConnectionFactory,
    AfasDocumentFactory,
    CompanyFactory,
    InvoiceFactory,
)
from tests.integrations.doubt import QUEUED, World, now_of

pytestmark = pytest.mark.django_db(transaction=True)
Make = Callable[[AfasConnection], Any]
NOW = timezone.now()


def make(connection: AfasConnection, **values: Any) -> AfasDocument:
    """A document as the factory makes it, with these columns set in the database alone."""
    traits = {name: values.pop(name) for name in list(values) if values[name] is True}
    document = AfasDocumentFactory(connection=connection, **traits)
    AfasDocument.objects.filter(pk=document.pk).update(**values)
    return document


def two_in_flight(connection: AfasConnection) -> None:
    """Of two companies in one environment."""
    other = AfasConnectionFactory(company=CompanyFactory(), participant="12345")
    make(connection, sending=True)
    make(other, sending=True)


def two_with_one_number(connection: AfasConnection) -> None:
    other = AfasConnectionFactory(company=CompanyFactory(), participant="12345")
    make(connection, confirmed=True, order_number="7")
    make(other, confirmed=True, order_number="7")


def two_with_one_entry(connection: AfasConnection) -> None:
    entry = {"unit": "1", "journal": "70", "entry_number": "9"}
    make(connection, confirmed=True, **entry)
    make(connection, confirmed=True, **entry)


def two_for_one_invoice(connection: AfasConnection) -> None:
    invoice = InvoiceFactory(company=connection.company)
    AfasDocumentFactory(connection=connection, invoice=invoice)
    AfasDocumentFactory(connection=connection, invoice=invoice, rejected=True)


def deletion(connection: AfasConnection, target: AfasDocument | None, **values: Any) -> Any:
    return AfasDocument.objects.create(
        company=connection.company,
        connection=connection,
        environment="12345",
        kind=Kind.DELETION,
        state=State.QUEUED,
        payload="[]",
        target=target,
        **values,
    )


def two_deletions(connection: AfasConnection) -> None:
    target = make(connection, confirmed=True)
    deletion(connection, target)
    deletion(connection, target)


def two_new_debtors(connection: AfasConnection) -> None:
    first = AfasDocumentFactory(connection=connection, of_customer=True)
    AfasDocumentFactory(
        connection=connection, of_customer=True, customer=first.customer, rejected=True
    )


FORBIDDEN: dict[str, Make] = {
    "one_document_in_flight_per_environment": two_in_flight,
    "confirmed_document_has_a_key": lambda one: make(one, state=State.CONFIRMED),
    "sending_document_has_a_claim_time": lambda one: make(one, state=State.SENDING),
    "queued_document_has_a_payload": lambda one: make(one, payload=""),
    "one_live_document_per_invoice_and_kind": two_for_one_invoice,
    "deletion_has_a_target_and_no_invoice": lambda one: deletion(one, None),
    "one_open_deletion_per_document": two_deletions,
    "one_open_customer_document": two_new_debtors,
    "afas_order_number_once": two_with_one_number,
    "afas_entry_number_once": two_with_one_entry,
    "undone_document_has_its_time": lambda one: make(one, confirmed=True, state=State.UNDONE),
    "unknown_document_has_a_claim_time": lambda one: make(one, state=State.UNKNOWN),
    "only_the_unknown_awaits_an_intention": lambda one: make(one, intention="repeat"),
    "absence_gives_back_an_unsent_state": lambda one: make(one, absent_means="confirmed"),
}


@pytest.mark.parametrize("name", FORBIDDEN)
def test_the_database_refuses(name: str, connection: AfasConnection) -> None:
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        FORBIDDEN[name](connection)
    said = str(refused.value)
    assert name in said or "UNIQUE constraint failed" in said


def test_every_rule_of_the_table_is_tried() -> None:
    assert set(FORBIDDEN) == {one.name for one in AfasDocument._meta.constraints}


def test_another_environment_is_another_world(connection: AfasConnection) -> None:
    """One in flight, one number, one document of an invoice: each per environment (A7)."""
    trial = AfasConnectionFactory(company=CompanyFactory(), participant="12345", realm="test")
    make(connection, sending=True)
    make(trial, sending=True)
    make(connection, confirmed=True, order_number="7")
    make(trial, confirmed=True, order_number="7")
    invoice = InvoiceFactory(company=connection.company)
    AfasDocumentFactory(connection=connection, invoice=invoice)
    AfasDocumentFactory(connection=connection, invoice=invoice, environment="12345test")


@pytest.mark.parametrize("state", ["cancelled", "undone"])
def test_what_is_given_up_or_undone_makes_room(connection: AfasConnection, state: str) -> None:
    invoice = InvoiceFactory(company=connection.company)
    AfasDocumentFactory(connection=connection, invoice=invoice, order_number="7", **{state: True})
    again = AfasDocumentFactory(
        connection=connection, invoice=invoice, confirmed=True, order_number="7"
    )
    assert again.pk


def test_a_key_is_never_written_over_another(connection: AfasConnection) -> None:
    document = make(connection, unknown=True, order_number="7")
    assert settling.store_key(document, {"order_number": "8"}) is False
    assert now_of(document).order_number == "7"


# ---- The claim (DECISIONS A1)


@pytest.fixture
def claimed(world: World) -> AfasDocument:
    """Claimed, and not sent yet."""
    document, _hours = world.bill_hours()
    mine = claims.claim(document.pk)
    assert mine
    assert claims.still_ours(mine)
    return mine


@pytest.mark.parametrize(
    "change",
    [
        {"state": State.QUEUED},
        {"state": State.UNKNOWN, "unknown_since": NOW, "ever_unknown": True},
        {"attempts": 2},
        {"order_number": "7"},
        {"debtor_number": "7"},
        {"entry_number": "7"},
        {"environment": "54321"},
        {"administration": 2},
        {"sending_since": NOW - timedelta(seconds=61)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_claim_does_not_hold_when_its_row_says_otherwise(
    claimed: AfasDocument, change: dict[str, Any]
) -> None:
    AfasDocument.objects.filter(pk=claimed.pk).update(**change)
    assert not claims.still_ours(claimed)


@pytest.mark.parametrize(
    "change",
    [
        {"paused_at": NOW},
        {"closed_at": NOW},
        {"held_until": NOW + timedelta(days=3650)},
        {"environment": "54321"},
        {"administration": 2},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_claim_does_not_hold_when_its_link_says_otherwise(
    world: World, claimed: AfasDocument, change: dict[str, Any]
) -> None:
    world.set_connection(**change)
    assert not claims.still_ours(claimed)


def test_what_is_not_ours_any_more_goes_back_unsent(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine was suspended between its claim and the POST."""
    document, _hours = world.bill_hours()
    opened = sending.open_attempt

    def sleeps(claimed: AfasDocument) -> Any:
        AfasDocument.objects.update(sending_since=timezone.now() - timedelta(seconds=61))
        return opened(claimed)

    monkeypatch.setattr(sending, "open_attempt", sleeps)
    assert sending.send_due() == 0
    document = now_of(document)
    assert (document.state, document.ever_unknown, world.in_afas()) == (QUEUED, False, [])


def test_a_link_held_after_a_restore_sends_nothing(world: World) -> None:
    document, _hours = world.bill_hours()
    world.set_connection(held_until=timezone.now() + timedelta(minutes=30))
    assert sending.send_due() == 0
    assert now_of(document).state == QUEUED
    world.set_connection(held_until=timezone.now() - timedelta(seconds=1))
    assert sending.send_due() == 1
