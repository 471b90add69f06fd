"""Companies, people, and who may do what where."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any
from zoneinfo import available_timezones

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.validators import FileExtensionValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.rounding import OWN_RULES, STEPS
from core.tenancy import CompanyOwned

# Chosen from in forms, not in the model: the list differs between machines, a migration may not.
TIME_ZONES = [
    (name, name.replace("_", " ")) for name in sorted(available_timezones()) if "/" in name
]
INVITATION_LIFETIME = timedelta(days=14)


class Right(models.TextChoices):
    """The four rights; a role is a bundle of them (DECISIONS C2)."""

    INVOICES = "invoices", _("Invoices: unbilled, invoicing, everything sent to AFAS")
    COSTS = "costs", _("Costs: see and set rates and amounts")
    ALL_PROJECTS = "all_projects", _("All projects: see and approve everybody's entries")
    ADMIN = "admin", _("Admin: settings, people, App Center, import")

    @property
    def word(self) -> str:
        """The right in a word or two, for lists."""
        words = {
            Right.INVOICES: _("Invoices"),
            Right.COSTS: _("Costs"),
            Right.ALL_PROJECTS: _("All projects"),
            Right.ADMIN: _("Admin"),
        }
        return str(words[self])


class Role(models.TextChoices):
    OWNER = "owner", _("Owner")
    BILLING = "billing", _("Billing")
    MANAGER = "manager", _("Manager")
    MEMBER = "member", _("Member")


RIGHTS_OF_ROLE: dict[str, frozenset[str]] = {
    Role.OWNER: frozenset(Right.values),
    Role.BILLING: frozenset({Right.INVOICES, Right.COSTS, Right.ALL_PROJECTS}),
    Role.MANAGER: frozenset({Right.COSTS, Right.ALL_PROJECTS}),
    Role.MEMBER: frozenset(),
}


class Company(models.Model):
    """A tenant: the organisation whose books these are."""

    class NumberFormat(models.TextChoices):
        COMMA = "comma", _("1.234,56")
        POINT = "point", _("1,234.56")

    class DateFormat(models.TextChoices):
        DAY_FIRST = "d-m-Y", _("31-12-2026")
        ISO = "Y-m-d", _("2026-12-31")
        MONTH_FIRST = "m/d/Y", _("12/31/2026")

    class DurationFormat(models.TextChoices):
        CLOCK = "clock", _("1:30")
        DECIMAL = "decimal", _("1,50")

    name = models.CharField(_("name"), max_length=80)
    street = models.CharField(_("street"), max_length=60, blank=True)
    house_number = models.CharField(_("house number"), max_length=20, blank=True)
    postcode = models.CharField(_("postcode"), max_length=15, blank=True)
    city = models.CharField(_("city"), max_length=50, blank=True)
    country = models.CharField(_("country"), max_length=2, default="NL")
    kvk_number = models.CharField(_("KvK number"), max_length=8, blank=True)
    vat_number = models.CharField(_("VAT number"), max_length=20, blank=True)
    iban = models.CharField(_("IBAN"), max_length=34, blank=True)
    bic = models.CharField(_("BIC"), max_length=11, blank=True)
    email = models.EmailField(_("e-mail address"), blank=True)
    phone = models.CharField(_("telephone"), max_length=30, blank=True)
    website = models.CharField(_("website"), max_length=80, blank=True)
    logo = models.FileField(
        _("logo"),
        upload_to="logos/",
        blank=True,
        validators=[FileExtensionValidator(["png", "jpg", "jpeg"])],
    )
    time_zone = models.CharField(_("time zone"), max_length=50, default="Europe/Amsterdam")
    language = models.CharField(
        _("language"), max_length=5, choices=settings.LANGUAGES, default="nl"
    )
    number_format = models.CharField(
        _("numbers"), max_length=10, choices=NumberFormat.choices, default=NumberFormat.COMMA
    )
    date_format = models.CharField(
        _("dates"), max_length=10, choices=DateFormat.choices, default=DateFormat.DAY_FIRST
    )
    duration_format = models.CharField(
        _("durations"), max_length=10, choices=DurationFormat.choices, default=DurationFormat.CLOCK
    )
    rounding_rule = models.CharField(
        _("round billable time"), max_length=10, choices=OWN_RULES, default="none"
    )
    rounding_step = models.PositiveSmallIntegerField(
        _("step in minutes"), default=15, choices=STEPS
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "companies"

    def __str__(self) -> str:
        return self.name


class UserAccounts(BaseUserManager["User"]):
    """Making users; an e-mail address is compared without regard to capitals."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A new user. `email` is stored in lower case; no password means none that works."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person, known by e-mail address, who may work in several companies."""

    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=80)
    language = models.CharField(
        _("language"), max_length=5, choices=settings.LANGUAGES, default="nl"
    )
    time_zone = models.CharField(_("time zone"), max_length=50, default="Europe/Amsterdam")
    theme = models.CharField(
        _("appearance"),
        max_length=10,
        default="auto",
        choices=[("auto", _("As my device")), ("light", _("Light")), ("dark", _("Dark"))],
    )
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = UserAccounts()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        constraints = (models.UniqueConstraint(Lower("email"), name="one_user_per_email_address"),)

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def initials(self) -> str:
        """At most two letters for the avatar: of the first and the last name."""
        words = [word for word in self.name.split() if word[0].isalpha()] or [self.email]
        return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


class Membership(CompanyOwned):
    """A person's place in a company."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.MEMBER)
    rights = models.JSONField(_("rights"), default=list, blank=True)
    active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("user__name",)
        constraints = (
            models.UniqueConstraint(fields=("company", "user"), name="one_membership_per_company"),
        )

    def __str__(self) -> str:
        return str(self.user)

    @property
    def right_words(self) -> list[str]:
        """The rights in words, always in the same order."""
        return [right.word for right in Right if right in self.rights]

    def has(self, right: str) -> bool:
        """Whether this person may do what `right` (a `Right`) allows in this company."""
        return self.active and right in self.rights


def _token() -> str:
    return secrets.token_urlsafe(32)


def _expiry() -> Any:
    return timezone.now() + INVITATION_LIFETIME


class Invitation(CompanyOwned):
    """A letter that lets its reader join a company once, within fourteen days."""

    email = models.EmailField(_("e-mail address"))
    name = models.CharField(_("name"), max_length=80)
    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.MEMBER)
    rights = models.JSONField(_("rights"), default=list, blank=True)
    token = models.CharField(max_length=64, unique=True, default=_token)
    invited_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(default=_expiry)
    accepted_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                "company",
                Lower("email"),
                condition=models.Q(accepted_at__isnull=True, withdrawn_at__isnull=True),
                name="one_open_invitation_per_address",
            ),
        )

    def __str__(self) -> str:
        return self.email

    @property
    def is_open(self) -> bool:
        """Whether it can still be accepted."""
        return not self.accepted_at and not self.withdrawn_at and self.expires_at > timezone.now()
