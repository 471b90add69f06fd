"""The ids that somebody may name in what they send: as the boxes of the forms offer them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet

from accounts.models import Membership
from core.api.serializers import OfCompany
from registration.models import Activity, ExpenseCategory, Project
from registration.selectors.entries import activities_for_entries, categories_for_entries
from relations.selectors.customers import customers_to_choose

Offer = Callable[[Membership, int | None], QuerySet[Any]]


class Choice(OfCompany):
    """An id among those that are offered, or the one that the thing has already.

    `offer` gives them for the membership of the caller and the id that the thing has.
    """

    def __init__(self, *, offer: Offer, **more: Any) -> None:
        super().__init__(select=lambda membership: offer(membership, self.own), **more)

    @property
    def own(self) -> int | None:
        """The id that the thing has; None for a new one."""
        thing = getattr(self.parent, "instance", None)
        return getattr(thing, f"{self.source}_id", None)


def any_project(membership: Membership) -> QuerySet[Any]:
    """Every project: the services have a sentence for one that is closed."""
    return Project.objects.of(membership.company_id)


def activities(membership: Membership, own: int | None) -> QuerySet[Activity]:
    """Activities that are not archived, and the one that an hour has."""
    return activities_for_entries(membership.company, own=own)


def categories(membership: Membership, own: int | None) -> QuerySet[ExpenseCategory]:
    """Categories that are not archived, and the one that an expense has."""
    return categories_for_entries(membership.company, own=own)


def customers(membership: Membership, own: int | None) -> QuerySet[Any]:
    """Customers that are not archived, and the one that a project has."""
    return customers_to_choose(membership.company, own=own)
