"""An unknown outcome ends by proof (DECISIONS A4), over real HTTP and with clocks to turn."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone

from core.models import AuditEvent
from integrations.models import AfasAttempt, AfasDocument, Asks, PersonTask, State
from integrations.services import outcomes, reconciling, sending, settling, sweeping
from registration.models import BillingStatus
from tests.integrations.conftest import text_of
from tests.integrations.doubt import CONFIRMED, QUEUED, SHOWN, UNKNOWN, World, now_of

pytestmark = pytest.mark.django_db(transaction=True)
NOT_MADE = "hang_up_before_commit"


def test_proven_absence_sends_it_again_and_it_arrives_once(world: World) -> None:
    world.prove_look_up()
    document, hours = world.doubtful(NOT_MADE)
    world.minutes(25)
    document = now_of(document)
    assert (document.state, document.repeats, document.asks) == (QUEUED, 1, "")
    assert AuditEvent.objects.filter(action="afas_document.absent").count() == 1
    sending.send_due()
    document = now_of(document)
    assert (document.state, world.times_in_afas(document)) == (CONFIRMED, 1)
    bodies = AfasAttempt.objects.filter(document=document).values_list("request_body", flat=True)
    assert len(bodies) == 2
    assert len(set(bodies)) == 1  # byte-equal
    assert text_of(hours[0], "billing") == BillingStatus.INVOICED


def test_what_comes_late_is_found_and_not_sent_twice(world: World) -> None:
    """Fourteen minutes after the line was cut AFAS makes it after all."""
    world.prove_look_up()
    document, _hours = world.doubtful(NOT_MADE)
    world.minutes(14)
    assert now_of(document).look == "absent"
    _post_again(world, document)
    world.minutes(7)
    assert (now_of(document).state, world.times_in_afas(document)) == (CONFIRMED, 1)


def _post_again(world: World, document: AfasDocument) -> None:
    """What AFAS still had in hand is done now."""
    sending.post(sending._ready_client(document), document)  # type: ignore[arg-type]


def test_absence_before_the_quiet_time_never_counts(world: World) -> None:
    world.prove_look_up()
    document, _hours = world.doubtful(NOT_MADE)
    AfasDocument.objects.filter(pk=document.pk).update(sweeps=500, looks=500)
    world.time_passes(19.5)
    sweeping.sweep()
    assert (now_of(document).state, now_of(document).look) == (UNKNOWN, "absent")
    world.time_passes(1)
    sweeping.sweep()
    assert now_of(document).state == QUEUED


def test_absence_needs_twenty_sweeps(world: World) -> None:
    world.prove_look_up()
    document, _hours = world.doubtful(NOT_MADE)
    world.time_passes(600)
    AfasDocument.objects.filter(pk=document.pk).update(sweeps=18, looks=10)
    reconciling.look_now(now_of(document))
    assert now_of(document).state == UNKNOWN
    AfasDocument.objects.filter(pk=document.pk).update(sweeps=F("sweeps") + 1)
    reconciling.look_now(now_of(document))
    assert now_of(document).state == UNKNOWN
    AfasDocument.objects.filter(pk=document.pk).update(sweeps=F("sweeps") + 1)
    reconciling.look_now(now_of(document))
    assert now_of(document).state == QUEUED


def test_absence_needs_three_looks(world: World) -> None:
    world.prove_look_up()
    document, _hours = world.doubtful(NOT_MADE)
    world.time_passes(600)
    AfasDocument.objects.filter(pk=document.pk).update(sweeps=500)
    for looks in (1, 2):
        reconciling.look_now(now_of(document))
        assert (now_of(document).state, now_of(document).looks) == (UNKNOWN, looks)
    reconciling.look_now(now_of(document))
    assert now_of(document).state == QUEUED


def test_a_database_clock_that_jumps_proves_nothing(world: World) -> None:
    world.prove_look_up()
    document, _hours = world.doubtful(NOT_MADE)
    world.minutes(1)
    for _jump in range(30):  # the sweeps come, one second apart
        world.time_passes(60)
        world.sweeps(1, apart=1)
    document = now_of(document)
    assert (document.state, document.sweeps <= 2, document.looks > 3) == (UNKNOWN, True, True)
    world.sweeps(20)
    AfasDocument.objects.update(next_look_at=timezone.now() - timedelta(minutes=1))
    world.sweeps(1)
    assert now_of(document).state == QUEUED


def test_sweeps_while_the_wall_clock_stands_still_prove_nothing_either(world: World) -> None:
    world.prove_look_up()
    document, _hours = world.doubtful(NOT_MADE)
    world.sweeps(40)
    AfasDocument.objects.filter(pk=document.pk).update(looks=40)
    reconciling.look_now(now_of(document))
    assert (now_of(document).state, now_of(document).sweeps > 30) == (UNKNOWN, True)


def test_the_quiet_time_is_as_long_as_afas_takes_to_show(world: World) -> None:
    world.prove_look_up()
    world.set_connection(sight_seconds=600)
    document, _hours = world.doubtful(NOT_MADE)
    world.minutes(29)
    assert now_of(document).state == UNKNOWN
    world.minutes(3)
    assert now_of(document).state == QUEUED


def test_five_times_sent_and_never_there_is_for_a_person(world: World) -> None:
    world.prove_look_up()
    document, _hours = world.doubtful(NOT_MADE)
    for repeats in range(1, 5):
        _prove_absence(world, document)
        assert (now_of(document).state, now_of(document).repeats) == (QUEUED, repeats)
        world.send_with(NOT_MADE)
        assert now_of(document).state == UNKNOWN
    _prove_absence(world, document)
    document = now_of(document)
    assert (document.state, document.asks, document.attempts) == (UNKNOWN, Asks.REPEATS, 5)
    _prove_absence(world, document)
    assert (now_of(document).state, now_of(document).asks) == (UNKNOWN, Asks.REPEATS)


def _prove_absence(world: World, document: AfasDocument) -> None:
    world.time_passes(60)
    AfasDocument.objects.filter(pk=document.pk).update(sweeps=20, looks=2)
    reconciling.look_now(now_of(document))


def test_an_unsent_return_is_no_repeat(world: World) -> None:
    world.prove_look_up()
    document, _hours = world.bill_hours()
    for _return in range(7):
        world.send_with("unavailable")
        world.time_passes(90)
    assert (now_of(document).unsent_returns, now_of(document).repeats) == (7, 0)
    world.send_with(NOT_MADE)
    _prove_absence(world, document)
    assert (now_of(document).repeats, now_of(document).unsent_returns) == (1, 0)


def test_each_attempt_begins_its_doubt_anew(world: World) -> None:
    world.prove_look_up()
    document, _hours = world.doubtful(NOT_MADE)
    _prove_absence(world, document)
    world.send_with(NOT_MADE)
    document = now_of(document)
    assert (document.looks, document.sweeps, document.look, document.asks) == (0, 0, "", "")
    assert document.unknown_since > timezone.now() - timedelta(minutes=1)
    reconciling.look_now(document)
    assert now_of(document).state == UNKNOWN


def test_a_late_key_after_the_repeat_confirms_and_stops_it(world: World) -> None:
    """The answer to the first attempt is found in the attempt, after the row was queued again."""
    world.prove_look_up()
    document, _hours = world.doubtful(NOT_MADE)
    first = AfasAttempt.objects.get(document=document)
    late = now_of(document)
    _prove_absence(world, document)
    assert now_of(document).state == QUEUED
    outcome = outcomes.Outcome(proof=outcomes.Proof.DONE, keys={"order_number": "70099999"})
    settling.keep_proof(first, outcome)
    settling.settle(late, first, outcome)
    assert (now_of(document).state, now_of(document).order_number) == (CONFIRMED, "70099999")
    assert sending.send_due() == 0


@pytest.mark.parametrize("state", [State.CANCELLED, State.UNDONE])
def test_a_key_for_what_was_given_up_is_twice_in_afas(world: World, state: State) -> None:
    document, _hours = world.doubtful(NOT_MADE)
    attempt = AfasAttempt.objects.get(document=document)
    undone = timezone.now() if state == State.UNDONE else None
    AfasDocument.objects.filter(pk=document.pk).update(state=state, undone_at=undone)
    outcome = outcomes.Outcome(proof=outcomes.Proof.DONE, keys={"order_number": "70099999"})
    settling.keep_proof(attempt, outcome)
    settling.settle(document, attempt, outcome)
    assert now_of(document).state == state
    assert [(one.what, one.key) for one in PersonTask.objects.all()] == [("twice", "70099999")]


def test_the_key_that_is_known_is_no_second_one_after_an_undo(world: World) -> None:
    """A worker died between the key and its tick; meanwhile the invoice was undone."""
    document, _hours = world.confirmed()
    AfasDocument.objects.filter(pk=document.pk).update(state=State.UNDONE, undone_at=timezone.now())
    late = timezone.now() - timedelta(minutes=5)
    AfasAttempt.objects.filter(document=document).update(settled_at=None, finished_at=late)
    sending.settle_stored()
    assert not PersonTask.objects.exists()
    assert AfasAttempt.objects.get(document=document).settled_at


def test_a_key_that_another_holds_stops_what_was_queued_again(world: World) -> None:
    """It is in AFAS for certain, so it must not be sent; which is which is for a person."""
    world.prove_look_up()
    other, _others = world.confirmed()
    document, _hours = world.doubtful(NOT_MADE)
    first, late = AfasAttempt.objects.get(document=document), now_of(document)
    _prove_absence(world, document)
    assert now_of(document).state == QUEUED
    keys = {"order_number": other.order_number}
    outcome = outcomes.Outcome(proof=outcomes.Proof.DONE, keys=keys)
    settling.keep_proof(first, outcome)
    settling.settle(late, first, outcome)
    assert (now_of(document).state, now_of(document).asks) == (UNKNOWN, Asks.DIFFERS)
    assert PersonTask.objects.get().key == other.order_number
    assert sending.send_due() == 0
    assert now_of(other).state == CONFIRMED


def test_a_refusal_after_an_attempt_without_answer_is_looked_up(world: World) -> None:
    """ "Already exists" may be our own success."""
    world.prove_look_up()
    document, _hours = world.doubtful()
    AfasDocument.objects.filter(pk=document.pk).update(state=QUEUED)
    world.sandbox.fault("refuse", environment="12345", sentence="Bestaat al.")
    sending.send_due()
    assert (now_of(document).state, now_of(document).absent_means) == (UNKNOWN, State.REJECTED)
    world.minutes(1)
    assert (now_of(document).state, world.times_in_afas(document)) == (CONFIRMED, 1)


def test_a_refusal_in_doubt_is_refused_once_absence_is_proven(world: World) -> None:
    world.prove_look_up()
    document, hours = world.doubtful(NOT_MADE)
    AfasDocument.objects.filter(pk=document.pk).update(state=QUEUED, repeats=4)
    world.sandbox.fault("refuse", environment="12345", sentence="Het artikel is geblokkeerd.")
    sending.send_due()
    world.minutes(19)
    assert now_of(document).state == UNKNOWN
    world.minutes(5)
    document = now_of(document)
    assert (document.state, document.message) == (State.REJECTED, "Het artikel is geblokkeerd.")
    assert text_of(hours[0], "billing") == BillingStatus.RESERVED


def test_a_refusal_that_comes_while_absence_is_carried_out_is_not_lost(world: World) -> None:
    document, _hours = world.doubtful(NOT_MADE)
    world.time_passes(60)
    AfasDocument.objects.filter(pk=document.pk).update(sweeps=20)
    read_before = now_of(document)
    AfasDocument.objects.filter(pk=document.pk).update(absent_means=State.REJECTED)
    assert reconciling.return_to_queue(read_before)
    assert now_of(document).state == State.REJECTED


def test_a_missing_connector_refuses_nothing_that_is_in_doubt(world: World) -> None:
    document, _hours = world.doubtful()
    AfasDocument.objects.filter(pk=document.pk).update(state=QUEUED)
    settling.refuse_for_connector(now_of(document), "FbDirectInvoice")
    document = now_of(document)
    assert (document.state, document.absent_means) == (UNKNOWN, State.REJECTED)
    assert document.problem == "connector_missing"


def test_of_two_looks_at_the_same_moment_one_counts(world: World) -> None:
    world.prove_look_up()
    document, _hours = world.doubtful(NOT_MADE)
    one, two = now_of(document), now_of(document)
    reconciling.look_now(one)
    reconciling.look_now(two)
    assert now_of(document).looks == 1


def test_a_look_that_a_machine_slept_over_is_no_proof(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked in the third minute, woken up half an hour later."""
    world.prove_look_up()
    document, _hours = world.doubtful(NOT_MADE)
    AfasDocument.objects.filter(pk=document.pk).update(looks=2)
    look_for = reconciling.looking.look_for

    def sleeps(asked: AfasDocument) -> Any:
        look = look_for(asked)
        _post_again(world, document)
        world.time_passes(40)
        AfasDocument.objects.filter(pk=document.pk).update(sweeps=40)
        return look

    monkeypatch.setattr(reconciling.looking, "look_for", sleeps)
    reconciling.look_now(now_of(document))
    assert now_of(document).state == UNKNOWN
    monkeypatch.undo()
    world.minutes(1)
    assert (now_of(document).state, world.times_in_afas(document)) == (CONFIRMED, 1)


