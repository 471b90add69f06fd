"""Undo by a person's word, and several who undo one invoice at the same moment."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from core.errors import DomainError, StaleError
from core.models import AuditEvent
from integrations.models import AfasDocument, State
from integrations.services import documents, sending, undoing
from invoicing.models import Claim, Invoice
from registration.models import BillingStatus, Hour
from tests.integrations.conftest import text_of
from tests.integrations.doubt import CONFIRMED, UNKNOWN, World, now_of
from tests.integrations.test_undoing import assert_undone, billing, delete, deletes

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def invoiced(world: World) -> tuple[AfasDocument, list[Hour]]:
    """An invoice that AFAS made of two approved hours."""
    return world.invoiced()


def test_a_statement_undoes_the_whole_with_name_and_reason(
    world: World, invoiced: Any, biller: User
) -> None:
    document, hours = invoiced
    whole = undoing.corrected_there(document=document, reason="credited", number="C-17", by=biller)
    assert whole
    assert_undone(document, hours)
    told = AuditEvent.objects.get(action="afas_document.undone")
    assert (told.by, told.reason, told.after) == (biller, "credited", {"corrected_as": "C-17"})
    assert deletes(world) == 0


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_reason_is_required(world: World, invoiced: Any, biller: User, reason: str) -> None:
    document, hours = invoiced
    with pytest.raises(DomainError, match="Say why"):
        undoing.corrected_there(document=document, reason=reason, by=biller)
    with pytest.raises(DomainError, match="Say why"):
        undoing.delete_in_afas(document=document, reason=reason, by=biller)
    assert billing(hours) == {BillingStatus.INVOICED}


@pytest.fixture
def two_lines(world: World) -> tuple[AfasDocument, list[int], list[Hour]]:
    """An invoice with two lines, one per project; its lines and hours in the same order."""
    hours = [*world.hours_for(world.customer), *world.hours_for(world.customer)]
    run = world.bill(hours)
    sending.send_due()
    document = now_of(AfasDocument.objects.get(run=run))
    claims = Claim.objects.filter(line__invoice=document.invoice).order_by("hour_id")
    assert claims.count() == 2
    return document, [claim.line_id for claim in claims], hours


def test_lines_are_released_alone_and_then_the_rest(
    world: World, two_lines: Any, biller: User
) -> None:
    document, lines, hours = two_lines
    world.give_rates(hours)
    assert len(set(lines)) == 2
    whole = undoing.corrected_there(
        document=document, reason="one was wrong", by=biller, lines=lines[:1]
    )
    assert not whole
    assert [text_of(hour, "billing") for hour in hours] == ["unbilled", "invoiced"]
    assert now_of(document).state == CONFIRMED
    assert AuditEvent.objects.get(action="afas_document.partly_undone").by == biller
    world.bill([Hour.objects.get(pk=hours[0].pk)])  # free to be billed again
    whole = undoing.corrected_there(
        document=now_of(document), reason="this too", by=biller, lines=lines
    )
    assert (whole, now_of(document).state) == (True, State.UNDONE)
    assert [text_of(hour, "billing") for hour in hours] == ["reserved", "unbilled"]


def test_what_was_released_in_parts_counts_once(world: World, two_lines: Any, biller: User) -> None:
    document, lines, hours = two_lines
    world.give_rates(hours)
    for part in (lines[:1], None):
        undoing.corrected_there(document=now_of(document), reason="x", by=biller, lines=part)
    parts = AuditEvent.objects.filter(action__in=("invoice.partly_released", "invoice.released"))
    told = [Decimal(one.after["released"]) for one in parts.order_by("pk")]
    assert told == [Decimal(100), Decimal(100)]
    assert text_of(document.invoice, "net") == Decimal(200)


def test_no_second_deletion_follows_one_that_came_in_between(
    world: World, invoiced: Any, biller: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first was confirmed by then; a second would delete what has that number now."""
    document, _hours = invoiced
    takes_turns = undoing._hold

    def after_another_one(held: AfasDocument) -> None:
        other = documents.make_deletion(target=held, reason="first", by=biller)
        AfasDocument.objects.filter(pk=other.pk).update(state=CONFIRMED)
        takes_turns(held)

    monkeypatch.setattr(undoing, "_hold", after_another_one)
    with pytest.raises(DomainError, match="on its way already"):
        delete(document, biller)


def test_no_other_invoice_is_read_to_undo_one_that_is_not_the_control_row(
    world: World, invoiced: Any, biller: User
) -> None:
    """Of a million documents that would take a second for each one that is undone."""
    world.prove_look_up()
    document, _hours = invoiced
    with CaptureQueriesContext(database) as queries:
        undoing.corrected_there(document=now_of(document), reason="x", by=biller)
    assert [one["sql"] for one in queries if '"seen_at" IS NOT NULL' in one["sql"]] == []


def test_lines_and_then_a_deletion_of_the_whole(world: World, two_lines: Any, biller: User) -> None:
    document, lines, hours = two_lines
    undoing.corrected_there(document=document, reason="wrong", by=biller, lines=lines[:1])
    delete(document, biller)
    sending.send_due()
    assert (now_of(document).state, billing(hours)) == (State.UNDONE, {BillingStatus.UNBILLED})


