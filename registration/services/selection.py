"""What a person has ticked in the overviews: it survives tabs, pages and reloads.

A selection is a row of one user in one company. Once frozen, by the check step of a bulk flow, it
is never changed again: ticking on makes a copy.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Company, Membership, User
from core import formats
from core.errors import DomainError
from registration.models import Selection
from registration.selectors.entries import KINDS, entries_shown
from registration.selectors.reach import reach_of
from registration.selectors.selection import selection_of

MOST = 20_000


def selection_for(company: Company, user: User, id: uuid.UUID | str | None) -> Selection:
    """This user's selection `id` in `company`; without an id an empty one that is not saved yet.

    Raises Http404 for a selection of somebody else or of another company.
    """
    if not id:
        return Selection(company=company, user=user)
    return selection_of(company, user, id)


def pick(*, by: Membership, selection: Selection, kind: str, ids: Iterable[int]) -> Selection:
    """Tick entries of one kind ("hours", "expenses", "rides"); what `by` cannot see is ignored.

    Raises DomainError when that makes more than 20,000.
    """
    wanted = set(ids)
    rows = entries_shown(kind, reach_of(by)).filter(pk__in=wanted)
    found = set(rows.order_by().values_list("pk", flat=True))
    with transaction.atomic():
        own = _open(selection)
        return _keep(own, kind, set(getattr(own, kind)) | found)


def unpick(*, selection: Selection, kind: str, ids: Iterable[int]) -> Selection:
    """Take ticks away; entries that were not ticked do not matter."""
    with transaction.atomic():
        own = _open(selection)
        return _keep(own, kind, set(getattr(own, kind)) - set(ids))


def pick_all(*, selection: Selection, kind: str, entries: QuerySet) -> Selection:
    """Tick all `entries` that match at this moment; rows added later are not silently included.

    `entries` comes from a selector, so it holds only what the person may see. Raises DomainError
    when that makes more than 20,000.
    """
    found = set(entries.order_by().values_list("pk", flat=True)[: MOST + 1])
    with transaction.atomic():
        own = _open(selection)
        return _keep(own, kind, set(getattr(own, kind)) | found)


def clear(*, selection: Selection) -> Selection:
    """Nothing is ticked any more, of any kind."""
    with transaction.atomic():
        own = _open(selection)
        own.hours, own.expenses, own.rides = [], [], []
        own.save()
        return own


def freeze(selection: Selection) -> Selection:
    """From now on this selection stays as it is, so that what is confirmed is what was seen."""
    Selection.objects.of(selection.company).filter(pk=selection.pk, frozen_at__isnull=True).update(
        frozen_at=timezone.now()
    )
    selection.refresh_from_db()
    return selection


def _open(selection: Selection) -> Selection:
    """The row to write on: locked, or a copy when it is frozen, or new when it was never saved."""
    rows = Selection.objects.of(selection.company_id).select_for_update()
    own: Selection | None = rows.filter(pk=selection.pk).first()
    if own is None or own.frozen_at is None:
        return own or selection
    return Selection(
        company=own.company,
        user=own.user,
        **{kind: getattr(own, kind) for kind in KINDS},
        options=own.options,
    )


def _keep(selection: Selection, kind: str, ids: set[int]) -> Selection:
    setattr(selection, kind, sorted(ids))
    if selection.count > MOST:
        raise DomainError(
            _(
                "That makes more than %(most)s entries, so nothing was added. "
                "Choose a shorter period, or bill in parts."
            )
            % {"most": formats.write_number(MOST)}
        )
    selection.save()
    return selection
