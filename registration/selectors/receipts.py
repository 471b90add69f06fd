"""Receipts as people may see them: whoever sees the expense sees its receipts."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Count
from django.http import Http404

from accounts.models import Company
from core.tenancy import CompanyQuerySet
from registration.models import Expense, Receipt
from registration.selectors.entries import entry_shown
from registration.selectors.reach import Reach


def receipts_of(expense: Expense) -> CompanyQuerySet:
    """The receipts of one expense, oldest first."""
    return Receipt.objects.of(expense.company_id).filter(expense=expense)


def receipt_shown(reach: Reach, pk: int) -> Receipt:
    """One receipt that this person may see, with its expense; Http404 for any other."""
    receipt: Receipt | None = Receipt.objects.of(reach.company).filter(pk=pk).first()
    if receipt is None:
        raise Http404
    receipt.expense = expense_shown(reach, receipt.expense_id)
    return receipt


def expense_shown(reach: Reach, pk: int) -> Expense:
    """One expense that this person may see; Http404 for any other."""
    expense = entry_shown("expenses", reach, pk)
    if not isinstance(expense, Expense):
        raise Http404
    return expense


def content_of(receipt: Receipt) -> bytes:
    """The file as it is kept; Http404 when it is not on disk, as after a half restored backup."""
    try:
        with receipt.file.open("rb") as file:
            content: bytes = file.read()
    except FileNotFoundError as error:
        raise Http404 from error
    return content


def receipt_counts(company: Company, expenses: Iterable[int]) -> dict[int, int]:
    """How many receipts each of these expenses has, in one query; those without are left out."""
    rows = Receipt.objects.of(company).filter(expense__in=list(expenses)).order_by()
    counted = rows.values_list("expense").annotate(count=Count("pk"))
    return dict(counted)
