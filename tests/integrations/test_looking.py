"""What one look-up shows of a document, over real HTTP (DECISIONS A4)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from integrations.models import AfasAttempt, AfasDocument, Asks, Kind, PersonTask
from integrations.services import looking, reconciling, sending
from integrations.services.looking import Sight
from registration.models import BillingStatus
from relations.models import Customer
from tests.integrations.conftest import text_of
from tests.integrations.doubt import CONFIRMED, SHOWN, UNKNOWN, World, now_of

pytestmark = pytest.mark.django_db(transaction=True)


def test_found_is_confirmed_at_once_and_its_hours_are_invoiced(world: World) -> None:
    world.prove_look_up()
    document, hours = world.doubtful()
    assert document.state == UNKNOWN
    world.minutes(1)
    document = now_of(document)
    assert document.state == CONFIRMED
    assert document.order_number in [one["number"] for one in world.in_afas()]
    assert text_of(hours[0], "billing") == BillingStatus.INVOICED
    assert text_of(hours[0], "invoice_label") == f"AFAS {document.invoice_number}"
    sending.send_due()
    assert world.times_in_afas(document) == 1


def test_the_invoice_number_comes_with_what_is_found(world: World) -> None:
    world.prove_look_up()
    document, _hours = world.doubtful()
    world.minutes(1)
    held = next(o for o in world.in_afas() if document.reference in o["header"]["RfCs"])
    assert now_of(document).invoice_number == held["invoice_number"] != ""


@pytest.mark.parametrize("what", ["debtor", "total", "no_total"])
def test_our_reference_on_something_else_is_for_a_person(world: World, what: str) -> None:
    world.prove_look_up()
    document, hours = world.doubtful()
    number = world.in_afas()[-1]["number"]
    store = world.sandbox.app.control._store
    held = store.get("invoice", "12345", number)
    if what == "debtor":
        world.change_in_afas(number, DbId="10002")
    else:
        other = "100.01" if what == "total" else None
        totals = held["totals"] | {"excl_vat": other}
        store.put("invoice", "12345", number, held | {"totals": totals})
    world.minutes(1)
    document = now_of(document)
    assert (document.state, document.asks) == (UNKNOWN, Asks.DIFFERS)
    assert document.detail["shown"][0]["number"] == number
    assert text_of(hours[0], "billing") == BillingStatus.RESERVED
    world.minutes(30)
    sending.send_due()
    assert (now_of(document).state, world.times_in_afas(document)) == (UNKNOWN, 1)


def test_a_reference_typed_by_hand_on_another_invoice_alone_is_for_a_person(world: World) -> None:
    control = world.prove_look_up()
    document, _hours = world.doubtful("hang_up_before_commit")
    other, _others = world.confirmed(2)
    world.change_in_afas(other.order_number, RfCs=f"see {document.reference}")
    assert control.order_number != other.order_number
    world.minutes(30)
    assert (now_of(document).state, now_of(document).asks) == (UNKNOWN, Asks.DIFFERS)


def test_a_reference_typed_by_hand_beside_ours_does_not_hide_ours(world: World) -> None:
    world.prove_look_up()
    document, _hours = world.doubtful()
    ours = world.in_afas()[-1]["number"]
    other, _others = world.confirmed(2)
    world.change_in_afas(other.order_number, RfCs=f"copy of {document.reference}.")
    world.minutes(1)
    assert (now_of(document).state, now_of(document).order_number) == (CONFIRMED, ours)


def test_several_that_it_may_be_are_for_a_person(world: World) -> None:
    world.prove_look_up()
    document, _hours = world.doubtful()
    other, _others = world.confirmed()
    world.change_in_afas(other.order_number, RfCs=document.reference)
    world.minutes(1)
    document = now_of(document)
    assert (document.state, document.asks, document.order_number) == (UNKNOWN, Asks.SEVERAL, "")
    assert len(document.detail["shown"]) == 2


def test_a_reference_that_merely_begins_like_ours_is_not_ours(world: World) -> None:
    world.prove_look_up()
    document, _hours = world.doubtful("hang_up_before_commit")
    other, _others = world.confirmed()
    world.change_in_afas(other.order_number, RfCs=f"{document.reference}X")
    assert reconciling.look_now(now_of(document)).sight == Sight.ABSENT


def test_the_body_of_every_attempt_counts_not_only_the_last(world: World) -> None:
    """A retry may have built another amount; what came late is still ours."""
    world.prove_look_up()
    document, _hours = world.doubtful()
    body = document.payload.replace('"QuUn":"1"', '"QuUn":"2"').replace('"QuUn":1', '"QuUn":2')
    AfasDocument.objects.filter(pk=document.pk).update(payload=body)
    assert AfasAttempt.objects.get(document=document).request_body == document.payload
    world.minutes(1)
    assert now_of(document).state == CONFIRMED


def test_without_its_control_row_a_look_shows_nothing(world: World) -> None:
    world.prove_look_up()
    document, _hours = world.doubtful("hang_up_before_commit")
    world.sandbox.setting("blind", True)
    assert reconciling.look_now(now_of(document)).sight == Sight.BLIND
    assert (now_of(document).looks, now_of(document).asks) == (0, "")
    world.minutes(40)
    document = now_of(document)
    assert (document.state, document.looks, document.asks) == (UNKNOWN, 0, Asks.BLIND)


def test_a_list_that_lost_its_references_shows_nothing(world: World) -> None:
    """Its control row is there still, yet ours is not, which is in AFAS."""
    control = world.prove_look_up()
    document, _hours = world.doubtful("commit_then_hang_up")
    for number in (control.order_number, world.in_afas()[-1]["number"]):
        world.change_in_afas(number, RfCs="")
    assert reconciling.look_now(now_of(document)).sight == Sight.BLIND
    world.minutes(40)
    assert (now_of(document).state, now_of(document).asks) == (UNKNOWN, Asks.BLIND)


def test_a_look_that_fails_is_no_absence_and_says_so_after_the_quiet_time(world: World) -> None:
    world.prove_look_up()
    document, _hours = world.doubtful("hang_up_before_commit")
    world.sandbox.fault("unavailable_bare", environment="12345", connector=SHOWN, times=1000)
    world.minutes(10)
    assert (now_of(document).look, now_of(document).asks) == (Sight.FAILED, "")
    world.minutes(15)
    document = now_of(document)
    assert (document.state, document.looks, document.asks) == (UNKNOWN, 0, Asks.FAILING)
    assert document.detail["said"]


def test_blind_or_failing_is_no_question_any_more_when_afas_shows_its_control_row(
    world: World,
) -> None:
    world.prove_look_up()
    document, _hours = world.doubtful("hang_up_before_commit")
    world.sandbox.setting("blind", True)
    world.minutes(30)
    assert now_of(document).asks == Asks.BLIND
    world.sandbox.setting("blind", False)
    world.minutes(10)
    assert now_of(document).asks == ""


def test_nothing_is_asked_over_a_link_whose_look_up_was_never_proven(world: World) -> None:
    document, _hours = world.doubtful()
    assert not looking.can_look(document)
    world.minutes(25)
    document = now_of(document)
    assert (document.state, document.looked_at, document.asks) == (UNKNOWN, None, Asks.NO_LOOK_UP)


def test_debtor_and_total_are_read_from_what_was_sent(world: World) -> None:
    document, _hours = world.bill_hours(3)
    assert looking.debtor_and_total(document.payload) == ("10001", Decimal("300.00"))
    assert looking.debtor_and_total("not a body") is None


def test_what_fails_for_one_document_keeps_no_other_from_being_looked_up(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither an AFAS that is away nor a row that we cannot read ourselves."""
    world.prove_look_up()
    poisoned, _one = world.doubtful()
    healthy, _two = world.doubtful()
    look_for = looking.look_for

    def breaks(document: AfasDocument) -> Any:
        if document.pk == poisoned.pk:
            raise ValueError("a mapping that cannot be read")
        return look_for(document)

    monkeypatch.setattr(looking, "look_for", breaks)
    world.minutes(1)
    assert (now_of(poisoned).state, now_of(healthy).state) == (UNKNOWN, CONFIRMED)
    assert now_of(poisoned).next_look_at > timezone.now()


