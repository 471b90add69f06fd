"""Where the cause of a refusal is mended, and who may."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import resolve, reverse

from accounts.models import Membership, Right
from integrations.models import AfasDocument
from integrations.services.fixes import Fix
from integrations.services.obstacles import Obstacle
from integrations.services.refusal_links import links_for

MOST_NAMED = 3


@dataclass(frozen=True)
class Fixes:
    """Pages that this reader may open, pages of others, and the names of those others."""

    links: list[Fix]
    barred: list[Fix]
    who: list[str]


def fixes_for(request: Any, document: AfasDocument) -> Fixes:
    """The places where the cause of a refusal is mended, as this reader may use them."""
    found = links_for(document)
    links = [one for one in found if _may_open(request.membership, one)]
    barred = [one for one in found if one not in links]
    return Fixes(links, barred, _who_may(request.company) if barred else [])


def mending_url(request: Any, obstacle: Obstacle) -> str:
    """Where an obstacle is mended, for a reader who may do that; else empty."""
    if not obstacle.url_name:
        return ""
    address = reverse(obstacle.url_name, args=[obstacle.pk] if obstacle.pk else [])
    return f"{address}{obstacle.tail}" if _lets_in(request.membership, address) else ""


def _may_open(membership: Membership, fix: Fix) -> bool:
    if fix.right and not membership.has(fix.right):
        return False
    return _lets_in(membership, reverse(fix.url_name, args=fix.args))


def _lets_in(membership: Membership, address: str) -> bool:
    """Whether the page at this address asks no right that this person lacks."""
    rights = getattr(resolve(address).func, "rights", ())
    return not rights or any(membership.has(right) for right in rights)


def _who_may(company: Any) -> list[str]:
    """The first administrators by name."""
    people = Membership.objects.of(company).filter(active=True).select_related("user")
    return [str(one) for one in people if one.has(Right.ADMIN)][:MOST_NAMED]
