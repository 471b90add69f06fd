"""Invoices and credit notes, their lines, and what VAT makes of them."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.tenancy import CompanyOwned
from core.vat import VatCode
from registration.models import Activity, ExpenseCategory, Project, Selection
from relations.models import Customer


class Channel(models.TextChoices):
    """Who makes the invoice: we, or AFAS."""

    OURS = "ours", _("Own invoice")
    AFAS = "afas", _("Invoiced in AFAS")


class InvoiceKind(models.TextChoices):
    INVOICE = "invoice", _("Invoice")
    CREDIT_NOTE = "credit_note", _("Credit note")


class DocumentStatus(models.TextChoices):
    """The document axis (DOMAIN §4.1). Void exists only for channel afas (DECISIONS C3)."""

    DRAFT = "draft", _("Draft")
    FINAL = "final", _("Final")
    CREDITED = "credited", _("Credited")
    VOID = "void", _("Void")


class DeliveryStatus(models.TextChoices):
    """The delivery axis (DOMAIN §4.2). Unknown: the mail server may have taken it."""

    NOT_SENT = "not_sent", _("Not sent")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Not delivered")
    UNKNOWN = "unknown", _("Perhaps sent")


class PaymentStatus(models.TextChoices):
    """The payment axis (DOMAIN §4.3); overdue is derived."""

    UNPAID = "unpaid", _("Unpaid")
    PARTLY = "partly", _("Partly paid")
    PAID = "paid", _("Paid")


class Invoice(CompanyOwned):
    """What one customer is asked to pay, by us or by AFAS on our behalf.

    `net` and `vat` are EUR, `total` is their sum; a credit note has them below zero. For channel
    afas only `net` counts, and the number is AFAS's, on the document. A draft of our own has no
    number and may change; `seller`, `buyer`, the VAT groups and the percentages on the lines are
    frozen when it becomes final, and from then on only delivery and payment move.
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="invoices")
    project = models.ForeignKey(
        Project, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    channel = models.CharField(max_length=4, choices=Channel.choices)
    kind = models.CharField(max_length=12, choices=InvoiceKind.choices, default=InvoiceKind.INVOICE)
    status = models.CharField(
        max_length=10, choices=DocumentStatus.choices, default=DocumentStatus.DRAFT
    )
    delivery = models.CharField(
        max_length=10, choices=DeliveryStatus.choices, default=DeliveryStatus.NOT_SENT
    )
    payment = models.CharField(
        max_length=10, choices=PaymentStatus.choices, default=PaymentStatus.UNPAID
    )
    number = models.CharField(max_length=12, blank=True)
    invoice_date = models.DateField(_("invoice date"))
    due_date = models.DateField(_("due date"), null=True, blank=True)
    payment_term = models.PositiveSmallIntegerField(_("payment term, days"), default=30)
    supply_from = models.DateField(_("supplied from"), null=True, blank=True)
    supply_until = models.DateField(_("supplied until"), null=True, blank=True)
    reference = models.CharField(_("reference"), max_length=60, blank=True)
    language = models.CharField(
        _("language"), max_length=5, choices=settings.LANGUAGES, default="nl"
    )
    intro = models.TextField(_("text above the lines"), max_length=2000, blank=True)
    closing = models.TextField(_("text below the lines"), max_length=2000, blank=True)
    with_specification = models.BooleanField(_("specification of hours"), default=False)
    with_receipts = models.BooleanField(_("receipts as annexes"), default=False)
    net = models.DecimalField(max_digits=14, decimal_places=2, default=Decimal(0))
    vat = models.DecimalField(max_digits=14, decimal_places=2, default=Decimal(0))
    total = models.DecimalField(max_digits=14, decimal_places=2, default=Decimal(0))
    paid = models.DecimalField(max_digits=14, decimal_places=2, default=Decimal(0))
    seller = models.JSONField(default=dict, blank=True)
    buyer = models.JSONField(default=dict, blank=True)
    credits = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="credit_notes"
    )
    selection = models.ForeignKey(
        Selection, null=True, blank=True, on_delete=models.SET_NULL, related_name="invoices"
    )
    pdf = models.FileField(upload_to="invoices/", blank=True, max_length=200)
    version = models.PositiveIntegerField(default=1)
    created_by = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    finalised_by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    finalised_at = models.DateTimeField(null=True, blank=True)
    sent_by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    sent_at = models.DateTimeField(null=True, blank=True)
    sent_how = models.CharField(max_length=200, blank=True)

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
            models.CheckConstraint(
                condition=Q(channel="afas")
                | Q(status="draft", number="")
                | (~Q(status="draft") & ~Q(number="")),
                name="own_invoice_has_a_number_when_final",
            ),
            models.CheckConstraint(
                condition=Q(delivery="not_sent") | ~Q(status="draft"), name="a_draft_is_not_sent"
            ),
        )
        indexes = (
            models.Index(fields=("company", "channel", "status", "-id"), name="invoices_by_status"),
            models.Index(fields=("company", "due_date"), name="invoices_by_due_date"),
            models.Index(fields=("company", "customer", "-id"), name="invoices_by_customer"),
            models.Index(  # with the total: which of them are not booked is read from it alone
                fields=("company", "-sent_at", "-id", "total"),
                condition=Q(channel="ours", delivery="sent"),
                name="own_invoices_sent_lately",
            ),
        )

    def __str__(self) -> str:
        return self.number or f"{self.customer} {self.invoice_date:%Y-%m-%d}"

    @property
    def is_draft(self) -> bool:
        """Whether it may still be changed."""
        return self.status == DocumentStatus.DRAFT

    @property
    def is_sent(self) -> bool:
        """Whether the customer has it: the gate for the sales booking."""
        return self.delivery == DeliveryStatus.SENT

    @property
    def is_credit_note(self) -> bool:
        """Whether it gives back what another invoice asked."""
        return self.kind == InvoiceKind.CREDIT_NOTE

    @property
    def open_amount(self) -> Decimal:
        """What is still to be paid, EUR incl. VAT; below zero when we owe it."""
        return self.total - self.paid

    @property
    def to_pay_back(self) -> Decimal:
        """What we still owe the customer on it, EUR incl. VAT; zero on what asks for money."""
        return max(Decimal(0), -self.open_amount)


