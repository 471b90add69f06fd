"""Who is calling: classic user tokens, OAuth clients and the access tokens given to them."""

import base64
import binascii
import re
import secrets
import time
from dataclasses import dataclass
from typing import Any

from werkzeug.wrappers import Request

from sandbox import clock, seed, settings
from sandbox.answers import Answer, refused
from sandbox.store import Store

TOKEN_TEXT = re.compile(r"<token><version>1</version><data>([0-9A-Fa-f]{64})</data></token>")
ACCESS_TOKEN_LIFE = 3600  # seconds, as AFAS answers in expires_in


class NotAllowed(Exception):  # noqa: N818 - AFAS's 401 or 403
    """AFAS does not let this caller in; `answer` is what it says."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.answer = refused(status, why)


@dataclass(frozen=True)
class Caller:
    """A credential that AFAS let in: its environment and the connectors of its app connector."""

    environment: str
    get_connectors: tuple[str, ...]
    update_connectors: tuple[str, ...]
    expiry: str

    def may_read(self, connector: str) -> bool:
        """Whether the app connector holds this get connector; case does not matter."""
        return connector.lower() in {name.lower() for name in self.get_connectors}

    def may_write(self, connector: str) -> bool:
        """Whether the app connector holds this update connector; case does not matter."""
        return connector.lower() in {name.lower() for name in self.update_connectors}


def full_token(text: str) -> str:
    """The key a token is kept under, from its whole XML text or its 64 characters alone."""
    bare = re.fullmatch(r"\s*([0-9A-Fa-f]{64})\s*", text)
    data = bare.group(1) if bare else text.strip()
    found = TOKEN_TEXT.fullmatch(data)
    data = found.group(1) if found else data
    return f"<token><version>1</version><data>{data.upper()}</data></token>"


def caller_of(store: Store, request: Request, environment: str | None) -> Caller:
    """The caller behind the Authorization header.

    `environment` is the one named in the path; None on the bare path, where the token alone
    tells it. Raises NotAllowed: 401 for a credential that is missing, malformed, unknown,
    expired or of another environment, 403 for a refused address.
    """
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "afastoken":
        granted, kind = _classic(store, secret), "classic"
    elif scheme.lower() == "bearer":
        granted, kind = _bearer(store, secret), "oauth"
    else:
        raise NotAllowed(401, "no AfasToken and no Bearer in the Authorization header")
    if environment is not None and granted["environment"] != environment:
        raise NotAllowed(401, f"a token of another environment ({granted['environment']})")
    check_address(store, granted["environment"])
    _check_kind(store, granted["environment"], kind)
    _check_state(granted)
    return Caller(
        granted["environment"],
        _readable(store, granted),
        tuple(granted["update"]),
        granted["expiry"],
    )


def check_address(store: Store, environment: str) -> None:
    """Raises NotAllowed, 403, when the whole environment refuses the caller's address."""
    if settings.is_on(store, environment, "refuse_ip"):
        raise NotAllowed(403, "the address is refused by the environment")


def _check_kind(store: Store, environment: str, kind: str) -> None:
    """A classic app connector takes no OAuth, an OAuth one no classic token, a hybrid one both."""
    app_connector = settings.choice(store, environment, "app_connector")
    if app_connector not in ("hybrid", kind):
        raise NotAllowed(401, f"the app connector is {app_connector}, the credential {kind}")


def _check_state(granted: dict[str, Any]) -> None:
    if granted["state"] == "revoked":
        raise NotAllowed(401, "the token was revoked")
    if granted["state"] == "refused_ip":
        raise NotAllowed(403, "the address is refused for this token")
    if _has_ended(granted):
        raise NotAllowed(401, f"the credential expired on {granted['expiry']}")


def _has_ended(granted: dict[str, Any]) -> bool:
    """Only a date that a test set ends a credential: the seeded ones are for showing."""
    return bool(granted.get("ends")) and clock.is_past(granted["expiry"])


def _readable(store: Store, granted: dict[str, Any]) -> tuple[str, ...]:
    """The get connectors of a credential; a setting grants the reference connectors to all."""
    own = list(granted["get"])
    if settings.is_on(store, granted["environment"], "reference_connectors"):
        own += [name for name in seed.REFERENCE_CONNECTORS if name not in own]
    return tuple(own)


