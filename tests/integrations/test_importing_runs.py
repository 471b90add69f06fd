"""A run of an import: queued once, resumed, ended, never half done. Over real HTTP."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Company, User
from core.errors import DomainError
from integrations.models import AfasConnection, CustomerLink, ImportRun
from integrations.services import importing
from relations.models import Customer
from sandbox import seed
from tests.factories import AfasConnectionFactory, ImportRunFactory

pytestmark = pytest.mark.django_db
Do = Callable[..., ImportRun]


@pytest.fixture
def link(company: Company, sandbox: Any) -> AfasConnection:
    """The company linked with participant 12345."""
    return AfasConnectionFactory(company=company, user_token=seed.LIVE_TOKEN)


@pytest.fixture
def run(link: AfasConnection, owner: User) -> Do:
    """Press the button and let the worker do it."""

    def go(connection: AfasConnection | None = None) -> ImportRun:
        made = importing.request_import(connection=connection or link, trigger="button", by=owner)
        importing.run_import(made.pk)
        made.refresh_from_db()
        return made

    return go


@pytest.fixture
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seven debtors a page."""
    monkeypatch.setattr(importing, "PAGE", 7)


@pytest.mark.usefixtures("short_pages")
def test_an_error_of_afas_halfway_keeps_what_was_done_and_says_so(
    run: Do, link: AfasConnection, sandbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = importing._Running._keep

    def then_revoke(self: Any, raw: Any) -> None:
        keep(self, raw)
        sandbox.order("revoke", {"token": seed.LIVE_TOKEN})

    monkeypatch.setattr(importing._Running, "_keep", then_revoke)
    done = run()

    assert done.status == ImportRun.Status.FAILED
    assert done.new == Customer.objects.count() == 7
    assert "401" in done.error
    link.refresh_from_db()
    assert link.paused_because == "credentials"


@pytest.mark.usefixtures("short_pages")
def test_a_run_hands_itself_on_and_is_resumed_after_its_last_key(
    link: AfasConnection, sandbox: Any
) -> None:
    made = importing.request_import(connection=link, trigger="button")

    importing.run_import(made.pk, seconds=0)
    made.refresh_from_db()
    assert (made.status, made.new) == (ImportRun.Status.QUEUED, 7)

    slices = 0
    while importing.run_queued():
        slices += 1
        assert slices < 20
    made.refresh_from_db()
    assert (made.status, made.new, made.expected) == (ImportRun.Status.DONE, 39, 40)
    asked = [one for one in sandbox.state()["requests"] if "ProfitDebtor" in one["path"]]
    assert len(asked) < 20


@pytest.mark.usefixtures("short_pages")
def test_nothing_of_a_page_that_breaks_is_saved(run: Do, monkeypatch: pytest.MonkeyPatch) -> None:
    from integrations.services.imported_rows import Page

    write = Page.write

    def break_on_the_third(self: Page) -> None:
        write(self)
        if Customer.objects.count() > 14:
            raise RuntimeError

    monkeypatch.setattr(Page, "write", break_on_the_third)
    done = run()

    assert done.status == ImportRun.Status.FAILED
    assert done.new == Customer.objects.count() == CustomerLink.objects.count() == 14
    assert done.last_key == "10013"


@pytest.mark.usefixtures("short_pages")
def test_a_worker_that_was_overtaken_writes_nothing_more(
    link: AfasConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = importing.request_import(connection=link, trigger="button")
    keep = importing._Running._keep

    def sleep_too_long(self: Any, raw: Any) -> None:
        keep(self, raw)
        later = timezone.now() + timedelta(minutes=4)
        ImportRun.objects.filter(pk=self.run.pk).update(heartbeat_at=later)

    monkeypatch.setattr(importing._Running, "_keep", sleep_too_long)
    importing.run_import(made.pk)

    made.refresh_from_db()
    assert made.status == ImportRun.Status.RUNNING
    assert Customer.objects.count() == 7


def test_a_silent_run_is_put_back_and_a_stale_one_fails(link: AfasConnection) -> None:
    now = timezone.now()
    silent = ImportRunFactory(
        connection=link, status="running", heartbeat_at=now - timedelta(minutes=4), queued_at=now
    )
    importing.RUNS.fail_stale()
    importing.RUNS.ring_for_queued()
    silent.refresh_from_db()
    assert silent.status == ImportRun.Status.QUEUED

    ImportRun.objects.update(status="running", heartbeat_at=now - timedelta(minutes=11))
    importing.RUNS.fail_stale()
    silent.refresh_from_db()
    assert silent.status == ImportRun.Status.FAILED
    assert "kept" in silent.error


def test_a_second_press_shows_the_running_import(link: AfasConnection) -> None:
    first = importing.request_import(connection=link, trigger="button")
    assert importing.request_import(connection=link, trigger="button") == first
    assert ImportRun.objects.count() == 1


@pytest.mark.parametrize(
    ("state", "word"),
    [
        ({"paused_at": timezone.now(), "paused_because": "person"}, "paused"),
        ({"paused_at": timezone.now(), "paused_because": "credentials"}, "refuses"),
        ({"administration": None}, "administration"),
        ({"checked_at": None}, "not linked"),
        (
            {"findings": [{"connector": "ProfitDebtor", "access": "read", "granted": False}]},
            "ProfitDebtor",
        ),
    ],
)
def test_an_import_that_cannot_be_made_says_why(
    link: AfasConnection, state: dict[str, Any], word: str
) -> None:
    for name, value in state.items():
        setattr(link, name, value)
    with pytest.raises(DomainError, match=word):
        importing.request_import(connection=link, trigger="button")
    assert not ImportRun.objects.exists()


def test_a_pause_ends_a_running_import(link: AfasConnection) -> None:
    made = importing.request_import(connection=link, trigger="button")
    AfasConnection.objects.update(paused_at=timezone.now(), paused_because="person")

    importing.run_import(made.pk)

    made.refresh_from_db()
    assert (made.status, made.new) == (ImportRun.Status.FAILED, 0)
