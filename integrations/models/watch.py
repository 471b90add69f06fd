"""What we watch: the sweeper's own clock, checks of a link, and what owners were told once."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.tenancy import CompanyOwned
from integrations.models.connection import AfasConnection


class SweepClock(models.Model):
    """Since when each machine knows that so many sweeps were counted, by its monotonic clock.

    The database's clock may jump, and a jump must not pass for twenty quiet minutes (DECISIONS A4);
    a monotonic clock means something only within one start of one machine, `boot`. One row holds
    the count of all machines.
    """

    boot = models.CharField(max_length=64, unique=True)
    counted = models.BigIntegerField(default=0)
    ticked = models.FloatField()

    def __str__(self) -> str:
        return self.boot


class CheckRun(CompanyOwned):
    """One test of a link: who pressed, what AFAS said, how long it took."""

    class Trigger(models.TextChoices):
        SAVED = "saved", _("Credentials saved")
        BUTTON = "button", _("Tested by hand")
        NIGHTLY = "nightly", _("Nightly")

    connection = models.ForeignKey(AfasConnection, on_delete=models.PROTECT, related_name="checks")
    trigger = models.CharField(max_length=8, choices=Trigger.choices)
    by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    accepted = models.BooleanField()
    granted = models.PositiveSmallIntegerField(default=0)
    missing = models.PositiveSmallIntegerField(default=0)
    message = models.TextField(blank=True)

    class Meta:
        ordering = ("-started_at", "-id")
        indexes = (models.Index(fields=("company", "-started_at"), name="checks_newest_first"),)

    def __str__(self) -> str:
        return f"{self.connection} {self.started_at:%Y-%m-%d %H:%M}"


class Alert(CompanyOwned):
    """Something the owners are told once, by mail and banner, until it is over.

    `key` tells two alerts of a kind apart: since when the link is paused, which work of the night
    failed, the last day of the credentials with the 60, 30, 7 or 0 days from which it is said.
    `detail` holds facts, never words of ours: each reader has a language.

    `mailing_at` is when somebody began to mail it, `told` are the ids of those whose letter the
    mail server took, `mailed_at` is when it had taken the last of them.
    """

    class Kind(models.TextChoices):
        PAUSED = "paused", _("The link is paused")
        PERSON = "person", _("Documents wait for a person")
        NIGHT = "night", _("The nightly import failed")
        EXPIRING = "expiring", _("The credentials expire")
        RESTORED = "restored", _("A backup was put back")

    kind = models.CharField(max_length=10, choices=Kind.choices)
    key = models.CharField(max_length=60, blank=True)
    connection = models.ForeignKey(
        AfasConnection, null=True, blank=True, on_delete=models.CASCADE, related_name="alerts"
    )
    detail = models.JSONField(default=dict, blank=True)
    opened_at = models.DateTimeField(auto_now_add=True)
    mailing_at = models.DateTimeField(null=True, blank=True)
    told = models.JSONField(default=list, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    dismissed_at = models.DateTimeField(null=True, blank=True)
    dismissed_by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ("-opened_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=("company", "kind", "key"),
                condition=Q(closed_at__isnull=True),
                name="one_open_alert_of_a_kind",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.key}"


class HiddenChecklist(CompanyOwned):
    """A company that does not want to see the first steps with AFAS any more."""

    hidden_at = models.DateTimeField(auto_now_add=True)
    hidden_by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("company",), name="one_hidden_checklist_per_company"),
        )

    def __str__(self) -> str:
        return f"{self.company}"
