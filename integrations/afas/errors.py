# ruff: noqa: N818 - an error here is named after what it proves
"""What went wrong at AFAS, as the one next step it means.

The problem: AFAS has no idempotency key, and keeps working for up to 900 s after a client has given
up (its page *troubleshooting*). Sending again without proof books an invoice twice.

The decision: every failure is one of five classes, and each class has one next step. A failure is
`Uncertain` unless something proves otherwise, so an answer nobody thought of is the safe one.

To add a case: add a row to `refusal` (an answer) or `failure` (no answer), and its test.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any, Protocol, TypeGuard, TypeVar

import msgspec
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

E = TypeVar("E", bound="AfasError")

DEFAULT_RETRY_AFTER = 60
LONGEST_RETRY_AFTER = 24 * 60 * 60
KEPT_BODY = 100_000
SECONDS = re.compile(r"[0-9]{1,9}")


class DeniedReason(StrEnum):
    """Why AFAS refuses a credential."""

    CREDENTIALS = "credentials"
    """401: the token or client is wrong, expired, revoked or of another environment."""
    IP = "ip"
    """403: AFAS does not accept calls from this address."""
    CONNECTOR = "connector"
    """401 for one connector while metainfo answers; only the caller who asked both can say so."""


class AfasError(Exception):
    """AFAS did not do what was asked. The subclass says what to do next.

    `message` is AFAS's own sentence where it gave one, `status` the HTTP status (None when there
    was no answer), `log_reference` the number AFAS's support asks for, `body` the answer as text,
    at most 100,000 characters. None of them ever holds a credential.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        log_reference: str = "",
        body: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.log_reference = log_reference
        self.body = body


class Unreachable(AfasError):
    """The request never left this machine: send it again."""


class Busy(AfasError):
    """AFAS declined to start: send it again after `retry_after` seconds."""

    retry_after: int = DEFAULT_RETRY_AFTER


class Rejected(AfasError):
    """AFAS checked it and said no: nothing is booked, a person must change something.

    With `connector_missing` the change is in AFAS: its administrator must add the connector to the
    app connector, or give the token's user the right to it.
    """

    connector_missing: bool = False


class Denied(AfasError):
    """The credentials may not do this: pause the whole connection and tell the owner `reason`."""

    reason: DeniedReason = DeniedReason.CREDENTIALS


class Uncertain(AfasError):
    """It may be booked: look for the reference before sending again."""


class Garbage(Uncertain):
    """A read was answered with something unreadable: nothing is booked by a read, so read again."""


