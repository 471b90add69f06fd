"""Pages by key: as fast at the end of a million rows as at their beginning.

A cursor holds the values of the last row that was shown, so a page begins where the one before
ended, whatever was added meanwhile. The key always ends the order, so that it is total.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

USUAL, MOST = 100, 500


class KeyPagination(BasePagination):
    """`?limit=` rows at a time; `next` is the address of what follows, or null.

    A view names its orders in `orders`: by the word of `?ordering=` the column, which must not be
    empty in any row. With a minus before the word the order is turned round.
    """

    def paginate_queryset(
        self, queryset: QuerySet[Any], request: Request, view: Any = None
    ) -> list[Any]:
        """One row more than asked tells whether anything follows."""
        self.request, limit = request, _limit(request)
        self.word = _word(request, view.orders, view.order)
        column, self.descending = _column(self.word, view.orders)
        self.column = column
        rows = queryset.order_by(*_order(column, descending=self.descending))
        if cursor := request.query_params.get("cursor"):
            value, pk = _read(cursor, self.word, column, queryset.model)
            rows = rows.filter(beyond(column, value, pk, descending=self.descending))
        found = list(rows[: limit + 1])
        self.last = found[limit - 1] if len(found) > limit else None
        return found[:limit]

    def get_paginated_response(self, data: Any) -> Response:
        """The rows and the way on."""
        return Response({"next": self._next(), "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """What an answer looks like."""
        following = {"type": ["string", "null"], "format": "uri"}
        following["description"] = "The address of the next page; null on the last one."
        return {
            "type": "object",
            "required": ["next", "results"],
            "properties": {"next": following, "results": schema},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """The parameters of a page."""
        words = [word for name in view.orders for word in (name, f"-{name}")]
        return [
            _parameter("cursor", {"type": "string"}, "Where the page before ended: from `next`."),
            _parameter(
                "limit",
                {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL},
                "How many rows a page holds at most.",
            ),
            _parameter(
                "ordering",
                {"type": "string", "enum": words, "default": view.order},
                "By what the rows are ordered; a minus turns it round.",
            ),
        ]

    def _next(self) -> str | None:
        if self.last is None:
            return None
        values = [self.word, _text(getattr(self.last, self.column)), _text(self.last.pk)]
        packed = urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")
        query = self.request.query_params.copy()
        query["cursor"] = packed
        return str(self.request.build_absolute_uri(f"{self.request.path}?{query.urlencode()}"))


def _parameter(name: str, schema: dict[str, Any], words: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": words}


def _limit(request: Request) -> int:
    text = request.query_params.get("limit", str(USUAL))
    if not text.isdecimal() or not 1 <= int(text[:6]) <= MOST:
        sentence = _("A whole number from 1 to %(most)s is expected.") % {"most": MOST}
        raise exceptions.ValidationError({"limit": [sentence]})
    return int(text)


def _word(request: Request, orders: Mapping[str, str], usual: str) -> str:
    word = request.query_params.get("ordering", usual)
    if word.removeprefix("-") not in orders:
        sentence = _("Order by one of: %(words)s.") % {"words": ", ".join(orders)}
        raise exceptions.ValidationError({"ordering": [sentence]})
    return word


def _column(word: str, orders: Mapping[str, str]) -> tuple[str, bool]:
    return orders[word.removeprefix("-")], word.startswith("-")


def _order(column: str, *, descending: bool) -> tuple[str, ...]:
    sign = "-" if descending else ""
    return (f"{sign}pk",) if column == "pk" else (f"{sign}{column}", f"{sign}pk")


def beyond(column: str, value: Any, pk: Any, *, descending: bool = False) -> Q:
    """What follows the row with this value and key, in the order of `column` and then the key.

    The first condition bounds the index, the second the ties.
    """
    side = "lt" if descending else "gt"
    if column == "pk":
        return Q(**{f"pk__{side}": pk})
    within = Q(**{f"{column}__{side}e": value})
    return within & (Q(**{f"{column}__{side}": value}) | Q(**{f"pk__{side}": pk}))


def _read(cursor: str, word: str, column: str, model: type[Model]) -> tuple[Any, Any]:
    """Value and key of the row at which the page before ended."""
    meta = model._meta
    field = meta.pk if column == "pk" else meta.get_field(column)
    try:
        of, value, pk = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        found = field.to_python(value), meta.pk.to_python(pk)  # type: ignore[union-attr]
    except (ValueError, TypeError, ValidationError, OverflowError):
        of, found = None, (None, None)
    if of != word or None in found or "\x00" in str(found[0]):
        sentence = _("This is no cursor of this list in this order. Take it from “next”.")
        raise exceptions.ValidationError({"cursor": [sentence]})
    return found


def _text(value: Any) -> Any:
    return value if isinstance(value, int | str | None) else str(value)