def test_a_look_that_comes_after_an_answer_changes_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.prove_look_up()
    document, _hours = world.doubtful(NOT_MADE)
    asked = now_of(document)
    AfasDocument.objects.filter(pk=document.pk).update(state=State.CANCELLED, asks="")
    reconciling.look_now(asked)
    assert (now_of(document).state, now_of(document).looks) == (State.CANCELLED, 0)


def test_looks_come_at_one_two_four_and_eight_minutes_and_after_the_quiet_time(
    world: World,
) -> None:
    world.prove_look_up()
    _document, _hours = world.doubtful(NOT_MADE)
    seen = []
    for minute in range(1, 22):
        before = _looks_asked(world)
        world.minutes(1)
        if _looks_asked(world) > before:
            seen.append(minute)
    assert seen[:4] == [1, 2, 4, 8]
    assert seen[4] in {20, 21}


def _looks_asked(world: World) -> int:
    return sum(SHOWN in one["path"] for one in world.sandbox.state()["requests"])


@pytest.mark.parametrize("make", [lambda one: one.detail | {"not_these": ["10009"]}])
def test_what_a_look_keeps_leaves_the_rest_of_the_detail(
    world: World, make: Callable[[AfasDocument], dict[str, Any]]
) -> None:
    world.prove_look_up()
    document, _hours = world.doubtful(NOT_MADE)
    AfasDocument.objects.filter(pk=document.pk).update(detail=make(document))
    world.minutes(1)
    assert now_of(document).detail["not_these"] == ["10009"]
    assert now_of(document).detail["shown"] == []
