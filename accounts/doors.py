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


def right_required(right: str) -> Callable[[View], View]:
    """Only people of the current company who hold `right` (a `Right`); others get 403."""

    def door(view: View) -> View:
        @wraps(view)
        @member_required
        def guarded(request: CompanyRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.membership.has(right):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.right = right  # type: ignore[attr-defined]  # the crawler test reads it
        return guarded

    return door
