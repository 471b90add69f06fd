"""How own invoices are booked in AFAS: settings, and what of ours lands where in the ledger.

All of it is per administration of an environment, since each administration has books of its own.
"""

from __future__ import annotations

import uuid

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.tenancy import CompanyOwned
from core.vat import VatCode
from integrations.models.connection import AfasConnection
from registration.models import Activity, ExpenseCategory, Project


class InTheBooks(CompanyOwned):
    """A row that holds for one administration of one environment of AFAS."""

    environment = models.CharField(max_length=11)
    administration = models.PositiveIntegerField()

    class Meta:
        abstract = True


class PeriodRule(models.TextChoices):
    """What happens when the period of the invoice date is closed in AFAS."""

    INVOICE_DATE = "invoice_date", _("The period of the invoice date; if closed, do not book")
    NEXT_OPEN = "next_open", _("The period of the invoice date; if closed, the next open one")


class BookingSettings(InTheBooks):
    """How sales bookings are made in these books; one row per administration.

    A sent invoice is booked by itself when it was sent at or after `auto_book_since`. The cost
    centre of a project goes to allocation axis `cost_centre_axis`. `subject_type` is AFAS's type of
    dossier item for PDFs: with `attach_pdf` that of a booked invoice, with `attach_annexes`
    specification and receipts of an invoice that AFAS makes.
    """

    journal = models.CharField(_("journal"), max_length=6, blank=True)
    period_rule = models.CharField(
        _("period"), max_length=12, choices=PeriodRule.choices, default=PeriodRule.INVOICE_DATE
    )
    cost_centre_axis = models.PositiveSmallIntegerField(
        _("allocation axis of cost centres"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(5)],
    )
    cost_centre = models.CharField(_("usual cost centre"), max_length=16, blank=True)
    subject_type = models.IntegerField(_("type of dossier item"), null=True, blank=True)
    attach_pdf = models.BooleanField(_("attach the PDF to the booking"), default=False)
    attach_annexes = models.BooleanField(
        _("attach specification and receipts to invoices in AFAS"), default=False
    )
    auto_book_since = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("company", "environment", "administration"),
                name="one_booking_settings_per_administration",
            ),
            models.CheckConstraint(
                condition=Q(cost_centre_axis__gte=1, cost_centre_axis__lte=5),
                name="afas_has_five_axes",
            ),
        )

    def __str__(self) -> str:
        return f"{self.environment} {self.administration} {self.journal}"


class AccountUse(models.TextChoices):
    """What a revenue account is for, from the most particular to the default."""

    ACTIVITY = "activity", _("Activity")
    CATEGORY = "category", _("Expense category")
    ITEM = "item", _("AFAS item")
    HOURS = "hours", _("Hours")
    EXPENSES = "expenses", _("Expenses")
    RIDES = "rides", _("Rides")
    FIXED = "fixed", _("Fixed price")
    SUBSCRIPTION = "subscription", _("Subscription")
    DEFAULT = "default", _("Default revenue account")


class AccountLink(InTheBooks):
    """Which ledger account revenue goes to: of an activity, a category, an item, or a use."""

    use = models.CharField(max_length=12, choices=AccountUse.choices)
    activity = models.ForeignKey(
        Activity, null=True, blank=True, on_delete=models.CASCADE, related_name="afas_accounts"
    )
    category = models.ForeignKey(
        ExpenseCategory,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="afas_accounts",
    )
    item_kind = models.CharField(max_length=4, blank=True)
    item_code = models.CharField(max_length=40, blank=True)
    account = models.CharField(_("ledger account"), max_length=16)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("company", "environment", "administration", "use"),
                condition=Q(activity__isnull=True, category__isnull=True, item_code=""),
                name="one_account_per_use",
            ),
            models.UniqueConstraint(
                fields=("company", "environment", "administration", "item_kind", "item_code"),
                condition=~Q(item_code=""),
                name="one_account_per_item",
            ),
            models.UniqueConstraint(
                fields=("environment", "administration", "activity"),
                condition=Q(activity__isnull=False),
                name="one_account_per_activity",
            ),
            models.UniqueConstraint(
                fields=("environment", "administration", "category"),
                condition=Q(category__isnull=False),
                name="one_account_per_category",
            ),
            models.CheckConstraint(
                condition=Q(use="activity", activity__isnull=False, category__isnull=True)
                & Q(item_code="")
                | Q(use="category", category__isnull=False, activity__isnull=True, item_code="")
                | Q(use="item", activity__isnull=True, category__isnull=True) & ~Q(item_code="")
                | ~Q(use__in=("activity", "category", "item"))
                & Q(activity__isnull=True, category__isnull=True, item_code=""),
                name="account_use_fits_its_subject",
            ),
        )

    def __str__(self) -> str:
        of = self.activity or self.category or self.item_code or self.get_use_display()
        return f"{of} = {self.account}"


class VatLink(InTheBooks):
    """AFAS's VAT code of a treatment at a percentage, and the ledger account of its VAT line.

    `account` may be empty where there is no VAT to book; `code` only for what is outside the scope
    of VAT. `revenue_account` is the default revenue account of lines with this VAT.
    """

    vat_code = models.CharField(max_length=12, choices=VatCode.choices)
    percent = models.DecimalField(max_digits=5, decimal_places=2)
    code = models.CharField(_("VAT code"), max_length=3, blank=True)
    account = models.CharField(_("VAT account"), max_length=16, blank=True)
    revenue_account = models.CharField(_("revenue account"), max_length=16, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("company", "environment", "administration", "vat_code", "percent"),
                name="one_vat_link_per_treatment_and_percentage",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_vat_code_display()} {self.percent} = {self.code}"


class ProjectLink(InTheBooks):
    """The cost centre and the project in AFAS to which revenue of a project is allocated."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="afas_allocations")
    cost_centre = models.CharField(_("cost centre"), max_length=16, blank=True)
    afas_project = models.CharField(_("project in AFAS"), max_length=15, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("environment", "administration", "project"),
                name="one_allocation_per_project",
            ),
        )

    def __str__(self) -> str:
        return f"{self.project} = {self.cost_centre} {self.afas_project}"


class BookingRun(CompanyOwned):
    """Invoices that were chosen to be booked: checked first, then confirmed once.

    `chosen` holds the ids of our invoices as they were ticked. Until `confirmed_at` its page is the
    check; afterwards it tells what became of each. `refusals` are the ones that got no document,
    each with the sentence that says why.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    connection = models.ForeignKey(
        AfasConnection, on_delete=models.PROTECT, related_name="booking_runs"
    )
    by = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    chosen = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    refusals = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ("-created_at",)
        indexes = (
            models.Index(
                fields=("company", "-confirmed_at"),
                condition=Q(confirmed_at__isnull=False),
                name="booking_runs_newest_first",
            ),
        )

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d %H:%M}"
