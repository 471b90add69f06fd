"""A company's own VAT percentages and grounds, from a day on; else the law's hold (`core.vat`).

A row never edits history: what is final keeps what it was given, and a draft keeps its own until
somebody renews it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Company, User
from core import audit
from core.errors import DomainError, FieldsError
from core.vat import VatCode
from invoicing.models import Channel, DocumentStatus, Invoice, InvoiceVat, VatRate
from invoicing.selectors.settings import VatBook
from registration.services import valuation

TOLD = ("code", "percent", "valid_from", "reason_nl", "reason_en")


@dataclass(frozen=True, kw_only=True)
class RateData:
    """What is filled in about a row; an empty ground stands for the one of the program."""

    code: str
    percent: Decimal
    valid_from: date
    reason_nl: str = ""
    reason_en: str = ""


@dataclass(frozen=True, kw_only=True)
class Treatment:
    """A treatment as it is today, with the company's own rows, latest first."""

    code: str
    label: str
    percent: Decimal
    reason_nl: str
    reason_en: str
    rows: Sequence[VatRate]


def treatments_of(company: Company, day: date) -> list[Treatment]:
    """All eight treatments as they hold on `day`, in one query."""
    book = VatBook.of(company)
    return [
        Treatment(
            code=code.value,
            label=str(code.label),
            percent=book.percent(code, day),
            reason_nl=book.reason(code, day, "nl"),
            reason_en=book.reason(code, day, "en"),
            rows=book.rows.get(code, []),
        )
        for code in VatCode
    ]


def rate_add(*, company: Company, data: RateData, by: User | None) -> VatRate:
    """Let a percentage and its grounds hold from a day on.

    Raises FieldsError: a percentage on what is no rate, none or a hundred where one is needed, or a
    row of that day that exists already.
    """
    _refuse_percent(data)
    with transaction.atomic():
        valuation.hold(company)
        same = VatRate.objects.of(company).filter(code=data.code, valid_from=data.valid_from)
        if same.exists():
            raise FieldsError(
                {
                    "valid_from": _(
                        "There is a row from this day already. Remove it first, or choose "
                        "another day."
                    )
                }
            )
        row: VatRate = VatRate.objects.create(company=company, **vars(data))
        change = audit.Change(after=audit.values_of(row, TOLD))
        audit.record(company=company, by=by, action="vat_rate.created", obj=row, change=change)
    return row


def _refuse_percent(data: RateData) -> None:
    code = VatCode(data.code)
    is_rate = code in {VatCode.HIGH, VatCode.LOW}
    if not is_rate and data.percent:
        raise FieldsError(
            {
                "percent": _(
                    "No VAT is asked for this treatment, so its percentage is 0. "
                    "Choose the high or the low rate to ask VAT."
                )
            }
        )
    if is_rate and not 0 < data.percent < 100:
        raise FieldsError(
            {"percent": _("Type a percentage above 0 and below 100; 0 has a treatment of its own.")}
        )


def rate_remove(*, row: VatRate, by: User | None) -> None:
    """Take a row away before anything final used it.

    Raises DomainError for one that holds already and that a final invoice was given.
    """
    company = row.company
    with transaction.atomic():
        valuation.hold(company)
        if row.valid_from <= timezone.localdate() and _is_used(row):
            raise DomainError(
                _(
                    "Final invoices were given this row, so it stays. Add a row from a later day "
                    "to change what holds from then on."
                )
            )
        change = audit.Change(before=audit.values_of(row, TOLD))
        audit.record(company=company, by=by, action="vat_rate.deleted", obj=row, change=change)
        row.delete()


def _is_used(row: VatRate) -> bool:
    groups = InvoiceVat.objects.of(row.company).filter(code=row.code, percent=row.percent)
    return groups.filter(invoice__invoice_date__gte=row.valid_from).exists()


def final_since(company: Company, day: date) -> int:
    """How many final invoices are dated `day` or later: they keep the VAT they were given."""
    rows = Invoice.objects.of(company).filter(channel=Channel.OURS, invoice_date__gte=day)
    return rows.exclude(status=DocumentStatus.DRAFT).count()
