"""A mail of which nobody knows whether it left: swept, settled, and answered late."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db.models import F
from django.utils import timezone

from core.errors import StaleError
from invoicing.models import Delivery, DeliveryStatus, Invoice
from invoicing.services import posting, sending
from tests.factories import (
    DeliveryFactory,
)
from tests.invoicing.mailing import TO, now_of, sent, tried

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("files")]
State = Delivery.State
QUIET = {State.SENT: DeliveryStatus.SENT, State.FAILED: DeliveryStatus.FAILED}


@pytest.mark.parametrize(
    ("arrived", "state"), [(True, State.SENT), (False, State.FAILED)], ids=["arrived", "not"]
)
def test_a_person_settles_a_doubt_once(
    final: Invoice, owner: Any, arrived: bool, state: Delivery.State
) -> None:
    delivery = DeliveryFactory(
        invoice=final, state=State.UNKNOWN, sending_since=timezone.now(), to=TO
    )
    Invoice.objects.filter(pk=final.pk).update(delivery=DeliveryStatus.UNKNOWN)
    sending.settle(delivery=delivery, arrived=arrived, by=owner)
    assert (now_of(delivery).state, now_of(final).delivery) == (state, QUIET[state])
    with pytest.raises(StaleError):
        sending.settle(delivery=delivery, arrived=not arrived, by=owner)
    assert (now_of(delivery).state, now_of(final).delivery) == (state, QUIET[state])
    if not arrived:
        assert tried(sent(final)).state == State.SENT


@pytest.mark.parametrize("how", ["arrived", "did not arrive", "marked as sent"])
def test_what_is_settled_asks_nobody_any_more_whether_it_arrived(
    final: Invoice, owner: Any, how: str
) -> None:
    asks = {"message": "Ask whether it arrived.", "sending_since": timezone.now()}
    delivery = DeliveryFactory(invoice=final, state=State.UNKNOWN, to=TO, **asks)
    Invoice.objects.filter(pk=final.pk).update(delivery=DeliveryStatus.UNKNOWN)
    if how == "marked as sent":
        sending.mark_as_sent(invoice=final, how="Printed", by=owner)
    else:
        sending.settle(delivery=delivery, arrived=how == "arrived", by=owner)
    assert now_of(delivery).message == ""


def test_a_mail_that_was_settled_as_not_arrived_is_not_made_sent_by_a_late_answer(
    final: Invoice,
) -> None:
    delivery = sent(final)
    taken = sending._take()
    assert taken
    Delivery.objects.update(state=State.FAILED)
    sending._close(taken, posting.Outcome(fate=posting.Fate.SENT))
    assert now_of(delivery).state == State.FAILED


def test_an_answer_that_comes_after_the_doubt_ends_it(final: Invoice) -> None:
    delivery = sent(final)
    taken = sending._take()
    assert taken
    Delivery.objects.update(sending_since=F("sending_since") - timedelta(minutes=11))
    sending.sweep()
    assert now_of(delivery).state == State.UNKNOWN
    sending._close(taken, posting.Outcome(fate=posting.Fate.SENT))
    assert (now_of(delivery).state, now_of(final).delivery) == (State.SENT, DeliveryStatus.SENT)


def test_a_worker_that_slept_sends_nothing(final: Invoice, monkeypatch: pytest.MonkeyPatch) -> None:
    delivery = sent(final)
    taken = sending._take()
    assert taken
    Delivery.objects.update(sending_since=F("sending_since") - timedelta(minutes=6))
    assert sending._attempt(taken) is None
    assert (mail.outbox, now_of(delivery).state) == ([], State.SENDING)


@pytest.mark.parametrize(("minutes", "state"), [(9, State.SENDING), (11, State.UNKNOWN)])
def test_what_a_worker_left_behind_is_in_doubt_after_ten_minutes(
    final: Invoice, minutes: int, state: Delivery.State
) -> None:
    delivery = sent(final)
    assert sending._take()
    ago = F("sending_since") - timedelta(minutes=minutes)
    Delivery.objects.update(sending_since=ago)
    sending.sweep()
    assert now_of(delivery).state == state
    assert not sending.send_next()
