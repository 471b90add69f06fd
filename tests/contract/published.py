"""AFAS's published schemas, when they lie beside the repository, and our field list from them.

`python -m tests.contract.published` writes integrations/afas/fieldlist.json anew.
"""

from __future__ import annotations

import importlib.util
import json
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
PUBLISHED = REPOSITORY.parent / "shared" / "afas"
FIELD_LIST = REPOSITORY / "integrations" / "afas" / "fieldlist.json"

WRITTEN = {
    "FbDirectInvoice": ("FbDirectInvoice", "FbDirectInvoiceLines"),
    "KnSalesRelationOrg": ("KnSalesRelationOrg", "KnOrganisation", "KnBasicAddressAdr"),
    "FiEntries": ("FiEntryPar", "FiEntries", "FiDimEntries"),
    "KnSubject": ("KnSubject", "KnSubjectLink", "KnSubjectAttachment"),
}
"""Connector → the objects that we write with it; the first is the root of its body."""
NEVER_SENT_BY_AFAS = {
    ("KnSalesRelationOrg", "CdDa"),
    ("KnOrganisation", "BcId"),
    ("KnOrganisation", "BcCo"),
    ("KnBasicAddressAdr", "BeginDate"),
    ("FiEntries", "EnNo"),
    ("KnSubject", "SbId"),
    ("KnSubjectLink", "SbId"),
}
"""Marked as required, and absent from AFAS's own examples."""
PLAIN_TEXT = {"Re", "Rm", "SbTx"}
"""Given as Base64 by the schema and as plain text by every example."""


def derived() -> dict[str, Any]:
    """The field list as the published schemas give it."""
    objects: dict[str, Any] = {}
    for connector, names in WRITTEN.items():
        post, put = _objects(connector, "POST"), _objects(connector, "PUT")
        for name in names:
            objects[name] = _fields(name, post[name], put.get(name, {}))
    return {"source": "AFAS OpenAPI 6.6.9", "date": "2025-08", "objects": objects}


def validator() -> ModuleType:
    """The validator that lies beside the schemas."""
    spec = importlib.util.spec_from_file_location("published_validate", PUBLISHED / "validate.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _objects(connector: str, method: str) -> dict[str, Any]:
    """Every object of a connector; none where AFAS has no such method, as PUT of FiEntries."""
    path = PUBLISHED / "schemas" / f"{connector}.{method}.json"
    found: dict[str, Any] = {}
    if path.exists() or method == "POST":
        _collect(json.loads(path.read_text(), parse_float=Decimal), found)
    return found


def _collect(schema: dict[str, Any], found: dict[str, Any]) -> None:
    for name, part in schema.get("properties", {}).items():
        element = part.get("properties", {}).get("Element", {})
        element = element.get("items", element)
        properties = element.get("properties", {})
        if "Fields" in properties:
            found.setdefault(name, properties["Fields"])
        _collect(properties.get("Objects", {}).get("items", {}), found)


def _fields(name: str, post: dict[str, Any], put: dict[str, Any]) -> dict[str, Any]:
    required = set(post.get("required", []))
    fields = {}
    for code, schema in sorted(post["properties"].items()):
        field: dict[str, Any] = {"type": _type(code, schema)}
        if "maxLength" in schema:
            field["length"] = schema["maxLength"]
        if "enum" in schema:
            field["enum"] = schema["enum"]
        if step := put.get("properties", {}).get(code, {}).get("multipleOf"):
            field["decimals"] = -Decimal(step).normalize().as_tuple().exponent
        if code in required and (name, code) not in NEVER_SENT_BY_AFAS:
            field["required"] = True
        fields[code] = field
    return fields


def _type(code: str, schema: dict[str, Any]) -> str:
    if schema["type"] == "string" and code not in PLAIN_TEXT:
        known = {"date": "date", "date-time": "time", "email": "email", "byte": "base64"}
        return known.get(schema.get("format", ""), "string")
    return str(schema["type"])


def as_text(field_list: dict[str, Any]) -> str:
    """One field per line, so that a difference can be read."""
    lines = [f' "{key}": {json.dumps(field_list[key])},' for key in ("source", "date")]
    objects = []
    for name, fields in field_list["objects"].items():
        rows = ",\n".join(f'   "{code}": {json.dumps(field)}' for code, field in fields.items())
        objects.append(f'  "{name}": {{\n{rows}\n  }}')
    return "\n".join(["{", *lines, ' "objects": {', ",\n".join(objects), " }", "}", ""])


if __name__ == "__main__":
    FIELD_LIST.write_text(as_text(derived()))
