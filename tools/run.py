"""`make run`: sets up, starts everything side by side, and ends everything together."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import IO

from tools import stack
from tools.stack import ROOT, BadSettingError, Place, Step

COLOURS = {"web": "36", "worker": "33", "beat": "35", "sandbox": "32"}
PATIENCE = 60  # seconds for the web to answer for the first time
GRACE = 10  # seconds between asking a process to end and ending it
LONGEST_LINE = 2000  # characters of one log line

BOX = """
────────────────────────────────────────────────────────────────────────
  {name} is running           {url}

  Log in as            owner@vlier.example    password  vlier-demo
  or as                billing@vlier.example, member@vlier.example
  The other company    owner@eik.example      password  eik-demo

  To link AFAS: Settings → App Center → AFAS → Activate, then
  Participant number   12345
  User token, to paste whole:
{token}

  The pretend AFAS     http://localhost:{sandbox_port}
  Ctrl-C ends everything and keeps the data; make reset starts afresh.
────────────────────────────────────────────────────────────────────────
"""


class Output:
    """One readable log: a line at a time, with the name of who said it."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._coloured = stream.isatty() and "NO_COLOR" not in os.environ
        self.is_heard = True

    def say(self, text: str) -> None:
        """A line of our own. When nobody reads any more, `is_heard` becomes false."""
        with self._lock, self._until_nobody_reads():
            self._stream.write(f"{text}\n")
            self._stream.flush()

    @contextlib.contextmanager
    def _until_nobody_reads(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError:
            self.is_heard = False
            self._stream = Path(os.devnull).open("w")  # noqa: SIM115  as long as we live
            os.dup2(self._stream.fileno(), sys.stdout.fileno())

    def line(self, name: str, text: str) -> None:
        """A line of the process `name`."""
        prefix = f"{name:<7} │"
        if self._coloured:
            prefix = f"\033[{COLOURS[name]}m{prefix}\033[0m"
        self.say(f"{prefix} {text[:LONGEST_LINE]}")


class Child:
    """A process in a group of its own, so that nothing it started outlives us."""

    def __init__(self, step: Step, environment: Mapping[str, str], output: Output) -> None:
        self.name = step.name
        self._output = output
        self._process = subprocess.Popen(
            step.command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def exit_code(self) -> int | None:
        """How it ended; None while it runs."""
        return self._process.poll()

    def ask_to_end(self) -> None:
        """Let it finish what it is doing."""
        if self.exit_code is None:
            self._process.terminate()

    def end(self, deadline: float) -> None:
        """Wait until `deadline` (monotonic seconds), then end it and all that it started."""
        try:
            self._process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._output.say(f"{self.name} did not end in time and is ended now.")
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._reader.join(1)

    def _read(self) -> None:
        if self._process.stdout is None:
            return
        for text in self._process.stdout:
            self._output.line(self.name, text.rstrip())


class Supervisor:
    """Starts the processes, and ends all of them when one ends or somebody says stop."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._stop = threading.Event()
        self._children: list[Child] = []

    def listen_for_signals(self) -> None:
        """Ctrl-C, kill and a closed terminal all mean: end everything."""
        for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(one, self._on_signal)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._stop.set()

    def run(self, steps: tuple[Step, ...], environment: Mapping[str, str], place: Place) -> int:
        """Run until the end. Returns 0 when somebody stopped it, 1 when a process ended itself."""
        try:
            for step in steps:
                self._children.append(Child(step, environment, self._output))
            self._welcome(place, environment)
            return self._watch()
        finally:
            self._end_all()

    def _welcome(self, place: Place, environment: Mapping[str, str]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not self._stop.is_set() and not self._dead() and time.monotonic() < deadline:
            if answers(f"http://127.0.0.1:{place.port}/healthz"):
                self._output.say(welcome(place, environment))
                return
            self._stop.wait(0.2)

    def _watch(self) -> int:
        while self._output.is_heard and not self._stop.wait(0.2):
            dead = self._dead()
            if dead:
                code = dead[0].exit_code
                self._output.say(
                    f"\n{dead[0].name} ended by itself (exit code {code}), so the rest ends too; "
                    "its last lines above say why."
                )
                return 1
        return 0

    def _dead(self) -> list[Child]:
        return [child for child in self._children if child.exit_code is not None]

    def _end_all(self) -> None:
        deadline = time.monotonic() + GRACE
        for child in self._children:
            child.ask_to_end()
        for child in self._children:
            child.end(deadline)


def answers(url: str) -> bool:
    """Whether `url` answers with 200 within two seconds."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def welcome(place: Place, environment: Mapping[str, str]) -> str:
    """The box: where to go, as whom, and what to paste."""
    token = subprocess.run(
        [sys.executable, "-m", "sandbox", "--print-token", "12345"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    return BOX.format(
        name=environment.get("SITE_NAME", "Uurwerk"),
        url=place.url,
        sandbox_port=place.sandbox_port,
        token=token,
    )


def refuse_used_ports(place: Place) -> None:
    """Raises BadSettingError with a way out when something listens on one of our ports."""
    for name, port in (("PORT", place.port), ("SANDBOX_PORT", place.sandbox_port)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as problem:
                raise BadSettingError(
                    f"Port {port} cannot be used ({problem.strerror}): stop what uses it, "
                    f"or choose another one: make run {name}={port + 1}"
                ) from problem


def prepare(environment: Mapping[str, str], output: Output) -> None:
    """Do what comes before the processes. Raises BadSettingError when a step fails."""
    for step in stack.preparations():
        output.say(f"{step.name} …")
        done = subprocess.run(
            step.command,
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            output.say(done.stdout)
            raise BadSettingError(f"{step.name} failed; the lines above say why.")


def start(environment: Mapping[str, str]) -> int:
    """`make run`. Returns the exit code."""
    output = Output(sys.stdout)
    supervisor = Supervisor(output)
    place = stack.place_from(environment)
    refuse_used_ports(place)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    whole = stack.environment_of(place, environment)
    (place.var / "static").mkdir(parents=True, exist_ok=True)
    prepare(whole, output)
    supervisor.listen_for_signals()
    note = place.var / "run.pid"
    note.write_text(str(os.getpid()))
    try:
        code = supervisor.run(stack.processes(place, whole), whole, place)
    finally:
        note.unlink(missing_ok=True)
    output.say("Everything has ended.")
    return code


def seed(environment: Mapping[str, str]) -> int:
    """`make seed`: the database and the example companies, without starting anything."""
    prepare(stack.environment_of(stack.place_from(environment), environment), Output(sys.stdout))
    return 0


def reset(environment: Mapping[str, str]) -> int:
    """`make reset`: wipe our database and the pretend AFAS together, while nothing runs."""
    var = stack.place_from(environment).var
    running = _running(var / "run.pid")
    if running:
        raise BadSettingError(f"make run is still going on (process {running}): stop it first.")
    shutil.rmtree(var, ignore_errors=True)
    sys.stdout.write("The database, the files and the pretend AFAS's memory are gone.\n")
    if environment.get("DATABASE_URL"):
        sys.stdout.write("DATABASE_URL names another database; that one was left alone.\n")
    return 0


def _running(note: Path) -> int | None:
    """The process that wrote the note, if it is still there."""
    try:
        process = int(note.read_text())
        os.kill(process, 0)
    except (OSError, ValueError):
        return None
    return process


def main(arguments: list[str]) -> int:
    """Do the one thing asked: start (default), seed or reset."""
    doors = {"start": start, "seed": seed, "reset": reset}
    try:
        return doors[arguments[0] if arguments else "start"](os.environ)
    except BadSettingError as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("Stopped.\n")
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