def _classic(store: Store, secret: str) -> dict[str, Any]:
    try:
        text = base64.b64decode(secret.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        raise NotAllowed(401, "the token is not Base64 of its whole XML text") from None
    if not TOKEN_TEXT.fullmatch(text):
        raise NotAllowed(401, "the Base64 does not hold AFAS's token XML, and nothing else")
    granted = store.get("credential", "", full_token(text))
    if granted is None:
        raise NotAllowed(401, "an unknown token")
    return granted


def _bearer(store: Store, secret: str) -> dict[str, Any]:
    given = store.get("access_token", "", secret.strip())
    if given is None:
        raise NotAllowed(401, "an unknown access token")
    if given["expires_at"] < time.time():
        raise NotAllowed(401, "the access token has expired")
    granted = store.get("credential", "", given["client_id"])
    if granted is None:
        raise NotAllowed(401, "the OAuth client is gone")
    if given.get("given_at", 0) < granted.get("access_since", 0):
        raise NotAllowed(401, "the access token was ended")
    return granted


def credential(store: Store, wish: dict[str, Any]) -> dict[str, Any]:
    """The token or OAuth client that an order names by `token` or `client_id`.

    Raises ValueError where there is none.
    """
    held = store.get("credential", "", _key(wish))
    if held is None:
        raise ValueError("no such credential; give a token or a client_id")
    return held


def change_credential(store: Store, wish: dict[str, Any], changes: dict[str, Any]) -> None:
    """Change what is known of the token or OAuth client that an order names. Raises ValueError."""
    with store.transaction():
        store.put("credential", "", _key(wish), credential(store, wish) | changes)


def _key(wish: dict[str, Any]) -> str:
    named = wish.get("client_id")
    return str(named) if named is not None else full_token(str(wish.get("token", "")))


def give_access_token(store: Store, request: Request, environment: str | None) -> Answer:
    """`POST oauth/token` with grant_type client_credentials, as a form or with HTTP Basic.

    AFAS answers 400 with `invalid_request`, `unsupported_grant_type` or `invalid_client`;
    a failed Basic login is a 401, and so is a client on a classic app connector. Raises NotAllowed.
    """
    basic = request.authorization if _is_basic(request) else None
    client_id = (basic.username if basic else request.form.get("client_id")) or ""
    secret = (basic.password if basic else request.form.get("client_secret")) or ""
    grant_type = request.form.get("grant_type", "")
    if not grant_type or not client_id or not secret:
        return _oauth_error("invalid_request")
    if grant_type != "client_credentials":
        return _oauth_error("unsupported_grant_type")
    client = store.get("credential", "", client_id)
    if client is None or not _is_right(client, secret, environment):
        return refused(401, "invalid_client (Basic)") if basic else _oauth_error("invalid_client")
    check_address(store, client["environment"])
    _check_kind(store, client["environment"], "oauth")
    _check_state(client)
    token = secrets.token_urlsafe(48)
    now, life = time.time(), ACCESS_TOKEN_LIFE * store.scale
    given = {"client_id": client_id, "given_at": now, "expires_at": now + life}
    store.put("access_token", "", token, given)
    body = {"access_token": token, "token_type": "Bearer", "expires_in": max(1, int(life))}
    return Answer(200, body)


def client_environment(store: Store, request: Request) -> str:
    """The environment that an OAuth client belongs to, for the log; empty when unknown."""
    basic = request.authorization if _is_basic(request) else None
    client_id = (basic.username if basic else request.form.get("client_id")) or ""
    client = store.get("credential", "", client_id) or {}
    return str(client.get("environment", ""))


def _is_basic(request: Request) -> bool:
    return request.authorization is not None and request.authorization.type == "basic"


def _is_right(client: dict[str, Any], secret: str, environment: str | None) -> bool:
    return (
        secrets.compare_digest(str(client.get("secret", "")).encode(), secret.encode())
        and client["state"] != "revoked"
        and not _has_ended(client)
        and environment in (None, client["environment"])
    )


def _oauth_error(code: str) -> Answer:
    return Answer(400, {"error": code}, sentence=code)
