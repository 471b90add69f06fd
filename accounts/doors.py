"""The doors: who may open a page. Every view goes through one of these."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.models import Company, Membership, User

View = Callable[..., HttpResponse]


class CompanyRequest(HttpRequest):
    """A request of somebody who is signed in and at work in a company."""

    user: User
    company: Company
    membership: Membership


def person_required(view: View) -> View:
    """Only people who are signed in; others sign in first and come back to the page they had."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return view(request, *args, **kwargs) if request.user.is_authenticated else _log_in(request)

    return guarded


def member_required(view: View) -> View:
    """Only people of the current company; others sign in, or are told that they have no company."""

    @wraps(view)
    @person_required
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


def _log_in(request: HttpRequest) -> HttpResponse:
    """To the log-in page, and from there back to a page that can be opened.

    A form that was sent too late is not repeated by logging in, so the way back is the page that
    held it. htmx would put the log-in page inside that page; it is told to leave instead.
    """
    by_htmx = request.headers.get("HX-Request") == "true"
    page = request.headers.get("HX-Current-URL" if by_htmx else "Referer", "")
    if not by_htmx and request.method in {"GET", "HEAD"}:
        page = request.get_full_path()
    answer = redirect_to_login(_path_of_ours(request, page))
    if by_htmx:
        return HttpResponse(status=204, headers={"HX-Redirect": answer.url})
    return answer


def _path_of_ours(request: HttpRequest, address: str) -> str:
    """The path and query of an address of this site, else the first page."""
    if not url_has_allowed_host_and_scheme(address, {request.get_host()}):
        return "/"
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
