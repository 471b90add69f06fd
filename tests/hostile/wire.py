"""What happens between us and AFAS: requests get lost, answers too, and some come very late.

It takes the place of `integrations.afas.transport.Session`; all above it is what we ship.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from integrations.afas.errors import Uncertain, Unreachable
from integrations.afas.transport import Call, Deadline, Limits, Response
from tests.hostile import letters
from tests.hostile.afas import Afas, Order, RefusedError, Row
from tests.hostile.hazards import Fate
from tests.hostile.ledger import Entry, Ledger
from tests.hostile.stage import Stage

INVOICES, DEBTORS = "Uurwerk_DirectInvoices", "ProfitDebtor"
ENTRIES = "Uurwerk_Entries"
BUSY = {"error": {"code": 503, "message": "Service Unavailable"}, "retry_after": 60}


class UnplayedError(BaseException):
    """We ask AFAS something that this AFAS does not play; nothing of ours may swallow that."""


@dataclass
class Wire:
    """Carries calls to AFAS. `revoked` and `lacking` say what the token may not do just now."""

    stage: Stage
    afas: Afas
    ledger: Ledger
    fate: Fate
    revoked: bool = False
    lacking: set[str] = field(default_factory=set)
    meant: Callable[[letters.Key], str] = lambda _key: ""
    deleted: Callable[[Order | Entry, str], None] = lambda _gone, _meant: None
    longest: float = 899.0
    posts: int = 0
    told: list[tuple[str, str]] = field(default_factory=list)
    _meant: dict[str, str] = field(default_factory=dict)

    def send(self, call: Call, limits: Limits, deadline: Deadline) -> Response:
        """One call, as `Session.send` promises it."""
        if call.method == "GET":
            return self._read(call, limits)
        return self._write(call, limits, deadline)

    # ---- writing

    def _write(self, call: Call, limits: Limits, deadline: Deadline) -> Response:
        self.fate.stumble(0.01, may_sleep=False)  # between the last question and the connection
        self.stage.wait(self.stage.random.uniform(0.01, 1))
        if deadline.passed:
            raise Unreachable("No connection to AFAS could be made (ConnectTimeoutError).")
        self.posts += 1
        if call.method == "DELETE":
            self._meant[call.url] = self.meant(letters.deleted_by(call))
        self.stage.say(call.method, call.url.rsplit("/", 1)[-1], letters.reference_in(call))
        course = self._course()
        try:
            return course(call, limits)
        finally:
            self.fate.stumble(0.03)

    def _course(self) -> Callable[[Call, Limits], Response]:
        """What becomes of this write."""
        chances: Iterable[tuple[str, float, Callable[[Call, Limits], Response]]] = (
            ("lost", 0.08, self._request_lost),
            ("lost", 0.10, self._answer_lost),
            ("late", 0.12, self._much_later),
            ("cut", 0.08, self._cut_off),
            ("cut", 0.05, self._without_key),
            ("proxy", 0.10, self._bare_503),
            ("busy", 0.10, self._busy),
            ("busy", 0.03, self._not_connected),
            ("token", 0.06, self._token_ran_out),
            ("token", 0.03, self._connector_lacks),
            ("token", 0.02, self._token_revoked),
            ("late", 0.05, self._gave_up_halfway),
        )
        if self.revoked:
            return self._denied
        for name, often, course in chances:
            if self.fate.chance(name, often):
                return course
        return self._answered

    def _answered(self, call: Call, limits: Limits) -> Response:
        if letters.connector_of(call) in self.lacking:
            return self._denied(call, limits)
        if self.fate.chance("refusals", 0.1):
            self.afas.faulty.add(letters.faulty_in(call))
        slow = self.fate.chance("late", 0.2)
        self.stage.wait(self.stage.random.uniform(30, 119) if slow else self._moment())
        answer = self._do(call)
        if answer.status_code == 201 and (reference := letters.reference_in(call)):
            self.told.append((reference, letters.number_in(answer.content)))
        return answer

    def _do(self, call: Call) -> Response:
        """AFAS does it now."""
        try:
            return self._done(call)
        except RefusedError as refusal:
            self.stage.say("refuses:", refusal)
            return _functional(str(refusal), -1)

    def _done(self, call: Call) -> Response:
        if call.method == "DELETE":
            return self._deleted(call)
        body = letters.body_of(call)
        root = next(iter(body))
        do = {
            "FbDirectInvoice": lambda: {"OrNu": self.afas.invoice(body)},
            "KnSalesRelationOrg": lambda: {"DbId": self.afas.create(body)},
            "FiEntryPar": lambda: self._entered(body),
            "KnSubject": lambda: {"SbId": self.ledger.file(body)},
        }
        return _json(201, {"results": {root: do[root]()}})

    def _deleted(self, call: Call) -> Response:
        gone: Order | Entry
        key, meant = letters.deleted_by(call), self._meant[call.url]
        gone = self.ledger.delete(key) if isinstance(key, tuple) else self.afas.delete(key)
        self.deleted(gone, meant)
        return _json(200, {})

    def _entered(self, body: Row) -> Row:
        """Now and then the answer is short of all but the number."""
        answer = self.ledger.book(body)
        return {"EnNo": answer["EnNo"]} if self.fate.chance("cut", 0.3) else answer

    def _later(self, call: Call, within: float) -> None:
        """AFAS does it some time from now, and nobody hears of it."""
        self.stage.at(self.stage.random.uniform(0, within), lambda: self._do(call))

    def _request_lost(self, _call: Call, limits: Limits) -> Response:
        return self._silence(limits)

    def _answer_lost(self, call: Call, limits: Limits) -> Response:
        self._later(call, 60)
        return self._silence(limits)

    def _much_later(self, call: Call, limits: Limits) -> Response:
        begin, end = self.stage.random.choice(((0, 130), (130, 600), (600, self.longest)))
        self.stage.at(self.stage.random.uniform(begin, end), lambda: self._do(call))
        return self._silence(limits)

    def _silence(self, limits: Limits) -> Response:
        broke = self.stage.random.random() < 0.5
        self.stage.wait(self._moment() if broke else limits.read)
        self.stage.say("hears nothing")
        raise Uncertain("The call to AFAS broke off without an answer (ReadTimeout).")

    def _cut_off(self, call: Call, _limits: Limits) -> Response:
        self.stage.wait(self._moment())
        answer = self._do(call)
        raise Uncertain("The answer broke off.", status=answer.status_code, body="{")

    def _without_key(self, call: Call, _limits: Limits) -> Response:
        self.stage.wait(self._moment())
        answer = self._do(call)
        return answer if answer.status_code >= 300 else Response(answer.status_code, {}, b"")

    def _bare_503(self, call: Call, _limits: Limits) -> Response:
        if self.stage.random.random() < 0.6:
            self._later(call, 600)
        self.stage.wait(self._moment())
        headers = {"Retry-After": "60"} if self.stage.random.random() < 0.5 else {}
        return Response(503, headers, b"<html>Service Unavailable</html>")

    def _gave_up_halfway(self, call: Call, _limits: Limits) -> Response:
        if self.stage.random.random() < 0.5:
            self._later(call, 5)
        self.stage.wait(self._moment())
        return _functional("De maximale tijdsduur is overschreden.", -2147180999)

    def _busy(self, _call: Call, _limits: Limits) -> Response:
        self.stage.wait(self._moment())
        seconds = self.stage.random.choice((60, 60, 600, 3600))
        return _json(self.stage.random.choice((429, 503)), {**BUSY, "retry_after": seconds})

    def _not_connected(self, _call: Call, limits: Limits) -> Response:
        self.stage.wait(limits.connect)
        raise Unreachable("No connection to AFAS could be made (NewConnectionError).")

    def _token_ran_out(self, call: Call, limits: Limits) -> Response:
        return self._denied(call, limits)

    def _connector_lacks(self, call: Call, limits: Limits) -> Response:
        self.lacking.add(letters.connector_of(call))
        return self._denied(call, limits)

    def _token_revoked(self, call: Call, limits: Limits) -> Response:
        self.revoked = True
        return self._denied(call, limits)

    def _denied(self, _call: Call, _limits: Limits) -> Response:
        self.stage.wait(self._moment())
        return Response(401, {}, b"")

    # ---- reading

    def _read(self, call: Call, limits: Limits) -> Response:
        self.stage.wait(self.stage.random.uniform(0.05, 1))
        if self.revoked:
            return Response(401, {}, b"")
        if self.fate.chance("deaf", 0.05):
            self.stage.wait(limits.read)
            raise Uncertain("The call to AFAS broke off without an answer (ReadTimeout).")
        if self.fate.chance("busy", 0.03):
            return _json(503, BUSY)
        answer = self._shown(call)
        self.stage.wait(self.stage.random.uniform(0.05, 1))
        self.fate.stumble(0.01)
        return answer

    def _shown(self, call: Call) -> Response:
        path, _mark, search = call.url.partition("?")
        name = urlsplit(path).path.rsplit("/", 1)[-1]
        if name == "metainfo":
            return _json(200, {"getConnectors": [], "updateConnectors": [], "info": {}})
        lists = {INVOICES: self.afas.posted, DEBTORS: self.afas.known, ENTRIES: self.ledger.shown}
        if name not in lists:
            raise UnplayedError(name)
        rows, asked = lists[name](), parse_qs(search)
        found = [row for row in rows if _meets(row, asked) and not self.afas.misses(row)]
        order = asked["orderbyfieldids"][0]
        return _json(200, {"rows": sorted(found, key=lambda row: str(row[order]))})

    def _moment(self) -> float:
        return self.stage.random.uniform(0.2, 20)


def _json(status: int, body: Mapping[str, Any]) -> Response:
    return Response(status, {}, json.dumps(body).encode())


def _functional(sentence: str, number: int) -> Response:
    body = {"externalMessage": sentence, "errorNumber": number, "profitLogReference": "A1B2"}
    return _json(500, body)


def _meets(row: Row, asked: Mapping[str, list[str]]) -> bool:
    """AFAS's filter: a row is wanted when it meets all conditions of one group."""
    if "filterjson" not in asked:
        return True
    groups = json.loads(asked["filterjson"][0])["Filters"]["Filter"]
    return any(all(_holds(row, one) for one in group["Field"]) for group in groups)


def _holds(row: Row, condition: Mapping[str, str]) -> bool:
    value, wanted = str(row.get(condition["@FieldId"], "")), condition["#text"]
    holds = {"1": value == wanted, "4": value > wanted, "6": wanted in value, "7": value != wanted}
    holds |= {
        "2": value >= wanted,
        "8": not value,
        "9": bool(value),
        "10": value.startswith(wanted),
    }
    if condition["@OperatorType"] not in holds:
        raise UnplayedError(condition["@OperatorType"])
    return holds[condition["@OperatorType"]]
