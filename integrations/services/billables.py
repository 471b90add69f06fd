"""Which entries of a selection can be invoiced now, and why the others cannot."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Company
from integrations.services.items import ItemLadder
from invoicing.services.pricing import Billable, Item
from registration.models import (
    ApprovalStatus,
    BillingStatus,
    Expense,
    Hour,
    Missing,
    Ride,
    Selection,
)
from registration.services.billing_status import RELATED

Found = list[tuple[str, Any]]
MODELS = {"hour": (Hour, "hours"), "expense": (Expense, "expenses"), "ride": (Ride, "rides")}


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """An entry that is not invoiced now. `reason` is a word to group by, `sentence` for people."""

    kind: str
    entry: Any
    reason: str
    sentence: str


def sift(company: Company, selection: Selection) -> tuple[Found, list[LeftOut]]:
    """The entries of a selection that can be billed, as (kind, row), and the others with reasons.

    Ids of another company, or of entries deleted meanwhile, are simply not there.
    """
    found: Found = []
    left_out: list[LeftOut] = []
    for kind, (model, attribute) in MODELS.items():
        ids = getattr(selection, attribute)
        rows = model.objects.of(company).filter(pk__in=ids).select_related(*RELATED[kind])
        for row in rows.order_by("date", "pk"):
            reason = why_left_out(row)
            if reason:
                left_out.append(LeftOut(kind=kind, entry=row, reason=reason[0], sentence=reason[1]))
            else:
                found.append((kind, row))
    return found, left_out


def why_left_out(row: Any) -> tuple[str, str] | None:
    """Why an entry cannot be billed now, as a word and a sentence; None when it can."""
    return _billed_already(row) or _without_value(row) or _not_agreed(row)


def _billed_already(row: Any) -> tuple[str, str] | None:
    if row.billing in {BillingStatus.RESERVED, BillingStatus.INVOICED}:
        where = row.invoice_label or _("an invoice on its way to AFAS")
        return "billed", _("Already on %(where)s.") % {"where": where}
    if row.billing == BillingStatus.WRITTEN_OFF:
        return "written_off", _("Written off.")
    return None


def _without_value(row: Any) -> tuple[str, str] | None:
    if row.project.customer_id is None:
        return "no_customer", _("Its project has no customer.")
    if row.missing == Missing.NO_RATE:
        return "no_rate", _("No rate was found, so its amount is not known. Set a rate first.")
    if row.missing == Missing.COVERED:
        return "covered", _("Its project is not billed by the hour.")
    if row.billing == BillingStatus.NOT_BILLABLE or row.missing:
        return "not_billable", _("Not billable.")
    return None


def _not_agreed(row: Any) -> tuple[str, str] | None:
    if row.approval == ApprovalStatus.REJECTED:
        return "rejected", _("It was rejected.")
    if row.project.only_approved and row.approval != ApprovalStatus.APPROVED:
        return "not_approved", _("Not approved yet; its project bills approved entries only.")
    if row.project.customer.archived:
        return "archived", _("Its customer is archived.")
    return None


def as_billable(kind: str, row: Any, ladder: ItemLadder) -> Billable:
    """A valued entry as the pricing wants it, with the item it will carry."""
    activity_id = getattr(row, "activity_id", None)
    category_id = getattr(row, "category_id", None)
    return Billable(
        kind=kind,
        pk=row.pk,
        measure=_measure(kind, row),
        price=row.rate,
        date=row.date,
        what=_what(kind, row),
        person=str(row.membership),
        project=row.project.name,
        note=row.note,
        item=ladder.item_for(kind, activity_id, category_id) or Item(),
        activity_id=activity_id,
        category_id=category_id,
    )


def _measure(kind: str, row: Any) -> Decimal:
    if kind == "hour":
        return Decimal(row.billable_minutes)
    return Decimal(row.quantity if kind == "expense" else row.kilometres)


def _what(kind: str, row: Any) -> str:
    if kind == "ride":
        return _("Mileage")
    return str(row.activity if kind == "hour" else row.category)
