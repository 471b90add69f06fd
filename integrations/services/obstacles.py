"""What keeps something from going to AFAS, and where it is mended."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Obstacle:
    """A sentence, and the place to mend it: a URL name, its argument, what follows the address."""

    sentence: str
    url_name: str = ""
    pk: int | None = None
    tail: str = ""
