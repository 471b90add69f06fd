"""Customers and contacts as the business knows them; nothing here knows where one came from."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.rounding import STEPS, RoundingRule
from core.tenancy import CompanyOwned
from core.vat import VatCode


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
    attention = models.CharField(_("for the attention of"), max_length=80, blank=True)
    email = models.EmailField(_("e-mail address"), blank=True)
    invoice_email = models.EmailField(
        _("e-mail address for invoices"),
        blank=True,
        help_text=_(
            "Contacts that receive invoices get them as well. Empty and without such contacts: "
            "invoices go to the address above."
        ),
    )
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
    payment_term = models.PositiveSmallIntegerField(
        _("payment term, days"),
        null=True,
        blank=True,
        help_text=_("Empty: the company's own term."),
    )
    vat_code = models.CharField(
        _("VAT"),
        max_length=12,
        choices=VatCode.choices,
        blank=True,
        help_text=_(
            "Empty: as the company. Reverse charge and export go before the VAT of what is sold."
        ),
    )
    rounding_rule = models.CharField(
        _("round billable time"),
        max_length=10,
        choices=RoundingRule.choices,
        default=RoundingRule.INHERIT,
    )
    rounding_step = models.PositiveSmallIntegerField(
        _("step in minutes"), default=15, choices=STEPS
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


class Contact(CompanyOwned):
    """A person whom we know at one or more customers, or at none yet."""

    name = models.CharField(_("name"), max_length=80)
    job_title = models.CharField(_("job title"), max_length=80, blank=True)
    email = models.EmailField(_("e-mail address"), blank=True)
    phone = models.CharField(_("telephone"), max_length=30, blank=True)
    receives_invoices = models.BooleanField(
        _("receives invoices"),
        default=False,
        help_text=_("The invoices of the customers below are mailed to this contact."),
    )
    customers = models.ManyToManyField(
        Customer, through="ContactLink", related_name="contacts", verbose_name=_("customers")
    )
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("name", "id")
        indexes = (models.Index(fields=("company", "name"), name="contacts_by_name"),)

    def __str__(self) -> str:
        return self.name


class ContactLink(CompanyOwned):
    """A contact at a customer."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="links")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("contact", "customer"), name="customer_once_per_contact"
            ),
        )

    def __str__(self) -> str:
        return f"{self.contact} · {self.customer}"
