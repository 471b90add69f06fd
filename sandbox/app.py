"""The pretend AFAS as a WSGI application: from an address to a connector and back.

`/{participant}{environment}/ProfitRestServices/…` serves one environment, as AFAS's own host
names do; under the bare `/ProfitRestServices/…` the token alone tells the environment.
"""

import logging
import re
import socket
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from werkzeug.wrappers import Request, Response

from sandbox import (
    answers,
    auth,
    clock,
    getconnectors,
    metainfo,
    pages,
    seed,
    sentences,
    settings,
    updateconnectors,
    variants,
)
from sandbox.answers import Answer
from sandbox.auth import Caller
from sandbox.control import Control
from sandbox.faults import Faults, Target
from sandbox.misbehaviour import HangUp
from sandbox.payloads import NotJson
from sandbox.sentences import Refusal
from sandbox.store import Closed, Store
from sandbox.weather import Weather

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

log = logging.getLogger("sandbox")

ADDRESS = re.compile(
    r"/(?:(?P<environment>\d{5}(?:test|accept)?)/)?profitrestservices/(?P<rest>.*?)/?",
    re.IGNORECASE,
)
LONGEST_QUERY = 2049  # characters, the question mark counted
LARGEST_BODY = 75 * 1024 * 1024
LONGEST_LOGGED_QUERY = 120
LONGEST_LOGGED_BODY = 20_000
VERSION = "9.1.1.0"
TOO_LATE = "the sandbox was stopped before it was done"


@dataclass(frozen=True)
class Call:
    """A request to AFAS: what is asked, of which environment, in which language."""

    request: Request
    environment: str | None  # named in the path; None on the bare path
    parts: tuple[str, ...]  # the path below ProfitRestServices

    @property
    def language(self) -> str:
        """The language of labels and errors: Dutch unless English is asked for."""
        asked = self.request.headers.get("Accept-Language", "").strip().lower()
        return "en" if asked.startswith("en") else "nl"

    @property
    def door(self) -> str:
        """The first part of the path, in small letters: connectors, metainfo, oauth …"""
        return self.parts[0].lower()

    @property
    def connector(self) -> str:
        """The connector that is named, or the door where there is none."""
        if self.door == "connectors" and len(self.parts) > 1:
            return self.parts[1]
        return "/".join(self.parts).lower() if self.door == "oauth" else self.door

    @property
    def is_write(self) -> bool:
        """Whether it may change something in AFAS."""
        return self.door == "connectors" and self.request.method != "GET"


class Sandbox:
    """The WSGI application. `state_path` is its memory on disk; None keeps it in memory only.

    `scale` multiplies every duration: with 0.05 a second of AFAS lasts a twentieth of one.
    """

    def __init__(self, state_path: Path | None = None, *, scale: float = 1.0) -> None:
        self.store = Store(state_path, scale=scale)
        self.weather = Weather()
        self.faults = Faults(scale, self.weather.strike)
        self.control = Control(self.store, self.faults, self.weather)

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        request = Request(environ)
        try:
            response = self._respond(request)
        except HangUp as cut:
            _cut_the_line(environ, cut.first)
            raise ConnectionAbortedError(str(cut)) from None
        except Closed:
            raise ConnectionAbortedError(TOO_LATE) from None
        return response(environ, start_response)

    def close(self) -> None:
        """Break off every silence and let go of the state file."""
        self.faults.end()
        self.store.close()

    def _respond(self, request: Request) -> Response:
        if request.path.startswith("/_sandbox/"):
            answer = self.control.answer(
                request, request.path.removeprefix("/_sandbox/").strip("/")
            )
            return answers.to_response(answer, request)
        if request.method == "GET" and request.path in pages.PATHS:
            return pages.respond(request, self.store, self.weather.told)
        found = ADDRESS.fullmatch(request.path)
        if found is None:
            return answers.to_response(answers.not_found("no such address"), request)
        environment = found["environment"]
        call = Call(request, environment and environment.lower(), tuple(found["rest"].split("/")))
        return answers.to_response(self._logged(call), request)

    def _logged(self, call: Call) -> Answer:
        started = time.monotonic()
        body = call.request.get_data(cache=True)
        entry: dict[str, Any] = {"environment": call.environment or ""}
        try:
            answer = self._answer(call, entry)
            entry |= {"status": answer.status, "sentence": answer.sentence}
        except HangUp as cut:
            entry |= {"status": 0, "sentence": str(cut)}
            raise
        except Closed:
            entry |= {"status": 0, "sentence": TOO_LATE}
            raise
        finally:
            entry |= _what_was_asked(call, body)
            entry["milliseconds"] = round((time.monotonic() - started) * 1000)
            self.store.log_request(entry["environment"], entry)
            log.info("%s", _line(entry))
        return answer

    def _answer(self, call: Call, entry: dict[str, Any]) -> Answer:
        """The answer to one request; notes in `entry` which environment it turned out to be."""
        try:
            _check_size(call)
            if call.environment and call.environment not in seed.ENVIRONMENTS:
                return answers.not_found("an unknown participant or environment")
            auth.check_address(self.store, call.environment or "")
            if call.connector == "oauth/token":
                return self._oauth(call, entry)
            caller = auth.caller_of(self.store, call.request, call.environment)
        except auth.NotAllowed as refusal:
            return refusal.answer
        except _TooLarge as problem:
            return problem.answer
        entry["environment"] = caller.environment
        target = Target(caller.environment, call.connector, call.is_write, call.language)
        return self.faults.answer(target, lambda: self._serve(call, caller))

    def _oauth(self, call: Call, entry: dict[str, Any]) -> Answer:
        if call.request.method != "POST":
            return answers.not_found("oauth/token takes POST")
        environment = call.environment or auth.client_environment(self.store, call.request)
        entry["environment"] = environment
        return self.faults.answer(
            Target(environment, call.connector, is_write=False, language=call.language),
            lambda: auth.give_access_token(self.store, call.request, call.environment),
        )

    def _serve(self, call: Call, caller: Caller) -> Answer:
        try:
            match call.door, call.request.method:
                case "connectors", "GET":
                    return self._read(call, caller)
                case "connectors", "POST" | "PUT" | "DELETE":
                    return self._write(call, caller)
                case "metainfo", "GET":
                    return _metainfo(call, caller)
                case "profitversion", "GET":
                    return Answer(200, {"version": VERSION})
            return answers.not_found("no such address")
        except Refusal as refusal:
            return self._refused(refusal, call, caller)
        except NotJson:
            return Answer(400, {"message": "Invalid json"}, sentence="Invalid json")

    def _refused(self, refusal: Refusal, call: Call, caller: Caller) -> Answer:
        """AFAS's pages disagree: about a connector that is not granted (500, or 401 by setting),
        and about the words for an empty mandatory field."""
        store, environment = self.store, caller.environment
        if refusal.sentence in sentences.NOT_GRANTED and settings.is_on(
            store, environment, "not_granted_answers_401"
        ):
            return answers.refused(401, refusal.text("en"))
        if settings.choice(store, environment, "mandatory_words") == "anta":
            refusal = sentences.in_other_words(refusal)
        return answers.functional_error(refusal, call.language)

    def _read(self, call: Call, caller: Caller) -> Answer:
        connector = getconnectors.find(call.connector)
        if len(call.parts) != 2 or connector is None or not caller.may_read(call.connector):
            raise Refusal(sentences.GET_NOT_GRANTED)
        query = call.request.args.to_dict()
        return getconnectors.read(self.store, connector, caller.environment, query)

    def _write(self, call: Call, caller: Caller) -> Answer:
        connector = updateconnectors.find(call.connector)
        if connector is None or not caller.may_write(call.connector):
            raise Refusal(sentences.UPDATE_NOT_GRANTED)
        if call.request.method == "DELETE":
            keys = list(call.parts[2:])
            return updateconnectors.delete(self.store, caller.environment, connector, keys)
        body, method = call.request.get_data(), call.request.method
        done = updateconnectors.write(self.store, caller.environment, connector, method, body)
        return variants.worded(self.store, caller.environment, method, done)


