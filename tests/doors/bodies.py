"""What the crawler sends: the forms of our own pages, with ids of another company in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from tests.doors.walking import Form

# What forms ask for beside ids, where no page tells.
WORDS_IN_FORMS = {
    "version": "1",
    "reason": "Because",
    "amount": "1",
    "decision": "link",
    "lead": "us",
    "default-code": "UREN",
    "default-kind": "1",
    "journal": "20",
    "period_rule": "next_open",
    "cost_centre_axis": "1",
}
# Forms of the page's frame: they log out, switch company and choose a language.
FRAME = ("/accounts/", "/profile/", "/company/", "/i18n/")


def body_with(ids: dict[str, Any], forms: Iterable[Form] = ()) -> dict[str, Any]:
    """A form full of ids: these forms as they stand, and every name that may hold an id."""
    body: dict[str, Any] = dict(WORDS_IN_FORMS)
    for form in forms:
        body.update({name: values for name, values in form.fields.items() if name[:1] != "_"})
    plain = {name: value for name, value in ids.items() if name != "row"}
    body.update({key: value for name, value in plain.items() for key in (name, f"{name}_id")})
    body.update({_several(name): [value] for name, value in plain.items()})
    body.update({"row": ids["row"], "rows": ids["row"], "ids": ids["row"], "pk": ids["hour"]})
    body.update(_by_suffix(body, plain))
    body.pop("csrfmiddlewaretoken", None)
    return body


def bodies_with(
    foreign: dict[str, Any], own: dict[str, Any], forms: list[Form]
) -> Iterator[dict[str, Any]]:
    """Forms with ids of another company: everywhere, and in one box while the others are right.

    One wrong id among wrong ones would be refused for the sake of the others.
    """
    yield body_with(foreign, forms)
    values = sorted({str(value) for name, value in foreign.items() if name != "row"})
    for form in forms:
        for name in sorted(form.choices):
            yield from (body_with(own, forms) | {name: value} for value in values)
        numbered = {re.sub(r"\d+$", "", name) for name in form.fields if re.search(r"-\d+$", name)}
        if numbered:
            named = {f"{name}{value}": "1" for name in numbered for value in values}
            yield body_with(own, forms) | named


def elsewhere(forms: Iterable[Form], address: str) -> dict[str, list[Form]]:
    """The forms of a page that send to another address than its own, by that address."""
    found: dict[str, list[Form]] = {}
    for form in forms:
        target = form.action.partition("?")[0]
        if target and target != address and not target.startswith(FRAME):
            found.setdefault(target, []).append(form)
    return found


def _several(name: str) -> str:
    return f"{name[:-1]}ies" if name.endswith("y") else f"{name}s"


def _by_suffix(body: dict[str, Any], plain: dict[str, Any]) -> dict[str, Any]:
    """Fields of formsets, as in form-0-activity."""
    return {
        key: value
        for key in body
        for name, value in plain.items()
        if key.endswith((f"-{name}", f"-{name}_id"))
    }
