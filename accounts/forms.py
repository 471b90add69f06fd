"""Forms about people and companies."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest

from accounts.models import User


class SignupForm(forms.Form):
    """What sign-up asks besides e-mail address and password."""

    company_name = forms.CharField(max_length=80)
    name = forms.CharField(max_length=80)

    def signup(self, request: HttpRequest, user: User) -> None:
        """Called by allauth once the user exists."""
        user.name = self.cleaned_data["name"]
        user.save(update_fields=["name"])