def test_a_link_that_does_not_answer_is_asked_once_a_sweep(world: World) -> None:
    world.prove_look_up()
    documents = [world.doubtful()[0] for _number in range(4)]
    world.sandbox.fault("unavailable_bare", environment="12345", connector=SHOWN, times=1000)
    before = len(world.sandbox.state()["requests"])
    AfasDocument.objects.filter(state=UNKNOWN).update(next_look_at=Now())
    world.minutes(1)
    asked = world.sandbox.state()["requests"][before:]
    assert len([one for one in asked if SHOWN in one["path"]]) <= 2
    assert {now_of(one).look for one in documents} == {Sight.FAILED}


def test_no_task_is_made_of_what_was_merely_found(world: World) -> None:
    world.prove_look_up()
    world.doubtful()
    world.minutes(3)
    assert not PersonTask.objects.exists()


def test_a_document_of_a_debtor_and_one_of_an_invoice_need_different_grants(
    world: World, newcomer: Customer
) -> None:
    world.bill(world.hours_for(newcomer))
    asked = AfasDocument.objects.select_related("connection").get(kind=Kind.CUSTOMER)
    assert not looking.can_look(asked)
    world.set_connection(debtor_control="10002")
    asked.connection.refresh_from_db()
    assert looking.can_look(asked)
    granted = [{"connector": "ProfitDebtor", "access": "read", "granted": False}]
    world.set_connection(findings=granted)
    asked.connection.refresh_from_db()
    assert not looking.can_look(asked)
