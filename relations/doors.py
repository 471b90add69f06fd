"""Who may change customers and projects."""

from __future__ import annotations

from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse

from accounts.doors import CompanyRequest, View, member_required
from accounts.models import Membership, Right

# Who keeps customers and projects holds one of these; `may_edit` asks the same.
EDITORS = (Right.ALL_PROJECTS, Right.ADMIN)
# Who sees rates and amounts; `sees_amounts` asks the same.
SEE_AMOUNTS = (Right.COSTS, Right.INVOICES)


def may_edit(membership: Membership) -> bool:
    """Whether this person keeps customers and projects: all projects, or admin."""
    return any(membership.has(right) for right in EDITORS)


def sees_amounts(membership: Membership) -> bool:
    """Whether this person sees rates and amounts: costs, or invoices."""
    return any(membership.has(right) for right in SEE_AMOUNTS)


def sets_prices(membership: Membership) -> bool:
    """Whether this person sets rates and prices: costs."""
    return membership.has(Right.COSTS)


def editor_required(view: View) -> View:
    """Only people who may change customers and projects; others get 403."""

    @wraps(view)
    @member_required
    def guarded(request: CompanyRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not may_edit(request.membership):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    guarded.right = Right.ALL_PROJECTS  # type: ignore[attr-defined]  # the crawler test reads it
    guarded.rights = EDITORS  # type: ignore[attr-defined]
    return guarded
