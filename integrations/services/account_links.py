"""Which ledger account revenue goes to: of an activity, a category, an item, or a kind of line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from accounts.models import User
from core.vat import VatCode
from integrations.models import AccountLink, AccountUse, AfasConnection
from integrations.services.book_links import Wanted, books_of, keep_links
from integrations.services.ledger_checks import Ledger
from registration.models import Activity, ExpenseCategory

GENERAL_ACCOUNTS = (
    AccountUse.DEFAULT,
    AccountUse.HOURS,
    AccountUse.EXPENSES,
    AccountUse.RIDES,
    AccountUse.FIXED,
    AccountUse.SUBSCRIPTION,
)
PERHAPS_OUTSIDE = (AccountUse.EXPENSES, AccountUse.ITEM)
"""Costs that are passed on may stand outside VAT, so their account need not allow it."""


@dataclass(frozen=True)
class AccountPlace:
    """For what an account is: a use, or the activity, category or item that has it for itself."""

    use: str
    subject: Activity | ExpenseCategory | None = None
    item_kind: str = ""
    item_code: str = ""

    @property
    def named(self) -> dict[str, Any]:
        """The columns that say of what a link is."""
        return {
            "use": str(self.use),
            "activity_id": self.subject.pk if isinstance(self.subject, Activity) else None,
            "category_id": self.subject.pk if isinstance(self.subject, ExpenseCategory) else None,
            "item_kind": self.item_kind,
            "item_code": self.item_code,
        }

    def is_taxed(self, usual: str) -> bool:
        """Whether its lines have a VAT code for certain, where `usual` is what most lines have."""
        treatment = (self.subject and self.subject.vat_code) or usual
        return treatment != VatCode.OUTSIDE and self.use not in PERHAPS_OUTSIDE


def general_accounts(connection: AfasConnection) -> dict[str, str]:
    """The account of each use that has one; none before an administration is chosen."""
    if connection.administration is None:
        return {}
    links = AccountLink.objects.of(connection.company).filter(**books_of(connection))
    return dict(links.filter(use__in=GENERAL_ACCOUNTS).values_list("use", "account"))


def account_problem(ledger: Ledger, place: AccountPlace, account: str) -> str:
    """Why AFAS would refuse revenue of this place on this account; empty when it would not."""
    if not account:
        return ""
    return ledger.revenue_problem(account, with_vat=place.is_taxed(ledger.usual_vat))


def keep_accounts(
    *, connection: AfasConnection, accounts: Mapping[AccountPlace, str], by: User
) -> int:
    """Let these places have these accounts, an empty one none; returns how many changed.

    The caller has checked them.
    """
    wanted = [Wanted(place.named, {"account": account}) for place, account in accounts.items()]
    return keep_links(model=AccountLink, connection=connection, wanted=wanted, by=by)
