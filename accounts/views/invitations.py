"""The page behind the link in an invitation."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import selectors
from accounts.adapter import page_language
from accounts.forms import JoiningForm
from accounts.middleware import SESSION_KEY
from accounts.models import Invitation, Membership, User
from accounts.services import invitations
from core.errors import DomainError

PAGE = "accounts/invitation.html"


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Join a company: as who you are, after logging in, or as somebody new."""
    letter = selectors.invitation_by_token(token)
    if letter is None:
        problem = _("This link is no invitation. Copy the whole of it from the letter.")
        return render(request, PAGE, {"problem": problem}, status=404)
    try:
        invitations.refuse_closed(letter)
    except DomainError as error:
        return render(request, PAGE, {"problem": error.message}, status=410)
    if isinstance(request.user, User):
        return _as_yourself(request, letter, request.user)
    if selectors.has_account(letter.email):
        return render(request, PAGE, {"letter": letter, "log_in": True})
    return _as_somebody_new(request, letter)


def _as_yourself(request: HttpRequest, letter: Invitation, user: User) -> HttpResponse:
    if user.email.lower() != letter.email.lower():
        context = {"problem": invitations.not_yours(letter, user), "log_out": True}
        return render(request, PAGE, context, status=403)
    if request.method != "POST":
        return render(request, PAGE, {"letter": letter, "join": True})
    try:
        membership = invitations.accept(invitation=letter, user=user)
    except DomainError as error:
        return render(request, PAGE, {"problem": error.message}, status=409)
    return _welcome(request, membership)


def _as_somebody_new(request: HttpRequest, letter: Invitation) -> HttpResponse:
    initial = {"name": letter.name}
    form = JoiningForm(request.POST or None, email=letter.email, initial=initial)
    if request.method == "POST" and form.is_valid():
        person = form.person(page_language())
        try:
            membership = invitations.accept_as_new_person(invitation=letter, person=person)
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            login(request, membership.user)
            return _welcome(request, membership)
    status = 422 if form.is_bound and form.errors else 200
    return render(request, PAGE, {"letter": letter, "form": form}, status=status)


def _welcome(request: HttpRequest, membership: Membership) -> HttpResponse:
    request.session[SESSION_KEY] = membership.company_id
    messages.success(request, _("Welcome to %(company)s.") % {"company": membership.company})
    return redirect("/")
