"""Where the cause of a refusal is mended, and who may."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import resolve, reverse

from accounts.models import Membership, Right
from integrations.models import AfasDocument
from integrations.services.refusal_links import Fix, links_for

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


def _may_open(membership: Membership, fix: Fix) -> bool:
    if fix.right and not membership.has(fix.right):
        return False
    view = resolve(reverse(fix.url_name, args=fix.args)).func
    rights = getattr(view, "rights", ())
    return not rights or any(membership.has(right) for right in rights)


def _who_may(company: Any) -> list[str]:
    """The first administrators by name."""
    people = Membership.objects.of(company).filter(active=True).select_related("user")
    return [str(one) for one in people if one.has(Right.ADMIN)][:MOST_NAMED]
