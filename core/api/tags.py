"""ETags: whoever changes a thing can say which version they saw, so that no update is lost."""

from __future__ import annotations

import hashlib
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from core.api.problems import LostUpdate


def tag_of(data: Any) -> str:
    """The tag of a thing as it is shown: another one for each caller who sees other values."""
    shown = JSONRenderer().render(data)
    return f'"{hashlib.sha256(shown).hexdigest()[:32]}"'


def refuse_lost_update(request: Request, tag: str) -> None:
    """Raises LostUpdate when the caller saw another version than the present one."""
    wanted = request.headers.get("If-Match")
    if wanted and wanted.strip() != "*" and tag not in _tags(wanted):
        raise LostUpdate(
            _(
                "Somebody changed this since you read it, so nothing was saved. Read it again, and "
                "repeat the change on what it is now."
            )
        )


def is_known(request: Request, tag: str) -> bool:
    """Whether the caller holds this very version already."""
    known = request.headers.get("If-None-Match", "")
    return tag in _tags(known) or known.strip() == "*"


def _tags(header: str) -> list[str]:
    return [one.strip().removeprefix("W/") for one in header.split(",")]