def test_all_of_the_lines_are_the_whole(world: World, two_lines: Any, biller: User) -> None:
    document, lines, hours = two_lines
    assert undoing.corrected_there(document=document, reason="wrong", by=biller, lines=lines)
    assert (now_of(document).state, billing(hours)) == (State.UNDONE, {BillingStatus.UNBILLED})


@pytest.mark.parametrize("again", [0, 1])
def test_lines_that_are_released_already_or_another_invoice_s_release_nothing(
    world: World, two_lines: Any, biller: User, again: int
) -> None:
    document, lines, hours = two_lines
    other, others = world.confirmed()
    theirs = Claim.objects.get(line__invoice=other.invoice).line_id
    undoing.corrected_there(document=document, reason="wrong", by=biller, lines=lines[:1])
    chosen = [theirs] if again else lines[:1]
    with pytest.raises(StaleError):
        undoing.corrected_there(document=document, reason="x", by=biller, lines=chosen)
    assert [text_of(one, "billing") for one in [*hours, *others]] == [
        "unbilled",
        "invoiced",
        "invoiced",
    ]


# ---- Both at once


def test_a_deletion_that_has_not_left_gives_way_to_a_statement(
    world: World, invoiced: Any, biller: User
) -> None:
    document, hours = invoiced
    deletion = delete(document, biller)
    undoing.corrected_there(document=now_of(document), reason="done by hand", by=biller)
    assert now_of(deletion).state == State.CANCELLED
    assert_undone(document, hours)
    assert sending.send_due() == 0


@pytest.mark.parametrize("state", [State.SENDING, UNKNOWN])
def test_a_deletion_that_may_have_left_has_to_end_first(
    world: World, invoiced: Any, biller: User, state: State
) -> None:
    document, hours = invoiced
    deletion = delete(document, biller)
    AfasDocument.objects.filter(pk=deletion.pk).update(
        state=state,
        sending_since=timezone.now(),
        unknown_since=timezone.now(),
        ever_unknown=True,
    )
    with pytest.raises(DomainError, match="under way"):
        undoing.corrected_there(document=now_of(document), reason="by hand", by=biller)
    with pytest.raises(DomainError, match="on its way"):
        delete(document, biller)
    assert billing(hours) == {BillingStatus.INVOICED}


def test_a_deletion_whose_consequences_are_still_to_come_is_not_over(
    world: World, invoiced: Any, biller: User
) -> None:
    """AFAS deleted it and the worker died: a second DELETE could take another invoice."""
    document, _hours = invoiced
    deletion = delete(document, biller)
    AfasDocument.objects.filter(pk=deletion.pk).update(state=CONFIRMED, confirmed_at=timezone.now())
    with pytest.raises(DomainError, match="on its way"):
        delete(document, biller)
    with pytest.raises(DomainError, match="under way"):
        undoing.corrected_there(document=now_of(document), reason="by hand", by=biller)


@pytest.mark.parametrize("proven", [True, False])
def test_a_deletion_of_what_was_undone_meanwhile_is_not_sent(
    world: World, invoiced: Any, biller: User, proven: bool
) -> None:
    """AFAS may have given the number to another invoice by now."""
    if proven:
        world.prove_look_up()
    document, _hours = invoiced
    deletion = delete(document, biller)
    AfasDocument.objects.filter(pk=document.pk).update(state=State.UNDONE, undone_at=timezone.now())
    sending.send_due()
    assert (now_of(deletion).state, deletes(world)) == (State.CANCELLED, 0)


def test_what_is_undone_is_not_undone_twice(world: World, invoiced: Any, biller: User) -> None:
    document, _hours = invoiced
    read = now_of(document)
    undoing.corrected_there(document=document, reason="by hand", by=biller)
    with pytest.raises(StaleError):
        undoing.corrected_there(document=read, reason="by hand", by=biller)
    with pytest.raises(StaleError):
        undoing.delete_in_afas(document=read, reason="x", by=biller)
    with pytest.raises(DomainError, match="Only an invoice"):
        delete(document, biller)


def test_one_deletion_of_an_invoice_is_open_at_a_time(
    world: World, invoiced: Any, biller: User
) -> None:
    document, _hours = invoiced
    delete(document, biller)
    with pytest.raises(IntegrityError), transaction.atomic():
        documents.make_deletion(target=document, reason="again", by=biller)


def test_over_a_closed_link_nothing_is_deleted_but_a_statement_counts(
    world: World, invoiced: Any, biller: User
) -> None:
    document, hours = invoiced
    world.set_connection(closed_at=timezone.now())
    with pytest.raises(DomainError, match="closed"):
        delete(document, biller)
    undoing.corrected_there(document=now_of(document), reason="by hand", by=biller)
    assert_undone(document, hours)


def test_what_is_not_in_afas_cannot_be_undone(world: World, biller: User) -> None:
    document, hours = world.bill_hours()
    with pytest.raises(DomainError, match="Only an invoice"):
        delete(document, biller)
    assert billing(hours) == {BillingStatus.RESERVED}
    assert Invoice.objects.filter(status="void").count() == 0
