"""The link to AFAS: connections, documents with their attempts, imports, links."""

from integrations.models.apps import AppInstallation
from integrations.models.connection import AfasConnection
from integrations.models.documents import (
    AfasAttempt,
    AfasDocument,
    InvoicingRun,
    Kind,
    PersonTask,
    State,
)
from integrations.models.imports import ImportRow, ImportRun
from integrations.models.links import CustomerLink, ItemLink, ItemUse

__all__ = [
    "AfasAttempt",
    "AfasConnection",
    "AfasDocument",
    "AppInstallation",
    "CustomerLink",
    "ImportRow",
    "ImportRun",
    "InvoicingRun",
    "ItemLink",
    "ItemUse",
    "Kind",
    "PersonTask",
    "State",
]
