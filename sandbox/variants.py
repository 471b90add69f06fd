"""How AFAS words its success: pages, servers and clients disagree, so a test may choose."""

from collections.abc import Callable
from dataclasses import replace

from sandbox import settings
from sandbox.answers import Answer
from sandbox.store import Store

NO_CONTENT = 204
Keys = dict[str, str]


def worded(store: Store, environment: str, method: str, answer: Answer) -> Answer:
    """The answer to a POST or PUT that was done, in the variant that the environment is set to."""
    if method == "PUT":
        answer = replace(answer, status=settings.choice(store, environment, "put_status"))
    is_empty = settings.is_on(store, environment, f"empty_{method.lower()}")
    if is_empty or answer.status == NO_CONTENT:
        return replace(answer, body=None)
    ((root, keys),) = answer.body["results"].items()
    variant = settings.choice(store, environment, "answer_variant")
    return replace(answer, body=VARIANTS[variant](root, keys))


def _in_other_capitals(root: str, keys: Keys) -> object:
    """FiEntries answers under FiEntryPar or under its own name, with InId or InID."""
    name = "FiEntries" if root == "FiEntryPar" else root.upper()
    return {"results": {name: {code.upper(): value for code, value in keys.items()}}}


def _as_numbers(root: str, keys: Keys) -> object:
    numbers = {k: int(v) if v == str(v.isdecimal() and int(v)) else v for k, v in keys.items()}
    return {"results": {root: numbers}}


VARIANTS: dict[str, Callable[[str, Keys], object]] = {
    "results": lambda root, keys: {"results": {root: keys}},
    "bare": lambda root, keys: {root: keys},
    "root": _in_other_capitals,
    "keyless": lambda root, _keys: {"results": {root: {"Liln": ""}}},
    "numbers": _as_numbers,
}
