"""The two credentials that AFAS knows, as authentication for requests.

The classic token ends: existing ones expire on 1 May 2027 and AFAS stops them on 31 August 2027
(page *authentication*); OAuth client credentials take its place. Neither credential ever shows its
secret in `repr`, in an error or in a traceback.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
import threading
import time
from typing import Any
from urllib.parse import urlencode

import msgspec
from lxml import etree
from requests import PreparedRequest
from requests.auth import AuthBase

from integrations.afas.errors import (
    AfasError,
    Busy,
    Denied,
    Unreachable,
    refusal,
)
from integrations.afas.transport import Call, Deadline, Limits, Response, Session

DATA_LENGTH = 64
LONGEST_PASTE = 4000
EARLY = 60
"""Seconds before its end at which an access token is no longer used."""

AROUND = " \t\r\n\f\v\"'`\u00a0\u200b\ufeff\u2018\u2019\u201c\u201d\u201e"
SCHEME = re.compile(r"^(Authorization\s*:\s*)?AfasToken(\s+|$)", re.IGNORECASE)
HEX = re.compile(r"[0-9A-Fa-f]*")
BASE64 = re.compile(r"[A-Za-z0-9+/_-]+=*")


class NotAToken(ValueError):  # noqa: N818 - as in errors.py
    """What was pasted is no user token.

    `reason` is one of "empty", "too_long", "not_xml", "no_data", "version", "wrong_length" and
    "not_hex". Neither the message nor the error holds what was pasted.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"not an AFAS token: {reason}")
        self.reason = reason


class AfasToken(AuthBase):
    """The classic user token: 64 hexadecimal characters in a little XML.

    Accepts the XML as AFAS shows it, the characters alone, and the Base64 form of either, with any
    white space or quotation marks around them. Raises NotAToken.
    """

    def __init__(self, xml_or_hex: str) -> None:
        self._data = _token_data(xml_or_hex)

    @property
    def canonical(self) -> str:
        """The XML as AFAS wants it encoded: one line, nothing around it."""
        return f"<token><version>1</version><data>{self._data}</data></token>"

    @property
    def last4(self) -> str:
        """The only part that may be shown."""
        return self._data[-4:]

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        encoded = base64.b64encode(self.canonical.encode()).decode()
        request.headers["Authorization"] = f"AfasToken {encoded}"
        return request

    def __repr__(self) -> str:
        return f"<AfasToken …{self.last4}>"


def read_token(pasted: str) -> AfasToken:
    """The token in what somebody pasted; raises NotAToken."""
    return AfasToken(pasted)


class ClientCredentials(AuthBase):
    """OAuth client credentials: fetches an access token and keeps it until a minute before its end.

    `token_url` is `{base}/oauth/token`, `timeout` the seconds one fetch may take. May be shared
    between threads. Errors of fetching: Denied (AFAS does not know the client, or not from this
    address), Busy, and for all else Unreachable: whatever happened to a token, the call that needed
    it has not been sent.
    """

    def __init__(
        self, client_id: str, client_secret: str, token_url: str, *, timeout: float = 30
    ) -> None:
        self.client_id = client_id
        self.token_url = token_url
        self._secret = client_secret
        self._limits = Limits(read=timeout, total=timeout, body=100_000)
        self._lock = threading.Lock()
        self._token = ""
        self._fresh_until = 0.0

    @property
    def last4(self) -> str:
        """The only part of the secret that may be shown."""
        return self._secret[-4:]

    def refresh(self) -> None:
        """Fetch a new access token now, as the sender does before it claims a document."""
        with self._lock:
            self._fetch()

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        with self._lock:
            if time.monotonic() >= self._fresh_until:
                self._fetch()
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request

    def __repr__(self) -> str:
        return f"<ClientCredentials {self.client_id}>"

    def _fetch(self) -> None:
        self._token, self._fresh_until = "", 0.0
        asked = time.monotonic()
        answer = _granted(self._ask())
        self._token = answer.access_token
        self._fresh_until = asked + max(0.0, answer.expires_in - EARLY)

    def _ask(self) -> Response:
        call = Call(
            method="POST",
            url=self.token_url,
            headers={
                "Content-Type": "application/x-www-form-urlencoded",
                "Accept": "application/json",
            },
            body=urlencode(
                {
                    "grant_type": "client_credentials",
                    "client_id": self.client_id,
                    "client_secret": self._secret,
                }
            ).encode(),
        )
        with Session() as session:
            try:
                return session.send(call, self._limits, Deadline(self._limits.total))
            except AfasError as error:
                unreachable = Unreachable(error.message, status=error.status)
        raise unreachable


