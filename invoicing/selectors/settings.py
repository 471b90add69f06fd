"""How a company invoices, and which VAT holds when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Self

from accounts.models import Company
from core.vat import REASONS, statutory_percent
from invoicing.models import InvoiceSettings, VatRate


def settings_of(company: Company) -> InvoiceSettings:
    """The company's settings; the defaults, not saved yet, when it never changed any."""
    found: InvoiceSettings | None = InvoiceSettings.objects.of(company).first()
    return found or InvoiceSettings(company=company)


@dataclass(frozen=True)
class VatBook:
    """The VAT of a company by treatment and day: its own rows, else what the law says."""

    rows: dict[str, list[VatRate]]

    @classmethod
    def of(cls, company: Company) -> Self:
        """All rows of `company`, latest first, in one query."""
        rows: dict[str, list[VatRate]] = {}
        for row in VatRate.objects.of(company).order_by("-valid_from"):
            rows.setdefault(row.code, []).append(row)
        return cls(rows)

    def percent(self, code: str, day: date) -> Decimal:
        """The percentage of a treatment on the day of supply."""
        row = self._row(code, day)
        return row.percent if row else statutory_percent(code, day)

    def reason(self, code: str, day: date, language: str) -> str:
        """The ground to print where there is no VAT; empty where none is asked."""
        row = self._row(code, day)
        own = getattr(row, f"reason_{language}", "") if row else ""
        return own or REASONS.get(code, {}).get(language, "")

    def _row(self, code: str, day: date) -> VatRate | None:
        return next((row for row in self.rows.get(code, []) if row.valid_from <= day), None)
