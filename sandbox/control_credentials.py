"""The doors under `/_sandbox/` that change who may call, and what they may do."""

import time
from collections.abc import Callable
from typing import Any

from sandbox import auth, clock, seed, settings
from sandbox.control_records import environment_of
from sandbox.store import Store

Wish = dict[str, Any]
GRANTED = ("get", "update")


def revoke(store: Store, wish: Wish) -> None:
    """Revoke a token or a client, or restore it."""
    state = "revoked" if wish.get("revoked", True) else "active"
    auth.change_credential(store, wish, {"state": state})


def expire(store: Store, wish: Wish) -> None:
    """Let a token or a client secret end on a day or at a moment, Dutch local time.

    With `access` instead of `on` the access tokens that a client was given end, now.
    """
    if wish.get("access"):
        auth.change_credential(store, wish, {"access_since": time.time()})
        return
    on = str(wish["on"])
    clock.is_past(on)  # a text that is no date is refused here
    auth.change_credential(store, wish, {"expiry": on, "ends": True})


def ip(store: Store, wish: Wish) -> None:
    """Refuse the caller's address: of one credential, or of a whole environment."""
    is_so = bool(wish.get("refused", True))
    if "token" in wish or "client_id" in wish:
        state = "refused_ip" if is_so else "active"
        auth.change_credential(store, wish, {"state": state})
    else:
        settings.put(store, environment_of(wish), "refuse_ip", is_so)


def grant(store: Store, wish: Wish) -> Wish:
    """Grant connectors: `get` and `update` are the whole lists, `add` and `drop` change them."""
    with store.transaction():
        held = auth.credential(store, wish)
        granted = {kind: list(wish.get(kind, held[kind])) for kind in GRANTED}
        for name in wish.get("add", []):
            granted[_kind_of(name)].append(name)
        for kind, names in granted.items():
            granted[kind] = [n for n in dict.fromkeys(names) if n not in wish.get("drop", [])]
        auth.change_credential(store, wish, granted)
    return {"granted": granted}


def _kind_of(connector: str) -> str:
    if connector in seed.GET_CONNECTORS:
        return "get"
    if connector in seed.UPDATE_CONNECTORS:
        return "update"
    raise ValueError(f"there is no connector {connector}")


DOORS: dict[str, Callable[[Store, Wish], Any]] = {
    "revoke": revoke,
    "grant": grant,
    "expire": expire,
    "ip": ip,
}
