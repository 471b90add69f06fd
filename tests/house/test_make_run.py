"""`make run`: one clear sentence when it cannot, and nothing left behind when it ends."""

import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from environ import Env

from tools import stack
from tools.stack import ROOT, BadSettingError, Place

OLD_PYTHON = """
import runpy, sys
sys.version_info = (3, 9, 18, "final", 0)
runpy.run_path("tools/environment.py", run_name="__main__")
"""
# A stack of two: one that does not want to end and has a child of its own, and one that is told how
# long to live.
SMALL_STACK = """
import sys
from pathlib import Path
from tools import run
from tools.stack import Place, Step

run.GRACE, run.PATIENCE = 1, 0
stubborn = (
    "import signal, subprocess, sys, time;"
    "signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
    "print('child', child.pid, flush=True);"
    "time.sleep(60)"
)
tick = f"[print(time.sleep({sys.argv[1]}), flush=True) for _ in range({sys.argv[2]})]"
mortal = f"import time; {tick}"
supervisor = run.Supervisor(run.Output(sys.stdout))
supervisor.listen_for_signals()
codes = {"web": stubborn, "worker": mortal}
steps = tuple(Step(name, (sys.executable, "-c", code)) for name, code in codes.items())
sys.exit(supervisor.run(steps, {}, Place(Path("/nowhere"), 1, 2)))
"""


def run_python(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def taken_port() -> Iterator[str]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield str(listener.getsockname()[1])


@pytest.mark.parametrize(("name", "other"), [("PORT", "SANDBOX_PORT"), ("SANDBOX_PORT", "PORT")])
def test_a_port_in_use_is_one_sentence_that_names_it_and_the_way_out(
    name: str, other: str, taken_port: str, tmp_path: Path
) -> None:
    free = {other: "59999", "VAR": str(tmp_path / "var")}
    done = run_python("-m", "tools.run", "start", **{name: taken_port}, **free)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert f"Port {taken_port} cannot be used" in done.stderr
    assert f"make run {name}={int(taken_port) + 1}" in done.stderr
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize("port", ["eighty", "0", "70000", "-1"])
def test_a_port_that_is_no_port_is_refused(port: str) -> None:
    with pytest.raises(BadSettingError, match="is no port"):
        stack.place_from({"PORT": port})


def test_two_equal_ports_are_refused() -> None:
    with pytest.raises(BadSettingError, match="both 8001"):
        stack.place_from({"PORT": "8001", "SANDBOX_PORT": "8001"})


def test_an_old_python_is_one_sentence() -> None:
    done = run_python("-c", OLD_PYTHON)
    assert done.returncode == 1
    assert done.stderr.startswith("Python 3.11 or newer is needed, and this is 3.9")
    assert done.stderr.count("\n") == 1


def test_a_failed_installation_is_one_sentence_and_is_tried_again_next_time(tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    (tmp_path / "requirements").mkdir()
    script = tmp_path / "tools" / "environment.py"
    script.write_text((ROOT / "tools" / "environment.py").read_text())
    digest = "0" * 64
    (tmp_path / "requirements" / "base.txt").write_text(
        f"no-such-thing==1 --hash=sha256:{digest}\n"
    )
    python = tmp_path / ".venv" / "bin" / "python"  # made already, with a pip that finds nothing
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    for _ in range(2):
        done = run_python(str(script), "base", PIP_NO_INDEX="1", PIP_FIND_LINKS=str(tmp_path))
        assert done.returncode == 1
        assert done.stderr.startswith("The requirements could not be installed: ")
        assert "no-such-thing" in done.stderr
        assert "var/install.log" in done.stderr
        assert done.stderr.count("\n") == 1


def is_alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def start_small_stack(mortal_seconds: float, rounds: int = 1) -> tuple[subprocess.Popen[str], int]:
    started = subprocess.Popen(
        [sys.executable, "-c", SMALL_STACK, str(mortal_seconds), str(rounds)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert started.stdout is not None
    grandchild = next(line for line in started.stdout if "child" in line)
    return started, int(grandchild.split()[-1])


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="reads /proc to see who is alive")
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_everything_even_what_does_not_want_to(sign: signal.Signals) -> None:
    supervisor, grandchild = start_small_stack(60)
    assert is_alive(grandchild)
    supervisor.send_signal(sign)
    assert supervisor.wait(10) == 0
    time.sleep(0.2)
    assert not is_alive(grandchild)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="reads /proc to see who is alive")
def test_when_one_process_ends_by_itself_the_rest_ends_too_with_a_sentence() -> None:
    supervisor, grandchild = start_small_stack(1)
    said, _ = supervisor.communicate(timeout=15)
    assert supervisor.returncode == 1
    assert "worker ended by itself (exit code 0), so the rest ends too" in said
    assert not is_alive(grandchild)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="reads /proc to see who is alive")
def test_when_nobody_reads_the_log_any_more_everything_ends() -> None:
    supervisor, grandchild = start_small_stack(0.5, rounds=30)
    assert supervisor.stdout is not None
    supervisor.stdout.close()
    assert supervisor.wait(15) == 0
    assert not is_alive(grandchild)


def test_secrets_are_made_once_for_the_owner_only_and_differ_between_installations(
    tmp_path: Path,
) -> None:
    first, again = stack.secrets_in(tmp_path / "a"), stack.secrets_in(tmp_path / "a")
    other = stack.secrets_in(tmp_path / "b")
    assert first == again
    assert set(first) == {"SECRET_KEY", "FIELD_KEYS"}
    assert not set(first.values()) & set(other.values())
    assert stat.S_IMODE((tmp_path / "a" / "secrets.env").stat().st_mode) == 0o600


def test_what_the_environment_says_wins_and_redis_brings_celery(tmp_path: Path) -> None:
    place = Place(tmp_path, 8000, 8010)
    plain = stack.environment_of(place, {})
    assert Env.email_url_config(plain["EMAIL_URL"])["EMAIL_FILE_PATH"] == str(tmp_path / "mail")
    assert plain["AFAS_URL_TEMPLATE"] == (
        "http://127.0.0.1:8010/{participant}{environment}/ProfitRestServices"
    )
    assert plain["DATABASE_URL"].endswith("/db.sqlite3")
    assert [step.name for step in stack.processes(place, plain)] == ["sandbox", "web", "worker"]
    given = {"DATABASE_URL": "postgres://elsewhere/x", "REDIS_URL": "redis://localhost"}
    rich = stack.environment_of(place, given)
    assert rich["DATABASE_URL"] == "postgres://elsewhere/x"
    names = [step.name for step in stack.processes(place, rich)]
    assert names == ["sandbox", "web", "worker", "beat"]


def test_reset_wipes_our_database_and_the_memory_of_the_pretend_afas_together(
    tmp_path: Path,
) -> None:
    var = tmp_path / "var"
    var.mkdir()
    for name in ("db.sqlite3", "sandbox.sqlite3", "secrets.env"):
        (var / name).write_text("")
    (var / "run.pid").write_text(str(os.getpid()))
    refused = run_python("-m", "tools.run", "reset", VAR=str(var))
    assert refused.returncode == 1
    assert "stop it first" in refused.stderr
    assert (var / "db.sqlite3").exists()
    (var / "run.pid").unlink()
    assert run_python("-m", "tools.run", "reset", VAR=str(var)).returncode == 0
    assert not var.exists()
