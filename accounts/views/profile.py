"""The person behind the initials: profile, language, and which company they work in."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django.views.i18n import set_language

from accounts.doors import person_required
from accounts.forms import CompanyNameForm, ProfileForm
from accounts.middleware import SESSION_KEY
from accounts.models import User
from accounts.services import companies, people


@require_http_methods(["GET", "HEAD", "POST"])
@person_required
def profile(request: HttpRequest) -> HttpResponse:
    """Name, language, time zone and appearance; they hold in every company."""
    user = User.objects.get(pk=str(request.user.pk))  # a form writes into its instance
    form = ProfileForm(request.POST or None, instance=user)
    if request.method == "POST" and form.is_valid():
        people.change_profile(user=user, values=form.cleaned_data)
        with translation.override(user.language):
            messages.success(request, _("Saved."))
        return redirect("profile")
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "accounts/profile.html", {"form": form}, status=status)


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Answer in another language from now on, on this device and, when signed in, everywhere.

    The language is `language`, the page to return to `next`; another site's is not followed.
    """
    chosen = request.POST.get("language", "")
    if isinstance(request.user, User) and chosen in dict(settings.LANGUAGES):
        people.change_profile(user=request.user, values={"language": chosen})
    return set_language(request)


@require_POST
@person_required
def switch_company(request: HttpRequest) -> HttpResponse:
    """Work in another of one's companies; pages of the old one no longer save."""
    wanted = request.POST.get("company", "")
    mine = {str(company.pk): company for company in request.companies}  # type: ignore[attr-defined]
    if wanted not in mine:
        messages.error(request, _("You do not work in that company, so nothing has changed."))
        return redirect("/")
    request.session[SESSION_KEY] = mine[wanted].pk
    messages.success(request, _("You now work in %(company)s.") % {"company": mine[wanted]})
    return redirect("/")


@require_http_methods(["GET", "HEAD", "POST"])
@person_required
def no_company(request: HttpRequest) -> HttpResponse:
    """What to do without a company: wait for an invitation, or start one."""
    form = CompanyNameForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and isinstance(request.user, User):
        company = companies.start_company(name=form.cleaned_data["name"], by=request.user)
        request.session[SESSION_KEY] = company.pk
        messages.success(request, _("%(company)s is yours. Welcome.") % {"company": company})
        return redirect("/")
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "accounts/no_company.html", {"form": form}, status=status)
