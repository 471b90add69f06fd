"""Every check leaves a row, each link is checked once a night, and a link that moves says so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts.models import Company, User
from core.errors import DomainError
from integrations.afas.client import AMSTERDAM, Limits
from integrations.models import AfasConnection, AfasDocument, Asks, CheckRun
from integrations.services import apps, checking, clients, connecting, documents
from integrations.services.clients import Credentials
from integrations.tasks import check_connections
from sandbox import seed
from tests.factories import (
    AfasConnectionFactory,
    AfasDocumentFactory,
    AppInstallationFactory,
    CheckRunFactory,
    CompanyFactory,
)
from tests.sandbox.conftest import invoice

pytestmark = pytest.mark.django_db
SHOWN = "Uurwerk_DirectInvoices"
Trigger = CheckRun.Trigger


@pytest.fixture(autouse=True)
def _switched_on(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    AppInstallationFactory(company=company)
    monkeypatch.setattr(connecting, "CHECKS", Limits(connect=2, read=3, total=4, tries=1))


@pytest.fixture
def save(company: Company, owner: User, sandbox: Any) -> Callable[..., AfasConnection]:
    def go(token: str = seed.LIVE_TOKEN, realm: str = "", **more: Any) -> AfasConnection:
        wanted = Credentials(participant="12345", realm=realm, user_token=token)
        return checking.save_credentials(company=company, wanted=wanted, by=owner, **more)

    return go


@pytest.fixture
def granted(connection: AfasConnection, sandbox: Any) -> AfasConnection:
    """AFAS lets us read its invoices, of which it has one."""
    for token in (seed.LIVE_TOKEN, seed.TEST_TOKEN):
        sandbox.order("grant", {"token": token, "add": [SHOWN]})
    clients.client_of(connection).create("FbDirectInvoice", invoice())
    return connection


def night(hour: int, minute: int = 0) -> datetime:
    """Of tomorrow: what the pretend AFAS booked in a test lies before it, whenever that is."""
    day = datetime.now(AMSTERDAM).date() + timedelta(days=1)
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=AMSTERDAM)


def test_saving_credentials_proves_the_look_up_and_leaves_a_row(
    save: Callable[..., AfasConnection], owner: User, sandbox: Any
) -> None:
    before = timezone.now()
    sandbox.order("grant", {"token": seed.LIVE_TOKEN, "update": ["FbDirectInvoice"]})

    made = save()

    run = CheckRun.objects.get()
    assert (run.connection, run.trigger, run.by) == (made, Trigger.SAVED, owner)
    assert (run.accepted, run.granted, run.missing, run.message) == (True, 3, 2, "")
    assert before <= run.started_at <= run.finished_at
    assert made.lookup_problem == "not_granted"
    assert made.debtor_control


def test_a_refusal_of_new_credentials_leaves_a_row_with_the_sentence(
    save: Callable[..., AfasConnection], owner: User
) -> None:
    made = save()
    with pytest.raises(DomainError):
        save(seed.REVOKED_TOKEN)
    run = CheckRun.objects.of(made.company).first()
    assert run
    assert (run.accepted, run.by, run.granted, run.missing) == (False, owner, 0, 0)
    assert "401" in run.message
    assert seed.REVOKED_TOKEN[30:60] not in run.message


def test_a_refusal_for_other_books_is_not_held_against_the_link_of_now(
    save: Callable[..., AfasConnection],
) -> None:
    save()
    with pytest.raises(DomainError):
        save(seed.REVOKED_TOKEN, realm="test")
    assert CheckRun.objects.count() == 1


def test_testing_again_leaves_a_row_also_when_afas_refuses_or_is_away(
    connection: AfasConnection, sandbox: Any, owner: User
) -> None:
    checking.check_again(connection=connection, by=owner)
    sandbox.fault("unavailable", environment="12345", retry_after=600)
    with pytest.raises(DomainError):
        checking.check_again(connection=connection, by=owner)
    sandbox.order("revoke", {"token": seed.LIVE_TOKEN})
    with pytest.raises(DomainError):
        checking.check_again(connection=connection, by=owner)

    rows = CheckRun.objects.order_by("pk").values_list("trigger", "accepted", "by")
    assert list(rows) == [
        (Trigger.BUTTON, True, owner.pk),
        (Trigger.BUTTON, False, owner.pk),
        (Trigger.BUTTON, False, owner.pk),
    ]
    messages = CheckRun.objects.order_by("pk").values_list("message", flat=True)
    assert "10 minutes" in messages[1]
    assert "401" in messages[2]


def test_a_check_that_finds_the_list_withdrawn_asks_people_again(
    granted: AfasConnection, sandbox: Any, owner: User
) -> None:
    checking.check_again(connection=granted, by=owner)
    granted.refresh_from_db()
    assert granted.lookup_proven_at
    sandbox.order("grant", {"token": seed.LIVE_TOKEN, "drop": [SHOWN]})

    checking.check_again(connection=granted, by=owner)

    granted.refresh_from_db()
    assert (granted.lookup_proven_at, granted.lookup_problem) == (None, "not_granted")
    assert granted.lookup_control


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (night(1, 29), False),
        (night(2, 0), True),
        (night(5, 59), True),
        (night(6, 0), False),
        (night(13, 0), False),
    ],
)
def test_the_check_comes_by_night_only(
    connection: AfasConnection, moment: datetime, expected: bool
) -> None:
    assert (checking.due(moment) == [connection]) is expected


def test_each_link_has_its_own_minute_after_half_past_one(connection: AfasConnection) -> None:
    links = [connection, *(AfasConnectionFactory() for _ in range(8))]
    minutes = {checking.minute_of(link) for link in links}
    assert len(minutes) > 4
    assert all(0 <= minute < 30 for minute in minutes)
    last = max(links, key=checking.minute_of)
    moment = night(1, 30) + timedelta(minutes=checking.minute_of(last))
    assert last in checking.due(moment)
    assert last not in checking.due(moment - timedelta(minutes=1))


def test_by_night_it_is_checked_once_in_the_words_of_the_company(
    granted: AfasConnection, sandbox: Any
) -> None:
    Company.objects.update(language="nl")
    with time_machine.travel(night(2, 10), tick=True):
        check_connections()
        check_connections()
    run = CheckRun.objects.get()
    assert (run.trigger, run.by, run.accepted) == (Trigger.NIGHTLY, None, True)
    granted.refresh_from_db()
    assert granted.lookup_proven_at

    with time_machine.travel(night(2, 10) + timedelta(days=1), tick=True):
        check_connections()
    assert CheckRun.objects.count() == 2


def test_a_night_in_which_afas_is_away_is_tried_again_each_hour(
    connection: AfasConnection, sandbox: Any
) -> None:
    CheckRunFactory(
        connection=connection, trigger=Trigger.NIGHTLY, accepted=False, started_at=night(2, 10)
    )
    assert checking.due(night(2, 40)) == []
    assert checking.due(night(3, 15)) == [connection]
    CheckRunFactory(
        connection=connection, trigger=Trigger.NIGHTLY, accepted=True, started_at=night(3, 15)
    )
    assert checking.due(night(5, 0)) == []


def test_credentials_that_afas_refused_are_tried_once_a_night_and_wake_the_link(
    connection: AfasConnection, sandbox: Any
) -> None:
    sandbox.order("revoke", {"token": seed.LIVE_TOKEN})
    with time_machine.travel(night(2, 10), tick=True):
        check_connections()
    connection.refresh_from_db()
    assert connection.paused_because == "credentials"
    assert checking.due(night(5, 0)) == []

    sandbox.order("revoke", {"token": seed.LIVE_TOKEN, "revoked": False})
    with time_machine.travel(night(2, 10) + timedelta(days=1), tick=True):
        check_connections()
    connection.refresh_from_db()
    assert connection.paused_at is None


def test_what_a_person_paused_closed_or_never_linked_is_left_alone(
    connection: AfasConnection, company: Company, owner: User
) -> None:
    AfasConnectionFactory(company=CompanyFactory(), bare=True)
    AfasConnectionFactory(company=CompanyFactory(), closed=True)
    apps.pause(company=company, app="afas", by=owner)
    assert checking.due(night(3, 0)) == []


def test_one_link_that_breaks_does_not_keep_the_others_from_their_check(
    connection: AfasConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    AfasConnection.objects.update(debtor_mapping={"no such": "thing"})
    other = AfasConnectionFactory(company=CompanyFactory(), user_token=seed.LIVE_TOKEN)
    with time_machine.travel(night(3, 0), tick=True):
        check_connections()
    assert CheckRun.objects.filter(connection=other, accepted=True).exists()
    assert CheckRun.objects.filter(connection=connection).exists()


def test_the_round_ends_after_its_time_and_the_rest_is_still_due(
    connection: AfasConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = AfasConnectionFactory(company=CompanyFactory(), user_token=seed.LIVE_TOKEN)
    monkeypatch.setattr(checking, "SECONDS_FOR_CHECKS", 0)
    with time_machine.travel(night(3, 0), tick=True):
        check_connections()
    assert CheckRun.objects.count() == 1
    assert checking.due(night(3, 5)) == [other]


def test_the_proof_is_made_anew_for_other_books(
    granted: AfasConnection, owner: User, company: Company
) -> None:
    checking.check_again(connection=granted, by=owner)
    AfasConnection.objects.update(lookup_mapping={"invoice_number": ""}, sight_seconds=40)
    granted.refresh_from_db()

    moved = connecting.choose_administration(connection=granted, number=2, name="", by=owner)

    moved.refresh_from_db()
    assert (moved.lookup_proven_at, moved.lookup_problem) == (None, "no_row")
    assert moved.lookup_mapping == {"invoice_number": ""}
    assert moved.sight_seconds == 40
    assert moved.debtor_control


def test_the_longest_delay_of_an_environment_outlives_a_link(
    save: Callable[..., AfasConnection],
) -> None:
    save()
    AfasConnection.objects.update(sight_seconds=300)
    assert save(seed.TEST_TOKEN, realm="test").sight_seconds == 0
    assert save().sight_seconds == 300


def test_names_of_ones_own_hold_for_the_list_of_a_new_link(
    save: Callable[..., AfasConnection],
) -> None:
    save()
    AfasConnection.objects.update(debtor_connector="Profit_Debtor")
    made = save(seed.TEST_TOKEN, realm="test")
    found = {one["connector"]: one["granted"] for one in made.findings}
    assert found["Profit_Debtor"]


def test_what_is_in_doubt_or_refused_when_a_link_closes_is_for_a_person(
    save: Callable[..., AfasConnection], owner: User
) -> None:
    first = save()
    unknown = AfasDocumentFactory(connection=first, unknown=True, intention="repeat")
    refused = AfasDocumentFactory(connection=first, rejected=True)
    done = AfasDocumentFactory(connection=first, confirmed=True)

    save(seed.TEST_TOKEN, realm="test", confirmed=True)

    asks = dict(AfasDocument.objects.values_list("pk", "asks"))
    assert (asks[unknown.pk], asks[refused.pk], asks[done.pk]) == (Asks.CLOSED, Asks.CLOSED, "")
    unknown.refresh_from_db()
    assert (unknown.connection_id, unknown.intention) == (first.pk, "")
    with pytest.raises(DomainError, match="closed"):
        documents.retry(document=AfasDocument.objects.get(pk=refused.pk), by=owner)
