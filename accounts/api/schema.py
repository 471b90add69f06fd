"""How the OpenAPI document tells of each operation: scope and right, headers, every answer."""

from __future__ import annotations

from inspect import cleandoc
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from accounts.api.callers import SAFE, rights_of, scope_of
from core.api.problems import MEDIA_TYPE
from core.api.serializers import ProblemSerializer, Sparse

PROBLEMS = {
    "400": "What was sent cannot be taken; nothing was saved.",
    "401": "No key, or one that does not work.",
    "403": "The key lacks the scope, or the person the right.",
    "404": "There is none with this id in the company of the caller.",
    "406": "Only JSON is sent.",
    "409": "A rule says no, or the idempotency key came with another request; nothing was saved.",
    "412": "If-Match names another version than the present one; nothing was saved.",
    "413": "More than is read at once: 5 MB, for a receipt 11 MB.",
    "415": "Only JSON is read, and for a receipt multipart/form-data.",
    "429": "Too many requests this minute; Retry-After says how many seconds to wait.",
}
WRITES_ONLY = frozenset({"413", "415"})


def _header(name: str, words: str) -> OpenApiParameter:
    return OpenApiParameter(name, OpenApiTypes.STR, OpenApiParameter.HEADER, description=words)


IF_MATCH = _header("If-Match", "The ETag of the version that you saw.")


class Schema(AutoSchema):
    """What the base of all endpoints does holds for each operation, so it is told of each."""

    def get_tags(self) -> list[str]:
        """The thing that the address names first."""
        return [self.path.removeprefix("/api/v1/").split("/")[0]]

    def get_description(self) -> str:
        """Its own words, and who may."""
        words = super().get_description().strip()
        if self.view.action in {"list", "retrieve"} and self.view.__doc__:
            words = cleandoc(self.view.__doc__)
        scope = scope_of(self.view, self.method)
        who = f"Scope `{scope}`." if scope else "Any key."
        if rights := rights_of(self.view, self.method):
            who += f" Right {' or '.join(f'`{one}`' for one in rights)}."
        return f"{words}\n\n{who}".strip()

    def get_override_parameters(self) -> list[Any]:
        """The headers that every operation of its kind knows."""
        found: list[Any] = list(super().get_override_parameters())
        if self.method not in SAFE:
            found.append(
                _header(
                    "Idempotency-Key",
                    "A text of your own, another one for each request. The same request with the "
                    "same key is carried out once and answered alike for 24 hours.",
                )
            )
        if self.view.detail and self.method in {"PATCH", "PUT", "DELETE"}:
            found.append(IF_MATCH)
        if self.method == "GET" and self._is_sparse():
            words = "Only these fields of each, by name, with commas."
            found.append(OpenApiParameter("fields", str, OpenApiParameter.QUERY, description=words))
        return found

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        for code, words in PROBLEMS.items():
            if code in WRITES_ONLY and self.method in SAFE:
                continue
            told = self._get_response_for_code(ProblemSerializer, code, [MEDIA_TYPE])
            bodies.setdefault(code, {**told, "description": words})
        return dict(sorted(bodies.items()))

    def _map_serializer(self, serializer: Any, direction: Any, *more: Any, **named: Any) -> Any:
        """Of what may be asked for in part, no field is always there."""
        found = super()._map_serializer(serializer, direction, *more, **named)
        if direction == "response" and isinstance(serializer, Sparse):
            found.pop("required", None)
        return found

    def _is_sparse(self) -> bool:
        serializer = self.get_response_serializers()
        serializer = getattr(serializer, "child", serializer)
        kind = serializer if isinstance(serializer, type) else type(serializer)
        return issubclass(kind, Sparse)


def told_once(result: dict[str, Any], **_more: Any) -> dict[str, Any]:
    """The answers that all operations share stand in the document once, each under a name."""
    shared = result["components"].setdefault("responses", {})
    for item in result["paths"].values():
        for operation in item.values():
            for code, told in operation["responses"].items():
                if told.get("description") == PROBLEMS.get(code):
                    shared[f"Problem{code}"] = told
                    operation["responses"][code] = {"$ref": f"#/components/responses/Problem{code}"}
    return result
