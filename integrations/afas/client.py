"""AFAS Profit REST: rows out, documents in.

Reads may be repeated and are, with pauses. Writes never are: each goes out once, over a connection
of its own, so that a kept-alive socket which AFAS has already dropped cannot turn "not sent" into
"unknown".
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec
from requests.auth import AuthBase
from requests.structures import CaseInsensitiveDict

from integrations.afas.errors import Busy, Garbage, Uncertain, Unreachable, refusal
from integrations.afas.query import (
    AMSTERDAM,
    AnyOf,
    Condition,
    Operator,
    QueryTooLong,
    all_of,
    query,
)
from integrations.afas.records import BadRow, FieldInfo, MetaInfo, decode, decode_rows, key_of
from integrations.afas.transport import Call, Deadline, Limits, Response, Session

__all__ = [
    "AMSTERDAM",
    "AfasClient",
    "Answer",
    "AnyOf",
    "Condition",
    "Limits",
    "Operator",
    "QueryTooLong",
]

T = TypeVar("T")
Row = dict[str, Any]

DEFAULT_LIMITS = Limits(connect=5, read=120, total=150)
JITTER = random.SystemRandom()
HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "gzip",
    "User-Agent": "uurwerk-afas/1.0",
}


@dataclass(frozen=True)
class Answer:
    """What AFAS said to a write that it accepted.

    `values` finds a key by its AFAS name, in any case, under any root, with or without `results`;
    without it the write was accepted and its identity is unknown: read it back.
    """

    status: int
    body: str = ""
    values: Mapping[str, str] = field(default_factory=CaseInsensitiveDict)

    @classmethod
    def of(cls, response: Response) -> Answer:
        """Read the keys out of AFAS's answer."""
        return cls(response.status_code, response.text, _keys(response.content))


