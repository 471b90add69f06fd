"""What a test may set otherwise per environment, because customers of AFAS differ in it.

A setting of the environment "" holds for every environment that has none of its own. What each
one means is told in `sandbox.control`.
"""

from typing import Any

from sandbox.store import Record, Store

# Name → what holds when nobody set it.
YES_OR_NO: dict[str, bool] = {
    "answer_invoice_number": False,
    "not_granted_answers_401": False,
    "reference_connectors": False,
    "blind": False,
    "open_items_blind": False,
    "reuse_deleted_numbers": False,
    "refuse_same_reference": False,
    "refuse_ip": False,
    "empty_post": False,
    "empty_put": True,
}
SECONDS: dict[str, float] = {"sight_delay": 0.0, "debtor_sight_delay": 0.0}
CHOICES: dict[str, tuple[str | int, ...]] = {  # the first one holds
    "app_connector": ("hybrid", "classic", "oauth"),
    "answer_variant": ("results", "bare", "root", "keyless", "numbers"),
    "put_status": (201, 200, 204),
    "mandatory_words": ("enter", "anta"),
}

USUAL: Record = YES_OR_NO | SECONDS | {name: values[0] for name, values in CHOICES.items()}


def is_on(store: Store, environment: str, name: str) -> bool:
    """A setting of yes or no."""
    return bool(_held(store, environment, name, YES_OR_NO[name]))


def seconds(store: Store, environment: str, name: str) -> float:
    """A duration in seconds as they last here: AFAS's seconds times the scale of this sandbox."""
    return float(_held(store, environment, name, SECONDS[name])) * store.scale


def choice(store: Store, environment: str, name: str) -> Any:
    """One of the named choices."""
    return _held(store, environment, name, CHOICES[name][0])


def put(store: Store, environment: str, name: str, value: Any) -> None:
    """Set it. Raises ValueError, with a sentence, for a name or a value that there is not."""
    _check(name, value)
    store.put("setting", environment, name, {"name": name, "value": value})


def held(store: Store, environment: str) -> Record:
    """Every setting with the value that holds in this environment."""
    return {name: _held(store, environment, name, value) for name, value in USUAL.items()}


def _held(store: Store, environment: str, name: str, default: Any) -> Any:
    own = store.get("setting", environment, name) or store.get("setting", "", name)
    return own["value"] if own else default


def _check(name: str, value: Any) -> None:
    if name in YES_OR_NO:
        if not isinstance(value, bool):
            raise ValueError(f"{name} is true or false")
    elif name in SECONDS:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not value >= 0:
            raise ValueError(f"{name} is a number of seconds, 0 or more")
    elif name in CHOICES:
        if isinstance(value, bool) or value not in CHOICES[name]:
            raise ValueError(f"{name} is one of {', '.join(map(str, CHOICES[name]))}")
    else:
        raise ValueError(f"there is no setting {name}; there are {', '.join(USUAL)}")
