"""A backup was put back: what was open is in doubt, and AFAS is compared with us."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F
from django.utils import timezone

from accounts.models import Company, User
from core.errors import DomainError
from core.models import AuditEvent
from integrations.models import (
    AfasConnection,
    AfasDocument,
    Alert,
    Comparison,
    ImportRun,
    PersonTask,
    State,
)
from integrations.services import (
    answering,
    claims,
    comparing,
    importing,
    restoring,
    sending,
    tasks_of_people,
    undoing,
)
from integrations.services.orphans import PERIOD
from registration.models import BillingStatus
from relations.models import Customer
from tests.factories import (
    AfasConnectionFactory,
    AfasDocumentFactory,
    CompanyFactory,
    ImportRunFactory,
)
from tests.integrations.conftest import text_of
from tests.integrations.doubt import CONFIRMED, QUEUED, QUIET_MINUTES, UNKNOWN, World, now_of, the

pytestmark = pytest.mark.django_db(transaction=True)
Make = Callable[..., Any]
What = PersonTask.What
LOST_REFERENCE = "TCZZZZZZZZZ9"
AS_IN_THE_BACKUP: dict[str, Any] = {
    "state": QUEUED,
    "order_number": "",
    "invoice_number": "",
    "confirmed_at": None,
    "followed_up_at": None,
    "seen_at": None,
    "next_look_at": None,
    "attempts": 0,
}


def restore() -> str:
    """`manage.py restored`, answered; what it said."""
    said = StringIO()
    call_command("restored", "--yes", stdout=said)
    return said.getvalue()


def minutes(world: World, count: int) -> None:
    """Minutes with their sweeps; the hold and the comparisons see them pass too."""
    for _minute in range(count):
        one = timedelta(minutes=1)
        links = AfasConnection.objects.filter(restored_at__isnull=False)
        links.update(restored_at=F("restored_at") - one, held_until=F("held_until") - one)
        Comparison.objects.update(restored_at=F("restored_at") - one, began_at=F("began_at") - one)
        world.minutes(1)


def as_in_the_backup(document: AfasDocument, **values: Any) -> AfasDocument:
    """The document as it was before it was sent; AFAS goes on with what it has."""
    document.attempt_log.all().delete()
    AfasDocument.objects.filter(pk=document.pk).update(**AS_IN_THE_BACKUP | values)
    return now_of(document)


def orphaned(world: World, document: AfasDocument) -> str:
    """What AFAS made of a document is of another one now, which we lost; its order number."""
    number = document.order_number
    world.change_in_afas(number, RfCs=LOST_REFERENCE)
    return number


def orphans() -> list[PersonTask]:
    return list(PersonTask.objects.filter(what=What.ORPHAN).exclude(key=PERIOD))


@pytest.mark.parametrize(
    ("state", "means"),
    [
        ("waiting", State.WAITING),
        ("rejected", State.REJECTED),
        ("sending", State.QUEUED),
        ("unknown", State.QUEUED),
    ],
)
def test_what_is_open_is_in_doubt_from_now_on(state: str, means: State, company: Company) -> None:
    document = AfasDocumentFactory(company=company, **{state: True}, looks=3, sweeps=30)
    restore()
    document.refresh_from_db()
    assert (document.state, document.absent_means, document.ever_unknown) == (UNKNOWN, means, True)
    assert (document.looks, document.sweeps, document.sending_since) == (0, 0, None)
    assert timezone.now() - document.unknown_since < timedelta(seconds=10)


def test_what_was_refused_in_doubt_stays_so_and_what_is_over_is_left_alone(
    company: Company,
) -> None:
    doubtful = AfasDocumentFactory(company=company, unknown=True, absent_means=State.REJECTED)
    over = [AfasDocumentFactory(company=company, **{s: True}) for s in ("confirmed", "cancelled")]
    restore()
    assert text_of(doubtful, "absent_means") == State.REJECTED
    assert [text_of(one, "state") for one in over] == [CONFIRMED, State.CANCELLED]


def test_twice_is_harmless_and_every_company_is_told_once(company: Company) -> None:
    document = AfasDocumentFactory(company=company, waiting=True)
    other = AfasDocumentFactory()
    assert "1 documents in doubt (1 waiting)" in restore()
    restore()
    assert (text_of(document, "state"), text_of(document, "absent_means")) == (UNKNOWN, "waiting")
    told = Alert.objects.filter(kind=Alert.Kind.RESTORED).values_list("company", flat=True)
    assert sorted(told) == sorted([company.pk, other.company_id])
    events = AuditEvent.objects.of(company).filter(action=restoring.ACTION)
    assert events.count() == 2
    assert PersonTask.objects.filter(key=PERIOD).count() == 2  # one a link


def test_what_was_put_away_after_an_earlier_restore_is_told_again(company: Company) -> None:
    AfasConnectionFactory(company=company)
    restore()
    Alert.objects.update(dismissed_at=timezone.now(), mailed_at=timezone.now())
    task = PersonTask.objects.get(key=PERIOD)
    PersonTask.objects.filter(pk=task.pk).update(resolved_at=timezone.now(), resolution="looked")
    restore()
    assert Alert.objects.filter(closed_at__isnull=True, dismissed_at__isnull=True).count() == 1
    assert text_of(task, "resolved_at") is None


@pytest.mark.parametrize("typed", ["no", "", EOFError])
def test_it_asks_first(typed: Any, company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    document = AfasDocumentFactory(company=company)

    def answer(question: str) -> str:
        assert "1 companies" in question
        if typed is EOFError:
            raise EOFError
        return str(typed)

    monkeypatch.setattr("builtins.input", answer)
    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("restored")
    assert text_of(document, "state") == QUEUED
    assert AfasConnection.objects.filter(restored_at__isnull=False).count() == 0


def test_nothing_is_sent_billed_or_deleted_for_half_an_hour(
    world: World, biller: User, bill: Make
) -> None:
    made, _hours = world.confirmed()
    queued, _hours = world.bill_hours()
    restore()
    as_in_the_backup(queued)  # even what is queued again
    assert not claims.due().exists()
    with pytest.raises(DomainError, match="A backup of our database was put back"):
        world.bill(world.hours_for(world.customer))
    with pytest.raises(DomainError, match="A backup of our database was put back"):
        undoing.delete_in_afas(document=now_of(made), reason="wrong", by=biller)
    minutes(world, 29)
    assert not claims.due().exists()
    minutes(world, 1)
    assert claims.due().exists()
    assert the(world.bill(world.hours_for(world.customer))).state == QUEUED


def test_a_run_that_is_being_made_stops_at_the_next_customer(
    world: World, hours_for: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    from integrations.services import billing

    make = billing.claiming.reserve

    def restore_meanwhile(**asked: Any) -> Any:
        world.set_connection(held_until=timezone.now() + timedelta(minutes=30))
        return make(**asked)

    monkeypatch.setattr(billing.claiming, "reserve", restore_meanwhile)
    hours = hours_for(world.customer)
    run = world.bill(hours)
    assert "A backup" in run.refusals[0]["sentence"]
    assert text_of(hours[0], "billing") == BillingStatus.UNBILLED


def test_imports_wait_too(connection: AfasConnection, monkeypatch: pytest.MonkeyPatch) -> None:
    run = ImportRunFactory(connection=connection, status=ImportRun.Status.QUEUED)
    AfasConnection.objects.update(nightly_import=True)
    restore()
    assert not importing.run_import(run.pk)
    assert text_of(run, "status") == ImportRun.Status.QUEUED
    ImportRun.objects.update(
        status=ImportRun.Status.DONE, queued_at=datetime(2020, 1, 1, tzinfo=UTC)
    )
    night = timezone.now().astimezone(importing.AMSTERDAM).replace(hour=5, minute=30)
    AfasConnection.objects.update(held_until=night + timedelta(minutes=5))
    monkeypatch.setattr(timezone, "now", lambda: night)
    importing.import_due()
    assert ImportRun.objects.count() == 1
    AfasConnection.objects.update(held_until=night)
    importing.import_due()
    assert ImportRun.objects.count() == 2


def test_what_was_sent_after_the_backup_is_found(world: World) -> None:
    world.prove_look_up()
    document, hours = world.confirmed()
    as_in_the_backup(document)
    restore()
    minutes(world, 3)
    assert (now_of(document).state, now_of(document).order_number) == (
        CONFIRMED,
        document.order_number,
    )
    assert text_of(hours[0], "billing") == BillingStatus.INVOICED
    minutes(world, 31)
    sending.send_due()
    assert world.times_in_afas(document) == 1
    assert orphans() == []


def test_what_still_waited_in_the_backup_is_found_by_reference_and_total(world: World) -> None:
    world.prove_look_up()
    document, _hours = world.confirmed()
    as_in_the_backup(document, state=State.WAITING, payload="")
    restore()
    minutes(world, 3)
    assert now_of(document).state == CONFIRMED


def test_what_is_not_there_goes_back_to_where_it_was_and_leaves_after_the_hold(
    world: World,
) -> None:
    world.prove_look_up()
    queued, _hours = world.bill_hours()
    refused, _hours = world.bill_hours()
    AfasDocument.objects.filter(pk=refused.pk).update(state=State.REJECTED, problem="item_unknown")
    restore()
    minutes(world, QUIET_MINUTES - 1)
    assert [now_of(one).state for one in (queued, refused)] == [UNKNOWN, UNKNOWN]
    minutes(world, 3)
    assert [now_of(one).state for one in (queued, refused)] == [QUEUED, State.REJECTED]
    sending.send_due()
    assert world.times_in_afas(queued) == 0
    minutes(world, 12)
    sending.send_due()
    assert (now_of(queued).state, world.times_in_afas(queued)) == (CONFIRMED, 1)


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
    monkeypatch.setattr(comparing, "PAGE", 2)
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


def test_the_time_that_the_backup_slept_is_no_delay_of_afas(world: World) -> None:
    world.prove_look_up()
    document, _hours = world.confirmed()
    AfasDocument.objects.filter(pk=document.pk).update(
        look="absent", confirmed_at=timezone.now() - timedelta(days=2), next_look_at=timezone.now()
    )
    restore()
    minutes(world, 1)
    assert now_of(document).seen_at
    assert text_of(world.connection, "sight_seconds") < 3600


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
