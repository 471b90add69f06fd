"""What a call to AFAS says, read from the call itself."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

from integrations.afas.transport import Call

Key = str | tuple[str, str, str]
"""What a DELETE names: an order number, or administration, journal and number of an entry."""


def body_of(call: Call) -> dict[str, Any]:
    """What is written; empty for a DELETE."""
    found: dict[str, Any] = json.loads(call.body or b"{}")
    return found


def connector_of(call: Call) -> str:
    """Through which connector."""
    return _path(call)[0]


def deleted_by(call: Call) -> Key:
    """What a DELETE is about."""
    path = _path(call)
    if path[0] != "FiEntries":
        return path[-1]
    unit, journal = path[3].split(",")
    return (unit, journal, path[-1])


def reference_in(call: Call) -> str:
    """Our reference in an invoice, an entry or a dossier item."""
    body = body_of(call)
    if "FbDirectInvoice" in body:
        return str(body["FbDirectInvoice"]["Element"]["Fields"]["RfCs"])
    if "FiEntryPar" in body:
        lines = body["FiEntryPar"]["Element"]["Objects"][0]["FiEntries"]["Element"]
        return str(lines[0]["Fields"]["BpNr"])
    if "KnSubject" in body:
        return str(body["KnSubject"]["Element"]["Fields"]["Ds"]).rsplit(" ", 1)[-1]
    return ""


def faulty_in(call: Call) -> str:
    """What AFAS finds fault with: our reference, or the KvK number of a new debtor."""
    body = body_of(call)
    if "KnSalesRelationOrg" not in body:
        return reference_in(call)
    organisation = body["KnSalesRelationOrg"]["Element"]["Objects"][0]["KnOrganisation"]
    return str(organisation["Element"]["Fields"].get("CcNr", ""))


def number_in(answer: bytes) -> str:
    """The number in AFAS's answer."""
    (keys,) = json.loads(answer)["results"].values()
    return str(next(keys[name] for name in ("OrNu", "EnNo", "SbId") if name in keys))


def _path(call: Call) -> list[str]:
    return [unquote(one) for one in call.url.split("/connectors/")[1].split("/")]