class LineKind(models.TextChoices):
    ITEM = "item", _("Line")
    HEADING = "heading", _("Heading")
    TEXT = "text", pgettext_lazy("a line without an amount", "Text")


class InvoiceLine(CompanyOwned):
    """A snapshot of what is printed: it multiplies out and never follows later edits.

    `net` is quantity × price, less `discount` per cent, to the cent. `vat_code` says how VAT treats
    it; `vat_percent` is frozen when the invoice becomes final. The item is a triple (kind, code,
    unit), since AFAS keeps codes per kind. A heading or a text has no amounts.
    """

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=8, choices=LineKind.choices, default=LineKind.ITEM)
    description = models.CharField(_("description"), max_length=255)
    quantity = models.DecimalField(_("quantity"), max_digits=12, decimal_places=2)
    unit = models.CharField(_("unit"), max_length=15, blank=True)
    unit_price = models.DecimalField(_("unit price"), max_digits=14, decimal_places=4)
    discount = models.DecimalField(
        _("discount, %"), max_digits=5, decimal_places=2, default=Decimal(0)
    )
    net = models.DecimalField(max_digits=14, decimal_places=2)
    vat_code = models.CharField(
        _("VAT"), max_length=12, choices=VatCode.choices, blank=True, default=""
    )
    vat_percent = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    activity = models.ForeignKey(Activity, null=True, on_delete=models.PROTECT, related_name="+")
    category = models.ForeignKey(
        ExpenseCategory, null=True, on_delete=models.PROTECT, related_name="+"
    )
    item_kind = models.CharField(max_length=4, blank=True)
    item_code = models.CharField(max_length=40, blank=True)
    item_unit = models.CharField(max_length=15, blank=True)
    credits = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="credited_by"
    )

    class Meta:
        ordering = ("position",)
        constraints = (
            models.UniqueConstraint(fields=("invoice", "position"), name="line_position_once"),
            models.CheckConstraint(
                condition=Q(discount__gte=0, discount__lte=100), name="discount_is_a_percentage"
            ),
        )

    def __str__(self) -> str:
        return self.description


class InvoiceVat(CompanyOwned):
    """One VAT group of a final invoice: what was taxed, how, and the VAT on it, in EUR.

    `reason` is the printed ground where there is no VAT. VAT is worked out once per group.
    """

    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="vat_groups")
    code = models.CharField(max_length=12, choices=VatCode.choices)
    category = models.CharField(max_length=2)
    percent = models.DecimalField(max_digits=5, decimal_places=2)
    base = models.DecimalField(max_digits=14, decimal_places=2)
    vat = models.DecimalField(max_digits=14, decimal_places=2)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("-percent", "code")
        constraints = (
            models.UniqueConstraint(
                fields=("invoice", "code", "percent"), name="vat_group_once_per_invoice"
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.percent}"
