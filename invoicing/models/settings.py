"""How a company invoices: numbers, terms, texts, looks, and its own VAT rates."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.tenancy import CompanyOwned
from core.vat import VatCode


class InvoiceSettings(CompanyOwned):
    """One row per company; a company without a row has these defaults.

    A number is `number_prefix`, in which {year} and {yy} stand for the year of the invoice date,
    followed by a counter of at least `number_digits` digits; with a year in the prefix the counter
    begins anew each year. Without a prefix of their own credit notes share the invoices' series.
    At most 12 characters, since it is also AFAS's invoice number (DECISIONS D).
    `restored_on`: a backup was put back that day, so a series that gets its counter afterwards may
    have been used already.
    """

    number_prefix = models.CharField(
        _("invoice numbers begin with"), max_length=12, blank=True, default="{year}-"
    )
    credit_prefix = models.CharField(
        _("credit note numbers begin with"),
        max_length=12,
        blank=True,
        help_text=_("Empty: credit notes are numbered among the invoices."),
    )
    number_digits = models.PositiveSmallIntegerField(_("digits of the counter"), default=4)
    payment_term = models.PositiveSmallIntegerField(_("payment term, days"), default=30)
    vat_code = models.CharField(
        _("VAT"), max_length=12, choices=VatCode.choices, default=VatCode.HIGH
    )
    colour = models.CharField(
        _("colour"),
        max_length=7,
        default="#0b6b63",
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$", _("Type a colour such as #0b6b63."))],
    )
    intro_nl = models.TextField(_("text above the lines, Dutch"), max_length=2000, blank=True)
    intro_en = models.TextField(_("text above the lines, English"), max_length=2000, blank=True)
    closing_nl = models.TextField(_("text below the lines, Dutch"), max_length=2000, blank=True)
    closing_en = models.TextField(_("text below the lines, English"), max_length=2000, blank=True)
    subject_nl = models.CharField(_("subject of the mail, Dutch"), max_length=150, blank=True)
    subject_en = models.CharField(_("subject of the mail, English"), max_length=150, blank=True)
    mail_nl = models.TextField(_("mail, Dutch"), max_length=4000, blank=True)
    mail_en = models.TextField(_("mail, English"), max_length=4000, blank=True)
    reply_to = models.EmailField(_("answers go to"), blank=True)
    copy_to = models.EmailField(_("a copy of every invoice to"), blank=True)
    with_specification = models.BooleanField(_("specification of hours"), default=False)
    with_receipts = models.BooleanField(_("receipts as annexes"), default=False)
    attach_ubl = models.BooleanField(_("send the UBL along"), default=True)
    restored_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("company",), name="one_invoice_settings_per_company"),
        )

    def __str__(self) -> str:
        return str(self.company)


class NumberCounter(CompanyOwned):
    """The last number given in a series; its row is locked while an invoice becomes final.

    `series` is the prefix with its year filled in. `to_confirm`: a backup was restored, so numbers
    may have been given that this row does not know; somebody must say the last one first.
    """

    series = models.CharField(max_length=12, blank=True)
    last = models.PositiveIntegerField(default=0)
    to_confirm = models.BooleanField(default=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("company", "series"), name="one_counter_per_series"),
        )

    def __str__(self) -> str:
        return f"{self.series}{self.last}"


class VatRate(CompanyOwned):
    """A company's own percentage or printed ground for a treatment, from a day on.

    Where there is none the law's stands (`core.vat`). A row never edits history: what is final
    keeps what it was given.
    """

    code = models.CharField(_("treatment"), max_length=12, choices=VatCode.choices)
    percent = models.DecimalField(_("percentage"), max_digits=5, decimal_places=2)
    reason_nl = models.CharField(_("ground on the invoice, Dutch"), max_length=200, blank=True)
    reason_en = models.CharField(_("ground on the invoice, English"), max_length=200, blank=True)
    valid_from = models.DateField(_("from"))

    class Meta:
        ordering = ("code", "-valid_from")
        constraints = (
            models.UniqueConstraint(
                fields=("company", "code", "valid_from"), name="one_vat_rate_per_code_and_day"
            ),
            models.CheckConstraint(
                condition=models.Q(percent__gte=0, percent__lt=100), name="vat_is_a_percentage"
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.percent} %"
