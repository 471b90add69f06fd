"""Where the cause of a refusal is mended."""

from __future__ import annotations

from enum import StrEnum


class Place(StrEnum):
    """Where a refusal is mended."""

    CUSTOMER = "customer"
    ITEM = "item"
    """The item of an activity, an expense category, an instalment, a project, a kind, or the
    default item."""
    SETTINGS = "settings"
    ADMINISTRATION = "administration"
    INVOICE_DATE = "invoice_date"
    """Fixed with the invoice: cancelled, its entries are billed again with another date."""
    ACCOUNTS = "accounts"
    """The ledger accounts of activities, products, VAT rates and their defaults."""
    VAT_CODES = "vat_codes"
    PROJECTS = "projects"
    """The cost centres and projects of AFAS, and the usual cost centre."""
    BOOKING = "booking"
    """Journal, period and type of dossier item, in the settings."""
    CREDIT_NOTE = "credit_note"
    """Too late to take it back: the invoice is credited, and the credit note booked."""
    AFAS = "afas"
    """Only somebody in AFAS can."""
    NOWHERE = "nowhere"
