"""Every operation of the API, from `schema.yml`, and how to ask for one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

SCHEMA = Path(__file__).resolve().parents[2] / "schema.yml"
SAFE = {"get"}


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document as it is committed; `make check` holds it to what is served."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found: dict[str, Any] = yaml.load(SCHEMA.read_text(), Loader=loader)
    return found


@dataclass(frozen=True)
class Operation:
    """A method of an address; `told` is what the document says of it."""

    method: str
    path: str
    told: dict[str, Any] = field(compare=False, hash=False)

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.path.removeprefix('/api/v1')}"

    @property
    def words(self) -> list[str]:
        """What its address names by {id} and the like."""
        return re.findall(r"{(\w+)}", self.path)

    @property
    def changes(self) -> bool:
        """Whether it is for changing something, by its scope."""
        return ":write`" in self.told["description"]

    @property
    def scope(self) -> str:
        """The scope that it asks of a key; empty for none."""
        found = re.search(r"Scope `([a-z:]+)`", self.told["description"])
        return found[1] if found else ""

    def filters(self) -> list[str]:
        """The parameters of its query."""
        return [one["name"] for one in self.told.get("parameters", []) if one["in"] == "query"]


class Form(dict[str, Any]):
    """A body that is sent as a form, because it holds files (`SimpleUploadedFile`)."""


@dataclass(frozen=True)
class Asked:
    """A request for an operation: what stands in its address, its query and its body."""

    ids: dict[str, Any] = field(default_factory=dict)
    query: str = ""
    body: Any = None

    def address(self, operation: Operation) -> str:
        """The address with the ids in it."""
        return operation.path.format(**self.ids) + (f"?{self.query}" if self.query else "")


def every_operation() -> list[Operation]:
    """All of them, in the order of their addresses."""
    return sorted(_walk(), key=lambda one: (one.path, one.method))


def _walk() -> Iterator[Operation]:
    for path, item in document()["paths"].items():
        for method, told in item.items():
            yield Operation(method, path, told)


def send(secret: str, operation: Operation, asked: Asked, **headers: str) -> Any:
    """The answer to a request with this key; without one nobody is said to ask."""
    data, kind = written(asked.body)
    named = {"Authorization": f"Bearer {secret}"} if secret else {}
    return Client().generic(
        operation.method.upper(),
        asked.address(operation),
        data,
        content_type=kind,
        headers={**named, **headers},
    )


def written(body: Any) -> tuple[bytes, str]:
    """A body as it is sent, and its type."""
    if isinstance(body, Form):
        for one in body.values():
            one.seek(0)
        return encode_multipart(BOUNDARY, body), MULTIPART_CONTENT
    return b"" if body is None else json.dumps(body).encode(), "application/json"


def text_of(answer: Any) -> str:
    """All that was answered, also of a stream."""
    return b"".join(answer).decode(errors="replace")
