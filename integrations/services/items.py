"""Which AFAS item a line gets, so that it lands on the right revenue account.

The ladder: the item of the instalment, then of the project (for its fixed price or subscription),
then of the activity or expense category, then that of the kind (hours, expenses, rides, fixed
price, subscription), then the default item of the settings page.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from accounts.models import Company
from core.related import read_along
from integrations.models import ItemLink, ItemUse
from integrations.models.links import SUBJECTS
from invoicing.models import CLAIMABLE, Claim, Invoice, InvoiceLine
from invoicing.services.pricing import Item

USE_OF_KIND = {
    "hour": ItemUse.HOURS,
    "expense": ItemUse.EXPENSES,
    "ride": ItemUse.RIDES,
    "instalment": ItemUse.FIXED,
    "subscription_period": ItemUse.SUBSCRIPTION,
}


@dataclass(frozen=True)
class ItemLadder:
    """All item links of one company in one environment, read once.

    `by_subject` maps ("activity", id) and the like to the item of that very thing.
    """

    by_use: dict[str, Item]
    by_subject: dict[tuple[str, int], Item]

    @classmethod
    def of(cls, company: Company, environment: str) -> ItemLadder:
        """Read the ladder in one query."""
        ladder = cls({}, {})
        for link in ItemLink.objects.of(company).filter(environment=environment):
            item = Item(kind=link.kind, code=link.code, unit=link.unit)
            named = [(name, pk) for name in SUBJECTS if (pk := getattr(link, f"{name}_id"))]
            if named:
                ladder.by_subject[named[0]] = item
            else:
                ladder.by_use[link.use] = item
        return ladder

    def item_of(self, kind: str, row: Any) -> Item:
        """The first item found down the ladder for a thing; an empty one without even a default.

        `kind` is "hour", "expense", "ride", "instalment" or "subscription_period".
        """
        for subject in _subjects(kind, row):
            if item := self.by_subject.get(subject):
                return item
        return self.by_use.get(USE_OF_KIND[kind]) or self.by_use.get(ItemUse.DEFAULT) or Item()


def refresh_lines(company: Company, environment: str, invoice: Invoice) -> None:
    """The lines of an invoice take the items as the settings have them now: a wrong code is fixed
    there.

    A line may hold several activities that shared an item; when they do so no longer it stays as it
    is, since one line has one revenue account.
    """
    ladder = ItemLadder.of(company, environment)
    claims = list(Claim.objects.of(company).filter(line__invoice=invoice))
    read_along(claims, *CLAIMABLE)
    items_of: dict[int, set[Item]] = {}
    for claim in claims:
        items_of.setdefault(claim.line_id, set()).add(_item_of(claim, ladder))
    for line in InvoiceLine.objects.filter(invoice=invoice):
        items = items_of.get(line.pk, set())
        item = items.pop() if len(items) == 1 else None
        if item and item.code:
            line.item_kind, line.item_code, line.item_unit = item.kind, item.code, item.unit
            line.save(update_fields=["item_kind", "item_code", "item_unit"])


def _item_of(claim: Claim, ladder: ItemLadder) -> Item:
    """What the ladder says of the thing that is billed, as when the line was made."""
    kind = next(name for name in CLAIMABLE if getattr(claim, f"{name}_id"))
    return ladder.item_of(kind, getattr(claim, kind))


def _subjects(kind: str, row: Any) -> Iterator[tuple[str, int]]:
    """What an item may belong to, the most particular first."""
    if kind == "instalment":
        yield "instalment", row.pk
    if kind in {"instalment", "subscription_period"}:
        yield "project", row.project_id
    for name in ("activity", "category"):
        if pk := getattr(row, f"{name}_id", None):
            yield name, pk
