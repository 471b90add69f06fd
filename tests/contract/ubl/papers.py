"""Invoices on paper to be turned into UBL: known ones, and as many as hypothesis can think of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from core.vat import REASONS, VatCode
from invoicing.models import LineKind
from invoicing.services import pricing
from invoicing.services.paper import Paper, PaperLine, PaperVat, Party

DAY = date(2026, 10, 31)
SELLER = Party(
    name="Studio Vlier B.V.",
    street="Oudegracht",
    house_number="12",
    postcode="3511 AB",
    city="Utrecht",
    country="NL",
    vat_number="NL123456782B01",
    kvk_number="12345678",
    iban="NL91 ABNA 0417 1643 00",
    bic="ABNANL2A",
    email="boekhouding@vlier.example",
    phone="030 123 45 67",
)
BUYER = Party(
    name="Brugbouw Noord & Zn. B.V.",
    attention="Mw. De Vries",
    street="Kadeweg",
    house_number="12a",
    postcode="9711 AB",
    city="Groningen",
    country="NL",
    vat_number="NL001234567B01",
    kvk_number="87654321",
    email="facturen@brugbouw.example",
    number="10050",
)
GERMAN = Party(
    name="Söhne GmbH",
    street="Straße",
    house_number="1",
    postcode="50667",
    city="Köln",
    country="DE",
    vat_number="DE123456789",
)
PERCENT = {VatCode.HIGH: Decimal(21), VatCode.LOW: Decimal(9)}


def line(code: str = VatCode.HIGH, **fields: Any) -> PaperLine:
    """Two hours at EUR 95.50, or what is given; its net amount follows."""
    given = {
        "kind": LineKind.ITEM,
        "position": 1,
        "description": "Advies",
        "quantity": Decimal("2.00"),
        "unit": "uur",
        "unit_price": Decimal("95.5000"),
        "discount": Decimal(0),
        "percent": PERCENT.get(VatCode(code), Decimal(0)),
        **fields,
    }
    net = pricing.discounted(given["quantity"], given["unit_price"], given["discount"])
    return PaperLine(vat_code=code, net=net, **given)


def paper(lines: Sequence[PaperLine], **fields: Any) -> Paper:
    """An invoice of these lines, added up as the pricing does it."""
    rows = [replace(one, position=at) for at, one in enumerate(lines, start=1)]
    taxed = [
        pricing.Taxed(net=one.net, code=one.vat_code, percent=one.percent)
        for one in rows
        if one.kind == LineKind.ITEM
    ]
    found = pricing.totals(taxed)
    language = fields.get("language", "nl")
    groups = tuple(
        PaperVat(
            code=group.code,
            category=group.category,
            percent=group.percent,
            base=group.base,
            vat=group.vat,
            reason=REASONS.get(group.code, {}).get(language, ""),
        )
        for group in found.groups
    )
    head = {
        "is_credit_note": False,
        "number": "2026-0042",
        "invoice_date": DAY,
        "due_date": DAY + timedelta(days=30),
        "supply_from": date(2026, 10, 1),
        "supply_until": DAY,
        "reference": "PO 4500012345",
        "language": language,
        "intro": "Beste klant,",
        "closing": "Met dank.",
        "payment_term": 30,
        "seller": SELLER,
        "buyer": BUYER,
        **fields,
    }
    sums = {"net": found.net, "vat": found.vat, "total": found.total}
    return Paper(lines=tuple(rows), vat_groups=groups, **sums, **head)


def credit_of(one: Paper, number: str = "2026-0043") -> Paper:
    """What takes the whole of an invoice back, as crediting draws it up: quantities below zero."""
    lines = [
        replace(row, quantity=-row.quantity) if row.kind == LineKind.ITEM else row
        for row in one.lines
    ]
    taken = [replace(row, net=-row.net) for row in lines]
    groups = tuple(replace(group, base=-group.base, vat=-group.vat) for group in one.vat_groups)
    return replace(
        one,
        is_credit_note=True,
        number=number,
        lines=tuple(taken),
        vat_groups=groups,
        net=-one.net,
        vat=-one.vat,
        total=-one.total,
        credits_number=one.number,
        credits_date=one.invoice_date,
    )


def _decimals(least: str, most: str, places: int) -> st.SearchStrategy[Decimal]:
    return st.decimals(Decimal(least), Decimal(most), places=places, allow_nan=False)


TEXTS = st.text(min_size=1, max_size=60)
ITEMS = st.builds(
    line,
    code=st.sampled_from(VatCode.values),
    description=TEXTS,
    quantity=_decimals("-200", "9999", 2),
    unit=st.sampled_from(["uur", "hours", "km", "", "stuks", "doos", "Dag."]),
    unit_price=_decimals("-50", "2500", 4),
    discount=st.one_of(st.just(Decimal(0)), _decimals("0", "100", 2)),
)
WORDS = st.builds(
    PaperLine,
    kind=st.sampled_from([LineKind.HEADING, LineKind.TEXT]),
    position=st.just(0),
    description=TEXTS,
)
LINES = st.tuples(st.lists(ITEMS | WORDS, max_size=25), ITEMS).map(lambda two: [*two[0], two[1]])
INVOICES = st.builds(
    paper,
    LINES,
    language=st.sampled_from(["nl", "en"]),
    buyer=st.sampled_from([BUYER, GERMAN]),
    reference=st.sampled_from(["", "PO 1"]),
    intro=st.text(max_size=40),
    payment_term=st.integers(0, 90),
)
PAPERS = st.one_of(INVOICES, INVOICES.map(credit_of))
