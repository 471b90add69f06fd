"""Who calls: a program with a key, or a person who is signed in and looks at the documentation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import exceptions
from rest_framework.authentication import (
    BaseAuthentication,
    SessionAuthentication,
    get_authorization_header,
)
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.models import ApiKey, Membership, User
from accounts.services.api_keys import api_key_of
from core import formats

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class KeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer uwk_…`: the program acts as the person whose key it is."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        """The person and the key. Raises when a key was sent that does not work."""
        words = get_authorization_header(request).decode("latin-1").split()
        if not words or words[0].lower() != "bearer":
            return None
        key = api_key_of(words[1]) if len(words) == 2 else None
        if key is None:
            raise exceptions.AuthenticationFailed(
                _("This key does not exist, was revoked, or is past its last day.")
            )
        return key.membership.user, key

    def authenticate_header(self, _request: Request) -> str:
        """What a 401 asks for."""
        return 'Bearer realm="api"'


class PersonAuthentication(SessionAuthentication):
    """Somebody who is signed in here, with the protection that forms have."""

    def authenticate_header(self, _request: Request) -> str:
        """A 401 asks for a key: a program cannot sign in."""
        return 'Bearer realm="api"'


class KeyScheme(OpenApiAuthenticationExtension):
    """How the documentation tells of keys."""

    target_class = KeyAuthentication
    name = "key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """An HTTP bearer token."""
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A key from Settings → API.",
        }


class PersonScheme(OpenApiAuthenticationExtension):
    """How the documentation tells of its own way in."""

    target_class = PersonAuthentication
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """The cookie of whoever is signed in."""
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": settings.SESSION_COOKIE_NAME,
            "description": "For this page: whoever is signed in here. Programs use a key.",
        }


def membership_of(request: Request) -> Membership:
    """As whom the caller is at work. Raises when a person is at work nowhere."""
    found: Membership | None
    if isinstance(request.auth, ApiKey):
        found = request.auth.membership
    else:
        found = getattr(request._request, "membership", None)  # noqa: SLF001 - Django's own one
    if found is None:
        raise exceptions.PermissionDenied(_("You do not work in any company here."))
    return found


@contextmanager
def speaking_to(request: Request) -> Iterator[None]:
    """In the zone and notation of the caller, and in the language that was asked for, else theirs.

    For somebody who is signed in the middleware did this already.
    """
    if not isinstance(request.auth, ApiKey):
        yield
        return
    membership = request.auth.membership
    with ExitStack() as stack:
        stack.enter_context(timezone.override(membership.user.time_zone))
        stack.enter_context(formats.use(membership.company))
        if "Accept-Language" not in request.headers:
            stack.enter_context(translation.override(membership.user.language))
        yield


class MaySignIn(BasePermission):
    """Only callers who are known and at work in a company."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Anonymous callers get 401, people without a company 403."""
        return bool(request.user.is_authenticated) and membership_of(request) is not None


class HasScope(BasePermission):
    """The key covers this endpoint; a person's own session covers all."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """403 names the scope that is lacking."""
        scope = scope_of(view, request.method or "GET")
        if scope and isinstance(request.auth, ApiKey) and not request.auth.may(scope):
            sentence = _(
                "This key lacks the scope %(scope)s. Make one that has it: Settings → API."
            )
            raise exceptions.PermissionDenied(sentence % {"scope": scope})
        return True


class HasRight(BasePermission):
    """The person holds one of the rights that the pages ask for as well."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """403 when not."""
        wanted = rights_of(view, request.method or "GET")
        if wanted and not any(membership_of(request).has(right) for right in wanted):
            raise exceptions.PermissionDenied(_("You do not have the right to do this."))
        return True


def scope_of(view: Any, method: str) -> str:
    """The scope that an endpoint asks: reading or writing of its area; none where that is empty."""
    if not view.area:
        return ""
    reads = method in SAFE or getattr(view, "action", "") in view.reading_actions
    return f"{view.area}:{'read' if reads else 'write'}"


def rights_of(view: Any, method: str) -> tuple[str, ...]:
    """The rights of which the person needs one; none is needed where this is empty."""
    by_action: dict[str, tuple[str, ...]] = view.rights
    action = getattr(view, "action", "") or ""
    usual = "read" if method in SAFE else "write"
    return by_action.get(action, by_action.get(usual, ()))
