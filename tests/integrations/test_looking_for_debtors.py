"""A new debtor whose answer was lost: one organisation must not become two (DECISIONS A5)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from integrations.models import (
    AfasDocument,
    Asks,
    CustomerLink,
    Kind,
    PersonTask,
    State,
    this_second,
)
from integrations.services import looking, reconciling, sending
from integrations.services.looking import Sight
from relations.models import Customer
from tests.factories import AfasConnectionFactory, AfasDocumentFactory, CompanyFactory
from tests.integrations.doubt import CONFIRMED, DEBTORS, QUEUED, UNKNOWN, World, now_of, the

pytestmark = pytest.mark.django_db(transaction=True)
NOT_MADE, MADE = "hang_up_before_commit", "commit_then_hang_up"
LIKE_OURS = {"DebtorName": "Studio Noorderlicht V.O.F.", "ChOfCommNr": "81920374"}


def begin(world: World, newcomer: Customer, fault: str) -> AfasDocument:
    """The document of a new debtor, unknown; debtors can be looked up."""
    world.set_connection(debtor_control="10002")
    world.bill(world.hours_for(newcomer))
    world.send_with(fault, DEBTORS)
    return AfasDocument.objects.select_related("connection", "company", "customer").get(
        kind=Kind.CUSTOMER
    )


def debtors(world: World) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.sandbox.state()["debtors"]
    return [one for one in found if one["DebtorName"] == "Studio Noorderlicht V.O.F."]


def new_row(world: World, number: str, **values: Any) -> None:
    row = {"DebtorId": number, **values}
    world.sandbox.order("debtor", {"environment": "12345", "debtor": row})


def test_the_debtor_that_was_made_is_linked_after_the_quiet_time(
    world: World, newcomer: Customer
) -> None:
    """Before it, a second one may still be on its way."""
    document = begin(world, newcomer, MADE)
    world.minutes(19)
    assert (now_of(document).state, now_of(document).look) == (UNKNOWN, Sight.FOUND)
    assert now_of(document).asks == ""
    world.minutes(4)
    assert now_of(document).state == CONFIRMED
    link = CustomerLink.objects.get(customer=newcomer)
    assert link.debtor_number == debtors(world)[0]["DebtorId"]
    sending.send_due()
    invoice = AfasDocument.objects.get(kind=Kind.DIRECT_INVOICE)
    assert (invoice.state, len(debtors(world))) == (CONFIRMED, 1)


def test_with_a_number_of_our_own_it_is_linked_at_once(world: World, newcomer: Customer) -> None:
    Customer.objects.filter(pk=newcomer.pk).update(number="17001")
    document = begin(world, newcomer, MADE)
    world.minutes(1)
    assert (now_of(document).state, now_of(document).debtor_number) == (CONFIRMED, "17001")


def test_our_number_with_another_name_is_for_a_person(world: World, newcomer: Customer) -> None:
    Customer.objects.filter(pk=newcomer.pk).update(number="17001")
    document = begin(world, newcomer, NOT_MADE)
    new_row(world, "17001", DebtorName="Somebody else")
    world.minutes(1)
    assert (now_of(document).state, now_of(document).asks) == (UNKNOWN, Asks.DIFFERS)


def test_while_the_control_row_is_hidden_no_debtor_is_created(
    world: World, newcomer: Customer
) -> None:
    """A filter in AFAS may hide the very organisation that would be created a second time."""
    world.set_connection(debtor_control="99999")
    world.bill(world.hours_for(newcomer))
    sending.send_due()
    document = AfasDocument.objects.get(kind=Kind.CUSTOMER)
    assert (document.state, debtors(world)) == (QUEUED, [])
    world.set_connection(debtor_control="10002")
    AfasDocument.objects.filter(pk=document.pk).update(not_before=this_second())
    sending.send_due()
    assert (now_of(document).state, len(debtors(world))) == (CONFIRMED, 1)


@pytest.mark.parametrize(
    "row",
    [
        {**LIKE_OURS, "AdressLine3": "1000 AA  AMSTERDAM"},
        {"DebtorName": "Noorderlicht", "ChOfCommNr": "81920374"},
        {"DebtorName": "Noorderlicht", "VatNr": "NL861234567B01"},
        {"DebtorName": "STUDIO NOORDERLICHT VOF", "AdressLine3": "9712 HN  GRONINGEN"},
    ],
)
def test_what_only_looks_alike_is_for_a_person(
    world: World, newcomer: Customer, row: dict[str, str]
) -> None:
    document = begin(world, newcomer, NOT_MADE)
    new_row(world, "17001", **row)
    world.minutes(30)
    document = now_of(document)
    assert (document.state, document.asks) == (UNKNOWN, Asks.DIFFERS)
    assert [one["number"] for one in document.detail["shown"]] == ["17001"]
    assert not CustomerLink.objects.filter(customer=newcomer).exists()


def test_two_that_it_may_be_are_for_a_person(world: World, newcomer: Customer) -> None:
    document = begin(world, newcomer, MADE)
    new_row(world, "17001", **LIKE_OURS)
    world.minutes(30)
    assert (now_of(document).state, now_of(document).asks) == (UNKNOWN, Asks.SEVERAL)


def test_a_debtor_that_a_person_ruled_out_is_none_of_them(world: World, newcomer: Customer) -> None:
    document = begin(world, newcomer, NOT_MADE)
    new_row(world, "17001", **LIKE_OURS)
    AfasDocument.objects.filter(pk=document.pk).update(detail={"not_these": ["17001"]})
    world.minutes(25)
    assert now_of(document).state == QUEUED


def test_a_debtor_that_is_proven_absent_is_made_once(world: World, newcomer: Customer) -> None:
    document = begin(world, newcomer, NOT_MADE)
    world.minutes(19)
    assert now_of(document).state == UNKNOWN
    world.minutes(5)
    assert now_of(document).state == QUEUED
    sending.send_due()
    assert (now_of(document).state, len(debtors(world))) == (CONFIRMED, 1)


def test_a_debtor_list_without_its_control_row_proves_nothing(
    world: World, newcomer: Customer
) -> None:
    document = begin(world, newcomer, NOT_MADE)
    wish = {"environment": "12345", "kind": "debtor", "key": "10002"}
    world.sandbox.order("remove", wish)
    world.minutes(40)
    document = now_of(document)
    assert (document.state, document.looks, document.asks) == (UNKNOWN, 0, Asks.BLIND)


def test_a_debtor_that_afas_shows_late_is_not_made_twice(world: World, newcomer: Customer) -> None:
    """Shown forty minutes after it was made: the quiet time is as long as was measured."""
    world.set_connection(sight_seconds=40 * 60)
    world.sandbox.setting("debtor_sight_delay", 10_000)
    document = begin(world, newcomer, MADE)
    world.minutes(45)
    assert now_of(document).state == UNKNOWN
    world.sandbox.setting("debtor_sight_delay", 0)
    world.minutes(20)
    assert (now_of(document).state, len(debtors(world))) == (CONFIRMED, 1)


def test_another_company_that_is_just_creating_it_makes_ours_wait_for_a_person(
    world: World, newcomer: Customer
) -> None:
    other = AfasConnectionFactory(company=CompanyFactory(), participant="12345")
    theirs = AfasDocumentFactory(connection=other, of_customer=True, unknown=True)
    Customer.objects.filter(pk=theirs.customer_id).update(kvk_number="81920374")
    world.bill(world.hours_for(newcomer))
    sending.send_due()
    document = AfasDocument.objects.get(company=world.connection.company, kind=Kind.CUSTOMER)
    assert (document.state, document.problem) == (State.REJECTED, "look_alike")
    assert debtors(world) == []


def test_a_link_that_another_customer_has_is_a_task_and_keeps_the_key(
    world: World, newcomer: Customer
) -> None:
    document = begin(world, newcomer, MADE)
    number = debtors(world)[0]["DebtorId"]
    CustomerLink.objects.create(
        company=world.connection.company,
        environment="12345",
        customer=world.customer.__class__.objects.create(
            company=world.connection.company, name="Another"
        ),
        debtor_number=number,
    )
    world.minutes(24)
    assert (now_of(document).state, now_of(document).debtor_number) == (CONFIRMED, number)
    task = PersonTask.objects.get()
    assert (task.what, task.key) == ("merge", number)
    invoice = AfasDocument.objects.get(kind=Kind.DIRECT_INVOICE)
    assert invoice.state == State.REJECTED  # told, never silent


def test_one_open_document_of_a_customer_in_an_environment(
    world: World, newcomer: Customer
) -> None:
    first = the(world.bill(world.hours_for(newcomer)), Kind.CUSTOMER)
    with pytest.raises(IntegrityError), transaction.atomic():
        AfasDocumentFactory(connection=world.connection, of_customer=True, customer=newcomer)
    AfasDocument.objects.filter(pk=first.pk).update(state=State.CANCELLED)
    assert AfasDocumentFactory(connection=world.connection, of_customer=True, customer=newcomer).pk


def test_a_look_of_debtors_needs_no_look_up_of_invoices(world: World, newcomer: Customer) -> None:
    document = begin(world, newcomer, NOT_MADE)
    assert now_of(document).connection.lookup_proven_at is None
    assert looking.can_look(document)
    assert reconciling.look_now(document).sight == Sight.ABSENT
    assert now_of(document).looked_at <= timezone.now()
