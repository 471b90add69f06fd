"""How an invoice must be booked, in whole cents; no line of the product is used here.

From what is stored of the paper (lines, VAT summary) and of what each thing was billed for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from invoicing.models import Claim, Invoice, InvoiceLine, InvoiceVat
from tests.invoicing import oracle
from tests.money.charts import Chart

USES = {
    "hour": "hours",
    "expense": "expenses",
    "ride": "rides",
    "instalment": "fixed",
    "subscription_period": "subscription",
}
Thing = tuple[str, int, int, int, int]
"""Kind, then ids or 0: activity, category, instalment, project."""
Key = tuple[str, str, str, str]
"""Account, VAT code, cost centre, project."""


@dataclass
class Journal:
    """Cents by where they land; revenue and VAT are credited above zero. VAT in its order."""

    total: int
    revenue: dict[Key, int]
    vat: list[tuple[str, str, int]]
    bases: dict[str, int]


@dataclass
class Stored:
    """What is stored of all invoices of a company, read once."""

    chart: Chart
    lines: dict[int, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    groups: dict[int, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    billed: dict[int, dict[Thing, int]] = field(default_factory=lambda: defaultdict(dict))

    @classmethod
    def read(cls, chart: Chart, things: Mapping[str, Iterable[Any]]) -> Stored:
        """Everything that there is, with the things that were billed, by kind."""
        found = cls(chart)
        for line in (
            InvoiceLine.objects.filter(kind="item").order_by("invoice_id", "position").values()
        ):
            found.lines[line["invoice_id"]].append(line)
        for group in InvoiceVat.objects.order_by("-percent", "code").values():
            found.groups[group["invoice_id"]].append(group)
        what = {(kind, row.pk): _thing(kind, row) for kind, rows in things.items() for row in rows}
        for claim in Claim.objects.values():
            kind = next(one for one in USES if claim[f"{one}_id"])
            on_line = found.billed[claim["line_id"]]
            thing = what[kind, claim[f"{kind}_id"]]
            on_line[thing] = on_line.get(thing, 0) + oracle.cents(claim["amount"])
        return found

    def journal(self, invoice: Invoice, earlier: Sequence[Invoice] = ()) -> Journal:
        """How it must be booked; `earlier` are the credit notes before it of the same invoice."""
        revenue: dict[Key, int] = defaultdict(int)
        bases: dict[str, int] = defaultdict(int)
        for line in self.lines[invoice.pk]:
            code, _account, by_vat = self.chart.vat[_treatment(line)]
            bases[code] += oracle.cents(line["net"])
            for thing, cents in self._shares(line, invoice, earlier):
                centre, project = self.chart.places.get(thing[4], ("", ""))
                account = account_of(self.chart, thing, by_vat)
                revenue[account, code, centre or self.chart.centre, project] += cents
        return Journal(
            total=oracle.cents(invoice.total),
            revenue={key: cents for key, cents in revenue.items() if cents},
            vat=[self._vat(group) for group in self.groups[invoice.pk] if group["vat"]],
            bases={code: cents for code, cents in bases.items() if cents},
        )

    def _vat(self, group: dict[str, Any]) -> tuple[str, str, int]:
        code, account, _revenue = self.chart.vat[group["code"], int(group["percent"] * 100)]
        return account, code, oracle.cents(group["vat"])

    def _shares(
        self, line: dict[str, Any], invoice: Invoice, earlier: Sequence[Invoice]
    ) -> list[tuple[Thing, int]]:
        net = oracle.cents(line["net"])
        source = line["credits_id"] or line["id"]
        left = dict(self.billed.get(source, {}))
        if not left:
            typed = line["activity_id"] or 0, line["category_id"] or 0, 0, invoice.project_id or 0
            return [(("", *typed), net)]
        if not line["credits_id"]:
            assert sum(left.values()) == net, "the claims of a line are worth the line"
            return list(left.items())
        for note in earlier:
            for other in self.lines[note.pk]:
                if other["credits_id"] == source:
                    _take(left, -oracle.cents(other["net"]))
        return [(thing, -cents) for thing, cents in _take(left, -net).items()]


def account_of(chart: Chart, thing: Thing, by_vat: str) -> str:
    """The rungs, one by one; what was typed has no item and is of no kind."""
    kind, activity, category, _instalment, _project = thing
    for named in (("activity", activity), ("category", category)):
        if named in chart.accounts:
            return chart.accounts[named]
    if kind:
        item, usual = _item(chart, thing), chart.items.get("default")
        if item != usual and ("item", item) in chart.accounts:
            return chart.accounts["item", item]
        if USES[kind] in chart.accounts:
            return chart.accounts[USES[kind]]
        if ("item", item) in chart.accounts:
            return chart.accounts["item", item]
    return by_vat or chart.accounts["default"]


def _item(chart: Chart, thing: Thing) -> str | None:
    kind, activity, category, instalment, project = thing
    named: list[Any] = [("instalment", instalment)]
    if kind in {"instalment", "subscription_period"}:
        named.append(("project", project))
    named += [("activity", activity), ("category", category), USES[kind], "default"]
    return next((chart.items[one] for one in named if one in chart.items), None)


def _take(left: dict[Thing, int], net: int) -> dict[Thing, int]:
    """All that is left where that is `net`, else so much of each in proportion: cut off to the
    cent, the cents over to the largest remainders, of equal ones to the first."""
    order, whole = sorted(left), sum(left.values())
    parts = dict(left)
    if net != whole:
        assert 0 <= abs(net) < abs(whole)
        assert net * whole >= 0, "a part is of the same sign"
        exact = {one: Fraction(abs(net) * left[one], whole) for one in order}
        parts = {one: share.numerator // share.denominator for one, share in exact.items()}
        ranked = sorted(order, key=lambda one: parts[one] - exact[one])
        for one in ranked[: abs(net) - sum(parts.values())]:
            parts[one] += 1
        parts = {one: part if whole > 0 else -part for one, part in parts.items()}
    for one in order:
        left[one] -= parts[one]
    return parts


def _treatment(line: dict[str, Any]) -> tuple[str, int]:
    return line["vat_code"], int(line["vat_percent"] * 100)


def _thing(kind: str, row: Any) -> Thing:
    return (
        kind,
        getattr(row, "activity_id", None) or 0,
        getattr(row, "category_id", None) or 0,
        row.pk if kind == "instalment" else 0,
        row.project_id,
    )
