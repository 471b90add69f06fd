"""Whether a UBL document keeps to the schema, to EN 16931 and to Peppol, as their makers say it."""

from __future__ import annotations

import gzip
import tempfile
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree
from saxonche import PySaxonProcessor

HERE = Path(__file__).parent
SCHEMAS = HERE / "ubl-2.1-xsd.zip"
NORM = HERE / "en16931-ubl.xslt.gz"
PEPPOL = HERE.parents[2] / "var" / "ubl-rules" / "PEPPOL-EN16931-UBL.xsl"
FAILED = "{http://purl.oclc.org/dsdl/svrl}failed-assert"
FIRED = "{http://purl.oclc.org/dsdl/svrl}fired-rule"


def by_schema(document: bytes) -> list[str]:
    """What OASIS's schema has against it."""
    root = etree.fromstring(document)
    schema = _schemas()[etree.QName(root).localname]
    schema.validate(root)
    return [f"{error.line}: {error.message}" for error in schema.error_log]


def by_norm(document: bytes) -> list[str]:
    """The rules of EN 16931 that it breaks."""
    return _broken(gzip.decompress(NORM.read_bytes()).decode(), document)


def by_peppol(document: bytes) -> list[str]:
    """The rules of Peppol BIS Billing 3 that it breaks, the Dutch ones among them."""
    return _broken(PEPPOL.read_text(encoding="utf-8"), document)


@cache
def _schemas() -> dict[str, Any]:
    """Unpacked first, since the schemas look for each other beside themselves."""
    with tempfile.TemporaryDirectory() as place:
        with zipfile.ZipFile(SCHEMAS) as packed:
            packed.extractall(place)
        main = Path(place) / "maindoc"
        return {
            name: etree.XMLSchema(etree.parse(main / f"UBL-{name}-2.1.xsd"))
            for name in ("Invoice", "CreditNote")
        }


@cache
def _processor() -> Any:
    return PySaxonProcessor(license=False)


@cache
def _compiled(rules: str) -> Any:
    return _processor().new_xslt30_processor().compile_stylesheet(stylesheet_text=rules)


def _broken(rules: str, document: bytes) -> list[str]:
    """Each failed rule of any weight. That no rule looked at all is an error, and no praise."""
    node = _processor().parse_xml(xml_text=document.decode())
    report = etree.fromstring(_compiled(rules).transform_to_string(xdm_node=node).encode())
    if not report.findall(FIRED):
        raise AssertionError("No rule fired, so nothing was checked.")
    return [
        f"{one.get('flag')} {one.get('id')}: {''.join(one.itertext()).strip()}"
        for one in report.findall(FAILED)
    ]
