"""What happens to a final invoice: it is sent, and it is paid."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.tenancy import CompanyOwned
from invoicing.models.invoices import Invoice


class Delivery(CompanyOwned):
    """One mail with an invoice. The row is the queue; a worker takes it by a conditional update.

    A mail server knows no idempotency either: what broke off half-way is *unknown*, and a person
    says whether it arrived.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting to be sent")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Refused")
        UNKNOWN = "unknown", _("Perhaps sent")

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="deliveries")
    to = models.CharField(_("to"), max_length=500)
    subject = models.CharField(_("subject"), max_length=150)
    body = models.TextField(_("message"), max_length=4000)
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    message = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    not_before = models.DateTimeField(null=True, blank=True)
    sending_since = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("invoice",),
                condition=models.Q(state__in=("queued", "sending")),
                name="one_mail_under_way_per_invoice",
            ),
        )
        indexes = (
            models.Index(
                fields=("state", "not_before"),
                condition=models.Q(state__in=("queued", "sending")),
                name="mails_under_way",
            ),
        )

    def __str__(self) -> str:
        return f"{self.invoice} → {self.to}"


class Payment(CompanyOwned):
    """What was paid on an invoice, EUR incl. VAT; below zero when it was paid back.

    A credit note settles its invoice with one row on each, naming the other in `settles`. What the
    books of AFAS hold as paid is one row, which follows them.
    """

    class How(models.TextChoices):
        BANK = "bank", _("Bank")
        CREDIT = "credit", _("Credit note")
        OTHER = "other", _("Otherwise")
        AFAS = "afas", _("According to AFAS")

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="payments")
    how = models.CharField(max_length=8, choices=How.choices, default=How.BANK)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    paid_on = models.DateField(_("paid on"))
    note = models.CharField(_("note"), max_length=200, blank=True)
    settles = models.ForeignKey(
        Invoice, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    by = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("paid_on", "id")
        constraints = (
            models.CheckConstraint(condition=~models.Q(amount=0), name="payment_is_not_zero"),
            models.UniqueConstraint(
                fields=("invoice",),
                condition=models.Q(how="afas"),
                name="one_payment_by_the_books_per_invoice",
            ),
        )

    def __str__(self) -> str:
        return f"{self.amount} on {self.invoice}"

    @property
    def is_by_hand(self) -> bool:
        """Whether a person registered it, who may take it back."""
        return self.how in {self.How.BANK, self.How.OTHER}
