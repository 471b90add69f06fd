"""How own invoices are booked in AFAS: journal, period, accounts, cost centre, what goes along.

Settings belong to one administration of one environment: another one has books of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core import audit
from core.errors import FieldsError
from integrations.models import AfasConnection, BookingSettings, PeriodRule
from integrations.services.account_links import (
    GENERAL_ACCOUNTS,
    AccountPlace,
    account_problem,
    keep_accounts,
)
from integrations.services.book_links import books_of, hold
from integrations.services.ledger_checks import Ledger

LONGEST = {"journal": 6, "cost_centre": 16}
LONGEST_ACCOUNT = 16
AXES = range(1, 6)
LARGEST_NUMBER = 2_147_483_647
KEPT = (
    "journal",
    "period_rule",
    "cost_centre_axis",
    "cost_centre",
    "subject_type",
    "attach_pdf",
    "attach_annexes",
)


@dataclass(frozen=True, kw_only=True)
class BookingWishes:
    """What was filled in about bookings; `accounts` are revenue accounts by `AccountUse`.

    A use that `accounts` does not name keeps what it has.
    """

    journal: str = ""
    period_rule: str = PeriodRule.INVOICE_DATE
    cost_centre_axis: int = 1
    cost_centre: str = ""
    subject_type: int | None = None
    attach_pdf: bool = False
    attach_annexes: bool = False
    auto_book: bool = False
    accounts: Mapping[str, str] = field(default_factory=dict)


def settings_of(connection: AfasConnection) -> BookingSettings:
    """How bookings are made in the linked books; the defaults, not saved yet, when nobody chose."""
    books = {
        "company": connection.company,
        "environment": connection.environment,
        "administration": connection.administration,
    }
    found = BookingSettings.objects.of(connection.company).filter(**books).first()
    return found or BookingSettings(**books)


def save_booking_settings(
    *, connection: AfasConnection, wanted: BookingWishes, by: User
) -> BookingSettings:
    """Keep the settings and the general revenue accounts, all or nothing.

    Booking on sending, once switched on, holds for invoices that are sent from that moment on.
    What AFAS's lists can tell is checked. Raises FieldsError by field, an account's being
    "account_" and its use, and DomainError before an administration is chosen.
    """
    wanted = _tidied(wanted)
    ledger = Ledger(connection)
    books_of(connection)
    errors = _refused_by_afas(wanted, ledger) | _errors(wanted)
    if errors:
        raise FieldsError(errors)
    accounts = {AccountPlace(use): account for use, account in wanted.accounts.items()}
    with transaction.atomic():
        hold(connection)
        saved = _keep(connection, wanted, by)
        keep_accounts(connection=connection, accounts=accounts, by=by)
    return saved


def _tidied(wanted: BookingWishes) -> BookingWishes:
    known = {use: wanted.accounts[use] for use in GENERAL_ACCOUNTS if use in wanted.accounts}
    return replace(
        wanted,
        journal=wanted.journal.strip(),
        cost_centre=wanted.cost_centre.strip(),
        accounts={str(use): account.strip() for use, account in known.items()},
    )


def _errors(wanted: BookingWishes) -> dict[str, str]:
    errors = {
        name: _too_long(most) for name, most in LONGEST.items() if len(getattr(wanted, name)) > most
    }
    for use, account in wanted.accounts.items():
        if len(account) > LONGEST_ACCOUNT:
            errors[f"account_{use}"] = _too_long(LONGEST_ACCOUNT)
    if wanted.period_rule not in PeriodRule.values:
        errors["period_rule"] = _("Choose what happens when the period is closed.")
    if wanted.cost_centre_axis not in AXES:
        errors["cost_centre_axis"] = _("AFAS has five allocation axes: choose 1 to 5.")
    if wanted.auto_book and not wanted.journal:
        errors["auto_book"] = _(
            "Choose the journal first: without one nothing can be booked by itself."
        )
    return errors | _subject_errors(wanted)


def _subject_errors(wanted: BookingWishes) -> dict[str, str]:
    kind = wanted.subject_type
    if kind is None and (wanted.attach_pdf or wanted.attach_annexes):
        return {
            "subject_type": _(
                "AFAS keeps a PDF in a dossier item, so it needs the type. Type its number, as it "
                "stands in AFAS under Dossier item types."
            )
        }
    if kind is not None and not 0 < kind <= LARGEST_NUMBER:
        return {"subject_type": _("A type of dossier item is a whole number, such as 17.")}
    return {}


def _too_long(most: int) -> str:
    return _("At most %(most)s signs fit in AFAS.") % {"most": most}


def _refused_by_afas(wanted: BookingWishes, ledger: Ledger) -> dict[str, str]:
    """What AFAS's lists say against it, by field."""
    problems = {
        f"account_{use}": account_problem(ledger, AccountPlace(use), account)
        for use, account in wanted.accounts.items()
    }
    if wanted.journal:
        problems["journal"] = ledger.journal_problem(wanted.journal)
    return {name: problem for name, problem in problems.items() if problem}


def _keep(connection: AfasConnection, wanted: BookingWishes, by: User) -> BookingSettings:
    row = settings_of(connection)
    values = {name: getattr(wanted, name) for name in KEPT}
    values["auto_book_since"] = _since(row.auto_book_since, on=wanted.auto_book)
    change = audit.difference(audit.values_of(row, values), _plain(values))
    for name, value in values.items():
        setattr(row, name, value)
    if change.after or row.pk is None:
        row.save()
        _record(row, change, by)
    return row


def _since(before: datetime | None, *, on: bool) -> datetime | None:
    """From when on sent invoices are booked: as before, from now, or never."""
    return (before or timezone.now()) if on else None


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, str) else value for name, value in values.items()}


def _record(row: BookingSettings, change: audit.Change, by: User) -> None:
    audit.record(company=row.company, by=by, action="afas_booking.changed", obj=row, change=change)
