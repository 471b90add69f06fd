"""Keys of programs, and the answers they were given."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.people import Membership
from core.tenancy import CompanyOwned

ANSWERS_KEPT = timedelta(hours=24)


class Scope(models.TextChoices):
    """What a key may be used for. Reading comes with writing; the rights of its person hold too."""

    RELATIONS_READ = "relations:read", _("Customers and projects: read")
    RELATIONS_WRITE = "relations:write", _("Customers and projects: change")
    REGISTRATION_READ = "registration:read", _("Hours, expenses and rides: read")
    REGISTRATION_WRITE = "registration:write", _("Hours, expenses and rides: register, approve")
    INVOICING_READ = "invoicing:read", _("Unbilled and invoices: read")
    INVOICING_WRITE = "invoicing:write", _("Invoices: draw up, send, credit")
    AFAS_READ = "afas:read", _("AFAS documents and imports: read")
    AFAS_WRITE = "afas:write", _("AFAS: invoice, book, import, settle")
    PEOPLE_READ = "people:read", _("People and rights: read")
    PEOPLE_WRITE = "people:write", _("People and rights: change")


class ApiKey(CompanyOwned):
    """A key that lets a program do what its person may do, as far as its scopes go.

    Of the key itself only a hash is kept; `prefix` finds it and shows which one it is.
    """

    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(_("name"), max_length=60)
    prefix = models.CharField(max_length=10, unique=True)
    digest = models.CharField(max_length=64)
    scopes = models.JSONField(_("scopes"), default=list)
    expires_on = models.DateField(_("expires on"), null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(condition=~Q(name=""), name="api_key_has_a_name"),
            models.CheckConstraint(condition=~Q(digest=""), name="api_key_is_hashed"),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def is_expired(self) -> bool:
        """Whether its last day is over, in the zone of its person."""
        return self.expires_on is not None and self.expires_on < timezone.localdate()

    @property
    def works(self) -> bool:
        """Whether a program can still use it."""
        return not self.revoked_at and not self.is_expired and self.membership.active

    @property
    def scope_words(self) -> list[str]:
        """What it may be used for, in words."""
        return [str(scope.label) for scope in Scope if scope in self.scopes]

    def may(self, scope: str) -> bool:
        """Whether it covers `scope`; who may write may read."""
        return scope in self.scopes or scope.replace(":read", ":write") in self.scopes


class IdempotentAnswer(CompanyOwned):
    """What was answered to a request that bears a key of its sender, to be given again.

    Written in the transaction of what the request changed: both are there, or neither. Without
    `status` the answer is not known (yet), and the request may be repeated.
    """

    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    body = models.TextField(blank=True)
    headers = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("membership", "key"), name="one_answer_per_idempotency_key"
            ),
        )

    def __str__(self) -> str:
        return self.key
