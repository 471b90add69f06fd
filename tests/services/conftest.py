"""Real worker processes on PostgreSQL and Redis, looking at the same database as the test.

    def test_something(celery_processes, sandbox): ...        # a worker and beat are running
    def test_another(processes):  processes.worker("one")     # start and kill them yourself

Tests here commit (`transactional_db`), since another process must see what they wrote.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings as product
from django.db import connection

from tools.stack import CELERY, ROOT

PATIENCE = 30.0  # seconds for a process to be ready, and for `wait_for`
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs the services."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.services)


@pytest.fixture(autouse=True)
def _services(transactional_db: None) -> None:
    if connection.vendor != "postgresql" or not product.REDIS_URL:
        pytest.skip("needs DATABASE_URL at PostgreSQL and REDIS_URL: make test-services")
    redis.Redis.from_url(product.REDIS_URL).flushdb()


def wait_for(question: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    """Ask until the answer is true, and return it; fail the test when it never is."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = question()
        if answer:
            return answer
        time.sleep(0.05)
    raise AssertionError(f"Not within {seconds} seconds.")


def waiting_sessions() -> int:
    """How many sessions of this database wait for a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return int(cursor.fetchone()[0])


@dataclass
class Running:
    """A process of Celery's in a group of its own, with everything it said."""

    process: subprocess.Popen[str]
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        for line in self.process.stdout or ():
            self.said.append(line)

    def wait_until_it_says(self, words: str) -> None:
        """Wait for a line with these words."""
        try:
            wait_for(lambda: any(words in line for line in self.said) or self._ended())
        except AssertionError:
            raise AssertionError("".join(self.said)) from None

    def _ended(self) -> bool:
        if self.process.poll() is not None:
            raise AssertionError("".join(self.said))
        return False

    def kill(self) -> None:
        """SIGKILL the process and its children, as a power cut would."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        self.process.wait()

    def stop(self) -> None:
        """Let it end, and see to it that it does."""
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(10)
        self.kill()


@dataclass
class Processes:
    """Starts workers and beat on the test's own database and Redis; ends them with the test."""

    environment: dict[str, str]
    var: Path
    started: list[Running] = field(default_factory=list)

    def worker(
        self, name: str = "worker", queues: str = "documents,imports", concurrency: int = 1
    ) -> Running:
        """A worker that is ready when this returns."""
        options = ["-Q", queues, "-c", str(concurrency), "-n", f"{name}@test", "-l", "INFO"]
        worker = self._start("worker", *options)
        worker.wait_until_it_says("ready.")
        return worker

    def beat(self) -> Running:
        """The one clock."""
        beat = self._start("beat", "-s", str(self.var / "beat"), "-l", "INFO")
        beat.wait_until_it_says("beat: Starting")
        return beat

    def said(self, *words: str) -> bool:
        """Whether one of them wrote a line with all these words."""
        lines = [line for one in self.started for line in one.said]
        return any(all(word in line for word in words) for line in lines)

    def stop(self) -> None:
        """End all that was started."""
        for one in self.started:
            one.stop()

    def _start(self, *arguments: str) -> Running:
        process = subprocess.Popen(
            [*CELERY, *arguments],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.started.append(Running(process))
        return self.started[-1]


def database_url() -> str:
    """The address of the database that this test looks at."""
    held = connection.settings_dict
    user = f"{held['USER']}:{held['PASSWORD']}" if held["PASSWORD"] else held["USER"]
    return f"postgres://{user}@{held['HOST']}:{held['PORT'] or 5432}/{held['NAME']}"


@pytest.fixture
def processes(_services: None, settings: Any, sandbox: Any, tmp_path: Path) -> Iterator[Processes]:
    """Nothing started yet; the pretend AFAS is there."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "timechimp_afas.settings",
        "DATABASE_URL": database_url(),
        "REDIS_URL": product.REDIS_URL,
        "SECRET_KEY": settings.SECRET_KEY,
        "FIELD_KEYS": ",".join(settings.FIELD_KEYS),
        "AFAS_URL_TEMPLATE": settings.AFAS_URL_TEMPLATE,
        "PYTHONUNBUFFERED": "1",
    }
    running = Processes(environment, tmp_path)
    yield running
    running.stop()
    sys.stdout.write("".join(line for one in running.started for line in one.said))


@pytest.fixture
def celery_processes(processes: Processes) -> Processes:
    """A worker on both queues, and beat."""
    processes.worker()
    processes.beat()
    return processes
