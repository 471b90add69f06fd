"""`/_sandbox/`: how a test drives this pretend AFAS. JSON in, JSON out.

| call | does |
|---|---|
| POST fault | `{"fault": "slow", "seconds": 2, "times": 1, "environment": "12345", …}` |
| POST weather | `{"seed": 7, "share": 0.3, "longest": 899}`: random faults, see `sandbox.weather` |
| POST calm | forgets the faults that still stand and ends the weather |
| POST reset | back to the seed, no faults |
| GET state?environment=12345 | debtors, invoices, entries, subjects, open_items, what was |
| | deleted, settings, requests, |
| | and under `weather` the tally of it: `met` requests, `struck` by which fault |
| POST revoke | `{"token": "…", "revoked": true}` — or `"client_id"` instead of `"token"` |
| POST grant | `{"token": "…", "get": […], "update": […]}`: exactly these connectors |
| POST grant | `{"token": "…", "add": […], "drop": […]}`: these more, these less |
| POST expire | `{"token": "…", "on": "2026-05-01"}`: metainfo shows it; past it 401, or |
| | `invalid_client` at oauth/token; the seeded dates are only shown |
| POST expire | `{"client_id": "…", "access": true}`: the access tokens it was given end now |
| POST ip | `{"environment": "12345"}` or `{"token": "…"}`: 403; `"refused": false` undoes that |
| POST debtor | `{"environment": "12345", "debtor": {"DebtorId": "1", …}}`: set or change a row |
| POST debtors | `{"environment": "12345", "debtors": […]}`: the same for many rows |
| POST remove | `{"environment": "12345", "kind": "debtor", "key": "10001"}` |
| POST pay | `{"environment": "12345", "kind": "entry", "key": "5789"}` or an "invoice": a payment |
| | comes in, of all that is open or of `"amount": 100`; AFAS then refuses to change and |
| | delete it, and an item that is paid in full leaves Profit_Debtor_Invoices |
| POST unpay | the same key: every payment on it is undone |
| POST book_by_hand | `{"environment": "12345", "invoice_number": "20260050", "debtor": "10001", |
| | "total": 121}`: a bookkeeper keyed an entry; also `journal`, `administration`, `reference` |
| | (BpNr) and `date`; a total below 0 is a credit note |
| POST processed | `{"environment": "12345", "kind": "invoice", "key": "70000144"}` or an "entry": |
| | processed or paid, so AFAS refuses to change and delete it; `"processed": false` undoes that |
| POST block | `{"environment": "12345", "kind": "debtor", "key": "10001"}`: blocked for delivery; |
| | an item is `1/UREN-DEV`, a period `2026/4`; also an "account", a "journal" or a "vat_code"; |
| | `"blocked": false` undoes that |
| POST setting | `{"environment": "12345", "name": "blind", "value": true}`; "" = everywhere |

A wrong order is told in a 400, `{"error": "…"}`. Where a `token` is asked for, a `"client_id"`
will do.

| setting | at first | means |
|---|---|---|
| answer_invoice_number | false | the answer to a direct invoice also holds SinOrNu |
| not_granted_answers_401 | false | 401 instead of the usual 500 for a connector not granted |
| reference_connectors | false | every credential may read `seed.REFERENCE_CONNECTORS` |
| blind | false | the reference connectors answer no rows, as after a changed authorisation filter |
| open_items_blind | false | Profit_Debtor_Invoices answers no rows |
| reuse_deleted_numbers | false | AFAS hands the highest number again that a deletion set free |
| refuse_same_reference | false | an invoice with an RfCs that exists is refused |
| refuse_ip | false | 403 for whoever calls the environment |
| app_connector | hybrid | "classic" takes no OAuth client, "oauth" no classic token: 401 |
| answer_variant | results | "bare": without `results`; "root": other root, other capitals; |
| | | "keyless": 201 without a key; "numbers": JSON numbers instead of text |
| empty_post | false | a POST is answered without a body |
| empty_put | true | a PUT is answered without a body; false: with its keys |
| put_status | 201 | or 200, or 204, which has no body either |
| mandatory_words | enter | "anta": the other words AFAS has for an empty mandatory field |
| sight_delay | 0 | seconds until the reference connectors show a document, or its deletion, |
| | | and Profit_Debtor_Invoices a new item |
| debtor_sight_delay | 0 | seconds until the debtor lists show a debtor that was posted |
"""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from werkzeug.wrappers import Request

