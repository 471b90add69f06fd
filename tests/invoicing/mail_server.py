"""A mail server on a port of its own that answers as it is told: it takes, refuses or hangs up.

with MailServer() as server:                       # and the settings pointing at server.port
    server.says["RCPT"] = "550 No such user"       # instead of 250
    server.hangs_up = "after the content"
"""

from __future__ import annotations

import contextlib
import socketserver
import threading
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any


@dataclass
class Taken:
    """A mail that the server took: whom it was for, and what it said."""

    recipients: list[str]
    content: bytes

    @property
    def message(self) -> EmailMessage:
        """As a reader's program sees it."""
        return message_from_bytes(self.content, policy=policy.default)  # type: ignore[return-value]


@dataclass
class MailServer:
    """Speaks just enough SMTP. `says` replaces its answer to a command, or to an address."""

    says: dict[str, str] = field(default_factory=dict)
    hangs_up: str = ""
    taken: list[Taken] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> MailServer:
        self.gate.set()
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                with contextlib.suppress(ConnectionError, _HungUpError):
                    _converse(outer, self.rfile, self.wfile)

        socketserver.ThreadingTCPServer.daemon_threads = True
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_reason: object) -> None:
        self.gate.set()
        self._server.shutdown()
        self._server.server_close()

    def answer(self, word: str, rest: str) -> str:
        """To a command, or to the address in it."""
        address = rest.partition("<")[2].partition(">")[0]
        return self.says.get(address) or self.says.get(word) or "250 OK"


class _HungUpError(Exception):
    """The server goes away without a word."""


def _converse(server: MailServer, reads: Any, writes: Any) -> None:
    recipients: list[str] = []
    _say(writes, server.says.get("greeting", "220 here"))
    for line in reads:
        word, _space, rest = line.decode().strip().partition(" ")
        word = word.upper()
        if server.hangs_up == f"at {word}":
            raise _HungUpError
        if word == "DATA" and "DATA" not in server.says:
            _take(server, recipients, reads, writes)
            continue
        said = "221 bye" if word == "QUIT" else server.answer(word, rest)
        if word == "RCPT" and said.startswith("250"):
            recipients.append(rest.partition("<")[2].partition(">")[0])
        _say(writes, said)
        if word == "QUIT":
            return


def _take(server: MailServer, recipients: list[str], reads: Any, writes: Any) -> None:
    _say(writes, "354 go ahead")
    lines: list[bytes] = []
    for line in reads:
        if line == b".\r\n":
            break
        lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
    else:
        return
    server.gate.wait(30)
    said = server.says.get("content", "250 taken")
    if said.startswith("250"):
        server.taken.append(Taken(list(recipients), b"".join(lines)))
    if server.hangs_up == "after the content":
        raise _HungUpError
    _say(writes, said)


def _say(writes: Any, words: str) -> None:
    writes.write(f"{words}\r\n".encode())
    writes.flush()
