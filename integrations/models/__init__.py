"""The link to AFAS: connections, documents with their attempts, imports, links."""

from integrations.models.apps import AppInstallation
from integrations.models.comparison import Comparison
from integrations.models.connection import AfasConnection
from integrations.models.documents import (
    OPEN_STATES,
    AfasAttempt,
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
from integrations.models.tasks import PersonTask
from integrations.models.watch import Alert, CheckRun, HiddenChecklist, SweepClock

__all__ = [
    "OPEN_STATES",
    "AfasAttempt",
    "AfasConnection",
    "AfasDocument",
    "Alert",
    "AppInstallation",
    "Asks",
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
    "PersonTask",
    "State",
    "SweepClock",
    "this_second",
]
