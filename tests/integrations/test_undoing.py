"""Undo: AFAS deletes the invoice or a person corrected it there; hours are free on proof only."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import User
from core.errors import DomainError
from core.models import AuditEvent
from integrations.models import (
    AfasAttempt,
    AfasDocument,
    Asks,
    Kind,
    PersonTask,
    State,
)
from integrations.services import answering, documents, outcomes, sending, settling, undoing
from registration.models import BillingStatus, Hour
from tests.integrations.conftest import text_of
from tests.integrations.doubt import CONFIRMED, QUEUED, UNKNOWN, World, now_of

pytestmark = pytest.mark.django_db(transaction=True)
NOT_DONE = "hang_up_before_commit"


def delete(document: AfasDocument, by: User) -> AfasDocument:
    return undoing.delete_in_afas(document=now_of(document), reason="wrong month", by=by)


def billing(hours: list[Hour]) -> set[str]:
    return {text_of(hour, "billing") for hour in hours}


def assert_undone(document: AfasDocument, hours: list[Hour]) -> None:
    assert now_of(document).state == State.UNDONE
    assert billing(hours) == {BillingStatus.UNBILLED}
    assert {text_of(hour, "invoice_label") for hour in hours} == {""}
    assert {text_of(hour, "approval") for hour in hours} == {"approved"}
    assert text_of(document.invoice, "status") == "void"


def deletes(world: World) -> int:
    return sum(one["method"] == "DELETE" for one in world.sandbox.state()["requests"])


@pytest.fixture
def invoiced(world: World) -> tuple[AfasDocument, list[Hour]]:
    """An invoice that AFAS made of two approved hours."""
    return world.invoiced()


# ---- AFAS deletes it


def test_a_deletion_that_afas_confirms_unbills_the_hours_and_keeps_their_approval(
    world: World, invoiced: Any, biller: User
) -> None:
    document, hours = invoiced
    deletion = delete(document, biller)
    assert billing(hours) == {BillingStatus.INVOICED}
    sending.send_due()
    assert now_of(deletion).state == CONFIRMED
    assert world.times_in_afas(document) == 0
    assert_undone(document, hours)
    told = AuditEvent.objects.get(action="afas_document.undone")
    assert (told.by, told.reason) == (biller, "wrong month")


def test_what_was_undone_is_billed_again_under_a_new_document(
    world: World, invoiced: Any, biller: User
) -> None:
    document, hours = invoiced
    world.give_rates(hours)
    for _again in range(2):
        delete(document, biller)
        sending.send_due()
        fresh = list(Hour.objects.filter(pk__in=[hour.pk for hour in hours]))
        world.bill(fresh)
        sending.send_due()
        again = AfasDocument.objects.get(state=CONFIRMED, kind=Kind.DIRECT_INVOICE)
        assert again.reference != document.reference
        document = now_of(again)
    assert billing(hours) == {BillingStatus.INVOICED}
    assert len(world.in_afas()) == 1


def test_afas_may_give_the_number_of_what_was_undone_to_the_next(
    world: World, invoiced: Any, biller: User
) -> None:
    world.sandbox.setting("reuse_deleted_numbers", True)
    document, _hours = invoiced
    delete(document, biller)
    sending.send_due()
    other, _others = world.confirmed()
    assert (other.state, other.order_number) == (CONFIRMED, document.order_number)


def test_a_lost_answer_to_a_deletion_that_took_place_is_proven_by_absence(
    world: World, invoiced: Any, biller: User
) -> None:
    world.prove_look_up()
    document, hours = invoiced
    deletion = delete(document, biller)
    world.send_with("commit_then_hang_up")
    assert world.times_in_afas(document) == 0
    world.minutes(19)
    assert (now_of(deletion).state, now_of(document).state) == (UNKNOWN, CONFIRMED)
    assert billing(hours) == {BillingStatus.INVOICED}
    world.minutes(5)
    assert now_of(deletion).state == CONFIRMED
    assert_undone(document, hours)


@pytest.mark.parametrize("lacks", [{"looks": 1}, {"sweeps": 3}])
def test_gone_needs_all_that_absence_needs(
    world: World, invoiced: Any, biller: User, lacks: dict[str, int]
) -> None:
    world.prove_look_up()
    document, _hours = invoiced
    deletion = delete(document, biller)
    world.send_with("commit_then_hang_up")
    world.time_passes(60)
    AfasDocument.objects.filter(pk=deletion.pk).update(**{"looks": 9, "sweeps": 30} | lacks)
    world.sweeps(1)
    assert (now_of(deletion).state, now_of(document).state) == (UNKNOWN, CONFIRMED)


def test_a_deletion_that_did_not_take_place_is_sent_again_after_the_quiet_time(
    world: World, invoiced: Any, biller: User
) -> None:
    world.prove_look_up()
    document, hours = invoiced
    deletion = delete(document, biller)
    world.send_with(NOT_DONE)
    world.minutes(19)
    assert (now_of(deletion).state, now_of(deletion).looks) == (UNKNOWN, 0)
    world.minutes(5)
    assert (now_of(deletion).state, now_of(document).state) == (QUEUED, CONFIRMED)
    sending.send_due()
    assert now_of(deletion).state == CONFIRMED
    assert_undone(document, hours)


def test_a_blind_look_is_no_deletion(world: World, invoiced: Any, biller: User) -> None:
    world.prove_look_up()
    document, hours = invoiced
    deletion = delete(document, biller)
    world.send_with(NOT_DONE)
    world.sandbox.setting("blind", True)
    world.minutes(40)
    assert (now_of(deletion).state, now_of(deletion).asks) == (UNKNOWN, Asks.BLIND)
    assert billing(hours) == {BillingStatus.INVOICED}


def test_the_control_row_itself_cannot_prove_its_own_deletion(world: World, biller: User) -> None:
    control = world.prove_look_up()
    deletion = delete(control, biller)
    world.send_with("commit_then_hang_up")
    world.minutes(30)
    assert (now_of(deletion).state, now_of(deletion).asks) == (UNKNOWN, Asks.BLIND)


def test_another_invoice_takes_the_place_of_a_control_row_that_is_undone(
    world: World, biller: User
) -> None:
    control = world.prove_look_up()
    other, _hours = world.confirmed()
    world.minutes(1)
    undoing.corrected_there(document=now_of(control), reason="Twice", by=biller)
    assert text_of(world.connection, "lookup_control") == other.order_number


def test_a_number_that_afas_gave_to_another_invoice_is_not_deleted(
    world: World, invoiced: Any, biller: User
) -> None:
    world.prove_look_up()
    document, hours = invoiced
    world.change_in_afas(document.order_number, RfCs="typed by a colleague")
    deletion = delete(document, biller)
    sending.send_due()
    assert (now_of(deletion).state, now_of(deletion).problem) == (State.REJECTED, "number_reused")
    assert document.order_number in [one["number"] for one in world.in_afas()]
    assert (now_of(document).state, billing(hours)) == (CONFIRMED, {BillingStatus.INVOICED})
    assert not AfasAttempt.objects.filter(document=deletion, outcome="done").exists()


@pytest.mark.parametrize("whose", ["a colleague's", "ours"])
def test_an_invoice_with_another_reference_is_gone_only_when_that_is_ours_too(
    world: World, invoiced: Any, biller: User, whose: str
) -> None:
    """Under its number, with its debtor and total: a colleague may have typed over the reference,
    and then it stands there still."""
    world.prove_look_up()
    document, hours = invoiced
    next_one, _hours = world.confirmed(2)
    deletion = delete(document, biller)
    world.send_with(NOT_DONE)
    typed = next_one.reference if whose == "ours" else "typed by a colleague"
    world.change_in_afas(document.order_number, RfCs=typed)
    world.minutes(30)
    if whose == "ours":
        assert now_of(deletion).state == CONFIRMED
        assert_undone(document, hours)
    else:
        assert (now_of(deletion).state, now_of(deletion).asks) == (UNKNOWN, Asks.DIFFERS)
        assert (now_of(document).state, billing(hours)) == (CONFIRMED, {BillingStatus.INVOICED})


def test_what_afas_does_not_show_is_not_deleted_but_looked_up(
    world: World, invoiced: Any, biller: User
) -> None:
    world.prove_look_up()
    document, hours = invoiced
    gone = {"environment": "12345", "kind": "invoice", "key": document.order_number}
    world.sandbox.order("remove", gone)
    deletion = delete(document, biller)
    before = deletes(world)
    sending.send_due()
    assert (now_of(deletion).state, deletes(world)) == (UNKNOWN, before)
    assert billing(hours) == {BillingStatus.INVOICED}
    world.minutes(24)
    assert_undone(document, hours)


def test_does_not_exist_proves_no_deletion(world: World, invoiced: Any, biller: User) -> None:
    """Without a look-up AFAS says so; that may be another's rights, or another's deletion."""
    document, hours = invoiced
    gone = {"environment": "12345", "kind": "invoice", "key": document.order_number}
    world.sandbox.order("remove", gone)
    deletion = delete(document, biller)
    sending.send_due()
    assert deletes(world) == 1
    assert (now_of(deletion).state, now_of(document).state) == (UNKNOWN, CONFIRMED)
    assert billing(hours) == {BillingStatus.INVOICED}
    world.minutes(22)
    answering.it_is_there(document=now_of(deletion), number="", by=biller)
    assert_undone(document, hours)


def test_what_afas_refuses_to_delete_stays_and_says_why(
    world: World, invoiced: Any, biller: User
) -> None:
    document, hours = invoiced
    wish = {"environment": "12345", "kind": "invoice", "key": document.order_number}
    world.sandbox.order("processed", wish)
    deletion = delete(document, biller)
    sending.send_due()
    assert (now_of(deletion).state, now_of(deletion).problem) == (State.REJECTED, "processed")
    assert (now_of(document).state, billing(hours)) == (CONFIRMED, {BillingStatus.INVOICED})
    with pytest.raises(DomainError, match="refused this deletion"):
        answering.it_is_there(document=now_of(deletion), number="", by=biller)


def test_a_person_says_that_it_is_deleted_only_where_afas_does_not_show_it(
    world: World, invoiced: Any, biller: User
) -> None:
    world.prove_look_up()
    document, hours = invoiced
    deletion = delete(document, biller)
    world.send_with(NOT_DONE)
    with pytest.raises(DomainError, match="may still be working"):
        answering.it_is_there(document=now_of(deletion), number="", by=biller)
    world.time_passes(60)
    AfasDocument.objects.filter(pk=deletion.pk).update(sweeps=20)
    with pytest.raises(DomainError, match="still shows"):
        answering.it_is_there(document=now_of(deletion), number="", by=biller)
    assert billing(hours) == {BillingStatus.INVOICED}


def test_a_deletion_given_up_leaves_the_invoice(world: World, invoiced: Any, biller: User) -> None:
    document, hours = invoiced
    deletion = delete(document, biller)
    documents.cancel(document=deletion, by=biller, reason="it was right")
    assert sending.send_due() == 0
    assert (now_of(document).state, billing(hours)) == (CONFIRMED, {BillingStatus.INVOICED})
    assert delete(document, biller).pk != deletion.pk


def test_a_deletion_that_took_place_after_it_was_given_up_is_told(
    world: World, invoiced: Any, biller: User
) -> None:
    document, _hours = invoiced
    deletion = delete(document, biller)
    world.send_with(NOT_DONE)
    late, attempt = now_of(deletion), AfasAttempt.objects.get(document=deletion)
    world.minutes(22)
    answering.give_up(document=now_of(deletion), reason="never mind", by=biller)
    settling.settle(late, attempt, outcomes.Outcome(proof=outcomes.Proof.DONE, status=204))
    task = PersonTask.objects.get()
    assert (task.what, task.document_id, task.key) == ("lost", document.pk, document.order_number)
    assert now_of(document).state == CONFIRMED
