"""The banner: open alerts for those they concern, in a line each, until over or put away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Company, User
from integrations.models import AfasConnection, AfasDocument, Alert
from integrations.services import pausing, watching
from tests.factories import (
    AfasConnectionFactory,
    AfasDocumentFactory,
    AlertFactory,
    AppInstallationFactory,
    CompanyFactory,
    MembershipFactory,
)

pytestmark = pytest.mark.django_db
PAGE = "/register/hours/"


@pytest.fixture
def link(company: Company) -> AfasConnection:
    """A link that works."""
    AppInstallationFactory(company=company)
    return AfasConnectionFactory(company=company)


@pytest.fixture
def browser(company: Company, owner: User, client_of: Callable[..., Any]) -> Any:
    """The owner's browser."""
    return client_of(owner, company)


def banners(browser: Any) -> list[str]:
    """The texts of the banners on some page."""
    shown = browser.get(PAGE).content.decode()
    return [part.split("</div>")[0] for part in shown.split('<div class="banner')[1:]]


def expire_in(days: int) -> None:
    AfasConnection.objects.update(expires_on=timezone.localdate() + timedelta(days=days))


def test_without_alerts_there_is_none(link: AfasConnection, browser: Any) -> None:
    watching.watch()
    assert banners(browser) == []


def test_each_alert_is_a_line_with_one_link(link: AfasConnection, browser: Any) -> None:
    expire_in(20)
    AfasDocumentFactory(connection=link, rejected=True)
    watching.watch()
    expiring, person = banners(browser)
    assert "AFAS credentials expire in 20 days" in expiring
    assert 'href="/settings/app-center/afas/#credentials"' in expiring
    assert "1 matter with AFAS waits for you" in person
    assert 'href="/afas/attention/"' in person
    assert all(one.count("<a ") == 1 for one in (expiring, person))


def test_what_is_over_is_gone_before_the_watch_closes_it(
    link: AfasConnection, browser: Any
) -> None:
    expire_in(20)
    AfasDocumentFactory.create_batch(2, connection=link, rejected=True)
    watching.watch()
    expire_in(300)
    first = AfasDocument.objects.first()
    assert first
    AfasDocument.objects.filter(pk=first.pk).update(state="cancelled")
    (person,) = banners(browser)
    assert "1 matter with AFAS waits for you" in person


def test_the_third_one_is_for_wide_screens_and_the_test_environment_stays(
    link: AfasConnection, browser: Any
) -> None:
    AfasConnection.objects.update(realm="test", nightly_import=True)
    AfasConnection.objects.update(created_at=timezone.now() - timedelta(days=3))
    expire_in(20)
    AfasDocumentFactory(connection=link, rejected=True)
    watching.watch()
    shown = banners(browser)
    assert "Test environment" in shown[0]
    assert [" is-desk" in one.split(">")[0] for one in shown] == [False, False, False, True]


def test_each_sees_what_concerns_them(
    link: AfasConnection, company: Company, client_of: Any, biller: User, member: User
) -> None:
    expire_in(20)
    AfasDocumentFactory(connection=link, rejected=True)
    watching.watch()
    admin = MembershipFactory(company=company, rights=["admin"]).user
    (seen,) = banners(client_of(admin, company))
    assert "expire" in seen
    (seen,) = banners(client_of(biller, company))
    assert "matter" in seen
    assert banners(client_of(member, company)) == []


def test_a_pause_is_shown_before_the_watch_and_to_billers_without_the_link(
    link: AfasConnection, company: Company, client_of: Any, biller: User, browser: Any
) -> None:
    pausing.pause(link, because="address", by=None)
    for _watched in range(2):
        (shown,) = banners(browser)
        assert "AFAS refuses us" in shown
        assert "Put it right" in shown
        (theirs,) = banners(client_of(biller, company))
        assert "Put it right" not in theirs
        watching.watch()


def test_dismissing_takes_it_away_for_the_company_and_stays_on_the_page(
    link: AfasConnection, company: Company, client_of: Any, biller: User, browser: Any
) -> None:
    pausing.pause(link, because="address", by=None)
    watching.watch()
    away = reverse("alert_dismiss", args=[Alert.objects.get().pk])
    answer = browser.post(away, {"next": PAGE})
    assert answer.url == PAGE
    assert banners(browser) == banners(client_of(biller, company)) == []
    pausing.resume(link, by=None)
    watching.watch()
    AfasConnection.objects.update(
        paused_at=timezone.now() + timedelta(seconds=5), paused_because="address"
    )
    assert "AFAS refuses us" in banners(browser)[0]  # another pause is something new


def test_another_companys_alert_is_neither_seen_nor_dismissed(
    link: AfasConnection, browser: Any
) -> None:
    theirs = AlertFactory(company=CompanyFactory(), kind=Alert.Kind.RESTORED)
    assert banners(browser) == []
    assert browser.post(reverse("alert_dismiss", args=[theirs.pk])).status_code == 404
    theirs.refresh_from_db()
    assert theirs.dismissed_at is None


def test_only_those_it_concerns_may_dismiss_it(
    link: AfasConnection, company: Company, client_of: Any, biller: User, member: User
) -> None:
    alert = AlertFactory(connection=link, kind=Alert.Kind.EXPIRING)
    away = reverse("alert_dismiss", args=[alert.pk])
    assert client_of(member, company).post(away).status_code == 403
    assert client_of(biller, company).post(away).status_code == 404
    assert client_of(biller, company).get(away).status_code == 405
    alert.refresh_from_db()
    assert alert.dismissed_at is None


def test_a_restored_backup_says_until_when_nothing_is_sent(
    link: AfasConnection, browser: Any
) -> None:
    AlertFactory(connection=link, kind=Alert.Kind.RESTORED)
    AfasConnection.objects.update(held_until=timezone.now() + timedelta(minutes=30))
    (shown,) = banners(browser)
    assert "A backup was put back" in shown
    assert "Nothing is sent before" in shown


def test_a_page_after_a_refused_form_leads_back_to_the_first_page(
    link: AfasConnection, browser: Any
) -> None:
    expire_in(3)
    watching.watch()
    answer = browser.post(reverse("invite"), {"email": "nothing"})
    assert answer.status_code in {200, 422}
    assert 'name="next" value="/"' in answer.content.decode()


def test_a_page_without_alerts_asks_one_question_more(
    link: AfasConnection, browser: Any, django_assert_num_queries: Any
) -> None:
    place = MembershipFactory(company=link.company)
    with django_assert_num_queries(1):
        assert watching.shown_to(link.company, place) == []