class _Grant(msgspec.Struct, frozen=True):
    access_token: str
    expires_in: float = 3600

    def __repr__(self) -> str:
        return "<grant>"


def _granted(response: Response) -> _Grant:
    """The access token in the answer, or the error that the answer means."""
    if response.status_code != 200:
        raise _token_refusal(response)
    try:
        grant = msgspec.json.decode(response.content, type=_Grant, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError):
        grant = _Grant("")
    if not re.fullmatch(r"[\x21-\x7e]+", grant.access_token):
        raise Unreachable("AFAS's answer held no access token.", status=200)
    return grant


def _token_refusal(response: Response) -> AfasError:
    error = refusal(response)
    error.body = ""  # an answer to a request that held the secret is not kept
    if isinstance(error, Denied | Busy):
        return error
    message = _oauth_error(response) or error.message
    if response.status_code == 400:
        return Denied(message, status=400)
    return Unreachable(message, status=error.status)


def _oauth_error(response: Response) -> str:
    try:
        body = msgspec.json.decode(response.content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, str) else ""


def _token_data(pasted: str) -> str:
    text = SCHEME.sub("", pasted.strip(AROUND)).strip(AROUND)
    if text.startswith("&lt;"):
        text = html.unescape(text)
    if not text:
        raise NotAToken("empty")
    if len(text) > LONGEST_PASTE:
        raise NotAToken("too_long")
    if "<" not in text and not _is_hex(text):
        text = _from_base64(text) or text
    return _checked(_data_of_xml(text) if "<" in text else text)


def _checked(data: str) -> str:
    compact = re.sub(r"\s", "", data)
    if not compact:
        raise NotAToken("no_data")
    if not _is_hex(compact):
        raise NotAToken("not_hex")
    if len(compact) != DATA_LENGTH:
        raise NotAToken("wrong_length")
    return compact


def _is_hex(text: str) -> bool:
    return HEX.fullmatch(re.sub(r"\s", "", text)) is not None


def _from_base64(text: str) -> str:
    """The decoded text when it is XML or hexadecimal, else nothing."""
    compact = re.sub(r"\s", "", text).replace("-", "+").replace("_", "/").rstrip("=")
    if not BASE64.fullmatch(compact):
        return ""
    try:
        decoded = base64.b64decode(compact + "=" * (-len(compact) % 4)).decode("utf-8-sig").strip()
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return decoded if "<" in decoded or _is_hex(decoded) else ""


def _data_of_xml(text: str) -> str:
    """What stands in <data>. Entities, DTDs and the network are off: people paste anything."""
    if "<!" in text:
        raise NotAToken("not_xml")
    root = _parsed(text)
    version = _text_of(root, "version")
    if version not in ("", "1"):
        raise NotAToken("version")
    return _text_of(root, "data")


def _parsed(text: str) -> Any:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False
    )
    without_declaration = re.sub(r"^<\?xml[^>]*\?>", "", text)
    try:
        root = etree.fromstring(without_declaration.strip(), parser)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    if root is None or root.tag.lower() != "token":
        raise NotAToken("not_xml")  # raised here, so that no parser error quotes the secret
    return root


def _text_of(root: Any, name: str) -> str:
    for child in root:
        if isinstance(child.tag, str) and child.tag.lower() == name:
            return "".join(child.itertext()).strip()
    return ""