from sandbox import (
    control_books,
    control_credentials,
    control_records,
    documents,
    receivables,
    settings,
)
from sandbox.answers import Answer
from sandbox.faults import Faults
from sandbox.store import Store
from sandbox.weather import Weather

Wish = dict[str, Any]


class Control:
    """The doors under `/_sandbox/`."""

    def __init__(self, store: Store, faults: Faults, weather: Weather) -> None:
        self._store, self._faults, self._weather = store, faults, weather
        self._posts: dict[str, Callable[[Wish], Any]] = {
            "fault": self._fault,
            "calm": self._calm,
            "reset": self._reset,
            "setting": self._setting,
            "weather": self._order_weather,
        }
        for doors in (control_records.DOORS, control_books.DOORS, control_credentials.DOORS):
            self._posts |= {door: partial(work, store) for door, work in doors.items()}

    @property
    def doors(self) -> tuple[str, ...]:
        """What can be posted to."""
        return tuple(self._posts)

    def answer(self, request: Request, door: str) -> Answer:
        """Do what is asked: 200 and a JSON object; 400 and `{"error": …}` for a wrong wish."""
        if request.method == "GET" and door == "state":
            return Answer(200, self.state(request.args.get("environment", "12345")))
        if request.method != "POST" or door not in self._posts:
            return Answer(404, {"error": f"no door {request.method} {door}"})
        try:
            wish = json.loads(request.get_data() or b"{}")
            return Answer(200, self._posts[door](wish) or {"done": True})
        except ValueError as problem:
            return Answer(400, {"error": f"{door}: {problem}"})
        except (KeyError, TypeError, AttributeError) as problem:
            return Answer(400, {"error": f"{door}: {problem!r}"})

    def state(self, environment: str) -> dict[str, Any]:
        """What an environment holds and received; requests carry no secrets."""
        kinds = {"administrations": "administration", "debtors": "debtor", "items": "item"}
        held = {name: self._store.all(kind, environment) for name, kind in kinds.items()}
        return held | {
            "environment": environment,
            "invoices": self._store.all("invoice", environment),
            "entries": self._store.all("entry", environment),
            "subjects": self._store.all("subject", environment),
            "open_items": self._store.all(receivables.OPEN, environment),
            "deleted_invoices": documents.deleted(self._store, environment, documents.INVOICE),
            "deleted_entries": documents.deleted(self._store, environment, documents.ENTRY),
            "settings": settings.held(self._store, environment),
            "weather": self._weather.told(environment),
            "requests": self._store.requests(environment),
        }

    def _order_weather(self, wish: Wish) -> Wish:
        _check_environment(wish)
        return self._weather.order(wish)

    def _fault(self, wish: Wish) -> Wish:
        _check_environment(wish)
        return {"standing": self._faults.order(wish).name}

    def _calm(self, _wish: Wish) -> None:
        self._faults.clear()
        self._weather.end()

    def _reset(self, _wish: Wish) -> None:
        self._faults.end()
        self._weather.forget()
        self._store.reset()

    def _setting(self, wish: Wish) -> None:
        _check_environment(wish)
        settings.put(self._store, wish["environment"], str(wish["name"]), wish["value"])


def _check_environment(wish: Wish) -> None:
    """An order may name no environment; one that it names must be there. Raises ValueError."""
    if wish.get("environment"):
        control_records.environment_of(wish)
