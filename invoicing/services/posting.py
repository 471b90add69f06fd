"""Handing one mail to the mail server, and saying exactly how far it came.

Django's own way tells neither which of several addresses was refused nor whether a connection broke
before or after the content was handed over. That is what decides whether a mail may be sent again,
so here the conversation (RFC 5321) is held step by step: the content goes only when every address
was accepted, and a mail is *perhaps sent* only when the connection broke off while it was going.
"""

from __future__ import annotations

import contextlib
import smtplib
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.core import mail
from django.core.mail import EmailMessage
from django.core.mail.backends import smtp
from django.core.mail.message import sanitize_address

SECONDS = 30
"""How long the server may be silent, each time."""
LONGEST = 300
ACCEPTED = {250, 251}


class Fate(Enum):
    """How far a mail came."""

    SENT = "sent"
    REFUSED = "refused"
    NOT_STARTED = "not started"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How far a mail came, and in whose words: the server's, or those of the failure."""

    fate: Fate
    words: str = ""


def post(message: EmailMessage) -> Outcome:
    """Hand `message` to the mail server of the settings. Never raises what the server does."""
    server: Any = mail.get_connection(timeout=SECONDS)
    if not _speaks_smtp(server):
        server.send_messages([message])
        return Outcome(fate=Fate.SENT)
    try:
        written: Any = message.message()  # Django's own kind, which knows of line ends
        content: bytes = written.as_bytes(linesep="\r\n")
        server.open()
    except smtplib.SMTPResponseException as error:
        return _by_code(error.smtp_code, error.smtp_error)
    except Exception as error:  # whatever it was, the content has not left
        return _not_started(error)
    try:
        return _refusal(server.connection, message, content) or _hand_over(
            server.connection, content
        )
    finally:
        with contextlib.suppress(smtplib.SMTPException, OSError):
            server.close()


def _speaks_smtp(server: object) -> bool:
    return isinstance(server, smtp.EmailBackend)


def _refusal(line: smtplib.SMTP, message: EmailMessage, content: bytes) -> Outcome | None:
    """Who it is from and for; None when the server takes all of it. Nothing has been sent yet.

    One refused address refuses the mail: it must not look sent when the customer's was the one.
    """
    encoding = message.encoding or "utf-8"
    try:
        line.ehlo_or_helo_if_needed()
        sizes = [f"size={len(content)}"] if line.has_extn("size") else []
        code, words = line.mail(sanitize_address(message.from_email, encoding), sizes)
        if code not in ACCEPTED:
            return _by_code(code, words)
        replies = [
            (address, *line.rcpt(sanitize_address(address, encoding)))
            for address in message.recipients()
        ]
    except Exception as error:  # whatever it was, the content has not left
        return _not_started(error)
    refused = [(code, words, address) for address, code, words in replies if code not in ACCEPTED]
    if not refused:
        return None
    code, words, address = max(refused, key=lambda reply: reply[0] >= 500)
    return _by_code(code, words, address)


def _hand_over(line: smtplib.SMTP, content: bytes) -> Outcome:
    """The content. The server answers for it afterwards; without that answer, or with one that no
    server gives, nobody knows.
    """
    try:
        code, words = line.data(content)
    except smtplib.SMTPDataError as error:  # it did not want to begin
        return _by_code(error.smtp_code, error.smtp_error)
    except (smtplib.SMTPException, OSError) as error:
        return Outcome(fate=Fate.UNKNOWN, words=_cut(str(error)))
    if 200 <= code < 300:
        return Outcome(fate=Fate.SENT, words=_cut(f"{code} {_text(words)}"))
    if 400 <= code < 600:
        return _by_code(code, words)
    return Outcome(fate=Fate.UNKNOWN, words=_cut(f"{code} {_text(words)}"))


def _not_started(error: Exception) -> Outcome:
    return Outcome(fate=Fate.NOT_STARTED, words=_cut(str(error) or type(error).__name__))


def _by_code(code: int, words: bytes | str, address: str = "") -> Outcome:
    """A 5xx is a refusal; anything else means: not now."""
    said = f"{code} {_text(words)}"
    fate = Fate.REFUSED if code >= 500 else Fate.NOT_STARTED
    return Outcome(fate=fate, words=_cut(f"{address}: {said}" if address else said))


def _text(words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return " ".join(text.replace("\x00", "").split())


def _cut(text: str) -> str:
    return text[:LONGEST]
