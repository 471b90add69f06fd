"""How long a fault lasts: scaled, never longer than AFAS would, and in nobody else's way."""

import json
import threading
import time
import urllib.error
from collections.abc import Iterator

import pytest
import requests

from sandbox.testing import Running, running
from tests.sandbox.conftest import Client, invoice

SCALE = 0.0005  # 899 seconds are played in less than half of one


@pytest.fixture
def hasty() -> Iterator[Running]:
    with running(scale=SCALE) as started:
        yield started


def client(sandbox: Running) -> Client:
    return Client(f"{sandbox.url}/12345/ProfitRestServices")


def posting(sandbox: Running) -> threading.Thread:
    """Somebody who posts an invoice and does not get an answer."""

    def post() -> None:
        with pytest.raises(requests.RequestException):
            client(sandbox).post("FbDirectInvoice", invoice())

    thread = threading.Thread(target=post)
    thread.start()
    return thread


def wait_for_an_invoice(sandbox: Running) -> float:
    started = time.monotonic()
    while not sandbox.state()["invoices"]:
        assert time.monotonic() < started + 5, "the invoice never came"
        time.sleep(0.01)
    return time.monotonic() - started


@pytest.mark.parametrize("fault", ["hang_then_commit", "hang_up_then_commit"])
def test_899_seconds_before_a_commit_pass_at_the_scale(hasty: Running, fault: str) -> None:
    hasty.fault(fault, connector="FbDirectInvoice", seconds=899)
    started = time.monotonic()

    with pytest.raises(requests.ConnectionError):
        client(hasty).post("FbDirectInvoice", invoice())
    wait_for_an_invoice(hasty)

    assert 0.4 < time.monotonic() - started < 3


def test_a_hang_is_in_nobody_elses_way(sandbox: Running, afas: Client) -> None:
    sandbox.fault("hang_then_commit", connector="FbDirectInvoice", seconds=2, times=4)
    silent = [posting(sandbox) for _ in range(4)]
    time.sleep(0.2)
    started = time.monotonic()

    assert afas.post("FbDirectInvoice", invoice()).status_code == 201
    assert afas.get("metainfo").status_code == 200

    assert time.monotonic() - started < 1.5
    assert len(sandbox.state()["invoices"]) == 1
    for thread in silent:
        thread.join()
    assert len(sandbox.state()["invoices"]) == 5


@pytest.mark.parametrize("fault", ["hang_then_commit", "hang_up_then_commit", "slow"])
@pytest.mark.parametrize("seconds", [899.5, 3600, -1])
def test_a_longer_silence_than_afas_keeps_is_refused(
    sandbox: Running, fault: str, seconds: float
) -> None:
    with pytest.raises(urllib.error.HTTPError) as told:
        sandbox.fault(fault, seconds=seconds)

    assert told.value.code == 400
    assert "seconds is from 0 to 899" in json.load(told.value)["error"]


@pytest.mark.parametrize("fault", ["unavailable", "unavailable_bare"])
def test_the_seconds_to_wait_are_answered_at_the_scale(hasty: Running, fault: str) -> None:
    hasty.fault(fault, retry_after=7200)

    answer = client(hasty).get("metainfo")

    assert answer.headers["Retry-After"] == "4"
    if fault == "unavailable":
        assert answer.json()["retry_after"] == 4


def test_the_lag_of_the_lists_is_scaled(hasty: Running) -> None:
    hasty.setting("reference_connectors", True)
    hasty.setting("sight_delay", 1500)
    client(hasty).post("FbDirectInvoice", invoice())

    assert client(hasty).rows("Uurwerk_DirectInvoices") == []
    time.sleep(0.8)
    assert len(client(hasty).rows("Uurwerk_DirectInvoices")) == 1


def test_calm_leaves_what_is_under_way_and_reset_breaks_it_off(sandbox: Running) -> None:
    sandbox.fault("hang_up_then_commit", seconds=0.3, connector="FbDirectInvoice")
    posting(sandbox).join()
    sandbox.order("calm", {})
    wait_for_an_invoice(sandbox)

    for fault in ("hang_up_then_commit", "hang_then_commit"):
        sandbox.fault(fault, seconds=1, connector="FbDirectInvoice")
    silent = [posting(sandbox), posting(sandbox)]
    time.sleep(0.2)
    sandbox.reset()
    for thread in silent:
        thread.join()

    time.sleep(1.1)
    assert sandbox.state()["invoices"] == []


def test_a_sandbox_in_the_middle_of_a_silence_stops_at_once() -> None:
    with running() as sandbox:
        sandbox.fault("hang_then_commit", seconds=899, connector="FbDirectInvoice")
        silent = posting(sandbox)
        time.sleep(0.2)
        started = time.monotonic()

    silent.join()
    assert time.monotonic() - started < 2
