"""Invoices, their lines, and the claims that keep anything from being billed twice."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.tenancy import CompanyOwned
from registration.models import (
    Activity,
    Expense,
    ExpenseCategory,
    Hour,
    Instalment,
    Project,
    Ride,
    SubscriptionPeriod,
)
from relations.models import Customer

CLAIMABLE = ("hour", "expense", "ride", "instalment", "subscription_period")


class Channel(models.TextChoices):
    """Who makes the invoice: we, or AFAS."""

    OURS = "ours", _("Own invoice")
    AFAS = "afas", _("Invoiced in AFAS")


class DocumentStatus(models.TextChoices):
    """The document axis (DOMAIN §4.1). Void exists only for channel afas (DECISIONS C3)."""

    DRAFT = "draft", _("Draft")
    FINAL = "final", _("Final")
    CREDITED = "credited", _("Credited")
    VOID = "void", _("Void")


class Invoice(CompanyOwned):
    """What one customer is asked to pay, by us or by AFAS on our behalf.

    `net` is EUR excl. VAT. For channel afas the number that counts is AFAS's, on the document.
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="invoices")
    project = models.ForeignKey(
        Project, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    channel = models.CharField(max_length=4, choices=Channel.choices)
    status = models.CharField(
        max_length=10, choices=DocumentStatus.choices, default=DocumentStatus.DRAFT
    )
    number = models.CharField(max_length=12, blank=True)
    invoice_date = models.DateField(_("invoice date"))
    reference = models.CharField(_("reference"), max_length=60, blank=True)
    net = models.DecimalField(max_digits=14, decimal_places=2, default=Decimal(0))
    created_by = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("company", "number"),
                condition=~Q(number=""),
                name="invoice_number_once_per_company",
            ),
            models.CheckConstraint(
                condition=~Q(status="void") | Q(channel="afas"), name="only_afas_invoices_are_void"
            ),
        )

    def __str__(self) -> str:
        return self.number or f"{self.customer} {self.invoice_date:%Y-%m-%d}"


class InvoiceLine(CompanyOwned):
    """A snapshot of what is printed: it multiplies out and never follows later edits.

    The item is a triple (kind, code, unit), since AFAS keeps codes per kind.
    """

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveIntegerField()
    description = models.CharField(max_length=255)
    quantity = models.DecimalField(max_digits=12, decimal_places=2)
    unit = models.CharField(max_length=15, blank=True)
    unit_price = models.DecimalField(max_digits=14, decimal_places=4)
    net = models.DecimalField(max_digits=14, decimal_places=2)
    activity = models.ForeignKey(Activity, null=True, on_delete=models.PROTECT, related_name="+")
    category = models.ForeignKey(
        ExpenseCategory, null=True, on_delete=models.PROTECT, related_name="+"
    )
    item_kind = models.CharField(max_length=4, blank=True)
    item_code = models.CharField(max_length=40, blank=True)
    item_unit = models.CharField(max_length=15, blank=True)

    class Meta:
        ordering = ("position",)
        constraints = (
            models.UniqueConstraint(fields=("invoice", "position"), name="line_position_once"),
        )

    def __str__(self) -> str:
        return self.description


def _exactly_one_target() -> Q:
    """One of the five foreign keys is filled, the other four are not."""
    options = Q()
    for chosen in CLAIMABLE:
        options |= Q(**{f"{name}__isnull": name != chosen for name in CLAIMABLE})
    return options


class Claim(CompanyOwned):
    """That one billable thing stands on one line, with what was frozen then.

    A claim is active until `released_at`; the partial unique indexes below are what makes billing
    twice impossible, whichever way it is tried. `quantity` is hours, units or km; `amount` is EUR
    excl. VAT.
    """

    line = models.ForeignKey(InvoiceLine, on_delete=models.PROTECT, related_name="claims")
    hour = models.ForeignKey(Hour, null=True, on_delete=models.PROTECT, related_name="claims")
    expense = models.ForeignKey(Expense, null=True, on_delete=models.PROTECT, related_name="claims")
    ride = models.ForeignKey(Ride, null=True, on_delete=models.PROTECT, related_name="claims")
    instalment = models.ForeignKey(
        Instalment, null=True, on_delete=models.PROTECT, related_name="claims"
    )
    subscription_period = models.ForeignKey(
        SubscriptionPeriod, null=True, on_delete=models.PROTECT, related_name="claims"
    )
    quantity = models.DecimalField(max_digits=12, decimal_places=4)
    rate = models.DecimalField(max_digits=14, decimal_places=4)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    created_at = models.DateTimeField(auto_now_add=True)
    released_at = models.DateTimeField(null=True, blank=True)
    release_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=_exactly_one_target(), name="claim_has_one_target"),
            *(
                models.UniqueConstraint(
                    fields=(name,),
                    condition=Q(released_at__isnull=True),
                    name=f"{name}_is_billed_once",
                )
                for name in CLAIMABLE
            ),
        )

    def __str__(self) -> str:
        return f"{self.amount} on {self.line}"
