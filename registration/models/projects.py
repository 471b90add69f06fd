"""Projects, what is done on them, by whom, and how they are billed."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Membership
from core.rounding import STEPS, RoundingRule
from core.tenancy import CompanyOwned
from core.vat import VatCode
from relations.models import Customer


class BillingMethod(models.TextChoices):
    """The eight methods of DOMAIN §5."""

    NONE = "none", pgettext_lazy("billing method", "Not invoiced")
    HOURLY_ACTIVITY = "hourly_activity", _("Hourly, rate of the activity")
    HOURLY_PERSON = "hourly_person", _("Hourly, rate of the employee")
    HOURLY_PROJECT = "hourly_project", _("Hourly, rate of the project")
    HOURLY_CUSTOMER = "hourly_customer", _("Hourly, rate of the customer")
    FIXED_PROJECT = "fixed_project", _("Fixed price for the project")
    FIXED_ACTIVITY = "fixed_activity", _("Fixed price per activity")
    SUBSCRIPTION = "subscription", _("Subscription")

    @property
    def is_hourly(self) -> bool:
        """Whether hours on such a project are billed one by one."""
        return self.value.startswith("hourly_")


def vat_code_field() -> models.CharField:
    """How VAT treats it; empty follows the customer, and then the company (DOMAIN §7)."""
    return models.CharField(
        _("VAT"),
        max_length=12,
        choices=VatCode.choices,
        blank=True,
        help_text=_("Empty: as the customer, or else as the company."),
    )


class Activity(CompanyOwned):
    """A kind of work."""

    name = models.CharField(_("name"), max_length=80)
    code = models.CharField(_("code"), max_length=20, blank=True)
    billable = models.BooleanField(_("billable by default"), default=True)
    vat_code = vat_code_field()
    archived = models.BooleanField(_("archived"), default=False)

    class Meta:
        ordering = ("name",)
        verbose_name_plural = "activities"
        constraints = (
            models.UniqueConstraint(
                fields=("company", "name"), name="activity_name_once_per_company"
            ),
        )

    def __str__(self) -> str:
        return self.name


class ExpenseCategory(CompanyOwned):
    """A kind of expense, with the price at which it is passed on."""

    name = models.CharField(_("name"), max_length=80)
    sales_price = models.DecimalField(
        _("sales price per unit"),
        max_digits=12,
        decimal_places=4,
        null=True,
        blank=True,
        help_text=_("EUR excl. VAT. Empty: passed on at cost."),
    )
    unit = models.CharField(_("unit"), max_length=15, blank=True)
    billable = models.BooleanField(_("billable by default"), default=True)
    vat_code = vat_code_field()
    archived = models.BooleanField(_("archived"), default=False)

    class Meta:
        ordering = ("name",)
        verbose_name_plural = "expense categories"
        constraints = (
            models.UniqueConstraint(
                fields=("company", "name"), name="category_name_once_per_company"
            ),
        )

    def __str__(self) -> str:
        return self.name


class Project(CompanyOwned):
    """Work for one customer, or for ourselves when there is none."""

    customer = models.ForeignKey(
        Customer,
        verbose_name=_("customer"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="projects",
    )
    code = models.CharField(_("code"), max_length=20, blank=True)
    name = models.CharField(_("name"), max_length=80)
    billing_method = models.CharField(
        _("billing method"),
        max_length=20,
        choices=BillingMethod.choices,
        default=BillingMethod.HOURLY_ACTIVITY,
    )
    starts_on = models.DateField(_("start"), null=True, blank=True)
    ends_on = models.DateField(_("end"), null=True, blank=True)
    active = models.BooleanField(_("active"), default=True)
    only_approved = models.BooleanField(_("only approved entries may be billed"), default=False)
    rounding_rule = models.CharField(
        _("round billable time"),
        max_length=10,
        choices=RoundingRule.choices,
        default=RoundingRule.INHERIT,
        help_text=_("The worked time itself is never changed."),
    )
    rounding_step = models.PositiveSmallIntegerField(
        _("step in minutes"), default=15, choices=STEPS
    )
    reference = models.CharField(
        _("invoice reference"),
        max_length=60,
        blank=True,
        help_text=_("The customer's order number for this project."),
    )
    price = models.DecimalField(
        _("fixed price, or amount per period"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("EUR excl. VAT, for fixed prices and subscriptions."),
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("company", "code"),
                condition=~Q(code=""),
                name="project_code_once_per_company",
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def method(self) -> BillingMethod:
        """The billing method with its properties."""
        return BillingMethod(self.billing_method)


class EarlierMethod(CompanyOwned):
    """How a project was billed for work before `until`: its method changed after it was billed."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="earlier_methods")
    method = models.CharField(max_length=20, choices=BillingMethod.choices)
    until = models.DateField()

    class Meta:
        ordering = ("until",)
        constraints = (
            models.UniqueConstraint(
                fields=("project", "until"), name="one_earlier_method_per_project_and_day"
            ),
        )

    def __str__(self) -> str:
        return f"{self.project} · {self.get_method_display()} < {self.until}"


class ProjectActivity(CompanyOwned):
    """An activity on a project; its rate, if it has one here, stands in `Rate`."""

    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="project_activities"
    )
    activity = models.ForeignKey(Activity, on_delete=models.PROTECT, related_name="+")
    fixed_amount = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("project", "activity"), name="activity_once_per_project"
            ),
        )

    def __str__(self) -> str:
        return f"{self.project} · {self.activity}"


class ProjectMember(CompanyOwned):
    """A person on a project; a manager approves its entries."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="project_members")
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="+")
    is_manager = models.BooleanField(_("manager"), default=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("project", "membership"), name="person_once_per_project"
            ),
        )

    def __str__(self) -> str:
        return f"{self.project} · {self.membership}"
