"""What each fault does with a request. `sandbox.faults` explains them and decides which strikes.

Every duration here is one of this sandbox: AFAS's seconds times its scale.
"""

import math
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from sandbox.answers import Answer, error_body, refused
from sandbox.sentences import GENERAL, IN_USE_BY_COLLEAGUE, Refusal
from sandbox.store import Closed

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


@dataclass(frozen=True)
class Trouble:
    """How one fault spoils one request. `ended` is set when nobody waits for it any more."""

    seconds: float
    retry_after: float
    sentence: str
    language: str
    ended: threading.Event = field(default_factory=threading.Event)

    def wait(self) -> None:
        """Be silent for its seconds. Raises HangUp when the sandbox starts afresh or stops."""
        if self.ended.wait(self.seconds):
            raise HangUp("silent, and then the sandbox started afresh or was stopped")


def commit_then_hang_up(_trouble: Trouble, work: Work) -> Answer:
    """Done, but the line is cut."""
    work()
    raise HangUp("done, then hung up")


def hang_then_commit(trouble: Trouble, work: Work) -> Answer:
    """Silence, then done, then the line is cut."""
    trouble.wait()
    work()
    raise HangUp("silent, then done, then hung up")


def hang_up_then_commit(trouble: Trouble, work: Work) -> Answer:
    """The line is cut, and it is done later."""

    def later() -> None:
        with suppress(Closed, HangUp):
            trouble.wait()
            work()

    threading.Thread(target=later, daemon=True).start()
    raise HangUp("hung up; the work is still to be done")


def hang_up_before_commit(_trouble: Trouble, _work: Work) -> Answer:
    """The line is cut."""
    raise HangUp("hung up, nothing done")


def slow(trouble: Trouble, work: Work) -> Answer:
    """Done, and answered late."""
    answer = work()
    trouble.wait()
    return answer


def unavailable(trouble: Trouble, _work: Work) -> Answer:
    """AFAS's own 503."""
    seconds = math.ceil(trouble.retry_after)
    error = {"code": {"example": "503"}, "message": {"example": MAINTENANCE}}
    body = {"error": error, "retry_after": seconds}
    return Answer(503, body, {"Retry-After": str(seconds)}, sentence=MAINTENANCE)


def unavailable_bare(trouble: Trouble, _work: Work) -> Answer:
    """A proxy's 503."""
    headers = {"Content-Type": "text/html", "Retry-After": str(math.ceil(trouble.retry_after))}
    return Answer(503, PROXY_PAGE, headers, sentence="the proxy's own 503")


def unauthorized(_trouble: Trouble, _work: Work) -> Answer:
    """401, whatever the credential."""
    return refused(401, "a fault: unauthorized")


def forbidden(_trouble: Trouble, _work: Work) -> Answer:
    """403, whatever the address."""
    return refused(403, "a fault: the address is refused")


def locked(trouble: Trouble, _work: Work) -> Answer:
    """A colleague uses the layout."""
    return error_body(Refusal(IN_USE_BY_COLLEAGUE).text(trouble.language), GENERAL)


def rubbish(_trouble: Trouble, work: Work) -> Answer:
    """Done, and answered with something else."""
    work()
    return _portal("done; answered rubbish")


def rubbish_before_commit(_trouble: Trouble, _work: Work) -> Answer:
    """Nothing done, although the status is 200."""
    return _portal("nothing done; answered rubbish")


def _portal(why: str) -> Answer:
    return Answer(200, PORTAL_PAGE, {"Content-Type": "text/html"}, sentence=why)


def half_answer(_trouble: Trouble, work: Work) -> Answer:
    """Done, and half of it answered."""
    answer = work()
    content = answer.content()
    head = (
        f"HTTP/1.1 {answer.status} OK\r\nContent-Type: application/json; charset=utf-8\r\n"
        f"Content-Length: {max(len(content), 2)}\r\n\r\n"
    )
    raise HangUp("done; the answer broke off", head.encode() + content[: len(content) // 2])


def refuse(trouble: Trouble, _work: Work) -> Answer:
    """AFAS says no."""
    return error_body(trouble.sentence, GENERAL)


BEHAVIOURS: dict[str, Callable[[Trouble, Work], Answer]] = {
    behaviour.__name__: behaviour
    for behaviour in (
        commit_then_hang_up,
        hang_then_commit,
        hang_up_then_commit,
        hang_up_before_commit,
        slow,
        unavailable,
        unavailable_bare,
        unauthorized,
        forbidden,
        locked,
        rubbish,
        rubbish_before_commit,
        half_answer,
        refuse,
    )
}
