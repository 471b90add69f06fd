"""The link to AFAS: connections, documents with their attempts, imports, links."""

from integrations.models.apps import AppInstallation
from integrations.models.attempts import AfasAttempt
from integrations.models.booking import (
    AccountLink,
    AccountUse,
    BookingRun,
    BookingSettings,
    PeriodRule,
    ProjectLink,
    VatLink,
)
from integrations.models.comparison import Comparison
from integrations.models.connection import AfasConnection
from integrations.models.documents import (
    OPEN_STATES,
    AfasDocument,
    Asks,
    Intention,
    InvoicingRun,
    Kind,
    State,
    this_second,
)
from integrations.models.imports import ImportRow, ImportRun
from integrations.models.links import CustomerLink, ItemLink, ItemUse
from integrations.models.payments import OpenItem, PaymentRun
from integrations.models.tasks import PersonTask
from integrations.models.watch import Alert, CheckRun, HiddenChecklist, SweepClock

__all__ = [
    "OPEN_STATES",
    "AccountLink",
    "AccountUse",
    "AfasAttempt",
    "AfasConnection",
    "AfasDocument",
    "Alert",
    "AppInstallation",
    "Asks",
    "BookingRun",
    "BookingSettings",
    "CheckRun",
    "Comparison",
    "CustomerLink",
    "HiddenChecklist",
    "ImportRow",
    "ImportRun",
    "Intention",
    "InvoicingRun",
    "ItemLink",
    "ItemUse",
    "Kind",
    "OpenItem",
    "PaymentRun",
    "PeriodRule",
    "PersonTask",
    "ProjectLink",
    "State",
    "SweepClock",
    "VatLink",
    "this_second",
]
