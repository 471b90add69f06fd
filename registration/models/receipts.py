"""What proves an expense: the photograph or the PDF of its receipt."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.tenancy import CompanyOwned
from registration.models.entries import Expense


def receipt_path(receipt: Receipt, _name: str) -> str:
    """Where the file lies: by company and by content, never by the name somebody gave it."""
    ending = "pdf" if receipt.content_type == "application/pdf" else "jpg"
    return f"receipts/{receipt.company_id}/{receipt.sha256[:2]}/{receipt.sha256}.{ending}"


class Receipt(CompanyOwned):
    """A file on an expense: PDF as it came, a photograph as JPEG; checked by what is in it.

    Served by `registration.views.receipts` alone, to those who may see the expense.
    """

    expense = models.ForeignKey(Expense, on_delete=models.CASCADE, related_name="receipts")
    file = models.FileField(_("file"), upload_to=receipt_path, max_length=200)
    name = models.CharField(max_length=120)
    content_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField()
    pages = models.PositiveSmallIntegerField(default=1)
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    uploaded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=("expense", "sha256"), name="receipt_once_per_expense"),
        )

    def __str__(self) -> str:
        return self.name
