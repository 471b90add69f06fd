"""The processes: a database and a Redis number of their own, AFAS, two workers and beat.

Each process leads a group of its own and is killed with all its children. What it says goes into a
file, since nobody listens while it dies.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import redis

from tests.chaos.plan import Plan
from tools.stack import CELERY, ROOT, secrets_in

PATIENCE = 60.0  # seconds for a process to be ready
USUAL_DATABASE = "postgres://postgres@127.0.0.1:5432/test"
USUAL_REDIS = "redis://127.0.0.1:6379"
OURS = "chaos"  # a key that says that the number is taken
BROKEN_SETTINGS = "tests.chaos.broken_settings"


@dataclass
class Process:
    """One process that can be killed and started again."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path
    ready: Callable[[], bool] = lambda: True
    running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; it may take a while before it is ready."""
        with self.log.open("ab") as said:
            self.running = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait(self) -> None:
        """Until it is ready. Raises RuntimeError when it ended or never is."""
        until = time.monotonic() + PATIENCE
        while not self.ready():
            if not self.lives or time.monotonic() > until:
                raise RuntimeError(f"{self.name} did not start:\n{self.log.read_text()[-2000:]}")
            time.sleep(0.05)

    @property
    def lives(self) -> bool:
        """Whether it was started and has not ended."""
        return self.running is not None and self.running.poll() is None

    def kill(self) -> None:
        """SIGKILL it and its children, as a power cut would."""
        if self.running is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.running.pid, signal.SIGKILL)
        self.running.wait()


@dataclass
class Stage:
    """Everything that runs. `pretend` is the address of the pretend AFAS."""

    plan: Plan
    var: Path
    database: str
    redis_url: str
    environment: dict[str, str]
    pretend: str
    processes: dict[str, Process] = field(default_factory=dict)

    def add(self, name: str, *command: str, ready: Callable[[], bool] = lambda: True) -> None:
        """Start a process under this name."""
        log = self.var / f"{name.replace(' ', '-')}.log"
        self.processes[name] = Process(name, command, self.environment, log, ready)
        self.processes[name].start()

    def wait(self) -> None:
        """Until all are ready."""
        for process in self.processes.values():
            process.wait()

    def flush_redis(self) -> None:
        """Redis forgets everything, as after a crash without persistence."""
        with redis.Redis.from_url(self.redis_url) as server, server.pipeline() as at_once:
            at_once.flushdb()
            at_once.set(OURS, os.getpid())
            at_once.execute()

    def end(self) -> None:
        """Kill what still runs."""
        for process in self.processes.values():
            process.kill()

    def forget(self) -> None:
        """All went well: nobody will read what was said."""
        self.end()
        shutil.rmtree(self.var, ignore_errors=True)


@contextmanager
def stage_for(plan: Plan) -> Iterator[Stage]:
    """Make the database and everything else but the processes; take it away at the end."""
    var = ROOT / "var" / "chaos" / f"{plan.variant}-{plan.seed}-{os.getpid()}"
    var.mkdir(parents=True, exist_ok=True)
    given = os.environ.get("DATABASE_URL") or USUAL_DATABASE
    database = urlsplit(given)._replace(path=f"/chaos_{os.getpid()}").geturl()
    redis_url = _free_redis(os.environ.get("REDIS_URL") or USUAL_REDIS)
    port = _free_port()
    pretend = f"http://127.0.0.1:{port}"
    with _database(database):
        environment = _environment(plan, var, database, redis_url, pretend)
        stage = Stage(plan, var, database, redis_url, environment, pretend)
        try:
            yield stage
        finally:
            stage.end()
            redis.Redis.from_url(redis_url).flushdb()


def _environment(
    plan: Plan, var: Path, database: str, redis_url: str, pretend: str
) -> dict[str, str]:
    """What each process of the product is told: production's settings, but for the clocks."""
    settings = BROKEN_SETTINGS if plan.variant.is_broken else "timechimp_afas.settings"
    return {
        **{name: value for name, value in os.environ.items() if name not in {"TEST_RUN"}},
        **secrets_in(var),
        "DJANGO_SETTINGS_MODULE": settings,
        "CHAOS_VARIANT": plan.variant.value,
        "DATABASE_URL": database,
        "REDIS_URL": redis_url,
        "AFAS_URL_TEMPLATE": f"{pretend}/{{participant}}{{environment}}/ProfitRestServices",
        "BEAT_FILE": str(var / "beat"),
        "MEDIA_ROOT": str(var / "media"),
        "EMAIL_URL": "dummymail://",
        "DEBUG": "1",
        "TIME_SCALE": str(plan.scale),
        "PYTHONUNBUFFERED": "1",
    }


def start_afas(stage: Stage) -> None:
    """The pretend AFAS; it keeps its state when it is killed."""
    port = stage.pretend.rpartition(":")[2]
    command = ("-m", "sandbox", "--port", port, "--state", str(stage.var / "sandbox.sqlite3"))
    scale = ("--scale", str(stage.plan.scale))
    stage.add("AFAS", sys.executable, *command, *scale, ready=lambda: _answers(int(port)))


def start_product(stage: Stage) -> None:
    """Two workers and beat, as `make up` starts them."""
    options = ("-Q", "documents,imports", "--concurrency", "2", "--loglevel", "INFO")
    for name in WORKERS:
        host = name.replace(" ", "")
        stage.add(name, *CELERY, "worker", *options, "-n", f"{host}@{stage.var.name}")
    stage.add("beat", *CELERY, "beat", "--loglevel", "INFO")


WORKERS = ("worker 1", "worker 2")


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError):
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    return False


def _free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def _free_redis(given: str) -> str:
    """The highest of Redis's sixteen numbers that holds nothing: others test here, too."""
    for number in range(15, -1, -1):
        url = urlsplit(given)._replace(path=f"/{number}").geturl()
        with redis.Redis.from_url(url) as server:
            if not server.dbsize() and server.set(OURS, os.getpid(), nx=True):
                return url
    raise RuntimeError("All sixteen numbers of Redis are in use: flush one that is left over.")


@contextmanager
def _database(url: str) -> Iterator[None]:
    name = urlsplit(url).path.lstrip("/")
    keeper = urlsplit(url)._replace(scheme="postgresql", path="/postgres").geturl()

    def order(words: Any) -> None:
        with psycopg.connect(keeper, autocommit=True) as server:
            server.execute(words)

    order(f'CREATE DATABASE "{name}"')
    try:
        yield
    finally:
        order(f'DROP DATABASE "{name}" WITH (FORCE)')
