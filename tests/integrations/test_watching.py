"""The standing watch: what is wrong opens an alert, what is over closes it, each company alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts.models import Company, User
from core.models import AuditEvent
from integrations.models import AfasConnection, AfasDocument, Alert, Asks
from integrations.services import apps, noticing, pausing, watching
from tests.factories import (
    AfasConnectionFactory,
    AfasDocumentFactory,
    AlertFactory,
    CheckRunFactory,
    CompanyFactory,
    PersonTaskFactory,
)
from tests.integrations.watched import NOON, clock, kinds, link, open_alerts

__all__ = ["clock", "link"]  # fixtures
pytestmark = pytest.mark.django_db
Kind = Alert.Kind


def test_a_link_that_works_says_nothing(link: AfasConnection, company: Company) -> None:
    AfasDocumentFactory(connection=link)
    AfasDocumentFactory(connection=link, confirmed=True)
    CheckRunFactory(connection=link, trigger="nightly")
    assert open_alerts(company) == {}
    assert not Alert.objects.exists()


def test_a_paused_link_says_why_since_when_and_what_waits(
    link: AfasConnection, company: Company
) -> None:
    AfasDocumentFactory(connection=link)
    AfasDocumentFactory(connection=link, waiting=True)
    AfasDocumentFactory(connection=link, confirmed=True)
    pausing.pause(link, because="credentials", by=None)

    found = open_alerts(company)

    assert found == {
        (Kind.PAUSED, "credentials 2026-11-18T11:00:00"): {
            "because": "credentials",
            "since": "2026-11-18T11:00:00+00:00",
            "waiting": 2,
        }
    }
    AfasDocumentFactory(connection=link)
    assert next(iter(open_alerts(company).values()))["waiting"] == 3
    assert Alert.objects.count() == 1

    pausing.resume(link, by=None)
    assert open_alerts(company) == {}
    assert Alert.objects.get().closed_at == NOON


def test_each_pause_is_an_alert_of_its_own(link: AfasConnection, company: Company) -> None:
    for _again in range(2):
        AfasConnection.objects.update(paused_at=timezone.now(), paused_because="address")
        assert kinds(company) == [Kind.PAUSED]
        pausing.resume(link, by=None)
        assert kinds(company) == []
        with time_machine.travel(NOON + timedelta(hours=1), tick=False):
            pausing.pause(link, because="address", by=None)
            assert kinds(company) == [Kind.PAUSED]
    assert Alert.objects.count() == 2


def test_a_link_that_was_closed_is_not_watched(link: AfasConnection, company: Company) -> None:
    AfasConnection.objects.update(paused_at=NOON, expires_on=NOON.date(), closed_at=NOON)
    assert kinds(company) == []


def test_an_app_that_is_switched_off_is_not_watched(
    link: AfasConnection, company: Company, owner: User
) -> None:
    AfasConnection.objects.update(expires_on=date(2026, 11, 20))
    assert kinds(company) == [Kind.EXPIRING]
    apps.deactivate(company=company, app="afas", by=owner)
    assert kinds(company) == []


@pytest.mark.parametrize(
    ("left", "key"),
    [(61, None), (60, "60"), (31, "60"), (30, "30"), (8, "30"), (7, "7"), (0, "7"), (-1, "0")],
)
def test_credentials_are_warned_of_at_60_30_and_7_days_and_when_they_ended(
    link: AfasConnection, company: Company, left: int, key: str | None
) -> None:
    ends = NOON.date() + timedelta(days=left)
    AfasConnection.objects.update(expires_on=ends)
    expected = [(Kind.EXPIRING, f"{ends} {key}")] if key else []
    assert list(open_alerts(company)) == expected


def test_new_credentials_end_the_warning(link: AfasConnection, company: Company) -> None:
    AfasConnection.objects.update(expires_on=NOON.date())
    assert kinds(company) == [Kind.EXPIRING]
    AfasConnection.objects.update(expires_on=NOON.date() + timedelta(days=365))
    assert kinds(company) == []


def test_a_client_secret_without_a_date_probably_ends_after_180_days(
    link: AfasConnection, company: Company
) -> None:
    pasted = NOON - timedelta(days=175)
    AfasConnection.objects.update(secret_set_at=pasted)
    assert open_alerts(company) == {}  # a classic token without a date has none

    AfasConnection.objects.update(credential="oauth")

    assert open_alerts(company) == {
        (Kind.EXPIRING, "2026-11-23 7"): {"on": "2026-11-23", "days": 7, "probably": True}
    }


def test_expired_credentials_that_afas_refuses_are_one_alert(
    link: AfasConnection, company: Company
) -> None:
    AfasConnection.objects.update(expires_on=NOON.date() - timedelta(days=1))
    pausing.pause(link, because="credentials", by=None)
    assert kinds(company) == [Kind.PAUSED]


def test_documents_that_wait_for_a_person_are_one_alert_that_counts(
    link: AfasConnection, company: Company
) -> None:
    AfasDocumentFactory.create_batch(3, connection=link, rejected=True)
    AfasDocumentFactory(connection=link, unknown=True, asks=Asks.NO_LOOK_UP)
    AfasDocumentFactory(connection=link, unknown=True)  # it is looked up; nobody is needed
    PersonTaskFactory(company=company)
    PersonTaskFactory(company=company, resolved_at=NOON)

    found = open_alerts(company)

    assert found == {(Kind.PERSON, ""): {"refused": 3, "asks": 1, "tasks": 1}}


def test_what_was_dismissed_returns_only_for_something_new(
    link: AfasConnection, company: Company, owner: User
) -> None:
    first = AfasDocumentFactory(connection=link, rejected=True)
    AfasDocumentFactory(connection=link, rejected=True)
    watching.watch()
    dismissed = Alert.objects.get()
    assert watching.dismiss(alert=dismissed, by=owner)
    assert not watching.dismiss(alert=dismissed, by=owner)

    AfasDocument.objects.filter(pk=first.pk).update(state="cancelled")
    watching.watch()
    assert Alert.objects.get().dismissed_at  # one less is nothing new

    AfasDocument.objects.filter(pk=first.pk).update(state="rejected")
    watching.watch()

    dismissed.refresh_from_db()
    assert dismissed.closed_at
    again = Alert.objects.get(closed_at__isnull=True)
    assert (again.dismissed_at, again.detail["refused"]) == (None, 2)


def test_as_many_others_are_something_new_too(
    link: AfasConnection, company: Company, owner: User
) -> None:
    first = AfasDocumentFactory(connection=link, rejected=True)
    watching.watch()
    watching.dismiss(alert=Alert.objects.get(), by=owner)
    AfasDocument.objects.filter(pk=first.pk).update(state="cancelled")
    AfasDocumentFactory(connection=link, rejected=True)
    watching.watch()
    assert Alert.objects.filter(closed_at__isnull=True, dismissed_at__isnull=True).exists()


def test_dismissing_is_written_down_with_who_did_it(
    link: AfasConnection, company: Company, owner: User
) -> None:
    alert = AlertFactory(connection=link, kind=Kind.RESTORED)
    watching.dismiss(alert=alert, by=owner)
    event = AuditEvent.objects.of(company).get(action="alert.dismissed")
    assert (event.by, event.object_id) == (owner, str(alert.pk))
    alert.refresh_from_db()
    assert (alert.dismissed_by, alert.dismissed_at) == (owner, NOON)


def test_a_restored_backup_stays_until_it_was_told_and_compared(
    link: AfasConnection, company: Company
) -> None:
    alert = AlertFactory(connection=link, kind=Kind.RESTORED)
    held = {"restored_at": NOON, "held_until": NOON + timedelta(minutes=30)}
    AfasConnection.objects.update(**held, lookup_proven_at=NOON)
    assert kinds(company) == [Kind.RESTORED]
    Alert.objects.filter(pk=alert.pk).update(mailed_at=NOON)
    assert kinds(company) == [Kind.RESTORED]
    with time_machine.travel(NOON + timedelta(minutes=31), tick=False):
        assert kinds(company) == [Kind.RESTORED]
        AfasConnection.objects.update(compared=2)
        assert kinds(company) == []


def test_companies_are_never_mixed(link: AfasConnection, company: Company) -> None:
    other = CompanyFactory(name="Elsewhere")
    theirs = AfasConnectionFactory(company=other, participant="54321")
    AfasDocumentFactory(connection=theirs, rejected=True)
    AfasDocumentFactory(connection=theirs)
    pausing.pause(link, because="address", by=None)
    assert [one["waiting"] for one in open_alerts(company).values()] == [0]
    assert kinds(company) == [Kind.PAUSED]
    assert kinds(other) == [Kind.PERSON]
    assert [one.kind for one in noticing.true_now(other)] == [Kind.PERSON]
    assert Alert.objects.of(other).get().connection is None


def test_the_watch_costs_the_same_for_many_companies(
    clock: Any, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    for _number in range(20):
        link = AfasConnectionFactory(company=CompanyFactory())
        AfasDocumentFactory(connection=link, rejected=True)
    with django_assert_max_num_queries(9 + 20 * 3):  # each opens one alert, with a savepoint
        watching.watch()
    with django_assert_max_num_queries(8):
        watching.watch()


def test_one_company_that_fails_does_not_stop_the_others(
    link: AfasConnection, company: Company, caplog: pytest.LogCaptureFixture
) -> None:
    pausing.pause(link, because="address", by=None)
    broken = AlertFactory(company=CompanyFactory(), kind=Kind.PERSON, detail={})
    AfasDocumentFactory(connection=broken.connection, rejected=True)
    Alert.objects.filter(pk=broken.pk).update(dismissed_at=NOON, detail={"seen": 7})
    assert kinds(company) == [Kind.PAUSED]
    assert "could not be brought up to date" in caplog.text
