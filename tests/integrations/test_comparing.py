"""After a restored backup: what AFAS has and we lack, and what we have and AFAS lacks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from core.models import AuditEvent
from integrations.models import AfasConnection, AfasDocument, Comparison, PersonTask, State
from integrations.services import answering, comparing, readings, sending, tasks_of_people
from integrations.services.orphans import PERIOD
from registration.models import BillingStatus
from relations.models import Customer
from tests.factories import AfasConnectionFactory, CompanyFactory
from tests.integrations.backup import (
    LOST_REFERENCE,
    What,
    as_in_the_backup,
    minutes,
    orphaned,
    orphans,
    restore,
)
from tests.integrations.conftest import text_of
from tests.integrations.doubt import CONFIRMED, QUEUED, QUIET_MINUTES, UNKNOWN, World, now_of, the

pytestmark = pytest.mark.django_db(transaction=True)
Make = Callable[..., Any]


def test_an_invoice_that_we_lack_is_told_with_what_afas_shows(world: World) -> None:
    world.prove_look_up()
    document, _hours = world.confirmed(2)
    number = orphaned(world, document)
    AfasDocument.objects.filter(pk=document.pk).update(state=State.UNDONE, undone_at=timezone.now())
    restore()
    minutes(world, 4)
    assert orphans() == []
    minutes(world, 1)
    (task,) = orphans()
    assert (task.key, task.connection_id, task.document) == (number, world.connection.pk, None)
    assert task.detail["reference"] == LOST_REFERENCE
    assert (task.detail["debtor"], Decimal(task.detail["total"])) == ("10001", Decimal(200))
    assert task.detail["date"] == "2026-10-14"
    minutes(world, 26)
    assert len(orphans()) == 1
    assert text_of(world.connection, "compared") == 2


def test_an_open_document_of_the_same_debtor_and_total_is_not_sent_again(
    world: World, biller: User
) -> None:
    world.prove_look_up()
    document, _hours = world.confirmed()
    other, _hours = world.bill_hours(2)  # another total: not its business
    orphaned(world, document)
    as_in_the_backup(document)
    restore()
    minutes(world, 40)
    assert (now_of(document).state, now_of(document).asks) == (UNKNOWN, "orphan")
    assert now_of(other).state == QUEUED
    sending.send_due()
    assert len(world.in_afas()) == 3
    (task,) = orphans()
    tasks_of_people.resolve(task=task, by=biller, note="Deleted in AFAS")
    minutes(world, 2)
    assert now_of(document).state == QUEUED


def test_a_person_may_have_it_sent_all_the_same(world: World, biller: User) -> None:
    world.prove_look_up()
    document, _hours = world.confirmed()
    orphaned(world, document)
    as_in_the_backup(document)
    restore()
    minutes(world, 6)
    answering.it_is_not_there(document=now_of(document), reason="The same fee as ever", by=biller)
    minutes(world, 16)
    assert now_of(document).state == QUEUED
    minutes(world, 10)  # the second comparison: it was decided
    assert now_of(document).state == QUEUED


def test_a_person_says_that_it_is_the_one_that_we_lost(world: World, biller: User) -> None:
    world.prove_look_up()
    document, hours = world.confirmed()
    number = orphaned(world, document)
    as_in_the_backup(document)
    restore()
    minutes(world, 6)
    answering.it_is_there(document=now_of(document), number=number, by=biller)
    document = now_of(document)
    assert (document.state, document.order_number) == (CONFIRMED, number)
    assert document.reference == LOST_REFERENCE  # so that it is looked for and deleted under it
    assert text_of(hours[0], "billing") == BillingStatus.INVOICED
    assert orphans()[0].resolved_by == biller
    minutes(world, 35)
    assert now_of(document).seen_at
    assert [one for one in orphans() if not one.resolved_at] == []


def test_one_that_comes_late_withdraws_what_was_queued_again(world: World) -> None:
    world.prove_look_up()
    document, _hours = world.confirmed()
    number = orphaned(world, document)
    world.change_in_afas(number, RfCs="")  # AFAS does not show it yet
    as_in_the_backup(document)
    restore()
    minutes(world, 25)
    assert now_of(document).state == QUEUED
    world.change_in_afas(number, RfCs=LOST_REFERENCE)
    minutes(world, 5)
    assert (now_of(document).state, now_of(document).asks) == (UNKNOWN, "orphan")
    assert now_of(document).absent_means == QUEUED


def test_what_afas_shows_no_more_is_told(world: World) -> None:
    world.prove_look_up()
    kept, _hours = world.confirmed()
    gone, _hours = world.confirmed()
    world.minutes(QUIET_MINUTES + 1)  # both are seen, and old enough
    world.sandbox.order(
        "remove", {"environment": "12345", "kind": "invoice", "key": gone.order_number}
    )
    restore()
    minutes(world, 6)
    (task,) = PersonTask.objects.filter(what=What.LOST)
    assert (task.document_id, task.key) == (gone.pk, gone.order_number)
    assert now_of(kept).look == "found"
    minutes(world, 26)
    assert PersonTask.objects.filter(what=What.LOST).count() == 1


def test_a_blind_look_up_proves_that_nothing_is_lost(world: World) -> None:
    world.prove_look_up()
    world.confirmed()
    world.minutes(QUIET_MINUTES + 1)
    world.sandbox.setting("blind", True)
    restore()
    minutes(world, 6)
    assert not PersonTask.objects.filter(what=What.LOST).exists()
    assert text_of(world.connection, "compared") == 0
    world.sandbox.setting("blind", False)
    minutes(world, 11)
    assert text_of(world.connection, "compared") == 1


def test_a_blind_look_up_does_not_count_as_a_comparison(world: World) -> None:
    world.prove_look_up()
    document, _hours = world.confirmed()
    orphaned(world, document)
    as_in_the_backup(document)
    world.sandbox.setting("blind", True)
    restore()
    minutes(world, 6)
    assert text_of(world.connection, "compared") == 0
    world.sandbox.setting("blind", False)
    minutes(world, 10)
    assert (text_of(world.connection, "compared"), len(orphans())) == (1, 1)


def test_a_list_that_lost_its_references_does_not_pose_as_one_without_orphans(
    world: World,
) -> None:
    control = world.prove_look_up()
    world.change_in_afas(control.order_number, RfCs="")
    restore()
    minutes(world, 6)
    assert text_of(world.connection, "compared") == 0


def test_a_reading_that_begins_again_has_to_show_the_control_row_again(world: World) -> None:
    world.prove_look_up()
    document, _hours = world.confirmed()
    AfasDocument.objects.filter(pk=document.pk).update(seen_at=timezone.now())
    world.change_in_afas(document.order_number, RfCs="typed by a colleague")
    restore()
    control = AfasConnection.objects.get().lookup_control
    world.change_in_afas(control, RfCs="")  # shown, yet nothing else of ours is
    minutes(world, 5)
    comparison = Comparison.objects.get()
    assert (comparison.read_at, comparison.control_shown) == (None, False)


def test_nothing_leaves_before_afas_could_be_compared_for_two_hours_at_most(
    world: World,
) -> None:
    world.prove_look_up()
    restore()
    world.sandbox.setting("blind", True)
    minutes(world, 60)
    link = AfasConnection.objects.get(pk=world.connection.pk)
    assert link.held_until
    assert link.held_until > timezone.now()
    assert not PersonTask.objects.filter(key=PERIOD).exists()
    minutes(world, 66)
    link.refresh_from_db()
    assert link.held_until < timezone.now()
    assert PersonTask.objects.filter(key=PERIOD).count() == 1


def test_a_long_reading_goes_on_where_it_stopped(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.prove_look_up()
    for serial in range(7):
        document, _hours = world.confirmed()
        world.change_in_afas(document.order_number, RfCs=f"TCZZZZZZZZZ{serial + 2}")
        AfasDocument.objects.filter(pk=document.pk).update(
            state=State.UNDONE, undone_at=timezone.now()
        )
    monkeypatch.setattr(readings, "PAGE", 2)
    monkeypatch.setattr(comparing, "TIME_FOR_PAGES", timedelta(0))
    restore()
    minutes(world, 5)
    first = Comparison.objects.get()
    assert (first.rows, first.read_at) == (2, None)
    minutes(world, 4)
    first.refresh_from_db()
    assert (first.rows, first.control_shown) == (8, True)
    assert len(orphans()) == 7


def test_the_documents_of_another_company_in_the_same_books_are_no_orphans(world: World) -> None:
    world.prove_look_up()
    document, _hours = world.confirmed()
    other = CompanyFactory()
    link = AfasConnectionFactory(company=other)
    document.attempt_log.update(company=other)
    AfasDocument.objects.filter(pk=document.pk).update(company=other, connection=link)
    restore()
    minutes(world, 6)
    assert orphans() == []


def test_without_a_look_up_a_person_is_asked_for_the_period(world: World) -> None:
    AuditEvent.objects.all().delete()
    world.confirmed()
    last = AuditEvent.objects.latest("at").at
    restore()
    task = PersonTask.objects.get(what=What.ORPHAN)
    assert (task.key, task.connection_id) == (PERIOD, world.connection.pk)
    assert task.detail["made"] == last.isoformat()
    minutes(world, 31)
    assert PersonTask.objects.count() == 1


def test_a_debtor_without_a_link_is_held_against_an_orphan_by_its_total(
    world: World, newcomer: Customer
) -> None:
    world.prove_look_up()
    document, _hours = world.confirmed()
    orphaned(world, document)
    waiting = the(world.bill(world.hours_for(newcomer)))
    as_in_the_backup(document, state=State.UNDONE, undone_at=timezone.now())
    restore()
    minutes(world, 6)
    assert (now_of(waiting).state, now_of(waiting).asks) == (UNKNOWN, "orphan")