class Answered(Protocol):
    """What `refusal` needs of an HTTP response; that of requests will do."""

    @property
    def status_code(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def content(self) -> Any: ...


PROVES_NOTHING = re.compile(
    r"maximum duration|maximale (tijds)?duur"  # AFAS stopped at 900 s; what it had done is not said
    r"|unexpected error|onverwachte fout"
    r"|out of (string space|memory)|onvoldoende geheugen",
    re.IGNORECASE,
)
PROVES_NOTHING_NUMBERS = frozenset({-2147180999})
LOCKED_BY_A_COLLEAGUE = re.compile(
    r"(locked|blocked|in use) by (another|a different|an other) user|used by another user"
    r"|(geblokkeerd|vergrendeld|in gebruik) door (een )?ander\w* gebruiker"
    r"|door (een )?ander\w* gebruiker (geblokkeerd|vergrendeld|in gebruik)",
    re.IGNORECASE,
)
CONNECTOR_MISSING = re.compile(
    r"not supported( for this app)? or the user is not authori[sz]ed|not supported for this app"
    r"|niet ondersteund( voor deze app)? of de gebruiker is niet geautoriseerd",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What AFAS says in the body of a refusal (its page *troubleshooting*)."""

    message: str = ""
    number: int | None = None
    log_reference: str = ""
    text: str = ""
    busy_body: bool = False
    retry_after: int | None = None

    @classmethod
    def of(cls, response: Answered) -> Problem:
        """Read what is there; a body that is not AFAS's gives a problem without message."""
        content = response.content or b""
        text = content.decode("utf-8-sig", "replace")[:KEPT_BODY]
        body = _json_object(content)
        message, number = body.get("externalMessage"), body.get("errorNumber")
        reference, retry_after = body.get("profitLogReference"), body.get("retry_after")
        return cls(
            message=message.strip() if isinstance(message, str) else "",
            number=number if isinstance(number, int) else None,
            log_reference=reference.strip() if isinstance(reference, str) else "",
            text=text,
            busy_body=isinstance(body.get("error"), dict) and _is_number(retry_after),
            retry_after=int(retry_after) if _is_number(retry_after) else None,
        )

    @property
    def is_afas(self) -> bool:
        """Whether AFAS's functional error wrote this: its sentence and the number of its log."""
        return bool(self.message and self.log_reference)

    @property
    def proves_nothing(self) -> bool:
        """Whether AFAS gave up half-way, so that its refusal does not say what was booked."""
        return self.number in PROVES_NOTHING_NUMBERS or bool(PROVES_NOTHING.search(self.message))

    @property
    def is_locked_by_a_colleague(self) -> bool:
        """Whether somebody in Profit holds the entry layout; AFAS's page advises to repeat."""
        return self.is_afas and bool(LOCKED_BY_A_COLLEAGUE.search(self.message))

    @property
    def is_connector_missing(self) -> bool:
        """Whether the app connector lacks this connector or its user the right to it."""
        return self.is_afas and bool(CONNECTOR_MISSING.search(self.message))


def refusal(response: Answered) -> AfasError:
    """Classify an answer that is no success; closed by default: what is not listed proves nothing.

    A 503 or 429 proves "not started" only with AFAS's own body: a bare one, or a Retry-After alone,
    may come from a proxy that had already passed the request on.
    """
    problem = Problem.of(response)
    match response.status_code:
        case 401:
            return _denied(DeniedReason.CREDENTIALS, response, problem)
        case 403:
            return _denied(DeniedReason.IP, response, problem)
        case 400 | 404 | 405 | 413 | 415 | 422 if not problem.proves_nothing:
            return _rejected(response, problem)
        case 429 | 503 if problem.busy_body:
            return _busy(response, problem, _retry_after(response, problem))
        case 500:
            return _functional(response, problem)
    return _error(Uncertain, response, problem)


def failure(cause: BaseException) -> AfasError:
    """Classify a call without an answer. Only a connection that was never made proves anything."""
    name = type(cause).__name__
    if any(isinstance(inner, NewConnectionError | ConnectTimeoutError) for inner in _inside(cause)):
        return Unreachable(f"No connection to AFAS could be made ({name}).")
    return Uncertain(f"The call to AFAS broke off without an answer ({name}).")


def _functional(response: Answered, problem: Problem) -> AfasError:
    if problem.proves_nothing or not problem.is_afas:
        return _error(Uncertain, response, problem)
    if problem.is_locked_by_a_colleague:
        return _busy(response, problem, DEFAULT_RETRY_AFTER)
    return _rejected(response, problem)


def _error(kind: type[E], response: Answered, problem: Problem) -> E:
    return kind(
        problem.message or f"AFAS answered with HTTP status {response.status_code}.",
        status=response.status_code,
        log_reference=problem.log_reference,
        body=problem.text,
    )


def _denied(reason: DeniedReason, response: Answered, problem: Problem) -> Denied:
    error = _error(Denied, response, problem)
    error.reason = reason
    return error


def _rejected(response: Answered, problem: Problem) -> Rejected:
    error = _error(Rejected, response, problem)
    error.connector_missing = problem.is_connector_missing
    return error


def _busy(response: Answered, problem: Problem, retry_after: int) -> Busy:
    error = _error(Busy, response, problem)
    error.retry_after = retry_after
    return error


def _retry_after(response: Answered, problem: Problem) -> int:
    """Seconds to wait: the header first, then the body, else a minute; at most a day."""
    header = (response.headers.get("Retry-After") or "").strip()
    seconds = int(header) if SECONDS.fullmatch(header) else _seconds_until(header)
    if seconds is None:
        seconds = problem.retry_after
    if seconds is None or seconds < 0:
        return DEFAULT_RETRY_AFTER
    return min(seconds, LONGEST_RETRY_AFTER)


def _seconds_until(http_date: str) -> int | None:
    try:
        moment = parsedate_to_datetime(http_date)
    except (TypeError, ValueError):
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0, round((aware - datetime.now(UTC)).total_seconds()))


def _inside(cause: BaseException) -> Iterator[BaseException]:
    """The exception and those it carries; not `__context__`, which may be of another attempt."""
    todo: list[object] = [cause]
    seen: set[int] = set()
    while todo:
        inner = todo.pop()
        if isinstance(inner, BaseException) and id(inner) not in seen:
            seen.add(id(inner))
            yield inner
            todo += [*inner.args, getattr(inner, "reason", None)]


def _json_object(content: bytes) -> dict[str, Any]:
    try:
        body = msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return body if isinstance(body, dict) else {}


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