class _TooLarge(Exception):  # noqa: N818 - what it is
    """The query string or the body is larger than AFAS takes."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.sentence)
        self.answer = answer


def _check_size(call: Call) -> None:
    if len(call.request.query_string) + 1 > LONGEST_QUERY:
        raise _TooLarge(answers.not_found("the query string is longer than 2049 characters"))
    if len(call.request.get_data()) > LARGEST_BODY:
        raise _TooLarge(answers.refused(413, "the request is larger than 75 MB"))


def _metainfo(call: Call, caller: Caller) -> Answer:
    match [part.lower() for part in call.parts[1:]]:
        case []:
            return metainfo.overview(caller)
        case ["get", name]:
            connector = getconnectors.find(name)
            if connector is None or not caller.may_read(name):
                raise Refusal(sentences.GET_NOT_GRANTED)
            return metainfo.of_get_connector(connector)
        case ["update", name]:
            element = updateconnectors.find(name)
            if element is None or not caller.may_write(name):
                raise Refusal(sentences.UPDATE_NOT_GRANTED)
            return metainfo.of_update_connector(element, call.language)
    return answers.not_found("no such address")


def _cut_the_line(environ: "WSGIEnvironment", first: bytes) -> None:
    connection = environ.get("werkzeug.socket")
    if connection is not None:
        with suppress(OSError):  # the client may have gone first
            connection.sendall(first)
            connection.shutdown(socket.SHUT_RDWR)


def _what_was_asked(call: Call, body: bytes) -> dict[str, Any]:
    """The request as the log keeps it: no Authorization header, no OAuth form."""
    scheme = call.request.headers.get("Authorization", "").partition(" ")[0]
    text = "" if call.door == "oauth" else body[:LONGEST_LOGGED_BODY].decode(errors="replace")
    return {
        "at": clock.now(),
        "method": call.request.method,
        "path": call.request.path,
        "query": call.request.query_string.decode(errors="replace"),
        "connector": call.connector,
        "credential": scheme,
        "integration_id": call.request.headers.get("IntegrationId", ""),
        "language": call.request.headers.get("Accept-Language", ""),
        "body": text,
    }


def _line(entry: dict[str, Any]) -> str:
    status = entry.get("status", 500)
    phrase = HTTPStatus(status).phrase if status else "line cut"
    asked = " ".join(unquote_plus(entry["query"])[:LONGEST_LOGGED_QUERY].split())
    query = f"?{asked}" if asked else ""
    where = f"{entry['method']} {entry['path']}{query}"
    line = f"{where} → {status} {phrase} ({entry['milliseconds']} ms)"
    return f"{line}: {entry['sentence']}" if entry.get("sentence") else line
