"""A backup was put back: what was open is in doubt, and AFAS is compared with us."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from accounts.models import Company, User
from core.errors import DomainError
from core.models import AuditEvent
from integrations.afas.client import AMSTERDAM
from integrations.models import (
    AfasConnection,
    AfasDocument,
    Alert,
    ImportRun,
    PersonTask,
    State,
)
from integrations.services import (
    billing,
    claims,
    connecting,
    importing,
    restoring,
    sending,
    undoing,
)
from integrations.services.orphans import PERIOD
from invoicing.services.bundling import Options
from registration.models import BillingStatus
from tests.factories import (
    AfasConnectionFactory,
    AfasDocumentFactory,
    ImportRunFactory,
)
from tests.integrations.backup import as_in_the_backup, minutes, orphans, restore
from tests.integrations.conftest import DAY, text_of
from tests.integrations.doubt import CONFIRMED, QUEUED, QUIET_MINUTES, UNKNOWN, World, now_of, the

pytestmark = pytest.mark.django_db(transaction=True)
Make = Callable[..., Any]


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


def test_a_link_that_is_made_in_that_time_waits_and_is_compared_too(
    world: World, selected: Make, biller: User
) -> None:
    """Otherwise other books, or others and back, would let what is there be billed once more."""
    restore()
    world.set_connection(compared=1)
    before = AfasConnection.objects.get()
    link = before
    for number in (2, 1):
        link = connecting.choose_administration(
            connection=link, number=number, name="Books", by=biller, confirmed=True
        )
        assert (link.held_until, link.restored_at) == (before.held_until, before.restored_at)
    assert (link.administration, link.compared) == (before.administration, 0)
    chosen, options = selected(world.hours_for(world.customer)), Options(invoice_date=DAY)
    check = billing.check_selection(connection=link, selection=chosen, options=options)
    with pytest.raises(DomainError, match="backup"):
        billing.invoice_in_afas(
            connection=link, selection=chosen, options=options, token=check.token, by=biller
        )


def test_a_link_that_is_made_long_after_it_does_not_wait(world: World, biller: User) -> None:
    restore()
    past = timezone.now() - timedelta(days=1)
    world.set_connection(held_until=past, restored_at=past)
    link = connecting.choose_administration(
        connection=AfasConnection.objects.get(), number=2, name="Books", by=biller, confirmed=True
    )
    assert (link.held_until, link.restored_at) == (None, None)


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
    night = timezone.now().astimezone(AMSTERDAM).replace(hour=5, minute=30)
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


def test_the_page_does_not_say_of_it_that_afas_gave_no_answer(
    company: Company, client_of: Make, biller: User
) -> None:
    document = AfasDocumentFactory(company=company)
    restore()
    page = client_of(biller, company).get(reverse("afas_document", args=[document.pk]))
    assert b"A backup of our database was put back" in page.content
    assert b"AFAS did not answer" not in page.content
    assert b"A backup was put back; unknown from here on" in page.content


def test_needs_attention_says_what_to_look_for(
    company: Company, client_of: Make, biller: User
) -> None:
    AfasDocumentFactory(company=company)
    restore()
    page = client_of(biller, company).get(reverse("afas_attention"))
    assert b"whose reference begins with TC" in page.content
