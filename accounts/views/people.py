"""Team → Employees: who works here, as what, and who is invited."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import selectors
from accounts.doors import CompanyRequest, right_required
from accounts.forms import InvitationForm, PlaceForm
from accounts.models import Invitation, Membership, Right
from accounts.services import invitations, people
from accounts.trail import told
from core import audit
from core.errors import DomainError

PER_PAGE = 50


@require_safe
@right_required("admin")
def employees(request: CompanyRequest) -> HttpResponse:
    """The people of the company and the open invitations, searched and paged."""
    search = request.GET.get("q", "").strip()[:80]
    state = request.GET.get("state", "")
    found = selectors.employees(request.company, search=search, state=state)
    letters = selectors.waiting_invitations(request.company, search=search)
    context = {
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "search": search,
        "state": state,
        "invitations": [(letter, invitations.link_of(letter)) for letter in letters],
    }
    return render(request, "accounts/employees.html", context)


@require_safe
@right_required("admin")
def rights_of_role(request: CompanyRequest) -> HttpResponse:
    """The ticks of a role, for the page that is being filled in."""
    form = PlaceForm.filled(request.GET.get("role", ""))
    return render(request, "accounts/rights_fields.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@right_required("admin")
def invite(request: CompanyRequest) -> HttpResponse:
    """Ask whom to invite, make the invitation and mail it."""
    form = InvitationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = invitations.invite(company=request.company, by=request.user, guest=form.guest())
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            _send(request, made)
            return redirect("employees")
    return render(request, "accounts/invite.html", {"form": form}, status=_status(form))


@require_http_methods(["GET", "HEAD", "POST"])
@right_required("admin")
def employee(request: CompanyRequest, pk: int) -> HttpResponse:
    """One person: role, rights, whether they may still come in, and what was changed before."""
    person = selectors.employee(request.company, pk)
    form = PlaceForm.of(person, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            saved = people.change_place(membership=person, by=request.user, place=form.place())
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("Saved what %(name)s may do.") % {"name": person})
            return _after_change(request, saved)
    context = {
        "person": person,
        "form": form,
        "events": [told(event) for event in audit.events_of(request.company, person)[:20]],
    }
    return render(request, "accounts/employee.html", context, status=_status(form))


@require_POST
@right_required("admin")
def deactivate(request: CompanyRequest, pk: int) -> HttpResponse:
    """Close the company to this person."""
    person = selectors.employee(request.company, pk)
    try:
        saved = people.deactivate(membership=person, by=request.user)
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("employee", pk=pk)
    messages.success(
        request, _("%(name)s has no access any more. Their entries stay.") % {"name": person}
    )
    return _after_change(request, saved)


@require_POST
@right_required("admin")
def reactivate(request: CompanyRequest, pk: int) -> HttpResponse:
    """Let this person in again."""
    person = selectors.employee(request.company, pk)
    people.reactivate(membership=person, by=request.user)
    messages.success(request, _("%(name)s can log in here again.") % {"name": person})
    return redirect("employee", pk=pk)


@require_POST
@right_required("admin")
def send_again(request: CompanyRequest, pk: int) -> HttpResponse:
    """Mail an invitation once more, with fourteen new days."""
    letter = selectors.invitation(request.company, pk)
    try:
        renewed = invitations.renew(invitation=letter, by=request.user)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        _send(request, renewed)
    return redirect("employees")


@require_POST
@right_required("admin")
def withdraw(request: CompanyRequest, pk: int) -> HttpResponse:
    """Make the link of an invitation useless."""
    letter = selectors.invitation(request.company, pk)
    try:
        invitations.withdraw(invitation=letter, by=request.user)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("Withdrawn: %(email)s cannot join.") % {"email": letter.email})
    return redirect("employees")


def _send(request: HttpRequest, letter: Invitation) -> None:
    if invitations.send_letter(invitation=letter):
        messages.success(request, _("Invitation sent to %(email)s.") % {"email": letter.email})
        return
    messages.warning(
        request,
        _(
            "%(email)s is invited, but the letter could not be mailed. Send it again later, or "
            "copy the link below and hand it over yourself."
        )
        % {"email": letter.email},
    )


def _after_change(request: CompanyRequest, saved: Membership) -> HttpResponse:
    """Back to the person, unless you just closed this very page to yourself."""
    if saved.user_id == request.user.pk and not saved.has(Right.ADMIN):
        return redirect("/")
    return cast("HttpResponse", redirect("employee", pk=saved.pk))


def _status(form: PlaceForm) -> int:
    return 422 if form.is_bound and form.errors else 200
