"""All rows at once, as lines of JSON, in as little memory as a page of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils import timezone, translation
from rest_framework.renderers import JSONRenderer

from core.api.paging import beyond

MEDIA_TYPE = "application/x-ndjson"
CHUNK = 2000


class LinesRenderer(JSONRenderer):
    """Lets a caller ask for lines of JSON; what it renders itself is a problem, as ever."""

    media_type = MEDIA_TYPE
    format = "ndjson"


def lines(rows: QuerySet[Any], column: str, shown: Callable[[Any], Any]) -> StreamingHttpResponse:
    """Every row of `rows` as `shown` gives it, each a line, in the order of `column` and the key.

    Read in chunks, each a short question that begins where the one before ended: no cursor and no
    transaction stays open while a slow caller reads. What is added or changed meanwhile may be
    there or not, as on pages.
    """
    made = _lines(rows, column, shown)
    return StreamingHttpResponse(made, content_type=f"{MEDIA_TYPE}; charset=utf-8")


def chunks(rows: QuerySet[Any], column: str, size: int) -> Iterator[list[Any]]:
    """`rows` by `column`, which is empty in none, and then the key, `size` at a time."""
    order = ("pk",) if column == "pk" else (column, "pk")
    part = list(rows.order_by(*order)[:size])
    while part:
        yield part
        if len(part) < size:
            return
        after = beyond(column, getattr(part[-1], column), part[-1].pk)
        part = list(rows.filter(after).order_by(*order)[:size])


def _lines(rows: QuerySet[Any], column: str, shown: Callable[[Any], Any]) -> Iterator[bytes]:
    """Streaming goes on after the language and the zone of the request ended: they are taken along,
    and put back before anybody else may run."""
    zone, language = timezone.get_current_timezone(), translation.get_language()
    return _in_words_of(zone, language, chunks(rows, column, CHUNK), shown)


def _in_words_of(
    zone: Any, language: str | None, parts: Iterator[list[Any]], shown: Callable[[Any], Any]
) -> Iterator[bytes]:
    renderer = JSONRenderer()
    for part in parts:
        with timezone.override(zone), translation.override(language):
            text = b"".join(renderer.render(shown(row)) + b"\n" for row in part)
        yield text
