"""What people answer about an unknown outcome, and what of it counts when (DECISIONS A4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from core.errors import DomainError, StaleError
from core.models import AuditEvent
from integrations.models import AfasDocument, Asks, CustomerLink, Intention, Kind, State
from integrations.services import answering, documents, reconciling, sending, settling
from integrations.services.answering import Answered
from registration.models import BillingStatus, Hour
from relations.models import Customer
from tests.factories import AfasDocumentFactory
from tests.integrations.conftest import text_of
from tests.integrations.doubt import CONFIRMED, DEBTORS, QUEUED, UNKNOWN, World, now_of

pytestmark = pytest.mark.django_db(transaction=True)
NOT_MADE = "hang_up_before_commit"
Answer = Callable[..., Answered]
BOTH = pytest.mark.parametrize("answer", [answering.it_is_not_there, answering.give_up])


@pytest.fixture
def unsure(world: World) -> tuple[AfasDocument, list[Hour]]:
    """Not in AFAS, and nobody but a person can find that out."""
    return world.doubtful(NOT_MADE)


def answered(action: str) -> AuditEvent:
    return AuditEvent.objects.get(action=action)


# ---- Without a look-up


@BOTH
def test_absence_is_not_believed_before_the_quiet_time(
    world: World, unsure: Any, biller: User, answer: Answer
) -> None:
    document, hours = unsure
    world.minutes(19)
    with pytest.raises(DomainError, match="may still be working"):
        answer(document=now_of(document), reason="looked", by=biller)
    assert (now_of(document).state, now_of(document).intention) == (UNKNOWN, "")
    assert text_of(hours[0], "billing") == BillingStatus.RESERVED
    assert answering.opens_at(now_of(document)) > timezone.now()


@BOTH
def test_absence_is_not_believed_after_a_jump_of_the_clock(
    world: World, unsure: Any, biller: User, answer: Answer
) -> None:
    document, _hours = unsure
    world.time_passes(600)
    with pytest.raises(DomainError, match="may still be working"):
        answer(document=now_of(document), reason="looked", by=biller)
    assert now_of(document).state == UNKNOWN


def test_after_the_quiet_time_not_there_sends_it_again(
    world: World, unsure: Any, biller: User
) -> None:
    document, _hours = unsure
    AfasDocument.objects.update(repeats=3)
    world.minutes(22)
    assert answering.opens_at(now_of(document)) is None
    done = answering.it_is_not_there(document=now_of(document), reason="I looked", by=biller)
    assert (done, now_of(document).state, now_of(document).repeats) == (Answered.DONE, QUEUED, 0)
    sending.send_due()
    assert (now_of(document).state, world.times_in_afas(document)) == (CONFIRMED, 1)
    kept = answered("afas_document.not_there")
    assert (kept.by, kept.reason) == (biller, "I looked")


def test_after_the_quiet_time_cancel_releases_the_hours(
    world: World, unsure: Any, biller: User
) -> None:
    document, hours = unsure
    world.minutes(22)
    done = answering.give_up(document=now_of(document), reason="not wanted", by=biller)
    assert (done, now_of(document).state) == (Answered.DONE, State.CANCELLED)
    assert text_of(hours[0], "billing") == BillingStatus.UNBILLED
    assert sending.send_due() == 0


def test_there_counts_at_once_and_carries_a_name(world: World, biller: User) -> None:
    document, hours = world.doubtful()
    number = world.in_afas()[-1]["number"]
    answering.it_is_there(document=document, number=f" {number} ", by=biller)
    assert (now_of(document).state, now_of(document).order_number) == (CONFIRMED, number)
    assert text_of(hours[0], "billing") == BillingStatus.INVOICED
    assert (answered("afas_document.found").by, answered("afas_document.found").after) == (
        biller,
        {"key": number},
    )


@pytest.mark.parametrize("number", ["", "   ", "1" * 17, "70\n01", "70\0"])
def test_what_is_no_number_is_refused(world: World, unsure: Any, biller: User, number: str) -> None:
    with pytest.raises(DomainError, match="16 characters"):
        answering.it_is_there(document=unsure[0], number=number, by=biller)
    assert now_of(unsure[0]).state == UNKNOWN


def test_a_number_that_another_document_holds_is_refused_by_name(
    world: World, biller: User
) -> None:
    other, _others = world.confirmed()
    document, _hours = world.doubtful(NOT_MADE)
    with pytest.raises(DomainError, match=other.reference):
        answering.it_is_there(document=document, number=other.order_number, by=biller)
    assert (now_of(document).state, now_of(document).order_number) == (UNKNOWN, "")


def test_a_number_of_another_company_s_document_is_refused_without_its_name(
    world: World, biller: User
) -> None:
    other = AfasDocumentFactory(confirmed=True, order_number="70055555")
    document, _hours = world.doubtful(NOT_MADE)
    assert other.company_id != document.company_id
    with pytest.raises(DomainError) as refused:
        answering.it_is_there(document=document, number="70055555", by=biller)
    assert other.reference not in refused.value.message


def test_what_was_never_sent_cannot_be_in_afas(world: World, biller: User) -> None:
    document, _hours = world.bill_hours()
    AfasDocument.objects.update(state=State.REJECTED, payload="")
    with pytest.raises(DomainError, match="never sent"):
        answering.it_is_there(document=now_of(document), number="70055555", by=biller)


# ---- With one


@BOTH
def test_an_early_answer_is_kept_and_carried_out_once_absence_is_proven(
    world: World, biller: User, answer: Answer
) -> None:
    world.prove_look_up()
    document, hours = world.doubtful(NOT_MADE)
    world.minutes(3)
    assert answer(document=now_of(document), reason="looked", by=biller) is Answered.KEPT
    assert (now_of(document).state, now_of(document).intention_by) == (UNKNOWN, biller)
    world.minutes(16)
    assert now_of(document).state == UNKNOWN
    assert text_of(hours[0], "billing") == BillingStatus.RESERVED
    world.minutes(5)
    repeats = answer is answering.it_is_not_there
    assert now_of(document).state == (QUEUED if repeats else State.CANCELLED)
    billing = BillingStatus.RESERVED if repeats else BillingStatus.UNBILLED
    assert text_of(hours[0], "billing") == billing
    assert (now_of(document).intention, now_of(document).intention_by) == ("", None)


@BOTH
def test_an_early_answer_that_is_wrong_is_dropped_when_it_is_found(
    world: World, biller: User, answer: Answer
) -> None:
    world.prove_look_up()
    document, hours = world.doubtful(NOT_MADE)
    world.minutes(3)
    answer(document=now_of(document), reason="looked", by=biller)
    sending.post(sending._ready_client(document), document)  # AFAS made it after all
    world.minutes(25)
    document = now_of(document)
    assert (document.state, document.intention, document.intention_by) == (CONFIRMED, "", None)
    assert world.times_in_afas(document) == 1
    assert text_of(hours[0], "billing") == BillingStatus.INVOICED


@BOTH
def test_an_early_answer_is_dropped_when_something_else_is_seen(
    world: World, biller: User, answer: Answer
) -> None:
    world.prove_look_up()
    document, _hours = world.doubtful(NOT_MADE)
    answer(document=document, reason="looked", by=biller)
    other, _others = world.confirmed(2)
    world.change_in_afas(other.order_number, RfCs=document.reference)
    world.minutes(2)
    document = now_of(document)
    assert (document.state, document.intention, document.asks) == (UNKNOWN, "", Asks.DIFFERS)


def test_sent_again_by_a_person_begins_the_repeats_anew(world: World, biller: User) -> None:
    world.prove_look_up()
    document, _hours = world.doubtful(NOT_MADE)
    AfasDocument.objects.update(repeats=4)
    answering.it_is_not_there(document=now_of(document), reason="looked", by=biller)
    world.minutes(25)
    assert (now_of(document).state, now_of(document).repeats) == (QUEUED, 0)


def test_asked_for_help_a_person_decides_at_once_after_the_quiet_time(
    world: World, biller: User
) -> None:
    world.prove_look_up()
    document, _hours = world.doubtful(NOT_MADE)
    world.sandbox.setting("blind", True)
    world.minutes(25)
    assert answering.counts_now(now_of(document))
    done = answering.it_is_not_there(document=now_of(document), reason="looked", by=biller)
    assert (done, now_of(document).state) == (Answered.DONE, QUEUED)


def test_a_number_that_afas_shows_as_another_invoice_is_refused(world: World, biller: User) -> None:
    control = world.prove_look_up()
    document, _hours = world.doubtful()
    AfasDocument.objects.filter(pk=control.pk).update(order_number="1")
    with pytest.raises(DomainError, match="something else"):
        answering.it_is_there(document=document, number=control.order_number, by=biller)
    assert now_of(document).state == UNKNOWN


def test_a_number_with_our_reference_and_another_amount_is_refused_while_ours_may_come(
    world: World, biller: User
) -> None:
    world.prove_look_up()
    document, _hours = world.doubtful(NOT_MADE)
    other, _others = world.confirmed(2)
    AfasDocument.objects.filter(pk=other.pk).update(order_number="1")
    world.change_in_afas(other.order_number, RfCs=document.reference)
    with pytest.raises(DomainError, match="something else"):
        answering.it_is_there(document=document, number=other.order_number, by=biller)


def test_a_number_that_afas_does_not_show_is_refused(world: World, biller: User) -> None:
    world.prove_look_up()
    document, _hours = world.doubtful()
    with pytest.raises(DomainError, match="shows nothing of ours"):
        answering.it_is_there(document=document, number="70099999", by=biller)
    assert now_of(document).state == UNKNOWN


def test_a_number_that_is_right_brings_the_invoice_number(world: World, biller: User) -> None:
    world.prove_look_up()
    document, _hours = world.doubtful()
    held = world.in_afas()[-1]
    answering.it_is_there(document=document, number=held["number"], by=biller)
    assert now_of(document).invoice_number == held["invoice_number"] != ""


def test_where_afas_shows_nothing_at_all_the_person_s_word_counts(
    world: World, biller: User
) -> None:
    world.prove_look_up()
    document, _hours = world.doubtful()
    world.sandbox.setting("blind", True)
    answering.it_is_there(document=document, number="70000199", by=biller)
    assert now_of(document).state == CONFIRMED


# ---- Debtors


@pytest.fixture
def debtor(world: World, newcomer: Customer) -> AfasDocument:
    """A new debtor whose answer was lost."""
    world.bill(world.hours_for(newcomer))
    world.send_with(NOT_MADE, DEBTORS)
    return AfasDocument.objects.select_related("connection").get(kind=Kind.CUSTOMER)


def test_a_debtor_s_number_links_the_customer(
    world: World, newcomer: Customer, debtor: AfasDocument, biller: User
) -> None:
    answering.it_is_there(document=debtor, number="10002", by=biller)
    assert CustomerLink.objects.get(customer=newcomer).debtor_number == "10002"


def test_the_number_of_another_customer_s_debtor_is_refused(
    world: World, debtor: AfasDocument, biller: User
) -> None:
    with pytest.raises(DomainError, match="another customer"):
        answering.it_is_there(document=debtor, number="10001", by=biller)
    assert now_of(debtor).state == UNKNOWN


def test_a_debtor_that_afas_does_not_show_is_refused(
    world: World, debtor: AfasDocument, biller: User
) -> None:
    world.set_connection(debtor_control="10002")
    with pytest.raises(DomainError, match="shows no debtor"):
        answering.it_is_there(document=now_of(debtor), number="19999", by=biller)
    answering.it_is_there(document=now_of(debtor), number="10003", by=biller)
    assert now_of(debtor).state == CONFIRMED


# ---- Two at once, and links that were closed


def test_of_two_who_found_it_the_second_is_told(world: World, biller: User, owner: User) -> None:
    document, _hours = world.doubtful()
    number = world.in_afas()[-1]["number"]
    also_read = now_of(document)
    answering.it_is_there(document=document, number=number, by=biller)
    with pytest.raises(StaleError):
        answering.it_is_there(document=also_read, number=number, by=owner)
    assert AuditEvent.objects.filter(action="afas_document.found").count() == 1


@BOTH
def test_of_two_who_did_not_find_it_the_second_is_told(
    world: World, unsure: Any, biller: User, owner: User, answer: Answer
) -> None:
    document, _hours = unsure
    world.minutes(22)
    also_read = now_of(document)
    answering.it_is_not_there(document=now_of(document), reason="looked", by=biller)
    with pytest.raises(StaleError):
        answer(document=also_read, reason="me too", by=owner)
    assert now_of(document).state == QUEUED
    assert AuditEvent.objects.filter(action="afas_document.not_there").count() == 1


def test_of_two_early_answers_the_second_is_told(world: World, biller: User, owner: User) -> None:
    world.prove_look_up()
    document, _hours = world.doubtful(NOT_MADE)
    also_read = now_of(document)
    answering.it_is_not_there(document=document, reason="looked", by=biller)
    with pytest.raises(StaleError):
        answering.give_up(document=also_read, reason="no", by=owner)
    assert now_of(document).intention == Intention.REPEAT
    assert answering.give_up(document=now_of(document), reason="no", by=owner) is Answered.KEPT


def test_what_somebody_found_wins_from_what_somebody_did_not(
    world: World, biller: User, owner: User
) -> None:
    """Queued again a moment ago; the number that the other one has keeps it from being sent."""
    document, _hours = world.doubtful()
    number = world.in_afas()[-1]["number"]
    world.minutes(22)
    also_read = now_of(document)
    answering.it_is_not_there(document=now_of(document), reason="overlooked it", by=biller)
    answering.it_is_there(document=also_read, number=number, by=owner)
    assert now_of(document).state == CONFIRMED
    assert sending.send_due() == 0
    assert world.times_in_afas(document) == 1


def test_an_answer_does_not_outrun_a_refusal_that_begins_the_doubt_anew(
    world: World, unsure: Any, biller: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    document, _hours = unsure
    world.minutes(22)
    read = now_of(document)
    monkeypatch.setattr(answering, "counts_now", lambda _document: True)
    AfasDocument.objects.filter(pk=document.pk).update(**settling.doubt())
    with pytest.raises(StaleError):
        answering.it_is_not_there(document=read, reason="looked", by=biller)
    with pytest.raises(StaleError):
        answering.give_up(document=read, reason="looked", by=biller)
    assert now_of(document).state == UNKNOWN


def test_over_a_closed_link_nothing_is_sent_again_but_it_can_be_given_up(
    world: World, unsure: Any, biller: User
) -> None:
    document, hours = unsure
    world.set_connection(closed_at=timezone.now())
    world.minutes(22)
    assert now_of(document).asks == Asks.CLOSED
    with pytest.raises(DomainError, match="closed"):
        answering.it_is_not_there(document=now_of(document), reason="looked", by=biller)
    answering.give_up(document=now_of(document), reason="looked", by=biller)
    assert text_of(hours[0], "billing") == BillingStatus.UNBILLED


def test_what_is_certain_takes_no_answer(world: World, biller: User) -> None:
    document, _hours = world.confirmed()
    with pytest.raises(StaleError):
        answering.it_is_there(document=document, number="1", by=biller)
    with pytest.raises(StaleError):
        answering.it_is_not_there(document=document, reason="x", by=biller)
    with pytest.raises(DomainError):
        documents.cancel(document=document, by=biller, reason="x")
    assert not reconciling.is_quiet(document)
