"""Every confirmed invoice is looked up until AFAS shows it (DECISIONS A4)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from integrations.models import AfasConnection, AfasDocument, Asks, PersonTask, State
from integrations.services import looking, rhythm, seeing, sending, sweeping
from integrations.services.looking import Sight
from tests.factories import AfasConnectionFactory, AfasDocumentFactory, CompanyFactory
from tests.integrations.conftest import text_of
from tests.integrations.doubt import CONFIRMED, SHOWN, World, now_of

pytestmark = pytest.mark.django_db(transaction=True)


def sight_seconds(world: World) -> int:
    return int(text_of(world.connection, "sight_seconds"))


def asked(world: World) -> int:
    return sum(SHOWN in one["path"] for one in world.sandbox.state()["requests"])


def test_a_confirmed_invoice_is_seen_and_then_asked_for_no_more(world: World) -> None:
    world.prove_look_up()
    document, hours = world.confirmed()
    assert (document.invoice_number, document.seen_at) == ("", None)
    world.minutes(1)
    document = now_of(document)
    assert document.seen_at
    assert document.invoice_number == world.in_afas()[-1]["invoice_number"]
    assert text_of(hours[0], "invoice_label") == f"AFAS {document.invoice_number}"
    before = asked(world)
    world.minutes(10)
    assert asked(world) == before


def test_the_longest_delay_between_confirmation_and_sight_is_measured(world: World) -> None:
    world.prove_look_up()
    world.sandbox.setting("sight_delay", 10_000)
    document, _hours = world.confirmed()
    world.minutes(12)
    assert (now_of(document).seen_at, now_of(document).look) == (None, Sight.BLIND)
    control = world.in_afas()[0]["number"]
    _show_only(world, control)
    world.minutes(20)
    assert (now_of(document).seen_at, now_of(document).look) == (None, Sight.ABSENT)
    world.sandbox.setting("sight_delay", 0)
    world.minutes(40)
    assert now_of(document).seen_at
    measured = sight_seconds(world)
    assert 32 * 60 <= measured <= 75 * 60
    quick, _others = world.confirmed()
    world.minutes(2)
    assert now_of(quick).seen_at
    assert sight_seconds(world) == measured


def _show_only(world: World, number: str) -> None:
    """The control row was posted long ago."""
    store = world.sandbox.app.control._store
    held = store.get("invoice", "12345", number)
    store.put("invoice", "12345", number, held | {"committed": 0.0})


def test_a_time_in_which_nobody_could_look_is_no_delay_of_afas(world: World) -> None:
    world.prove_look_up()
    document, _hours = world.confirmed()
    world.sandbox.fault("unavailable_bare", environment="12345", connector=SHOWN, times=100)
    world.minutes(30)
    world.sandbox.order("calm", {})
    world.minutes(60)
    assert now_of(document).seen_at
    assert sight_seconds(world) == 0


def test_what_was_hidden_for_over_a_day_tells_nothing_of_afas(world: World) -> None:
    world.prove_look_up()
    document, _hours = world.confirmed()
    day_before = timezone.now() - timedelta(hours=25)
    AfasDocument.objects.filter(pk=document.pk).update(confirmed_at=day_before, look="absent")
    seeing.see(now_of(document))
    assert now_of(document).seen_at
    assert sight_seconds(world) == 0


def test_what_is_seen_at_another_amount_is_a_task(world: World) -> None:
    world.prove_look_up()
    document, _hours = world.confirmed()
    world.change_in_afas(document.order_number, DbId="10002")
    world.minutes(1)
    task = PersonTask.objects.get()
    assert (task.what, task.document_id, task.detail["debtor"]) == ("differs", document.pk, "10002")
    assert now_of(document).seen_at


def test_a_second_invoice_with_our_reference_debtor_and_total_is_twice_in_afas(
    world: World,
) -> None:
    world.prove_look_up()
    document, _hours = world.confirmed()
    sending.post(sending._ready_client(document), document)  # type: ignore[arg-type]
    world.minutes(1)
    task = PersonTask.objects.get()
    assert (task.what, task.document_id) == ("twice", document.pk)
    assert task.key == world.in_afas()[-1]["number"] != document.order_number


def test_our_reference_on_a_credit_note_is_no_second_invoice(world: World) -> None:
    world.prove_look_up()
    document, _hours = world.confirmed()
    other, _others = world.confirmed(3)
    world.change_in_afas(other.order_number, RfCs=f"{other.reference} {document.reference}")
    world.minutes(2)
    assert not PersonTask.objects.exists()


def test_the_first_invoice_ever_seen_proves_the_look_up(world: World) -> None:
    world.prove_look_up()
    world.set_connection(lookup_proven_at=None, lookup_control="", lookup_problem="no_row")
    document, _hours = world.confirmed()
    world.minutes(1)
    connection = AfasConnection.objects.get(pk=world.connection.pk)
    assert (connection.lookup_control, connection.lookup_problem) == (document.order_number, "")
    assert connection.lookup_proven_at
    assert looking.can_look(now_of(document))


def test_an_invoice_that_is_never_shown_is_for_a_person_after_a_day(world: World) -> None:
    world.prove_look_up()
    document, _hours = world.confirmed()
    wish = {"environment": "12345", "kind": "invoice", "key": document.order_number}
    world.sandbox.order("remove", wish)
    world.minutes(5)
    assert now_of(document).asks == ""
    world.time_passes(25 * 60)
    sweeping.sweep()
    document = now_of(document)
    assert (document.state, document.asks) == (CONFIRMED, Asks.UNSEEN)
    assert document.next_look_at <= timezone.now() + timedelta(hours=1, minutes=1)


def test_a_blind_look_loses_no_invoice(world: World) -> None:
    world.prove_look_up()
    document, _hours = world.confirmed()
    world.sandbox.setting("blind", True)
    world.time_passes(25 * 60)
    sweeping.sweep()
    assert (now_of(document).look, now_of(document).asks) == (Sight.BLIND, "")


def test_what_was_undone_meanwhile_is_not_named_anew(world: World) -> None:
    world.prove_look_up()
    document, _hours = world.confirmed()
    AfasDocument.objects.filter(pk=document.pk).update(state=State.UNDONE, undone_at=timezone.now())
    seeing.see(document)
    assert (now_of(document).seen_at, now_of(document).invoice_number) == (None, "")


def test_debtors_and_deletions_are_not_looked_for_after_their_confirmation(
    world: World, biller: Any
) -> None:
    from integrations.services import undoing

    document, _hours = world.confirmed()
    deletion = undoing.delete_in_afas(document=document, reason="x", by=biller)
    sending.send_due()
    assert (now_of(deletion).state, now_of(deletion).next_look_at) == (CONFIRMED, None)
    assert now_of(document).next_look_at is None


def test_a_silent_or_broken_link_keeps_no_other_from_being_seen(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.prove_look_up()
    document, _hours = world.confirmed()
    long_ago = timezone.now() - timedelta(hours=2)
    fields = {"next_look_at": long_ago, "confirmed_at": long_ago, "confirmed": True}
    for number, mapping in (("88888", {}), ("99999", {"no such": "column"})):
        other = AfasConnectionFactory(
            company=CompanyFactory(),
            participant=number,
            lookup_proven_at=timezone.now(),
            lookup_control="1",
            lookup_mapping=mapping,
        )
        unseen = [AfasDocumentFactory(connection=other, **fields) for _number in range(12)]
    world.minutes(1)
    assert now_of(document).seen_at
    assert {now_of(one).look for one in unseen} == {Sight.FAILED}
    assert all(now_of(one).next_look_at > timezone.now() for one in unseen)


def test_the_looks_of_one_invoice_become_rarer(world: World) -> None:
    world.prove_look_up()
    document, _hours = world.confirmed()
    wish = {"environment": "12345", "kind": "invoice", "key": document.order_number}
    world.sandbox.order("remove", wish)
    before = asked(world)
    world.minutes(64)
    assert 6 <= asked(world) - before <= 9
    assert timedelta(hours=1) == rhythm.SIGHT_AT_MOST_EVERY
