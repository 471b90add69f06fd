"""The stack as `make run` starts it, in a folder and on ports of its own."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tools.stack import ROOT

PATIENCE = 90.0  # seconds for a fresh stack to be ready
OURS = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "FIELD_KEYS", "EMAIL_URL", "DEBUG")
TOKEN = re.compile(r"<token>.*</token>")


@dataclass
class Stack:
    """A running product with its pretend AFAS, and everything it said."""

    process: subprocess.Popen[str]
    port: int
    sandbox_port: int
    var: Path
    said: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where the product is; no slash at the end."""
        return f"http://localhost:{self.port}"

    @property
    def sandbox_url(self) -> str:
        """Where the pretend AFAS is."""
        return f"http://localhost:{self.sandbox_port}"

    @property
    def token(self) -> str:
        """The user token as the box shows it, to be pasted whole."""
        return next(found[0] for line in self.said if (found := TOKEN.search(line)))

    @property
    def log(self) -> str:
        """All of it."""
        return "".join(self.said)

    @property
    def mail(self) -> str:
        """All that was mailed, as it left."""
        return "".join(one.read_text() for one in sorted((self.var / "mail").glob("*")))

    def listen(self) -> None:
        """Keep what it says."""
        for line in self.process.stdout or ():
            self.said.append(line)

    def wait_until_ready(self) -> None:
        """Wait for the box with the way in; fail with the whole log when it does not come."""
        deadline = time.monotonic() + PATIENCE
        while "Ctrl-C ends everything" not in self.log:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"The stack did not start:\n{self.log}")
            time.sleep(0.1)

    def stop(self) -> int:
        """Ctrl-C. Returns the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(var: Path) -> Iterator[Stack]:
    """Start the stack with its state in `var`, and end it."""
    port, sandbox_port = free_port(), free_port()
    kept = {name: value for name, value in os.environ.items() if name not in OURS}
    kept.pop("DJANGO_SETTINGS_MODULE", None)
    process = subprocess.Popen(
        [sys.executable, "-m", "tools.run", "start"],
        cwd=ROOT,
        env={**kept, "VAR": str(var), "PORT": str(port), "SANDBOX_PORT": str(sandbox_port)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    stack = Stack(process, port, sandbox_port, var)
    listener = threading.Thread(target=stack.listen, daemon=True)
    listener.start()
    try:
        stack.wait_until_ready()
        yield stack
    finally:
        if process.poll() is None:
            stack.stop()
        listener.join(5)
