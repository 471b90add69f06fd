"""A booking as it would go to AFAS, read without the product, and what must be true of each."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from integrations.models import AfasDocument, State
from invoicing.models import Invoice
from tests.invoicing import oracle
from tests.money.charts import Chart, debtor
from tests.money.journal import Journal

Line = dict[str, Any]
Place = tuple[str, str, str, str]
"""Account, VAT code, cost centre, project."""


@dataclass
class Booked:
    """The body of a document, its numbers exact."""

    document: AfasDocument
    paper: Invoice
    body: dict[str, Any]

    @classmethod
    def of(cls, document: AfasDocument) -> Booked:
        """That of a document which is ready to go."""
        assert document.state == State.QUEUED, document.message
        assert document.invoice
        return cls(document, document.invoice, json.loads(document.payload, parse_float=Decimal))

    @property
    def head(self) -> dict[str, Any]:
        """Year, period, administration and journal."""
        return dict(self.body["FiEntryPar"]["Element"]["Fields"])

    @property
    def elements(self) -> list[dict[str, Any]]:
        """The lines with all that hangs on them."""
        (objects,) = self.body["FiEntryPar"]["Element"]["Objects"]
        return list(objects["FiEntries"]["Element"])

    @property
    def lines(self) -> list[Line]:
        """The fields of the lines."""
        return [one["Fields"] for one in self.elements]

    def by_place(self) -> Counter[Place]:
        """Cents, credited above zero, by where they land; the debtor's too."""
        sums: Counter[Place] = Counter()
        for element in self.elements:
            sums[place_of(element)] += credited(element["Fields"])
        return sums


def agrees(booked: Booked, expected: Journal, chart: Chart) -> None:
    """The entry is whole, in order, and that of the recount."""
    paper = booked.paper
    sound(booked, paper)
    owed, *ledger = booked.lines
    assert (owed["AcNr"], -credited(owed)) == (debtor(paper.customer_id), expected.total)
    assert sum(map(credited, ledger)) == expected.total
    of_revenue = len(ledger) - len(expected.vat)
    vat = [(one["AcNr"], one["VaId"], credited(one)) for one in ledger[of_revenue:]]
    assert vat == expected.vat
    revenue = booked.elements[1 : of_revenue + 1]
    found = {place_of(one): credited(one["Fields"]) for one in revenue}
    assert found == expected.revenue, f"{paper}: {found} is booked, {expected.revenue} expected"
    assert len(revenue) == len(expected.revenue), "a place stands there twice"
    assert Counter(dict(bases(ledger[:of_revenue]))) == Counter(expected.bases)
    for element in revenue:
        allocated(element, chart.axis)


def sound(booked: Booked, paper: Invoice) -> None:
    """What holds of every entry, whatever is booked."""
    day = paper.invoice_date
    assert booked.head == {"Year": day.year, "Peri": day.month, "UnId": 1, "JoCo": "20"}
    lines = booked.lines
    assert [one["VaAs"] for one in lines] == ["2"] + ["1"] * (len(lines) - 1)
    assert 2 <= len(lines) <= 1000
    for line in lines:
        given, nothing = sorted([line["AmDe"], line["AmCr"]], reverse=True)
        assert (nothing, given.as_tuple().exponent) == (0, -2)
        assert given > 0
        assert (line["InId"], line["BpNr"]) == (paper.number, booked.document.reference)
        assert line["EnDa"] == line["BpDa"] == day.isoformat()
    assert lines[0]["Fref"] == paper.number
    assert "VaId" not in lines[0]


def bases(revenue: list[Line]) -> Iterator[tuple[str, int]]:
    """Cents by VAT code."""
    sums: Counter[str] = Counter()
    for line in revenue:
        sums[line.get("VaId", "")] += credited(line)
    yield from ((code, cents) for code, cents in sums.items() if cents)


def allocated(element: dict[str, Any], axis: int) -> None:
    """A cost centre is on the axis of the settings, for the amount of the line."""
    for part in parts_of(element):
        assert set(part) == {f"DiC{axis}", "AmDe", "AmCr"}
        assert credited(part) == credited(element["Fields"])


def credited(fields: Line) -> int:
    """Cents, below zero when debited."""
    return oracle.cents(Decimal(fields["AmCr"]) - Decimal(fields["AmDe"]))


def parts_of(element: dict[str, Any]) -> list[Line]:
    """What a line is allocated to."""
    found = element.get("Objects", [])
    return [one["Fields"] for part in found for one in part["FiDimEntries"]["Element"]]


def place_of(element: dict[str, Any]) -> Place:
    """Where a line lands."""
    fields = element["Fields"]
    codes = [code for part in parts_of(element) for name, code in part.items() if name[:3] == "DiC"]
    centre = codes[0] if codes else ""
    return fields["AcNr"], fields.get("VaId", ""), centre, fields.get("PrId", "")
