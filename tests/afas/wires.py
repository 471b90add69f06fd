"""A server on a bare socket, for what no HTTP server does on purpose."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator

Conversation = Callable[[socket.socket], None]

CREATED = b"HTTP/1.1 201 Created\r\nContent-Type: application/json; charset=utf-8\r\n"


class Wire:
    """Holds each connection's conversation in turn; the last one is repeated."""

    def __init__(self, *conversations: Conversation) -> None:
        self.conversations = list(conversations)
        self.requests: list[bytes] = []
        self.tls: ssl.SSLContext | None = None
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/ProfitRestServices"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                talk = self.conversations[min(len(self.requests), len(self.conversations) - 1)]
                with connection, contextlib.suppress(OSError):
                    talk(self._secured(connection))

    def _secured(self, connection: socket.socket) -> socket.socket:
        return self.tls.wrap_socket(connection, server_side=True) if self.tls else connection

    def close(self) -> None:
        self._listener.close()

    def heard(self, connection: socket.socket) -> None:
        """Read one whole request."""
        data = b""
        while b"\r\n\r\n" not in data:
            received = connection.recv(65536)
            if not received:
                return
            data += received
        head, _, body = data.partition(b"\r\n\r\n")
        expected = 0
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                expected = int(line.split(b":")[1])
        while len(body) < expected:
            body += connection.recv(65536)
        self.requests.append(head + b"\r\n\r\n" + body)


@contextlib.contextmanager
def wire(
    *build: Callable[[Wire], Conversation], tls: ssl.SSLContext | None = None
) -> Iterator[Wire]:
    """A server that follows the given conversations, over TLS when given a context."""
    server = Wire()
    server.tls = tls
    server.conversations = [make(server) for make in build]
    try:
        yield server
    finally:
        server.close()


def says(*pieces: bytes, every: float = 0.0) -> Callable[[Wire], Conversation]:
    """Hear the request, send the pieces with a pause between them, and hang up."""

    def make(server: Wire) -> Conversation:
        def talk(connection: socket.socket) -> None:
            server.heard(connection)
            for piece in pieces:
                connection.sendall(piece)
                time.sleep(every)

        return talk

    return make


def resets(*, after_hearing: bool = True) -> Callable[[Wire], Conversation]:
    """Cut the connection hard, with or without having heard the request."""

    def make(server: Wire) -> Conversation:
        def talk(connection: socket.socket) -> None:
            if after_hearing:
                server.heard(connection)
            else:
                time.sleep(0.2)  # or it would not even count as a connection
            linger = struct.pack("ii", 1, 0)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

        return talk

    return make


def drips(
    piece: bytes, *, first: bytes = b"", hears: bool = True
) -> Callable[[Wire], Conversation]:
    """Send one small piece after another, for ever."""

    def make(server: Wire) -> Conversation:
        def talk(connection: socket.socket) -> None:
            if hears:
                server.heard(connection)
            connection.sendall(first)
            while True:
                connection.sendall(piece)
                time.sleep(0.05)

        return talk

    return make


def never_reads() -> Callable[[Wire], Conversation]:
    """Accept, and read nothing, so that a large body cannot be sent to its end."""

    def make(_: Wire) -> Conversation:
        def talk(connection: socket.socket) -> None:
            time.sleep(5)

        return talk

    return make
