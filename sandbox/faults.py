"""Orders to misbehave, so that tests can see what a client does when AFAS or the line fails.

| fault | what happens |
|---|---|
| commit_then_hang_up | the work is done and kept, the line is cut before a byte of the answer |
| hang_then_commit | silence for `seconds`, then the work is done, then the line is cut |
| hang_up_then_commit | the line is cut at once, the work is done `seconds` later |
| hang_up_before_commit | the line is cut, nothing was done |
| slow | the work is done, the answer comes after `seconds` |
| unavailable | 503 with AFAS's own body and `retry_after`; nothing was done |
| unavailable_bare | 503 of a proxy, no AFAS body; nothing was done |
| locked | the booking layout is in use by a colleague; nothing was done |
| rubbish | the work is done, the answer is a page of a Wi-Fi portal with status 200 |
| half_answer | the work is done, the answer breaks off halfway |
| refuse | AFAS says `sentence`; nothing was done |

A fault waits for a request of its environment and connector ("FbDirectInvoice", "ProfitDebtor",
"metainfo", "oauth/token"; absent: any). Without a connector the faults that speak of committing,
`locked` and `refuse` wait for a write. Faults live in memory: a restart cures them.
"""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sandbox.answers import Answer, error_body
from sandbox.sentences import GENERAL, IN_USE_BY_COLLEAGUE, Refusal
from sandbox.store import Closed

ONLY_WRITES = {
    "commit_then_hang_up",
    "hang_then_commit",
    "hang_up_then_commit",
    "hang_up_before_commit",
    "locked",
    "refuse",
}
PORTAL_PAGE = b"<!doctype html><title>Welcome</title><p>Sign in to use our free Wi-Fi."
PROXY_PAGE = b"<html><body><h1>503 Service Temporarily Unavailable</h1></body></html>"
MAINTENANCE = (
    "Service temporarily unavailable due to scheduled maintenance."
    " Please check afasstatus.nl for details."
)

Work = Callable[[], Answer]


class HangUp(Exception):  # noqa: N818 - what it does
    """The connection must be cut, after sending `first` raw bytes."""

    def __init__(self, why: str, first: bytes = b"") -> None:
        super().__init__(why)
        self.first = first


class UnknownFault(Exception):  # noqa: N818 - told to the tester
    """There is no fault of this name."""


@dataclass(frozen=True)
class Target:
    """The request a fault may strike."""

    environment: str
    connector: str
    is_write: bool
    language: str = "nl"


@dataclass
class Fault:
    """One order: what goes wrong, where, and how many times more."""

    name: str
    environment: str = ""
    connector: str = ""
    times: int = 1
    seconds: float = 1.0
    retry_after: int = 60
    sentence: str = "De bewerking is niet toegestaan."

    def strikes(self, target: Target) -> bool:
        """Whether this request is the one it waits for."""
        return (
            self.times > 0
            and self.environment in ("", target.environment)
            and self.connector.lower() in ("", target.connector.lower())
            and (target.is_write or bool(self.connector) or self.name not in ONLY_WRITES)
        )


class Faults:
    """The orders that still stand. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._standing: list[Fault] = []

    def order(self, wish: dict[str, Any]) -> Fault:
        """Take an order as it comes in JSON. Raises UnknownFault, TypeError for a wrong key."""
        details = {name: value for name, value in wish.items() if name != "fault"}
        fault = Fault(str(wish.get("fault", "")), **details)
        if fault.name not in BEHAVIOURS:
            raise UnknownFault(fault.name)
        with self._lock:
            self._standing.append(fault)
        return fault

    def clear(self) -> None:
        """Forget all orders."""
        with self._lock:
            self._standing.clear()

    def answer(self, target: Target, work: Work) -> Answer:
        """The answer to a request, spoiled by the first fault that waits for it.

        Raises HangUp where the line must be cut.
        """
        fault = self._next(target)
        return BEHAVIOURS[fault.name](fault, work, target) if fault else work()

    def _next(self, target: Target) -> Fault | None:
        with self._lock:
            for fault in self._standing:
                if fault.strikes(target):
                    fault.times -= 1
                    return fault
        return None


def _commit_then_hang_up(_fault: Fault, work: Work, _target: Target) -> Answer:
    work()
    raise HangUp("done, then hung up")


def _hang_then_commit(fault: Fault, work: Work, _target: Target) -> Answer:
    time.sleep(fault.seconds)
    work()
    raise HangUp("silent, then done, then hung up")


def _hang_up_then_commit(fault: Fault, work: Work, _target: Target) -> Answer:
    late = threading.Timer(fault.seconds, _unless_stopped, [work])
    late.daemon = True
    late.start()
    raise HangUp("hung up; the work is still to be done")


def _unless_stopped(work: Work) -> None:
    with suppress(Closed):
        work()


def _hang_up_before_commit(_fault: Fault, _work: Work, _target: Target) -> Answer:
    raise HangUp("hung up, nothing done")


def _slow(fault: Fault, work: Work, _target: Target) -> Answer:
    answer = work()
    time.sleep(fault.seconds)
    return answer


def _unavailable(fault: Fault, _work: Work, _target: Target) -> Answer:
    error = {"code": {"example": "503"}, "message": {"example": MAINTENANCE}}
    body = {"error": error, "retry_after": fault.retry_after}
    return Answer(503, body, {"Retry-After": str(fault.retry_after)}, sentence=MAINTENANCE)


def _unavailable_bare(fault: Fault, _work: Work, _target: Target) -> Answer:
    headers = {"Content-Type": "text/html", "Retry-After": str(fault.retry_after)}
    return Answer(503, PROXY_PAGE, headers, sentence="the proxy's own 503")


def _locked(_fault: Fault, _work: Work, target: Target) -> Answer:
    return error_body(Refusal(IN_USE_BY_COLLEAGUE).text(target.language), GENERAL)


def _rubbish(_fault: Fault, work: Work, _target: Target) -> Answer:
    work()
    headers = {"Content-Type": "text/html"}
    return Answer(200, PORTAL_PAGE, headers, sentence="done; answered rubbish")


def _half_answer(_fault: Fault, work: Work, _target: Target) -> Answer:
    answer = work()
    content = answer.content()
    head = (
        f"HTTP/1.1 {answer.status} OK\r\nContent-Type: application/json; charset=utf-8\r\n"
        f"Content-Length: {max(len(content), 2)}\r\n\r\n"
    )
    raise HangUp("done; the answer broke off", head.encode() + content[: len(content) // 2])


def _refuse(fault: Fault, _work: Work, _target: Target) -> Answer:
    return error_body(fault.sentence, GENERAL)


BEHAVIOURS: dict[str, Callable[[Fault, Work, Target], Answer]] = {
    "commit_then_hang_up": _commit_then_hang_up,
    "hang_then_commit": _hang_then_commit,
    "hang_up_then_commit": _hang_up_then_commit,
    "hang_up_before_commit": _hang_up_before_commit,
    "slow": _slow,
    "unavailable": _unavailable,
    "unavailable_bare": _unavailable_bare,
    "locked": _locked,
    "rubbish": _rubbish,
    "half_answer": _half_answer,
    "refuse": _refuse,
}
