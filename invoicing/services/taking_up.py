"""What of a customer is unbilled now and can go on a draft that is being edited."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from invoicing.models import Invoice
from invoicing.services.pricing import PLANNED
from invoicing.services.sifting import sift, why_left_out
from registration.models import BillingStatus, Selection
from registration.services import subscriptions
from registration.services.billing_status import BILLABLE, RELATED

MOST_SHOWN = 500


@dataclass(frozen=True, kw_only=True)
class Takeable:
    """The first things that can be taken up, and whether there are more than are shown."""

    rows: list[tuple[str, Any]]
    more: bool

    @property
    def amount(self) -> Decimal:
        """What the shown things are worth, EUR excl. VAT, before rounding per line."""
        return sum((row.amount or Decimal(0) for _kind, row in self.rows), Decimal("0.00"))


def takeable(invoice: Invoice, until: date | None = None) -> Takeable:
    """What is unbilled of the draft's customer up to and with a day (today), oldest first.

    Periods that became due by then are made first, as on the Unbilled page; so it is not asked
    inside a transaction that holds documents already.
    """
    last = until or timezone.localdate()
    subscriptions.periods_due(invoice.company, last)
    rows: list[tuple[str, Any]] = []
    models: dict[str, Any] = BILLABLE
    for kind, model in models.items():
        day = "due_on" if kind in PLANNED else "date"
        found = (
            model.objects.of(invoice.company)
            .filter(
                project__customer=invoice.customer_id,
                billing=BillingStatus.UNBILLED,
                **{f"{day}__lte": last},
            )
            .select_related(*RELATED[kind])
            .order_by(day, "pk")[: MOST_SHOWN + 1]
        )
        rows += [(kind, row) for row in found if why_left_out(row) is None]
    return Takeable(rows=rows[:MOST_SHOWN], more=len(rows) > MOST_SHOWN)


def seen_now(invoice: Invoice, selection: Selection) -> dict[str, dict[int, int]]:
    """What is ticked at the versions it has at this moment, for `editing.take_up`."""
    found, left_out = sift(invoice.company, selection)
    versions: dict[str, dict[int, int]] = {}
    for kind, row in (*found, *((one.kind, one.entry) for one in left_out)):
        versions.setdefault(kind, {})[row.pk] = row.version
    return versions
