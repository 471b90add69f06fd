"""A page of ours where something is mended."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse


@dataclass(frozen=True)
class Fix:
    """A page where a refusal is mended: its words, the name of its URL and the card on it.

    `right` is what the card asks beside what its page asks; `query` opens one of its parts.
    """

    label: str
    url_name: str
    args: tuple[int | str, ...] = ()
    anchor: str = ""
    right: str = ""
    query: str = ""

    @property
    def url(self) -> str:
        """Its address, at the right card of the page."""
        url = reverse(self.url_name, args=self.args) + self.query
        return f"{url}#{self.anchor}" if self.anchor else url
