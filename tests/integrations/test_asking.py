"""When a person is asked, and when no longer, because AFAS can be."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from integrations.models import AfasDocument, Asks, Intention, PersonTask
from integrations.services import answering, reconciling, sending
from tests.factories import AfasConnectionFactory, AfasDocumentFactory, CompanyFactory
from tests.integrations.doubt import CONFIRMED, UNKNOWN, World, now_of

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_document_that_waits_over_four_hours_is_shown_to_a_person(world: World) -> None:
    document, _hours = world.bill_hours()
    AfasDocument.objects.update(queued_at=timezone.now() - timedelta(hours=3, minutes=59))
    reconciling.ask_people()
    assert now_of(document).asks == ""
    AfasDocument.objects.update(queued_at=timezone.now() - timedelta(hours=4, minutes=1))
    reconciling.ask_people()
    assert now_of(document).asks == Asks.STUCK
    sending.send_due()
    assert (now_of(document).state, now_of(document).asks) == (CONFIRMED, "")


def test_a_closed_link_leaves_its_documents_to_a_person(world: World) -> None:
    world.prove_look_up()
    document, _hours = world.doubtful()
    AfasDocument.objects.filter(pk=document.pk).update(intention=Intention.REPEAT)
    world.set_connection(closed_at=timezone.now())
    world.minutes(2)
    document = now_of(document)
    assert (document.state, document.asks, document.intention) == (UNKNOWN, Asks.CLOSED, "")


@pytest.mark.parametrize("asks", ["", Asks.BLIND, Asks.DIFFERS])
def test_a_look_up_that_is_granted_no_more_and_then_again(world: World, asks: str) -> None:
    """What cannot be looked up must not stand in the way of what can."""
    world.prove_look_up()
    document, _hours = world.doubtful()
    AfasDocument.objects.filter(pk=document.pk).update(asks=asks)
    world.set_connection(lookup_proven_at=None)
    world.minutes(1)
    assert (now_of(document).asks, now_of(document).next_look_at) == (Asks.NO_LOOK_UP, None)
    world.set_connection(lookup_proven_at=timezone.now())
    world.minutes(2)
    assert now_of(document).state == CONFIRMED


def test_a_debtor_that_may_not_be_read_any_more_is_for_a_person(world: World) -> None:
    document = AfasDocumentFactory(connection=world.connection, of_customer=True, unknown=True)
    granted = [{"connector": "ProfitDebtor", "access": "read", "granted": False}]
    world.set_connection(debtor_control="10002", findings=granted)
    world.minutes(2)
    assert now_of(document).asks == Asks.NO_LOOK_UP
    assert now_of(document).next_look_at is None


def test_another_company_s_link_that_is_silent_keeps_nobody_waiting(
    world: World, settings: Any
) -> None:
    silent = AfasConnectionFactory(
        company=CompanyFactory(),
        participant="99999",
        lookup_proven_at=timezone.now(),
        lookup_control="1",
    )
    long_ago = timezone.now() - timedelta(minutes=9)
    for _number in range(6):
        AfasDocumentFactory(connection=silent, unknown=True, next_look_at=long_ago)
    world.prove_look_up()
    document, _hours = world.doubtful()
    world.minutes(1)
    assert now_of(document).state == CONFIRMED


def test_an_amount_that_somebody_changed_in_afas_is_accepted_later_and_told(
    world: World, biller: User
) -> None:
    world.prove_look_up()
    document, _hours = world.doubtful()
    number = world.in_afas()[-1]["number"]
    store = world.sandbox.app.control._store
    held = store.get("invoice", "12345", number)
    store.put("invoice", "12345", number, held | {"totals": held["totals"] | {"excl_vat": "90.00"}})
    world.minutes(25)
    assert now_of(document).asks == Asks.DIFFERS
    answering.it_is_there(document=now_of(document), number=number, by=biller)
    assert now_of(document).state == CONFIRMED
    world.minutes(2)
    assert PersonTask.objects.get().what == PersonTask.What.DIFFERS
