"""`manage.py work`: the whole background in one process, following the one schedule."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings as django_settings
from django.core.management import call_command

from integrations.management.commands import work
from integrations.management.commands.work import Workshop
from integrations.models import AfasConnection, AfasDocument, ImportRun, State
from integrations.services import importing, sending
from sandbox import seed
from tests.factories import AfasConnectionFactory, AfasDocumentFactory
from timechimp_afas.celery import app
from timechimp_afas.schedule import SCHEDULE

ROOT = Path(__file__).resolve().parent.parent.parent
FIVE = datetime(2026, 6, 1, 3, 0, 0, tzinfo=UTC)  # 05:00 in Amsterdam


@pytest.fixture
def link(company: Any, sandbox: Any) -> AfasConnection:
    """The company linked with participant 12345."""
    return AfasConnectionFactory(company=company, user_token=seed.LIVE_TOKEN)


@pytest.mark.django_db(transaction=True)
def test_one_round_imports_what_is_queued(link: AfasConnection) -> None:
    run = importing.request_import(connection=link, trigger="button")

    call_command("work", "--once")

    run.refresh_from_db()
    assert run.status == ImportRun.Status.DONE


@pytest.mark.django_db(transaction=True)
def test_one_round_sends_what_is_queued_and_sweeps_what_is_stale(
    link: AfasConnection, sandbox: Any
) -> None:
    stale = AfasDocumentFactory(
        connection=link, sending=True, sending_since=datetime(2026, 1, 1, tzinfo=UTC)
    )
    queued = AfasDocumentFactory(connection=link)

    call_command("work", "--once")

    stale.refresh_from_db()
    queued.refresh_from_db()
    assert stale.state == State.UNKNOWN
    assert queued.attempts == 1
    assert AfasDocument.objects.filter(state=State.QUEUED, attempts=0).count() == 0


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(FIVE, tick=False) as traveller:
        yield traveller


@pytest.mark.django_db(transaction=True)
def test_the_schedule_is_celerys_own_and_runs_at_its_times(
    clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert django_settings.CELERY_BEAT_SCHEDULE is SCHEDULE
    workshop = Workshop()
    ran: list[str] = []
    for entry in SCHEDULE.values():
        task = app.tasks[entry["task"]]
        monkeypatch.setattr(task, "run", lambda name=entry["task"]: ran.append(name))

    workshop.once()
    assert ran == []

    clock.shift(timedelta(seconds=61))
    workshop.once()
    assert sorted(ran) == [
        "integrations.import_due",
        "integrations.read_payments_due",
        "integrations.sweep",
        "integrations.watch",
        "invoicing.keep_papers",
        "invoicing.sweep_mails",
    ]
    workshop.once()
    assert len(ran) == 6

    clock.move_to(FIVE + timedelta(hours=5))
    workshop.once()
    workshop.once()
    assert ran[6:].count("integrations.sweep") == 1


@pytest.mark.django_db(transaction=True)
def test_a_nightly_import_comes_by_itself(link: AfasConnection, clock: Any) -> None:
    AfasConnection.objects.update(nightly_import=True)
    workshop = Workshop()
    clock.shift(timedelta(seconds=61))

    workshop.once()

    run = ImportRun.objects.get()
    assert (run.trigger, run.status) == ("nightly", ImportRun.Status.DONE)


@pytest.mark.django_db(transaction=True)
def test_a_job_that_fails_is_logged_and_the_others_go_on(
    link: AfasConnection, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> int:
        raise RuntimeError("away")

    monkeypatch.setattr(sending, "send_due", fail)
    run = importing.request_import(connection=link, trigger="button")

    assert Workshop().once() == 1

    run.refresh_from_db()
    assert run.status == ImportRun.Status.DONE
    assert "sending failed" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_an_idle_worker_looks_about_twice_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    workshop = Workshop()
    rounds: list[float] = []

    def look() -> int:
        rounds.append(time.monotonic())
        if len(rounds) == 4:
            workshop.stop.set()
        return 0

    monkeypatch.setattr(sending, "send_due", look)
    workshop.work()

    gaps = [later - earlier for earlier, later in pairwise(rounds)]
    assert all(0.3 < gap < 2 for gap in gaps)
    assert work.IDLE_SECONDS == 0.5


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A database of its own for real processes."""
    place = tmp_path_factory.mktemp("work")
    variables = {
        **os.environ,
        "DEBUG": "1",
        "DATABASE_URL": f"sqlite:///{place / 'db.sqlite3'}",
        "DJANGO_SETTINGS_MODULE": "timechimp_afas.settings",
        "REDIS_URL": "",
    }
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "-v", "0"], cwd=ROOT, env=variables, check=True
    )
    return variables


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_cleanly_at_a_signal(environment: dict[str, str], number: signal.Signals) -> None:
    process = subprocess.Popen(
        [sys.executable, "manage.py", "work"],
        cwd=ROOT,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr
    assert "Working" in process.stderr.readline()
    process.send_signal(number)
    _out, rest = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "Stopped" in rest
    assert "Traceback" not in rest
