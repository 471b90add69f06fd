"""The stack as `make run` runs it: its environment, what is done before, and its processes.

The browser journeys start the same stack, so that they walk through what a newcomer gets.
"""

from __future__ import annotations

import base64
import os
import re
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MANAGE = (sys.executable, "manage.py")
CELERY = (sys.executable, "-m", "celery", "-A", "timechimp_afas", "--quiet")


class BadSettingError(Exception):
    """What was asked for cannot be; the message is one sentence for the person who asked."""


@dataclass(frozen=True)
class Place:
    """Where the stack lives: its state in `var`, the web on `port`, the pretend AFAS beside it."""

    var: Path
    port: int
    sandbox_port: int

    @property
    def url(self) -> str:
        """The address a person opens."""
        return f"http://localhost:{self.port}"

    @property
    def sandbox_state(self) -> Path:
        """The pretend AFAS's memory, beside the database so that both are wiped together."""
        return self.var / "sandbox.sqlite3"


@dataclass(frozen=True)
class Step:
    """Something to run: its name in the log, and its command."""

    name: str
    command: tuple[str, ...]


def place_from(environment: Mapping[str, str]) -> Place:
    """Read VAR, PORT and SANDBOX_PORT. Raises BadSettingError for ports that cannot be."""
    port, sandbox_port = _port(environment, "PORT", 8000), _port(environment, "SANDBOX_PORT", 8010)
    if port == sandbox_port:
        raise BadSettingError(
            f"PORT and SANDBOX_PORT are both {port}: give them different numbers."
        )
    return Place((ROOT / environment.get("VAR", "var")).resolve(), port, sandbox_port)


def _port(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name) or str(default)
    if not re.fullmatch(r"\d{1,5}", text) or not 0 < int(text) < 65536:
        raise BadSettingError(f"{name} is {text!r}, which is no port: choose a number up to 65535.")
    return int(text)


def environment_of(place: Place, given: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Every variable the processes need. What is `given` wins, such as another DATABASE_URL."""
    pretend = f"http://127.0.0.1:{place.sandbox_port}/{{participant}}{{environment}}"
    return {
        "DATABASE_URL": f"sqlite:///{place.var / 'db.sqlite3'}",
        "MEDIA_ROOT": str(place.var / "media"),
        "STATIC_ROOT": str(place.var / "static"),
        "BEAT_FILE": str(place.var / "beat"),
        "AFAS_URL_TEMPLATE": f"{pretend}/ProfitRestServices",
        "SITE_URL": place.url,
        "EMAIL_URL": f"filemail:///{place.var / 'mail'}",
        "DEBUG": "0",
        "HTTPS_ONLY": "0",
        "PYTHONUNBUFFERED": "1",
        **secrets_in(place.var),
        **given,
    }


def secrets_in(var: Path) -> dict[str, str]:
    """The secrets of this installation; made on the first call, for the owner's eyes only."""
    path = var / "secrets.env"
    if not path.exists():
        var.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
        path.write_text(f"SECRET_KEY={secrets.token_urlsafe(50)}\nFIELD_KEYS={key}\n")
    lines = path.read_text().splitlines()
    return {name: value for name, _, value in (line.partition("=") for line in lines) if name}


def preparations() -> tuple[Step, ...]:
    """What is done before the processes start; doing it again changes nothing."""
    return (
        Step("Compiling the translations", (sys.executable, "-m", "tools.messages", "compile")),
        Step("Bringing the database up to date", (*MANAGE, "migrate", "-v", "0")),
        Step("Filling the two example companies", (*MANAGE, "seed")),
    )


def processes(place: Place, environment: Mapping[str, str]) -> tuple[Step, ...]:
    """What runs side by side: web, the pretend AFAS, and the worker (with beat where Redis is)."""
    web = ("gunicorn", "timechimp_afas.wsgi", "--bind", f"127.0.0.1:{place.port}", "--threads", "8")
    memory = ("--state", str(place.sandbox_state), "--examples")
    sandbox = ("sandbox", "--port", str(place.sandbox_port), *memory)
    return (
        Step("sandbox", (sys.executable, "-m", *sandbox)),
        Step("web", (sys.executable, "-m", *web, "--log-level", "warning")),
        *_workers(with_redis=bool(environment.get("REDIS_URL"))),
    )


def _workers(*, with_redis: bool) -> tuple[Step, ...]:
    if not with_redis:
        return (Step("worker", (*MANAGE, "work")),)
    queues = ("-Q", "documents,imports", "--concurrency", "2", "--loglevel", "INFO")
    return Step("worker", (*CELERY, "worker", *queues)), Step("beat", (*CELERY, "beat"))


if __name__ == "__main__":
    secrets_in(ROOT / "var")  # for docker-compose.yml, which reads them from there
