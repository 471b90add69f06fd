"""Customers as the business knows them; nothing here knows where a customer came from."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.tenancy import CompanyOwned


class Customer(CompanyOwned):
    """An organisation that we work for."""

    number = models.CharField(
        _("customer number"),
        max_length=16,
        blank=True,
        help_text=_("Must equal the customer number in AFAS. Leave empty to let AFAS give one."),
    )
    name = models.CharField(_("name"), max_length=80)
    street = models.CharField(_("street"), max_length=60, blank=True)
    house_number = models.CharField(_("house number"), max_length=20, blank=True)
    postcode = models.CharField(_("postcode"), max_length=15, blank=True)
    city = models.CharField(_("city"), max_length=50, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True, default="NL")
    email = models.EmailField(_("e-mail address"), blank=True)
    phone = models.CharField(_("telephone"), max_length=30, blank=True)
    vat_number = models.CharField(_("VAT number"), max_length=21, blank=True)
    kvk_number = models.CharField(_("KvK number"), max_length=30, blank=True)
    iban = models.CharField(_("IBAN"), max_length=40, blank=True)
    reference = models.CharField(
        _("invoice reference"),
        max_length=60,
        blank=True,
        help_text=_("Their order number; it is printed on every invoice."),
    )
    language = models.CharField(
        _("document language"), max_length=5, choices=settings.LANGUAGES, default="nl"
    )
    blocked = models.BooleanField(_("blocked"), default=False)
    archived = models.BooleanField(_("archived"), default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("name", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("company", "number"),
                condition=~Q(number=""),
                name="customer_number_once_per_company",
            ),
        )
        indexes = (models.Index(fields=("company", "name"), name="customers_by_name"),)

    def __str__(self) -> str:
        return self.name
