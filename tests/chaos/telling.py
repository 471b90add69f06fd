"""A document in words, for whoever reads the verdict."""

from __future__ import annotations

from integrations.models import AfasDocument, State

OVER = {State.CONFIRMED, State.UNDONE, State.CANCELLED}
DOUBLE = "was billed twice"


def told(document: AfasDocument) -> str:
    """A document in words."""
    said = f" ({document.asks or document.message[:60]})" if document.state not in OVER else ""
    return f"{document.kind} {document.reference} in {document.environment}, {document.state}{said}"
