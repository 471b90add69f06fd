"""From ticks on the Unbilled page to a selection, which both ways of invoicing start from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext as _

from accounts.models import Company, User
from core import formats
from core.errors import DomainError
from invoicing.selectors import unbilled
from invoicing.selectors.unbilled import Row, Scope, Ticks
from registration.models import Selection
from registration.services import subscriptions
from registration.services.selection import MOST


def due(company: Company, until: date) -> int:
    """Make the subscription periods that became billable up to `until`; returns how many."""
    return subscriptions.periods_due(company, until)


def choose(
    *, company: Company, scope: Scope, rows: Sequence[Row], ticks: Ticks, by: User
) -> Selection:
    """A new selection of what is ticked, as ids of this moment; *Check* shows them once more.

    `rows` are those of `unbilled.rows_of(company, scope)`. What cannot be billed now stays out, as
    do ids of another company. Raises DomainError when nothing is left, or more than 20,000 things.
    """
    found = unbilled.ids_of(company, scope, rows, ticks, MOST)
    count = sum(map(len, found.values()))
    if count > MOST:
        raise DomainError(
            _(
                "That makes more than %(most)s things at once, so nothing was selected. Choose an "
                "earlier date or fewer rows, and invoice in parts."
            )
            % {"most": formats.write_number(MOST)}
        )
    if not count:
        raise DomainError(
            _("Nothing is ticked that can be invoiced now. Tick what you want to invoice first.")
        )
    return Selection.objects.create(company=company, user=by, **found)
