"""The same work without a database: priced, taxed, and printed as UBL and as PDF."""

from __future__ import annotations

import io
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from lxml import etree
from pypdf import PdfReader

from accounts.models import Company
from core import formats
from invoicing.models import LineKind
from invoicing.services import pdf, pricing, ubl
from invoicing.services.paper import Paper, PaperLine, PaperVat, Party
from invoicing.services.pricing import Billable, Grouping, Item, PricedLine
from invoicing.services.printing import Look
from tests.invoicing import oracle
from tests.money import truth
from tests.money.companies import Thing, Work
from tests.money.truth import Line, Truth

FIRST = date(2026, 12, 1)
CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
SELLER = Party(
    name="Studio Vlier B.V.",
    street="Vlierstraat",
    house_number="12",
    postcode="3511 AB",
    city="Utrecht",
    country="NL",
    vat_number="NL123456789B01",
    kvk_number="12345678",
    iban="NL91ABNA0417164300",
)
BUYER = Party(
    name="Kade 3 B.V.",
    street="Kade",
    house_number="3",
    postcode="1012 AB",
    city="Amsterdam",
    country="NL",
    vat_number="NL001234567B01",
    kvk_number="87654321",
)


def print_all(work: Work) -> None:
    """Claims, lines, VAT, UBL and the text of the PDF agree with the truth, to the cent."""
    expected = truth.truth_of(work)
    lines = pricing.price(
        [_billable(work, place, thing) for place, thing in enumerate(work.things)],
        Grouping(work.grouping),
    )
    _agrees(lines, expected)
    paper = _paper(lines, pricing.totals(pricing.taxed(lines)))
    if expected.total >= 0:
        in_ubl(ubl.render(paper), expected)
    in_pdf(pdf.render(paper, Look(notation=Company(), colour="#0b6b63", logo="")), expected)


def in_ubl(content: bytes, expected: Truth, sign: int = 1) -> None:
    """Every line, the VAT of every group and what is to be paid stand in the UBL."""
    root = etree.fromstring(content)
    nets = [sign * _cents(one) for one in root.iter(f"{CBC}LineExtensionAmount")]
    assert nets[0] == expected.net
    assert sorted(nets[1:]) == sorted(line.net for line in expected.lines)
    assert sign * _cents(next(root.iter(f"{CBC}TaxAmount"))) == expected.total - expected.net
    assert sign * _cents(next(root.iter(f"{CBC}PayableAmount"))) == expected.total


def in_pdf(content: bytes, expected: Truth) -> None:
    """Every amount can be found in the text of the PDF."""
    pages = PdfReader(io.BytesIO(content)).pages
    text = " ".join(page.extract_text() for page in pages)
    text = text.replace("\N{MINUS SIGN}", "-").replace("\N{NO-BREAK SPACE}", " ")
    amounts = [line.net for line in expected.lines] + [vat for _base, vat in expected.vat.values()]
    with formats.use(Company()):
        for amount in {*amounts, expected.net, expected.total}:
            written = formats.write_amount(Decimal(abs(amount)) / 100)
            assert written in text, f"{written} is not on paper"


def _cents(element: Any) -> int:
    return oracle.cents(Decimal(element.text))


def _billable(work: Work, place: int, thing: Thing) -> Billable:
    code = truth.treatment(work, thing)
    measure: Decimal = Decimal(thing.measure)
    if thing.kind == "hour":
        measure = Decimal(truth.minutes_billed(work, thing.measure))
    elif thing.kind == "expense":
        measure /= 100
    elif thing.kind == "ride":
        measure = measure / 10 * (2 if thing.is_return else 1)
    is_planned = thing.kind in truth.PLANNED
    return Billable(
        kind=thing.kind,
        pk=place,
        measure=Decimal(1) if is_planned else measure,
        price=Decimal(thing.price) / (100 if is_planned else 10_000),
        date=FIRST + timedelta(days=thing.day),
        what="Ride" if thing.kind == "ride" else f"Kind {thing.what}",
        person="Marit",
        project=f"Project {thing.project}",
        note="",
        item=Item(),
        vat_code=code,
        vat_percent=Decimal(truth.percent(work, code, thing.day)) / 100,
    )


def _agrees(lines: list[PricedLine], expected: Truth) -> None:
    found = [
        Line(
            quantity=int(line.quantity * 100),
            price=int(line.unit_price * 10_000),
            net=oracle.cents(line.net),
            code=line.vat_code,
            percent=int(line.vat_percent * 100),
        )
        for line in lines
    ]
    assert sorted(found, key=str) == sorted(expected.lines, key=str)
    claims = {
        share.billable.pk: oracle.cents(share.amount) for one in lines for share in one.shares
    }
    assert claims == expected.claims


def _paper(lines: list[PricedLine], totals: pricing.Totals) -> Paper:
    return Paper(
        is_credit_note=False,
        number="2026-0042",
        invoice_date=FIRST,
        due_date=FIRST + timedelta(days=30),
        supply_from=FIRST,
        supply_until=FIRST + timedelta(days=60),
        reference="PO 4711",
        language="nl",
        intro="",
        closing="",
        payment_term=30,
        seller=SELLER,
        buyer=BUYER,
        lines=tuple(_printed(at, line) for at, line in enumerate(lines, start=1)),
        vat_groups=tuple(_group(group) for group in totals.groups),
        net=totals.net,
        vat=totals.vat,
        total=totals.total,
    )


def _printed(position: int, line: PricedLine) -> PaperLine:
    return PaperLine(
        kind=LineKind.ITEM,
        position=position,
        description=line.description,
        quantity=line.quantity,
        unit=line.unit,
        unit_price=line.unit_price,
        net=line.net,
        vat_code=line.vat_code,
        percent=line.vat_percent,
    )


def _group(group: pricing.VatGroup) -> PaperVat:
    return PaperVat(
        code=group.code,
        category=group.category,
        percent=group.percent,
        base=group.base,
        vat=group.vat,
        reason="" if group.percent else "Grond",
    )
