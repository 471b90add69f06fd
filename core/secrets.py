"""Secrets at rest and in the log.

`EncryptedTextField` keeps a text under Fernet keys of its own (`FIELD_KEYS`, not `SECRET_KEY`, so
that rotating one does not rotate the other). The first key writes, all of them read: put a new key
in front, run `manage.py rotate_keys`, then drop the old one.
"""

from __future__ import annotations

import logging
import re
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import models
from django.http import HttpRequest
from django.views.debug import SafeExceptionReporterFilter

HIDDEN = "••••"
# A classic AFAS token's data, anything behind an Authorization scheme, a secret in a form.
PATTERNS = (
    re.compile(r"<token>.*?</token>", re.DOTALL | re.IGNORECASE),
    re.compile(r"(?<![0-9A-Za-z])[0-9A-Fa-f]{64}(?![0-9A-Za-z])"),
    re.compile(r"\b(AfasToken|Bearer|Basic)\s+[A-Za-z0-9+/=._~-]{8,}"),
    re.compile(
        r"(client_secret|access_token|user_token|password)[\"']?\s*[=:]\s*[\"']?[^\s&\"',}]+"
    ),
)


@lru_cache(maxsize=4)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def encrypt(text: str) -> str:
    """`text` under the first of FIELD_KEYS; empty stays empty."""
    return _fernet(tuple(settings.FIELD_KEYS)).encrypt(text.encode()).decode() if text else ""


def decrypt(stored: str) -> str:
    """What `encrypt` was given. Raises cryptography's InvalidToken when no key fits."""
    return _fernet(tuple(settings.FIELD_KEYS)).decrypt(stored.encode()).decode() if stored else ""


def rotate(stored: str) -> str:
    """The same secret, written again with the first key."""
    return _fernet(tuple(settings.FIELD_KEYS)).rotate(stored.encode()).decode() if stored else ""


def scrub(text: str) -> str:
    """`text` with everything that looks like a secret replaced by dots."""
    for pattern in PATTERNS:
        text = pattern.sub(HIDDEN, text)
    return text


class EncryptedTextField(models.TextField):
    """A text that the database only sees encrypted. It cannot be searched."""

    def from_db_value(self, value: str | None, *_args: object) -> str | None:
        return decrypt(value) if value else value

    def get_prep_value(self, value: Any) -> Any:
        return encrypt(str(value)) if value else value


class ScrubSecrets(logging.Filter):
    """A log filter: no record leaves with a secret in its text, arguments or traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = scrub(record.getMessage()), ()
        if record.exc_info:
            record.exc_text = scrub(logging.Formatter().formatException(record.exc_info))
            record.exc_info = None
        return True


class SecretsExceptionFilter(SafeExceptionReporterFilter):
    """Django's error report without secrets, whatever the variable that held them was called."""

    hidden_settings = re.compile(
        "API|TOKEN|KEY|SECRET|PASS|SIGNATURE|HTTP_COOKIE|AUTHORIZATION|CREDENTIAL|DATABASE_URL|EMAIL_URL",
        re.IGNORECASE,
    )

    def is_active(self, request: HttpRequest | None) -> bool:
        return True

    def get_traceback_frame_variables(  # type: ignore[override]  # Django returns either
        self, request: Any, tb_frame: Any
    ) -> list[tuple[str, object]]:
        shown = super().get_traceback_frame_variables(request, tb_frame)
        return [(name, scrub(repr(value))) for name, value in shown]
