"""Which AFAS item a line gets, so that it lands on the right revenue account.

The ladder: the item of the activity or expense category, then that of the kind (hours, expenses,
rides, fixed price, subscription), then the default item of the settings page.
"""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import Company
from integrations.models import ItemLink, ItemUse
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
    """All item links of one company in one environment, read once."""

    by_use: dict[str, Item]
    by_activity: dict[int, Item]
    by_category: dict[int, Item]

    @classmethod
    def of(cls, company: Company, environment: str) -> ItemLadder:
        """Read the ladder in one query."""
        ladder = cls({}, {}, {})
        for link in ItemLink.objects.of(company).filter(environment=environment):
            item = Item(kind=link.kind, code=link.code, unit=link.unit)
            if link.activity_id:
                ladder.by_activity[link.activity_id] = item
            elif link.category_id:
                ladder.by_category[link.category_id] = item
            else:
                ladder.by_use[link.use] = item
        return ladder

    def item_for(
        self, kind: str, activity_id: int | None = None, category_id: int | None = None
    ) -> Item | None:
        """The first item found down the ladder, or None when not even a default is set.

        `kind` is "hour", "expense", "ride", "instalment" or "subscription_period".
        """
        return (
            self.by_activity.get(activity_id or 0)
            or self.by_category.get(category_id or 0)
            or self.by_use.get(USE_OF_KIND[kind])
            or self.by_use.get(ItemUse.DEFAULT)
        )
