"""The doors: who may open a page. Every view goes through one of these."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.models import Company, Membership, User

View = Callable[..., HttpResponse]


class CompanyRequest(HttpRequest):
    """A request of somebody who is signed in and at work in a company."""

    user: User
    company: Company
    membership: Membership


def member_required(view: View) -> View:
    """Only people of the current company; others sign in, or are told that they have no company."""

    @wraps(view)
    @login_required
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if getattr(request, "membership", None) is None:
            return redirect("no_company")
        return view(cast("CompanyRequest", request), *args, **kwargs)

    return guarded


def right_required(*rights: str) -> Callable[[View], View]:
    """Only people of the current company who hold one of `rights` (a `Right` each); others get 403.

    The view carries them as `rights`, and the first as `right`, for whoever lists the doors.
    """

    def door(view: View) -> View:
        @wraps(view)
        @member_required
        def guarded(request: CompanyRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not any(request.membership.has(right) for right in rights):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.right, guarded.rights = rights[0], rights  # type: ignore[attr-defined]
        return guarded

    return door
