"""Amounts billed without entries: instalments of a fixed price, periods of a subscription."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.tenancy import CompanyOwned
from registration.models.entries import BillingStatus
from registration.models.projects import Activity, Project, vat_code_field


class Planned(CompanyOwned):
    """An amount (EUR excl. VAT) that becomes billable on a day.

    One that is planned no more is deleted; where a credited invoice still names it, it becomes *not
    billable* instead.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    description = models.CharField(_("description"), max_length=200)
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    due_on = models.DateField(_("billable from"))
    billing = models.CharField(
        max_length=12, choices=BillingStatus.choices, default=BillingStatus.UNBILLED
    )
    invoice_label = models.CharField(max_length=60, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        abstract = True
        ordering = ("due_on", "id")

    def __str__(self) -> str:
        return self.description


class Instalment(Planned):
    """A part of a fixed price; a price without parts has one implicit instalment."""

    activity = models.ForeignKey(
        Activity, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    implicit = models.BooleanField(default=False)
    percent = models.DecimalField(
        _("percentage of the price"), max_digits=7, decimal_places=4, null=True, blank=True
    )
    vat_code = vat_code_field()

    class Meta(Planned.Meta):
        constraints = (
            models.UniqueConstraint(
                fields=("project",),
                condition=Q(implicit=True, activity__isnull=True),
                name="one_implicit_instalment_per_project",
            ),
            models.UniqueConstraint(
                fields=("project", "activity"),
                condition=Q(implicit=True, activity__isnull=False),
                name="one_implicit_instalment_per_activity",
            ),
        )


class Frequency(models.TextChoices):
    """How often a subscription is billed."""

    WEEK = "week", _("Every week")
    FOUR_WEEKS = "four_weeks", _("Every four weeks")
    MONTH = "month", _("Every month")
    QUARTER = "quarter", _("Every quarter")
    HALF_YEAR = "half_year", _("Every half year")
    YEAR = "year", _("Every year")


class Broken(models.TextChoices):
    """What a first or last period that is not whole costs."""

    PRO_RATA = "pro_rata", _("In proportion to its days")
    FULL = "full", _("The full amount")
    SKIP = "skip", _("Nothing")


class Subscription(CompanyOwned):
    """What makes the periods of a project billed by subscription; its amount is Project.price.

    Periods are counted from `starts_on`; a start on the 31st means the last day of a shorter month.
    `by_calendar` counts them from the first of the month, quarter or year instead, or from Monday.
    What is billed before the price changed stands in `EarlierPrice`.
    """

    project = models.OneToOneField(Project, on_delete=models.CASCADE, related_name="subscription")
    frequency = models.CharField(
        _("frequency"), max_length=10, choices=Frequency.choices, default=Frequency.MONTH
    )
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"), null=True, blank=True)
    in_advance = models.BooleanField(
        _("in advance"),
        default=True,
        help_text=_("Billable on the first day of a period; otherwise on its last day."),
    )
    by_calendar = models.BooleanField(
        _("by calendar"),
        default=False,
        help_text=_("Months begin on the 1st, weeks on Monday; the first period may be broken."),
    )
    broken = models.CharField(
        _("a broken period"), max_length=8, choices=Broken.choices, default=Broken.PRO_RATA
    )
    template = models.CharField(
        _("text on the invoice"), max_length=200, default="{project}, {period}"
    )
    vat_code = vat_code_field()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=models.F("starts_on")),
                name="subscription_ends_after_it_starts",
            ),
        )

    def __str__(self) -> str:
        return f"{self.project} · {self.get_frequency_display()}"


class EarlierPrice(CompanyOwned):
    """What a period of a subscription cost when it begins before `until` (EUR excl. VAT)."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="earlier_prices")
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    until = models.DateField()

    class Meta:
        ordering = ("until",)
        constraints = (
            models.UniqueConstraint(
                fields=("project", "until"), name="one_earlier_price_per_project_and_day"
            ),
        )

    def __str__(self) -> str:
        return f"{self.project} · {self.amount} < {self.until}"


class SubscriptionPeriod(Planned):
    """One period of a subscription, known by its first day."""

    starts_on = models.DateField()
    ends_on = models.DateField()

    class Meta(Planned.Meta):
        constraints = (
            models.UniqueConstraint(
                fields=("project", "starts_on"), name="subscription_period_once_per_project"
            ),
        )
