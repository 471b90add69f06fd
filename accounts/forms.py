"""Forms about people and companies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from accounts import identifiers
from accounts.countries import country_choices
from accounts.models import RIGHTS_OF_ROLE, TIME_ZONES, Company, Membership, Right, Role, User
from accounts.services.api_keys import KeyData
from accounts.services.companies import ORGANISATION_FIELDS, ROUNDING
from accounts.services.invitations import Guest, NewPerson
from accounts.services.people import Place
from core.errors import DomainError
from core.forms import DateField

AREAS = {
    "relations": _("Customers and projects"),
    "registration": _("Hours, expenses and rides"),
    "invoicing": _("Unbilled and invoices"),
    "afas": _("AFAS"),
    "people": _("People and rights"),
}
NOTHING = "nothing"
ACCESS = [(NOTHING, _("Nothing")), ("read", _("Read")), ("write", _("Read and change"))]


class SignupForm(forms.Form):
    """What sign-up asks besides e-mail address and password; allauth's form inherits it."""

    company_name = forms.CharField(
        label=_("Name of your company"),
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    name = forms.CharField(
        label=_("Your name"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )

    def signup(self, request: HttpRequest, user: User) -> None:
        """Nothing more to do: the adapter saved user and company together."""


class CompanyNameForm(forms.Form):
    """Starting a company, by somebody who has an account already."""

    name = forms.CharField(
        label=_("Name of your company"),
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )


class JoiningForm(forms.Form):
    """Name and password of somebody who joins by an invitation and has no account yet."""

    name = forms.CharField(
        label=_("Your name"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least eight characters; a short sentence is easy to remember."),
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        self.email = email
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        """Hold the password to the same rules as at sign-up."""
        data = super().clean() or {}
        if password := data.get("password"):
            person = User(email=self.email, name=data.get("name", ""))
            try:
                password_validation.validate_password(password, person)
            except ValidationError as error:
                self.add_error("password", error)
        return data

    def person(self, language: str) -> NewPerson:
        """Who this is, for the service."""
        data = self.cleaned_data
        return NewPerson(name=data["name"], password=data["password"], language=language)


class PlaceForm(forms.Form):
    """A role and the rights that go with it.

    The ticks are filled in for `filled_for`, a role. Ticks that nobody touched follow the role that
    is chosen, so that the form means the same with and without JavaScript.
    """

    role = forms.ChoiceField(
        label=_("Role"),
        choices=Role.choices,
        initial=Role.MEMBER,
        help_text=_("A role fills in rights; you may tick others."),
        widget=forms.Select(
            attrs={
                "hx-get": reverse_lazy("employee_rights"),
                "hx-target": "#rights",
                "hx-swap": "outerHTML",
                "hx-trigger": "change",
            }
        ),
    )
    rights = forms.MultipleChoiceField(
        label=_("Rights"),
        choices=Right.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("An owner has them all. Without any a person sees only their own entries."),
    )
    filled_for = forms.ChoiceField(
        choices=Role.choices, required=False, widget=forms.HiddenInput, initial=Role.MEMBER
    )

    def place(self) -> Place:
        """The chosen role and rights, for the service."""
        role, shown = self.cleaned_data["role"], self.cleaned_data["filled_for"]
        ticked = frozenset(self.cleaned_data["rights"])
        if shown and shown != role and ticked == self._shown_rights(shown):
            ticked = RIGHTS_OF_ROLE[role]
        return Place.of(role, ticked)

    def _shown_rights(self, role: str) -> frozenset[str]:
        if role == self.get_initial_for_field(self.fields["role"], "role"):
            return frozenset(self.get_initial_for_field(self.fields["rights"], "rights") or ())
        return RIGHTS_OF_ROLE[role]

    @classmethod
    def filled(cls, role: str) -> PlaceForm:
        """A form with the ticks of this role; of a member for a role that does not exist."""
        known = role if role in Role.values else Role.MEMBER.value
        ticks = sorted(RIGHTS_OF_ROLE[known])
        return cls(initial={"role": known, "rights": ticks, "filled_for": known})

    @classmethod
    def of(cls, membership: Membership, data: Any = None) -> PlaceForm:
        """A form that shows, or changes, what somebody is now."""
        role, rights = membership.role, membership.rights
        return cls(data, initial={"role": role, "rights": rights, "filled_for": role})


class InvitationForm(PlaceForm):
    """Whom to invite, and as what."""

    email = forms.EmailField(
        label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    name = forms.CharField(
        label=_("Name"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    field_order = ("email", "name", "role", "rights", "filled_for")

    def guest(self) -> Guest:
        """Whom to invite, for the service."""
        data = self.cleaned_data
        return Guest(email=data["email"], name=data["name"], place=self.place())


class OrganisationForm(forms.ModelForm):
    """Settings → Organisation: who the company is, and how it writes."""

    country = forms.ChoiceField(label=_("Country"), choices=country_choices)
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=TIME_ZONES)
    logo_file = forms.FileField(
        label=_("Logo"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg"}),
        help_text=_("PNG or JPEG, at most 1 MB."),
    )
    remove_logo = forms.BooleanField(label=_("Remove the logo"), required=False)

    class Meta:
        model = Company
        fields = ORGANISATION_FIELDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ROUNDING:
            self.fields[name].required = False  # a form without them leaves them as they are
        self.fields["rounding_rule"].help_text = _(
            "Unless the customer or the project has a rule of its own."
        )

    def clean_bic(self) -> str:
        """Eight or eleven signs as banks have them, or nothing."""
        return _checked(identifiers.bic, self.cleaned_data["bic"])

    def clean_kvk_number(self) -> str:
        """Eight digits or nothing."""
        return _checked(identifiers.kvk_number, self.cleaned_data["kvk_number"])

    def clean_iban(self) -> str:
        """An IBAN whose check digits are right, or nothing."""
        return _checked(identifiers.iban, self.cleaned_data["iban"])

    def clean(self) -> dict[str, Any]:
        """The VAT number has the shape of the chosen country; rounding left out stays as it is."""
        data = super().clean() or {}
        data |= {name: getattr(self.instance, name) for name in ROUNDING if not data.get(name)}
        if "vat_number" in data and "country" in data:
            try:
                data["vat_number"] = identifiers.vat_number(data["vat_number"], data["country"])
            except DomainError as error:
                self.add_error("vat_number", error.message)
        return data


class ApiKeyForm(forms.Form):
    """A new key: what it is for, until when, and for each area nothing, reading, or changing."""

    name = forms.CharField(
        label=_("Name"),
        max_length=60,
        help_text=_("The program or the person that will use it."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    expires_on = DateField(
        label=_("Works until"), required=False, help_text=_("Empty: until you revoke it.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for area, label in AREAS.items():
            self.fields[area] = forms.ChoiceField(label=label, choices=ACCESS, initial=NOTHING)

    @property
    def areas(self) -> list[forms.BoundField]:
        """The fields of the areas."""
        return [self[area] for area in AREAS]

    def key(self) -> KeyData:
        """The key that was asked for, for the service."""
        data = self.cleaned_data
        scopes = [f"{area}:{data[area]}" for area in AREAS if data[area] != NOTHING]
        return KeyData(name=data["name"], scopes=scopes, expires_on=data["expires_on"])


class ProfileForm(forms.ModelForm):
    """What a person chooses for themselves."""

    time_zone = forms.ChoiceField(label=_("Time zone"), choices=TIME_ZONES)

    class Meta:
        model = User
        fields = ("name", "language", "time_zone", "theme")


def _checked(check: Callable[[str], str], text: str) -> str:
    try:
        return check(text)
    except DomainError as error:
        raise ValidationError(error.message) from error
