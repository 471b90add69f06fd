"""How django-allauth greets people here."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.db import transaction
from django.forms import BaseForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language

from accounts.models import User
from accounts.services import companies


class AccountAdapter(DefaultAccountAdapter):
    """E-mail log-in; sign-up makes a company."""

    def save_user(
        self,
        request: HttpRequest,
        user: User,
        form: BaseForm,
        commit: bool = True,  # noqa: FBT001, FBT002  allauth's signature
    ) -> User:
        """Save the new user and the company they own in one transaction."""
        user.name = form.cleaned_data.get("name", "")
        user.language = page_language()
        with transaction.atomic():
            saved: User = super().save_user(request, user, form, commit=commit)
            if commit:
                companies.start_company(name=form.cleaned_data["company_name"], by=saved)
        return saved

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Back to the profile, where the link to the form stands."""
        return reverse("profile")

    def render_mail(
        self,
        template_prefix: str,
        email: str | list[str],
        context: dict[str, Any],
        headers: dict[str, str] | None = None,
    ) -> Any:
        """A mail that knows what this installation is called."""
        context = {"SITE_NAME": settings.SITE_NAME, **context}
        return super().render_mail(template_prefix, email, context, headers=headers)


def page_language() -> str:
    """The language of the page being shown, as one of ours."""
    language = (get_language() or "").partition("-")[0]
    return language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
