"""Hours, expenses and rides: two status axes and a stored value each."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.db.models.base import ModelState
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Company, Membership
from core.tenancy import CompanyOwned
from registration.models.projects import Activity, ExpenseCategory, Project


class ApprovalStatus(models.TextChoices):
    OPEN = "open", _("Open")
    SUBMITTED = "submitted", _("Submitted")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")


class BillingStatus(models.TextChoices):
    NOT_BILLABLE = "not_billable", _("Not billable")
    UNBILLED = "unbilled", _("Not invoiced")
    RESERVED = "reserved", _("Reserved")
    INVOICED = "invoiced", _("Invoiced")
    WRITTEN_OFF = "written_off", _("Written off")


class Missing(models.TextChoices):
    """Why an entry has no amount. An empty reason means that it has one."""

    NO_RATE = "no_rate", _("No rate")
    COVERED = "covered", _("Not by the hour")
    NOT_BILLABLE = "not_billable", _("Not billable")
    NO_CUSTOMER = "no_customer", _("No customer")


class Entry(CompanyOwned):
    """What an hour, an expense and a ride have in common.

    `version` grows with every change; a change is a conditional update on it, never a blind save
    (DECISIONS A8). `changed_at` moves with every change too, of its billing as well. `amount` (EUR
    excl. VAT) and `rate` are kept by `registration.services.valuation` alone; `missing` says why
    there is no amount. `billing` repeats what the claim says, in the transaction of the claim, so
    that overviews need no join.
    """

    # Every question names the company first, so the indexes that begin with it answer for the
    # foreign keys; an index of their own would only be kept up at each change of a million rows.
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", db_index=False)
    membership = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    date = models.DateField(_("date"))
    note = models.CharField(_("note"), max_length=500, blank=True)
    billable = models.BooleanField(_("billable"), default=True)
    rate_override = models.DecimalField(
        _("own rate"), max_digits=10, decimal_places=4, null=True, blank=True
    )
    approval = models.CharField(
        max_length=10, choices=ApprovalStatus.choices, default=ApprovalStatus.OPEN
    )
    approval_comment = models.CharField(max_length=500, blank=True)
    approved_by = models.ForeignKey(
        "accounts.User",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    billing = models.CharField(
        max_length=12, choices=BillingStatus.choices, default=BillingStatus.UNBILLED
    )
    invoice_label = models.CharField(max_length=60, blank=True)
    version = models.PositiveIntegerField(default=1)
    rate = models.DecimalField(max_digits=10, decimal_places=4, null=True, blank=True)
    amount = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    missing = models.CharField(max_length=12, choices=Missing.choices, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True
        ordering = ("-date", "-id")

    @classmethod
    def from_db(
        cls, db: str | None, field_names: Collection[str], values: Collection[Any], **_more: Any
    ) -> Self:
        """What Django's own makes, without a visit to each field: entries are read by the thousand.

        No field of an entry has work to do when it is read, and nobody listens to its making. A
        field that is deferred is simply not there yet, as with Django's own.
        """
        new, state = cls.__new__(cls), ModelState()
        state.adding, state.db = False, db
        new.__dict__.update(zip(field_names, values, strict=True), _state=state)
        return new

    @staticmethod
    def another_version() -> dict[str, Any]:
        """The columns of an update that tell whoever saw it before that it is another one now."""
        return {"version": F("version") + 1, "changed_at": timezone.now()}

    @property
    def is_locked(self) -> bool:
        """Whether billing keeps it from being changed."""
        return self.billing in {BillingStatus.RESERVED, BillingStatus.INVOICED}


def _entry_meta(name: str) -> tuple[tuple[models.Index, ...], tuple[models.CheckConstraint, ...]]:
    """The indexes and checks of one kind of entry; the names must differ per table."""
    indexes = (
        models.Index(fields=("company", "-date", "-id"), name=f"{name}_by_date"),
        # Work in hand. What is invoiced piles up for years and is found by its day; kept out, it
        # costs nothing here when it is marked, and no plan takes these rows for few.
        models.Index(
            fields=("company", "billing", "date"),
            condition=~Q(billing=BillingStatus.INVOICED),
            name=f"{name}_by_billing",
        ),
        models.Index(fields=("company", "membership", "-date"), name=f"{name}_by_person"),
        models.Index(fields=("company", "project", "-date"), name=f"{name}_by_project"),
        # For programs that ask what changed since they last asked: by nothing else is that few.
        models.Index(fields=("company", "changed_at", "id"), name=f"{name}_by_change"),
    )
    worth = models.CheckConstraint(
        condition=Q(missing="", amount__isnull=False) | (~Q(missing="") & Q(amount__isnull=True)),
        name=f"{name}_has_an_amount_or_a_reason",
    )
    return indexes, (worth,)


HOUR_INDEXES, HOUR_CHECKS = _entry_meta("hours")
EXPENSE_INDEXES, EXPENSE_CHECKS = _entry_meta("expenses")
RIDE_INDEXES, RIDE_CHECKS = _entry_meta("rides")


class Hour(Entry):
    """Work: `minutes` as worked, `billable_minutes` as they will be billed."""

    activity = models.ForeignKey(
        Activity, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    minutes = models.PositiveIntegerField(_("duration"))
    billable_minutes = models.PositiveIntegerField(default=0)

    class Meta(Entry.Meta):
        indexes = (
            *HOUR_INDEXES,
            # All that Unbilled adds up, and nothing else: it never has to visit the hours.
            models.Index(
                fields=(
                    *("company", "date", "project", "approval"),
                    *("missing", "amount", "billable_minutes"),
                ),
                condition=Q(billing=BillingStatus.UNBILLED),
                name="hours_unbilled",
            ),
        )
        constraints = (
            *HOUR_CHECKS,
            models.CheckConstraint(
                condition=Q(minutes__gte=1, minutes__lte=1440), name="hours_fit_in_a_day"
            ),
        )

    def __str__(self) -> str:
        return f"{self.date:%Y-%m-%d} {self.project} {self.minutes} min"


class Expense(Entry):
    """A cost: `unit_cost` is EUR excl. VAT; `rate` becomes the price it is passed on at.

    When the amount was typed incl. VAT, `unit_cost_incl` keeps it and `unit_cost` follows from it.
    """

    category = models.ForeignKey(
        ExpenseCategory, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    quantity = models.DecimalField(
        _("quantity"), max_digits=10, decimal_places=2, default=Decimal(1)
    )
    unit_cost = models.DecimalField(_("cost per unit, excl. VAT"), max_digits=12, decimal_places=2)
    unit_cost_incl = models.DecimalField(
        _("cost per unit, incl. VAT"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    receipt_vat = models.DecimalField(
        _("VAT on the receipt, %"), max_digits=5, decimal_places=2, null=True, blank=True
    )

    class Meta(Entry.Meta):
        indexes = EXPENSE_INDEXES
        constraints = (
            *EXPENSE_CHECKS,
            models.CheckConstraint(condition=~Q(quantity=0), name="expense_quantity_is_not_zero"),
        )

    def __str__(self) -> str:
        return f"{self.date:%Y-%m-%d} {self.category} {self.unit_cost}"


class Ride(Entry):
    """A ride: `distance` is km one way; a return trip counts twice. Only business is billable."""

    class Purpose(models.TextChoices):
        BUSINESS = "business", _("Business")
        PRIVATE = "private", _("Private")
        COMMUTE = "commute", _("Commute")

    origin = models.CharField(_("from"), max_length=80)
    destination = models.CharField(_("to"), max_length=80)
    distance = models.DecimalField(_("distance, km"), max_digits=7, decimal_places=1)
    is_return = models.BooleanField(_("return trip"), default=False)
    purpose = models.CharField(
        _("purpose"), max_length=10, choices=Purpose.choices, default=Purpose.BUSINESS
    )
    kilometres = models.GeneratedField(
        expression=models.Case(
            models.When(is_return=True, then=F("distance") * 2), default=F("distance")
        ),
        output_field=models.DecimalField(max_digits=8, decimal_places=1),
        db_persist=True,
    )

    class Meta(Entry.Meta):
        indexes = RIDE_INDEXES
        constraints = (
            *RIDE_CHECKS,
            models.CheckConstraint(condition=Q(distance__gt=0), name="ride_distance_is_positive"),
        )

    def __str__(self) -> str:
        return f"{self.date:%Y-%m-%d} {self.origin} – {self.destination}"
