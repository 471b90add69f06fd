"""AFAS's answers: one-line JSON, empty refusals, functional errors."""

import gzip
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from werkzeug.wrappers import Request, Response

from sandbox.sentences import Refusal

SMALLEST_WORTH_ZIPPING = 256
PROXY_HEADERS = {
    "Cache-Control": "no-store,no-cache",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-AFAS-Proxy-Version": "sandbox",
}


@dataclass(frozen=True)
class Answer:
    """One answer of AFAS, before it is turned into bytes for a particular client."""

    status: int
    body: Any = None  # a JSON value; bytes are sent as they are; None is an empty body
    headers: dict[str, str] = field(default_factory=dict)
    sentence: str = ""  # what the request log says about it

    def content(self) -> bytes:
        """The body as AFAS writes it: JSON on one line, UTF-8."""
        if self.body is None:
            return b""
        if isinstance(self.body, bytes):
            return self.body
        return json.dumps(self.body, ensure_ascii=False, separators=(",", ":")).encode()


def refused(status: int, why: str) -> Answer:
    """401, 403, 413: an empty body that calls itself XML. `why` goes to our log only.

    From Profit 9 each 401 carries WWW-Authenticate.
    """
    headers = {"Content-Type": "application/xml"}
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
    return Answer(status, None, headers, sentence=why)


def not_found(why: str) -> Answer:
    """404: a wrong address, or a query string that is too long."""
    return Answer(404, None, {"Content-Type": "text/html"}, sentence=why)


def functional_error(refusal: Refusal, language: str) -> Answer:
    """AFAS's answer to everything that it understood and will not do."""
    return error_body(refusal.text(language), refusal.sentence.number)


def error_body(sentence: str, number: int) -> Answer:
    """Status 500 with AFAS's JSON around a sentence."""
    body = {
        "externalMessage": sentence,
        "errorNumber": number,
        "profitLogReference": secrets.token_hex(16).upper(),
    }
    return Answer(500, body, sentence=sentence)


def to_response(answer: Answer, request: Request) -> Response:
    """The bytes and headers for this client: zipped when it accepts that, JSON sent in chunks."""
    content = answer.content()
    headers = {**PROXY_HEADERS, "Content-Type": "application/json; charset=utf-8", **answer.headers}
    zip_it = request.accept_encodings.quality("gzip") > 0
    if zip_it and len(content) >= SMALLEST_WORTH_ZIPPING:
        content = gzip.compress(content, compresslevel=1)
        headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    chunks: Iterable[bytes] | bytes = (part for part in [content]) if content else b""
    return Response(chunks, status=answer.status, headers=headers)
