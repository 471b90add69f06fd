"""Which connectors the app connector in AFAS grants, what each is for, and what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrations.afas.records import MetaInfo
from integrations.models import AfasConnection

READ, WRITE = "read", "write"
STANDARD_ADMINISTRATIONS = "Profit_Administrations"


@dataclass(frozen=True)
class Need:
    """A connector that a part of the work needs. `setting` is the connection's field with its
    name, where the customer may call it otherwise; an optional one only makes work easier."""

    connector: str
    access: str
    purpose: str | Promise
    setting: str = ""
    optional: bool = False


# The five of the user's guide, then what makes work easier.
NEEDS = (
    Need("ProfitDebtor", READ, gettext_lazy("Customers and debtor numbers"), "debtor_connector"),
    Need(
        "DDI_Profit_Administraties",
        READ,
        gettext_lazy("The list of administrations in step 2"),
        "administration_connector",
    ),
    Need("KnSalesRelationOrg", WRITE, gettext_lazy("New debtors for customers AFAS lacks")),
    Need("FbDirectInvoice", WRITE, gettext_lazy("Invoices from hours, expenses and rides")),
    Need("FiEntries", WRITE, gettext_lazy("Sales bookings of invoices made here")),
    Need(
        "Uurwerk_DirectInvoices",
        READ,
        gettext_lazy("Finding out by ourselves what became of an invoice that AFAS did not answer"),
        "lookup_connector",
        optional=True,
    ),
    Need(
        "Uurwerk_Entries",
        READ,
        gettext_lazy("Finding out by ourselves what became of a booking that AFAS did not answer"),
        "booking_connector",
        optional=True,
    ),
    Need(
        "Profit_Article",
        READ,
        gettext_lazy("Picking items from a list instead of typing them"),
        "item_connector",
        optional=True,
    ),
    Need(
        "Profit_Journals",
        READ,
        gettext_lazy("Picking the journal of bookings from a list, and checking it"),
        "journal_connector",
        optional=True,
    ),
    Need(
        "Profit_Accounts",
        READ,
        gettext_lazy("Picking ledger accounts from a list, and checking them before you book"),
        "account_connector",
        optional=True,
    ),
    Need(
        "Profit_VAT_code",
        READ,
        gettext_lazy("Picking VAT codes from a list, and comparing their percentages with yours"),
        "vat_connector",
        optional=True,
    ),
    Need(
        "Profit_periods_per_administration",
        READ,
        gettext_lazy("Seeing that a period is closed before you book, and which one is open"),
        "period_connector",
        optional=True,
    ),
    Need(
        "Profit_Debtor_Invoices",
        READ,
        gettext_lazy("Showing here which invoices are paid according to AFAS"),
        "open_items_connector",
        optional=True,
    ),
    Need(
        "KnSubject",
        WRITE,
        gettext_lazy("The PDF of an invoice with its booking, and annexes with invoices in AFAS"),
        optional=True,
    ),
)
SPARE = Need(
    STANDARD_ADMINISTRATIONS,
    READ,
    gettext_lazy("The list of administrations, when the connector above is missing"),
    optional=True,
)
"""Of use only where the customer's own connector of administrations is missing."""
EVERYTHING = (*NEEDS, SPARE)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line of the list of connectors."""

    connector: str
    access: str
    purpose: str | Promise
    granted: bool
    optional: bool

    @property
    def todo(self) -> str:
        """What the AFAS administrator must do; empty when it is granted."""
        if self.granted:
            return ""
        return _(
            "In AFAS: Management › App connector › open yours › Connectors, add %(connector)s. "
            "Then press “Test again”."
        ) % {"connector": self.connector}


def findings(info: MetaInfo, connection: AfasConnection | None = None) -> list[dict[str, Any]]:
    """What AFAS grants of what we need, to be kept with the connection."""
    found = []
    for need in EVERYTHING:
        name = name_of(need, connection)
        granted = info.may_read(name) if need.access == READ else info.may_write(name)
        found.append({"connector": name, "access": need.access, "granted": granted})
    return found


def name_of(need: Need, connection: AfasConnection | None) -> str:
    """The connector's name with this customer."""
    own = getattr(connection, need.setting, "") if connection and need.setting else ""
    return own or need.connector


def list_of(connection: AfasConnection) -> list[Finding]:
    """The list of connectors as it was found at the last check, with what each is for."""
    if connection.checked_at is None or not connection.findings:
        return []
    granted = granted_by(connection)
    lines = [_finding(need, connection, granted) for need in NEEDS]
    spare = _finding(SPARE, connection, granted)
    administrations = next(one for one in lines if one.purpose == NEEDS[1].purpose)
    return [*lines, spare] if spare.granted and not administrations.granted else lines


def _finding(need: Need, connection: AfasConnection, granted: Mapping[str, bool]) -> Finding:
    name = name_of(need, connection)
    return Finding(
        connector=name,
        access=need.access,
        purpose=need.purpose,
        granted=granted.get(name.lower(), False),
        optional=need.optional,
    )


def granted_by(connection: AfasConnection) -> dict[str, bool]:
    """By connector in small letters: whether it was granted at the last check."""
    return {
        str(one.get("connector", "")).lower(): bool(one.get("granted"))
        for one in connection.findings
    }


def may_read(connection: AfasConnection, connector: str) -> bool:
    """Whether the last check found this GetConnector granted, or did not look."""
    return granted_by(connection).get(connector.lower(), not connection.findings)
