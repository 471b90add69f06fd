"""The claims that keep anything from being billed twice."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.models import Company
from core.tenancy import CompanyOwned
from invoicing.models.invoices import InvoiceLine
from registration.models import Expense, Hour, Instalment, Ride, SubscriptionPeriod

CLAIMABLE = ("hour", "expense", "ride", "instalment", "subscription_period")


def _exactly_one_target() -> Q:
    """One of the five foreign keys is filled, the other four are not."""
    options = Q()
    for chosen in CLAIMABLE:
        options |= Q(**{f"{name}__isnull": name != chosen for name in CLAIMABLE})
    return options


def _target(model: type[CompanyOwned]) -> models.ForeignKey:
    """One of the five; its index holds only the claims that have it, not the four in five without.

    A claim is written for every entry that is billed, so an index of nothing costs ten thousand
    times a month.
    """
    return models.ForeignKey(
        model, null=True, on_delete=models.PROTECT, related_name="claims", db_index=False
    )


class Claim(CompanyOwned):
    """That one billable thing stands on one line, with what was frozen then.

    A claim is active until `released_at`; the partial unique indexes below are what makes billing
    twice impossible, whichever way it is tried. `quantity` is hours, units or km; `amount` is EUR
    excl. VAT.
    """

    # That of its line, where the database sees to it: to look it up again for every claim, and to
    # keep an index that nobody asks, would be a part of the time that billing takes.
    company = models.ForeignKey(
        Company, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    line = models.ForeignKey(InvoiceLine, on_delete=models.PROTECT, related_name="claims")
    hour = _target(Hour)
    expense = _target(Expense)
    ride = _target(Ride)
    instalment = _target(Instalment)
    subscription_period = _target(SubscriptionPeriod)
    quantity = models.DecimalField(max_digits=12, decimal_places=4)
    rate = models.DecimalField(max_digits=14, decimal_places=4)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    released_at = models.DateTimeField(null=True, blank=True)
    release_reason = models.CharField(max_length=200, blank=True, db_default="")

    class Meta:
        constraints = (
            models.CheckConstraint(condition=_exactly_one_target(), name="claim_has_one_target"),
            *(
                models.UniqueConstraint(
                    fields=(name,),
                    condition=Q(released_at__isnull=True, **{f"{name}__isnull": False}),
                    name=f"{name}_is_billed_once",
                )
                for name in CLAIMABLE
            ),
        )
        indexes = tuple(
            models.Index(
                fields=(name,),
                condition=Q(**{f"{name}__isnull": False}),
                name=f"claims_of_{name}",
            )
            for name in CLAIMABLE
        )

    def __str__(self) -> str:
        return f"{self.amount} on {self.line}"
