"""Booking, deleting a booking and filing its PDF meet the same faults as any other write."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from sandbox.misbehaviour import BEHAVIOURS
from sandbox.testing import Running
from tests.sandbox.conftest import Client, entry, subject
from tests.sandbox.test_reference_connectors import wait_until

BY_NUMBER = "connectors/FiEntries/FiEntryPar/UnId,JoCo/1,20/FiEntries/@EnNo/5789"
DONE_AT_ONCE = {"commit_then_hang_up", "slow", "rubbish", "half_answer"}
DONE_LATER = {"hang_then_commit", "hang_up_then_commit"}
NOT_DONE = set(BEHAVIOURS) - DONE_AT_ONCE - DONE_LATER


@dataclass(frozen=True)
class Write:
    """One write to a connector, and how often its outcome stands in the state."""

    connector: str
    call: Callable[[Client], requests.Response]
    done: Callable[[dict[str, Any]], int]
    needs_entry: bool = True


def _opened(state: dict[str, Any]) -> int:
    assert len(state["open_items"]) == len(state["entries"])
    return len(state["entries"])


def _gone(state: dict[str, Any]) -> int:
    assert len(state["open_items"]) == len(state["entries"])
    return len(state["deleted_entries"])


WRITES = {
    "book": Write("FiEntries", lambda c: c.post("FiEntries", entry()), _opened, needs_entry=False),
    "delete": Write("FiEntries", lambda c: c.call("DELETE", BY_NUMBER), _gone),
    "file": Write(
        "KnSubject",
        lambda c: c.post("KnSubject", subject()),
        lambda state: len(state["subjects"]),
    ),
}


@pytest.fixture(params=list(WRITES))
def write(request: pytest.FixtureRequest, afas: Client) -> Write:
    wanted = WRITES[request.param]
    if wanted.needs_entry:
        assert afas.post("FiEntries", entry()).ok
    return wanted


def strike(sandbox: Running, afas: Client, write: Write, fault: str) -> None:
    """Order the fault and meet it; whatever the client sees is no success of AFAS."""
    sandbox.fault(fault, environment="12345", connector=write.connector, seconds=0.2)
    try:
        answer = write.call(afas)
    except requests.RequestException:
        return
    assert fault == "slow" or answer.status_code >= 400 or "Wi-Fi" in answer.text


@pytest.mark.parametrize("fault", sorted(DONE_AT_ONCE))
def test_what_is_done_and_not_answered_is_kept_once(
    sandbox: Running, afas: Client, write: Write, fault: str
) -> None:
    strike(sandbox, afas, write, fault)

    assert write.done(sandbox.state()) == 1


@pytest.mark.parametrize("fault", sorted(DONE_LATER))
def test_what_is_done_after_the_line_was_cut_is_kept_then(
    sandbox: Running, afas: Client, write: Write, fault: str
) -> None:
    strike(sandbox, afas, write, fault)

    wait_until(lambda: write.done(sandbox.state()) == 1)


@pytest.mark.parametrize("fault", sorted(NOT_DONE))
def test_what_is_not_done_leaves_no_trace_and_can_be_done_again(
    sandbox: Running, afas: Client, write: Write, fault: str
) -> None:
    strike(sandbox, afas, write, fault)

    assert write.done(sandbox.state()) == 0
    assert write.call(afas).ok
    assert write.done(sandbox.state()) == 1


def test_a_booking_that_was_done_unanswered_is_refused_the_second_time(
    sandbox: Running, afas: Client
) -> None:
    strike(sandbox, afas, WRITES["book"], "commit_then_hang_up")

    again = afas.post("FiEntries", entry())

    assert "Invoice number 20260042 is already used" in again.json()["externalMessage"]
    assert len(sandbox.state()["entries"]) == 1


def test_a_deletion_that_was_done_unanswered_finds_nothing_the_second_time(
    sandbox: Running, afas: Client
) -> None:
    afas.post("FiEntries", entry())
    strike(sandbox, afas, WRITES["delete"], "commit_then_hang_up")

    assert "does not exist" in afas.call("DELETE", BY_NUMBER).json()["externalMessage"]
    assert afas.post("FiEntries", entry()).status_code == 201


def test_the_weather_strikes_each_of_them(sandbox: Running, afas: Client, write: Write) -> None:
    sandbox.weather(seed=1, share=1, faults={"hang_up_before_commit": 1})

    with pytest.raises(requests.ConnectionError):
        write.call(afas)

    assert sandbox.state()["weather"]["struck"] == {"hang_up_before_commit": 1}
    assert write.done(sandbox.state()) == 0


@pytest.mark.parametrize(
    ("variant", "book", "file"),
    [
        (
            "bare",
            {"FiEntryPar": {"UnId": "1", "EnNo": "5789", "InId": "20260042"}},
            {"KnSubject": {"SbId": "120045"}},
        ),
        (
            "root",
            {"results": {"FiEntries": {"UNID": "1", "ENNO": "5789", "INID": "20260042"}}},
            {"results": {"KNSUBJECT": {"SBID": "120045"}}},
        ),
        (
            "numbers",
            {"results": {"FiEntryPar": {"UnId": 1, "EnNo": 5789, "InId": 20260042}}},
            {"results": {"KnSubject": {"SbId": 120045}}},
        ),
    ],
)
def test_success_is_worded_in_the_variant_that_is_set(
    sandbox: Running, afas: Client, variant: str, book: Any, file: Any
) -> None:
    sandbox.setting("answer_variant", variant)

    assert afas.post("FiEntries", entry()).json() == book
    assert afas.post("KnSubject", subject()).json() == file
