import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from sandbox import seed
from sandbox.app import Sandbox
from tests.sandbox.conftest import Client, afas_token, debtor, invoice

ROOT = Path(__file__).parents[2]
Start = Callable[..., "Process"]


class Process:
    """`python -m sandbox` as a process of its own."""

    def __init__(self, *arguments: str) -> None:
        self.child = subprocess.Popen(
            [sys.executable, "-u", "-m", "sandbox", *arguments],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        )
        assert self.child.stdout is not None
        self.first_line = self.child.stdout.readline().strip()

    @property
    def url(self) -> str:
        return self.first_line.rsplit(" ", 1)[-1]

    def client(self) -> Client:
        return Client(f"{self.url}/12345/ProfitRestServices")

    def end(self, how: signal.Signals) -> str:
        self.child.send_signal(how)
        output, _ = self.child.communicate(timeout=10)
        return output


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[Process] = []

    def begin(*more: str) -> Process:
        process = Process("--port", "0", "--state", str(tmp_path / "var" / "afas.sqlite3"), *more)
        started.append(process)
        return process

    yield begin
    for process in started:
        process.child.kill()
        process.child.communicate()


def test_a_killed_process_keeps_everything_that_it_answered(start: Start, tmp_path: Path) -> None:
    first = start()
    client = first.client()
    numbers = [
        client.post("FbDirectInvoice", invoice()).json()["results"]["FbDirectInvoice"]["OrNu"]
        for _ in range(5)
    ]
    client.post("KnSalesRelationOrg", debtor(DbId="C-1"))
    first.end(signal.SIGKILL)

    again = Sandbox(tmp_path / "var" / "afas.sqlite3")
    state = again.control.state("12345")
    again.close()

    assert [kept["number"] for kept in state["invoices"]] == numbers
    assert "C-1" in {row["DebtorId"] for row in state["debtors"]}


def test_a_second_start_goes_on_where_the_first_stopped_and_clean_starts_afresh(
    start: Start,
) -> None:
    first = start()
    first.client().post("FbDirectInvoice", invoice())
    first.end(signal.SIGTERM)

    second = start()
    answer = second.client().post("FbDirectInvoice", invoice())
    assert answer.json()["results"]["FbDirectInvoice"]["OrNu"] == "70000145"
    second.end(signal.SIGTERM)

    fresh = start("--clean")
    answer = fresh.client().post("FbDirectInvoice", invoice())
    assert answer.json()["results"]["FbDirectInvoice"]["OrNu"] == "70000144"


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_listens_and_stops_without_a_word_when_asked(
    start: Start, how: signal.Signals
) -> None:
    process = start()

    assert re.fullmatch(r"The pretend AFAS listens on http://127\.0\.0\.1:\d+", process.first_line)
    assert process.end(how) == ""
    assert process.child.returncode == 0


def test_it_logs_one_line_per_request_and_no_secret(start: Start) -> None:
    process = start()
    client = process.client()
    client.get("metainfo")
    client.post("FbDirectInvoice", invoice(DbId="99999"))
    time.sleep(0.1)

    lines = process.end(signal.SIGTERM).splitlines()

    assert len(lines) == 2
    assert "GET /12345/ProfitRestServices/metainfo → 200 OK" in lines[0]
    assert "does not exist" in lines[1]
    assert seed.LIVE_TOKEN[40:60] not in "".join(lines)


def test_a_scale_can_be_given_and_a_silence_does_not_hold_up_the_end(start: Start) -> None:
    process = start("--scale", "0.05")
    order = {"fault": "hang_then_commit", "seconds": 899, "connector": "FbDirectInvoice"}
    requests.post(f"{process.url}/_sandbox/fault", json=order, timeout=5).raise_for_status()
    order = {"fault": "unavailable", "retry_after": 60, "connector": "metainfo"}
    requests.post(f"{process.url}/_sandbox/fault", json=order, timeout=5).raise_for_status()
    base = f"{process.url}/12345/ProfitRestServices"

    assert process.client().get("metainfo").headers["Retry-After"] == "3"
    with pytest.raises(requests.ReadTimeout):
        requests.post(
            f"{base}/connectors/FbDirectInvoice",
            json=invoice(),
            headers={"Authorization": afas_token(seed.LIVE_TOKEN)},
            timeout=0.3,
        )
    started = time.monotonic()
    process.end(signal.SIGTERM)

    assert process.child.returncode == 0
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("scale", ["0", "-1", "fast"])
def test_a_scale_that_makes_no_sense_is_refused(start: Start, scale: str) -> None:
    process = start("--scale", scale)
    process.child.wait(timeout=10)

    assert process.child.returncode == 2


def test_a_port_in_use_gets_one_sentence_and_exit_code_2(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]

        process = Process("--port", str(port), "--state", str(tmp_path / "afas.sqlite3"))
        rest, _ = process.child.communicate(timeout=10)

    assert process.child.returncode == 2
    assert process.first_line.startswith(f"The sandbox cannot listen on 127.0.0.1:{port}: ")
    assert rest == ""


def test_the_token_to_paste_can_be_printed() -> None:
    process = Process("--print-token", "12345test")
    process.child.wait(timeout=10)

    assert process.first_line == seed.TEST_TOKEN
    assert re.fullmatch(
        r"<token><version>1</version><data>[0-9A-F]{64}</data></token>", process.first_line
    )


def test_the_state_and_the_log_of_requests_hold_no_secret(tmp_path: Path) -> None:
    from sandbox.testing import running

    with running(tmp_path / "afas.sqlite3") as sandbox:
        client = Client(f"{sandbox.url}/12345/ProfitRestServices")
        client.get("metainfo")
        client.call(
            "POST", "oauth/token", data={"client_id": "x", "client_secret": "a-secret-of-mine"}
        )
        text = str(sandbox.state("12345"))

    assert "a-secret-of-mine" not in text
    assert seed.LIVE_TOKEN[40:60] not in text
    assert "/12345/ProfitRestServices/metainfo" in text
