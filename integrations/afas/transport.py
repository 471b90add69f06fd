"""One HTTP exchange under one deadline.

requests' read time-out counts from byte to byte: a server that sends one byte a minute never meets
it. Here a timer of our own holds the whole exchange (connecting, the TLS handshake, sending, the
headers and the body) to a number of seconds on the monotonic clock: when it runs out, the socket is
shut down from outside, which ends any send or receive at once. Only the operating system's name
look-up cannot be cut short; what it takes too long is refused before anything is sent.
"""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, cast

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, HTTPError

from integrations.afas.errors import AfasError, Uncertain, failure

CHUNK = 64 * 1024
BROKEN = (requests.RequestException, HTTPError, OSError, http.client.HTTPException)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How long and how much one call may take.

    `connect`, `read` and `total` are seconds: to make the connection, between two bytes, and for
    the whole call, of a read with all its repetitions. `tries` is how often a read is tried,
    `pause` the seconds before its first repetition (doubled each time, and jittered), `body` the
    largest answer in bytes after unpacking.
    """

    connect: float = 5
    read: float = 120
    total: float = 150
    tries: int = 3
    pause: float = 1.0
    body: int = 64 * 1024 * 1024


class Deadline:
    """A moment on the monotonic clock, `seconds` from now."""

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds

    @property
    def remaining(self) -> float:
        """Seconds left; never negative."""
        return max(0.0, self._ends - time.monotonic())

    @property
    def passed(self) -> bool:
        """Whether no time is left."""
        return self.remaining == 0


@dataclass(frozen=True)
class Response:
    """A complete answer."""

    status_code: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)

    @property
    def text(self) -> str:
        """The body as text, whatever it holds."""
        return self.content.decode("utf-8-sig", "replace")


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request: a method, a full URL, headers without credential, and a body."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = field(default=None, repr=False)
    auth: AuthBase | None = None


class Guard:
    """Holds a second handle on the open socket, so that another thread can shut it down.

    A duplicate is needed because TLS takes the first handle away while it shakes hands.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._twin: socket.socket | None = None
        self._closed = False

    def watch(self, sock: socket.socket) -> bool:
        """Take over the new connection; False when its time had already run out."""
        with self._lock:
            self._forget()
            if not self._closed:
                self._twin = sock.dup()
            return not self._closed

    @contextmanager
    def hold(self, deadline: Deadline) -> Iterator[None]:
        """Shut the connection down when the deadline passes inside this block."""
        with self._lock:
            self._closed = False
        timer = threading.Timer(deadline.remaining, self._shut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def release(self) -> None:
        """Let go of the connection; it may then be closed by its owner."""
        with self._lock:
            self._forget()

    def _shut(self) -> None:
        with self._lock:
            self._closed = True
            if self._twin is not None:
                with suppress(OSError):  # the other side may have closed it already
                    self._twin.shutdown(socket.SHUT_RDWR)

    def _forget(self) -> None:
        if self._twin is not None:
            self._twin.close()
            self._twin = None


class _Guarded:
    """Hands every new connection to the guard before a byte is sent over it."""

    guard: Guard

    def _new_conn(self) -> socket.socket:
        sock = cast("socket.socket", super()._new_conn())  # type: ignore[misc]
        if not self.guard.watch(sock):
            sock.close()
            raise ConnectTimeoutError(self, "the time was up before anything was sent")
        return sock


class GuardedAdapter(HTTPAdapter):
    """requests' adapter without repetitions, over connections that the guard can shut down."""

    def __init__(self) -> None:
        self.guard = Guard()
        self._pools = {
            "http": self._pool(HTTPConnectionPool, HTTPConnection),
            "https": self._pool(HTTPSConnectionPool, HTTPSConnection),
        }
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pool manager use guarded connections."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        """The same for the pools behind a proxy."""
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = self._pools
        return manager

    def close(self) -> None:
        """Close the connections and the guard's handle on them."""
        super().close()
        self.guard.release()

    def _pool(self, pool: type, connection: type) -> type:
        guarded = type("GuardedConnection", (_Guarded, connection), {"guard": self.guard})
        return type("GuardedPool", (pool,), {"ConnectionCls": guarded})


class Session:
    """One connection to AFAS, for one call after another; not shared between threads."""

    def __init__(self) -> None:
        self._adapter = GuardedAdapter()
        self._session = requests.Session()
        self._session.mount("https://", self._adapter)
        self._session.mount("http://", self._adapter)

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def send(self, call: Call, limits: Limits, deadline: Deadline) -> Response:
        """Send once, follow no redirect, and return the complete answer, whatever its status.

        Raises Unreachable when no connection was made; Uncertain when the answer broke off, grew
        beyond `limits.body`, or did not end before the deadline. That Uncertain carries the status
        where one had arrived, and the part of the body that had.
        """
        with self._adapter.guard.hold(deadline):
            try:
                response = self._start(call, limits, deadline)
            except BROKEN as cause:
                raise failure(cause) from None  # the cause's frames hold the Authorization header
            with response:
                return _finish(response, limits, deadline)

    def _start(self, call: Call, limits: Limits, deadline: Deadline) -> requests.Response:
        left = max(0.001, deadline.remaining)
        return self._session.request(
            call.method,
            call.url,
            headers=dict(call.headers),
            data=call.body,
            auth=call.auth or _no_credential,
            timeout=(min(limits.connect, left), min(limits.read, left)),
            allow_redirects=False,
            stream=True,
        )


def _no_credential(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Stops requests from looking for a password of its own in a netrc file."""
    return request


def _finish(response: requests.Response, limits: Limits, deadline: Deadline) -> Response:
    body = bytearray()
    problem: AfasError | None = None
    try:
        while chunk := response.raw.read1(CHUNK, decode_content=True):
            body += chunk
            if len(body) > limits.body:
                problem = Uncertain("AFAS's answer is larger than we accept.")
                break
    except BROKEN as cause:
        problem = failure(cause)
    # A shut-down socket looks like the regular end of an answer without a length.
    if problem is None and deadline.passed:
        problem = Uncertain("AFAS's answer did not end in time.")
    if problem is None:
        return Response(response.status_code, response.headers, bytes(body))
    raise Uncertain(
        problem.message,
        status=response.status_code,
        body=body.decode("utf-8", "replace")[:100_000],
    ) from None
