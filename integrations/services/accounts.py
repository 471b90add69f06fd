"""Which ledger account the revenue of an own invoice's line goes to, and to which cost centre.

The ladder: the account of the activity or expense category, of its AFAS item, of the kind of line
(hours, expenses, rides, fixed price, subscription), of the default item, of the VAT, then the
default account. All of it holds for one administration and is read once for many invoices.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import SimpleNamespace

from integrations.models import (
    AccountLink,
    AccountUse,
    AfasConnection,
    BookingSettings,
    ItemUse,
    ProjectLink,
    VatLink,
)
from integrations.services.booking_settings import settings_of
from integrations.services.items import ItemLadder
from integrations.services.shares import Thing
from invoicing.services.pricing import Item

USE_OF_KIND = {
    "hour": AccountUse.HOURS,
    "expense": AccountUse.EXPENSES,
    "ride": AccountUse.RIDES,
    "instalment": AccountUse.FIXED,
    "subscription_period": AccountUse.SUBSCRIPTION,
}
DEFAULT = str(AccountUse.DEFAULT)
VatKey = tuple[str, Decimal]


@dataclass(frozen=True)
class Codes:
    """What of ours lands where in these books.

    `accounts` maps ("activity", id), ("category", id), ("item", kind, code) or a use to an account;
    `vat` a treatment with its percentage to its codes; `allocations` a project to its own.
    """

    settings: BookingSettings
    items: ItemLadder
    accounts: Mapping[object, str] = field(default_factory=dict)
    vat: Mapping[VatKey, VatLink] = field(default_factory=dict)
    allocations: Mapping[int, ProjectLink] = field(default_factory=dict)

    @classmethod
    def of(cls, connection: AfasConnection) -> Codes:
        """Read all of it, in five queries."""
        books = {
            "environment": connection.environment,
            "administration": connection.administration,
        }
        company = connection.company
        vat = VatLink.objects.of(company).filter(**books)
        projects = ProjectLink.objects.of(company).filter(**books)
        accounts = AccountLink.objects.of(company).filter(**books)
        return cls(
            settings=settings_of(connection),
            items=ItemLadder.of(company, connection.environment),
            accounts={_key(one): one.account for one in accounts},
            vat={(one.vat_code, one.percent): one for one in vat},
            allocations={one.project_id: one for one in projects},
        )

    def account_of(self, thing: Thing, vat: VatLink | None) -> str:
        """The revenue account of a thing that a line bills; empty without even a default."""
        item, default_item = self._item_of(thing), self.items.by_use.get(ItemUse.DEFAULT)
        rungs = (
            ("activity", thing.activity),
            ("category", thing.category),
            None if item == default_item else _of_item(item),
            str(USE_OF_KIND[thing.kind]) if thing.kind else None,
            _of_item(item),
        )
        found = (self.accounts.get(rung, "") for rung in rungs if rung)
        by_vat = vat.revenue_account if vat else ""
        return next(filter(None, found), "") or by_vat or self.accounts.get(DEFAULT, "")

    def _item_of(self, thing: Thing) -> Item | None:
        """The item that it would have on an invoice in AFAS; none for what was typed."""
        if not thing.kind:
            return None
        row = SimpleNamespace(
            pk=thing.instalment,
            project_id=thing.project,
            activity_id=thing.activity,
            category_id=thing.category,
        )
        return self.items.item_of(thing.kind, row)

    def cost_centre_of(self, thing: Thing) -> str:
        """The cost centre of its project, else the usual one."""
        found = self.allocations.get(thing.project or 0)
        return (found.cost_centre if found else "") or self.settings.cost_centre

    def project_of(self, thing: Thing) -> str:
        """The project in AFAS of its project, where there is one."""
        found = self.allocations.get(thing.project or 0)
        return found.afas_project if found else ""


def _of_item(item: Item | None) -> object:
    return ("item", item.kind, item.code) if item and item.code else None


def _key(link: AccountLink) -> object:
    if link.activity_id:
        return ("activity", link.activity_id)
    if link.category_id:
        return ("category", link.category_id)
    if link.item_code:
        return ("item", link.item_kind, link.item_code)
    return str(link.use)