class AfasClient:
    """Calls one AFAS environment with one credential.

    `base_url` ends in `/ProfitRestServices`. `language` is pinned because two families of messages
    are told apart by their text. `integration_id` is sent when set; AFAS asks it of its partners.
    One client serves one thread at a time.
    """

    def __init__(
        self,
        base_url: str,
        auth: AuthBase,
        *,
        language: str = "nl-nl",
        integration_id: str = "",
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.limits = limits
        self._auth = auth
        self._headers = {**HEADERS, "Accept-Language": language}
        if integration_id:
            self._headers["IntegrationId"] = integration_id

    def __repr__(self) -> str:
        return f"<AfasClient {self.base_url} {self._auth!r}>"

    def within(self, limits: Limits) -> AfasClient:
        """The same environment and credential, held to other limits."""
        other = copy(self)
        other.limits = limits
        return other

    def rows(
        self,
        connector: str,
        *,
        where: Sequence[Condition] | AnyOf = (),
        order_by: str,
        key: str | None,
        page: int = 500,
    ) -> Iterator[Row]:
        """All rows of a GetConnector that meet every condition, as dicts; fractions are Decimal.

        Pages by `key`, a unique column which `order_by` must name too, ascending: the next page is
        "key greater than the last one seen", so rows that change meanwhile are neither skipped nor
        repeated. With `key` None everything comes in one call: for short lists only.
        Raises what a read raises: Unreachable, Busy, Denied, Rejected, Uncertain, Garbage.
        """
        for chunk in self.pages(
            connector, where=where, order_by=order_by, key=key, page=page, row_type=Row
        ):
            for row in chunk:
                if isinstance(row, BadRow):
                    raise Garbage("AFAS sent a row that is none.", status=200)
                yield row

    def pages(
        self,
        connector: str,
        *,
        where: Sequence[Condition] | AnyOf = (),
        order_by: str,
        key: str | None,
        page: int = 500,
        row_type: type[T],
    ) -> Iterator[list[T | BadRow]]:
        """The same, page by page, decoded into `row_type`; a row that does not fit is a BadRow."""
        if key is not None and order_by != key:
            raise ValueError("paging by key needs the rows in the order of that key")
        with Session() as session:
            ask = self._ask(session, f"connectors/{quote(connector, safe='')}")
            if key is None:
                search = query(where, order_by=order_by, take=page, all_rows=True)
                yield decode_rows(ask.rows(search), row_type)
                return
            for raw in ask.by_key(where, key, page):
                yield decode_rows(raw, row_type)

    def create(self, connector: str, body: bytes | Mapping[str, Any]) -> Answer:
        """POST one document, once. A 2xx whose key cannot be read is an Answer without it.

        Raises Unreachable, Busy, Denied and Rejected when AFAS has not booked it, and Uncertain
        when it may have.
        """
        content = body if isinstance(body, bytes) else msgspec.json.encode(body)
        return Answer.of(self._write("POST", self._url(["connectors", connector]), content))

    def delete(self, connector: str, path_keys: Sequence[str]) -> Answer:
        """DELETE what the path names, once; any 2xx proves that it is done.

        `path_keys` are the parts after the connector, e.g. `("FbDirectInvoice", "@OrNu", "7001")`.
        """
        url = self._url(["connectors", connector, *path_keys])
        try:
            return Answer.of(self._write("DELETE", url, None))
        except Uncertain as error:
            if error.status is None or not 200 <= error.status < 300:
                raise
            return Answer(error.status, error.body)

    def metainfo(self) -> MetaInfo:
        """What this credential may use, and until when; the cheapest proof that it works."""
        return self._read("metainfo", lambda response: decode(response.content, MetaInfo))

    def fields_of(self, connector: str) -> list[FieldInfo]:
        """The columns of a GetConnector as this environment defines it."""
        path = f"metainfo/get/{quote(connector, safe='')}"
        return self._read(path, lambda response: FieldInfo.list_of(response.content))

    def _read(self, path: str, decoder: Callable[[Response], T]) -> T:
        with Session() as session:
            return self._ask(session, path).get("", decoder)

    def _ask(self, session: Session, path: str) -> _Asking:
        call = Call(
            method="GET", url=f"{self.base_url}/{path}", headers=self._headers, auth=self._auth
        )
        return _Asking(session, call, self.limits)

    def _url(self, parts: Sequence[str]) -> str:
        if any(part in ("", ".", "..") for part in parts):
            raise ValueError("an empty part would address something else")
        return "/".join([self.base_url, *(quote(part, safe="@,") for part in parts)])

    def _write(self, method: str, url: str, content: bytes | None) -> Response:
        headers = {**self._headers, "Content-Type": "application/json; charset=utf-8"}
        call = Call(method=method, url=url, headers=headers, body=content, auth=self._auth)
        with Session() as session:
            response = session.send(call, self.limits, Deadline(self.limits.total))
        if 200 <= response.status_code < 300:
            return response
        raise refusal(response)


@dataclass(frozen=True)
class _Asking:
    """Reads of one path over one connection."""

    session: Session
    call: Call
    limits: Limits

    def by_key(
        self, where: Sequence[Condition] | AnyOf, key: str, page: int
    ) -> Iterator[list[bytes]]:
        """Pages of raw rows, each beginning after the last key of the one before."""
        conditions = wanted = all_of(where)
        seen: set[str] = set()
        while True:
            raw = self.rows(query(conditions, order_by=key, take=page))
            last = _last_key(raw, key) if len(raw) >= page else None
            if str(last) in seen:
                raise Garbage(f"AFAS's pages do not follow the order of {key}.", status=200)
            yield raw
            if last is None:
                return
            seen.add(str(last))
            conditions = wanted.and_also(Condition(key, Operator.GT, last))

    def rows(self, search: str) -> list[bytes]:
        """The rows of one page, each as the JSON it came in."""
        return self.get(search, lambda response: _raw_rows(response.content))

    def get(self, search: str, decoder: Callable[[Response], T]) -> T:
        """Read and decode, again after a pause while that may help and there is time."""
        deadline = Deadline(self.limits.total)
        tried = 0
        while True:
            tried += 1
            try:
                return self._once(search, decoder, deadline)
            except (Unreachable, Busy, Uncertain) as error:
                pause = _pause(error, tried, self.limits)
                if tried >= self.limits.tries or pause >= deadline.remaining:
                    raise
            time.sleep(pause)

    def _once(self, search: str, decoder: Callable[[Response], T], deadline: Deadline) -> T:
        call = replace(self.call, url=self.call.url + search)
        response = self.session.send(call, self.limits, deadline)
        if response.status_code != 200:
            raise refusal(response)
        try:
            return decoder(response)
        except (msgspec.DecodeError, UnicodeDecodeError):
            unreadable = Garbage("AFAS's answer is unreadable.", status=200, body=response.text)
        raise unreadable


def _pause(error: Exception, tried: int, limits: Limits) -> float:
    """Seconds before the next try: as long as AFAS asks, or doubling; never two clients in step."""
    wanted = error.retry_after if isinstance(error, Busy) else limits.pause * 2.0 ** (tried - 1)
    return wanted * JITTER.uniform(1.0, 1.5)


def _raw_rows(content: bytes) -> list[bytes]:
    return [bytes(row) for row in decode(content, _Page).rows]


class _Page(msgspec.Struct, frozen=True):
    rows: list[msgspec.Raw]


def _last_key(raw: Sequence[bytes], key: str) -> str | int:
    """The key of the last row that has one; rows without come first and were seen already."""
    for row in reversed(raw):
        last = key_of(row, key)
        if last is not None:
            return last
    raise Garbage(f"AFAS's rows have no {key} to page by.", status=200)


def _keys(content: bytes) -> Mapping[str, str]:
    """The keys in an answer; what is given twice with different values proves nothing."""
    found: CaseInsensitiveDict[str] = CaseInsensitiveDict()
    doubtful: set[str] = set()
    for name, value in _scalars(_parsed(content), depth=3):
        if found.setdefault(name, value) != value:
            doubtful.add(name.lower())
    return CaseInsensitiveDict(
        (name, value) for name, value in found.items() if name.lower() not in doubtful
    )


def _parsed(content: bytes) -> object:
    try:
        return msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _scalars(body: object, depth: int) -> Iterator[tuple[str, str]]:
    """Name and value of the texts and numbers down to `depth`: results, root, key."""
    if isinstance(body, list) and len(body) == 1:
        body = body[0]
    if not isinstance(body, dict) or depth == 0:
        return
    for name, value in body.items():
        if isinstance(value, str | int) and str(value).strip():
            yield name, str(value).strip()
        yield from _scalars(value, depth - 1)
