"""Who may change customers and projects."""

from __future__ import annotations

from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse

from accounts.doors import CompanyRequest, View, member_required
from accounts.models import Membership, Right


def may_edit(membership: Membership) -> bool:
    """Whether this person keeps customers and projects: all projects, or admin."""
    return membership.has(Right.ALL_PROJECTS) or membership.has(Right.ADMIN)


def sees_amounts(membership: Membership) -> bool:
    """Whether this person sees rates and amounts: costs, or invoices."""
    return membership.has(Right.COSTS) or membership.has(Right.INVOICES)


def editor_required(view: View) -> View:
    """Only people who may change customers and projects; others get 403."""

    @wraps(view)
    @member_required
    def guarded(request: CompanyRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not may_edit(request.membership):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    guarded.right = Right.ALL_PROJECTS  # type: ignore[attr-defined]  # the crawler test reads it
    guarded.rights = (Right.ALL_PROJECTS, Right.ADMIN)  # type: ignore[attr-defined]
    return guarded
