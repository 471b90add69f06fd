"""Papers to print, and what can be read on them afterwards."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from pypdf import PdfReader

from core.vat import CATEGORIES
from invoicing.services import pricing
from invoicing.services.paper import Paper, PaperLine, PaperVat, Party
from invoicing.services.printing import Look

SELLER = Party(
    name="Studio Eik B.V.",
    street="Oudegracht",
    house_number="112-bis",
    postcode="3511 AW",
    city="Utrecht",
    country="NL",
    vat_number="NL801234567B01",
    kvk_number="30123456",
    iban="NL91ABNA0417164300",
    bic="ABNANL2A",
)
BUYER = Party(
    name="Müller & Söhne Façade GmbH",
    attention="Frau Jürgens",
    street="Königsallee",
    house_number="60",
    postcode="40212",
    city="Düsseldorf",
    country="DE",
    vat_number="DE123456789",
    number="10077",
)


@dataclass
class Dutch:
    """Figures as most Dutch companies write them."""

    number_format: str = "comma"
    date_format: str = "d-m-Y"
    duration_format: str = "clock"


def look(**changes: Any) -> Look:
    """A plain look, without a logo."""
    return Look(**{"notation": Dutch(), **changes})


def line(position: int = 1, **changes: Any) -> PaperLine:
    """Ten hours at EUR 95."""
    usual: dict[str, Any] = {
        "kind": "item",
        "position": position,
        "description": "Development, October 2026",
        "quantity": Decimal("10.00"),
        "unit": "hour",
        "unit_price": Decimal("95.0000"),
        "vat_code": "high",
        "percent": Decimal("21.00"),
    }
    made = PaperLine(**{**usual, **changes})
    if made.kind != "item" or "net" in changes:
        return made
    return replace(made, net=pricing.discounted(made.quantity, made.unit_price, made.discount))


def paper(*lines: PaperLine, reasons: dict[str, str] | None = None, **changes: Any) -> Paper:
    """An invoice over `lines`, in English, its totals worked out as the product does."""
    lines = lines or (line(),)
    totals = pricing.totals(
        pricing.Taxed(net=one.net, code=one.vat_code, percent=one.percent)
        for one in lines
        if one.kind == "item"
    )
    groups = tuple(
        PaperVat(
            code=group.code,
            category=CATEGORIES[group.code],
            percent=group.percent,
            base=group.base,
            vat=group.vat,
            reason=(reasons or {}).get(group.code, ""),
        )
        for group in totals.groups
    )
    usual: dict[str, Any] = {
        "is_credit_note": False,
        "number": "2026-0042",
        "invoice_date": date(2026, 11, 2),
        "due_date": date(2026, 12, 2),
        "supply_from": date(2026, 10, 1),
        "supply_until": date(2026, 10, 31),
        "reference": "PO 4500",
        "language": "en",
        "intro": "",
        "closing": "",
        "payment_term": 30,
        "seller": SELLER,
        "buyer": BUYER,
        "lines": lines,
        "vat_groups": groups,
        "net": totals.net,
        "vat": totals.vat,
        "total": totals.total,
    }
    return Paper(**{**usual, **changes})


def pages(pdf: bytes) -> list[str]:
    """The text of each page, with plain spaces."""
    reader = PdfReader(io.BytesIO(pdf))
    return [page.extract_text().replace("\u00a0", " ") for page in reader.pages]


def text(pdf: bytes) -> str:
    """All text on one line, so that line ends do not matter."""
    return " ".join(" ".join(pages(pdf)).split())
