"""How Studio Eik books its own invoices: journal, accounts, VAT codes and cost centres.

The accounts and codes are those of the pretend AFAS (sandbox/README.md, "The chart").
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from integrations.models import (
    AccountLink,
    AccountUse,
    AfasConnection,
    BookingSettings,
    ProjectLink,
    VatLink,
)
from registration.models import Project

JOURNAL, SUBJECT_TYPE = "20", 5
ACCOUNTS: tuple[tuple[AccountUse, str], ...] = (
    (AccountUse.DEFAULT, "8000"),
    (AccountUse.EXPENSES, "8080"),
    (AccountUse.RIDES, "8080"),
)
# Treatment and percentage; VAT code, account of the VAT, account of the revenue.
VAT: tuple[tuple[str, int, str, str, str], ...] = (
    ("high", 21, "1", "1510", "8000"),
    ("low", 9, "2", "1511", "8010"),
    ("zero", 0, "7", "", "8070"),
    ("reverse", 0, "3", "", "8030"),
    ("reverse_eu", 0, "4", "", "8040"),
    ("export", 0, "5", "", "8050"),
    ("outside", 0, "", "", "8020"),
)
EXEMPT = ("exempt", 0, "6", "", "8060")  # filled in when an invoice asked for it
# Code of our project; cost centre and project in AFAS.
PROJECTS: tuple[tuple[str, str, str], ...] = (
    ("KOFFIE", "NOORD", "P-1001"),
    ("HART", "ZUID", ""),
    ("BEHEER", "OOST", "P-1002"),
)


def keep_books(connection: AfasConnection, projects: Mapping[str, Project]) -> None:
    """Everything a booking needs; PDFs do not go along yet."""
    same = _same(connection)
    BookingSettings.objects.create(**same, journal=JOURNAL, cost_centre="KANTOOR")
    AccountLink.objects.bulk_create(
        [AccountLink(**same, use=use, account=account) for use, account in ACCOUNTS]
    )
    VatLink.objects.bulk_create([_vat(connection, row) for row in VAT])
    ProjectLink.objects.bulk_create(
        [
            ProjectLink(**same, project=projects[code], cost_centre=centre, afas_project=project)
            for code, centre, project in PROJECTS
        ]
    )


def fill_in_exempt(connection: AfasConnection) -> None:
    """The VAT code that was missing."""
    _vat(connection, EXEMPT).save()


def attach_from_now_on(connection: AfasConnection) -> None:
    """The PDF of an invoice goes along with its booking."""
    settings = BookingSettings.objects.of(connection.company).filter(
        environment=connection.environment
    )
    settings.update(attach_pdf=True, subject_type=SUBJECT_TYPE)


def _vat(connection: AfasConnection, row: tuple[str, int, str, str, str]) -> VatLink:
    treatment, percent, code, account, revenue = row
    return VatLink(
        **_same(connection),
        vat_code=treatment,
        percent=Decimal(percent),
        code=code,
        account=account,
        revenue_account=revenue,
    )


def _same(connection: AfasConnection) -> dict[str, Any]:
    return {
        "company": connection.company,
        "environment": connection.environment,
        "administration": connection.administration,
    }
