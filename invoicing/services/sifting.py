"""Which things of a selection can be invoiced now, and why the others cannot."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Company
from core.related import read_along
from invoicing.selectors.settings import VatBook, settings_of
from invoicing.services.pricing import PLANNED, Billable, Item, vat_code
from registration.models import ApprovalStatus, BillingStatus, Missing, Selection
from registration.services.billing_status import BILLABLE, RELATED

Found = list[tuple[str, Any]]
ItemOf = Callable[[str, Any], Item]
VatOf = Callable[[str, Any], tuple[str, Decimal]]
# Per kind the attribute of a selection that holds its ids.
ATTRIBUTES = {
    "hour": "hours",
    "expense": "expenses",
    "ride": "rides",
    "instalment": "instalments",
    "subscription_period": "periods",
}
# What says nothing of billing; a moment costs more to read than all the rest of an entry.
UNREAD = ("created_at", "changed_at", "approved_at")


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """A thing that is not invoiced now. `reason` is a word to group by, `sentence` for people."""

    kind: str
    entry: Any
    reason: str
    sentence: str


def no_item(_kind: str, _row: Any) -> Item:
    """For our own invoices, which need no article of the books."""
    return Item()


def sift(company: Company, selection: Selection) -> tuple[Found, list[LeftOut]]:
    """The things of a selection that can be billed, as (kind, row), and the others with reasons.

    Ids of another company, or of things deleted meanwhile, are simply not there.
    """
    found: Found = []
    left_out: list[LeftOut] = []
    for kind, model in BILLABLE.items():
        if not (ids := getattr(selection, ATTRIBUTES[kind])):
            continue
        among = model.objects.of(company).among(ids)
        if kind in PLANNED:
            rows = list(among.order_by("due_on", "pk"))
        else:
            rows = list(among.order_by("date", "pk").defer(*UNREAD))
        read_along(rows, *RELATED[kind])
        for row in rows:
            reason = why_left_out(row)
            if reason:
                left_out.append(LeftOut(kind=kind, entry=row, reason=reason[0], sentence=reason[1]))
            else:
                found.append((kind, row))
    return found, left_out


def why_left_out(row: Any) -> tuple[str, str] | None:
    """Why a thing cannot be billed now, as a word and a sentence; None when it can."""
    return _billed_already(row) or _without_value(row) or _not_agreed(row)


def _billed_already(row: Any) -> tuple[str, str] | None:
    if row.billing in {BillingStatus.RESERVED, BillingStatus.INVOICED}:
        where = row.invoice_label or _("an invoice that is on its way")
        return "billed", _("Already on %(where)s.") % {"where": where}
    if row.billing == BillingStatus.WRITTEN_OFF:
        return "written_off", _("Written off.")
    return None


def _without_value(row: Any) -> tuple[str, str] | None:
    missing = getattr(row, "missing", "")
    if row.project.customer_id is None:
        return "no_customer", _("Its project has no customer.")
    if missing == Missing.NO_RATE:
        return "no_rate", _("No rate was found, so its amount is not known. Set a rate first.")
    if missing == Missing.COVERED:
        return "covered", _("Its project is not billed by the hour.")
    if row.billing == BillingStatus.NOT_BILLABLE or missing:
        return "not_billable", _("Not billable.")
    return None


def _not_agreed(row: Any) -> tuple[str, str] | None:
    approval = getattr(row, "approval", ApprovalStatus.APPROVED)
    if approval == ApprovalStatus.REJECTED:
        return "rejected", _("It was rejected.")
    if row.project.only_approved and approval != ApprovalStatus.APPROVED:
        return "not_approved", _("Not approved yet; its project bills approved entries only.")
    if row.project.customer.archived:
        return "archived", _("Its customer is archived.")
    return None


def as_billable(kind: str, row: Any, item_of: ItemOf, vat_of: VatOf) -> Billable:
    """A valued thing as the pricing wants it, with the item and the VAT it will carry.

    Words are in the language that is active, which is the customer's.
    """
    code, percent = vat_of(kind, row)
    planned = kind in PLANNED
    return Billable(
        kind=kind,
        pk=row.pk,
        measure=_measure(kind, row),
        price=row.amount if planned else row.rate,
        date=row.due_on if planned else row.date,
        what=_what(kind, row),
        person="" if planned else str(row.membership),
        project=row.project.name,
        note="" if planned else row.note,
        item=item_of(kind, row),
        unit=row.category.unit if kind == "expense" else "",
        vat_code=code,
        vat_percent=percent,
        activity_id=getattr(row, "activity_id", None),
        category_id=getattr(row, "category_id", None),
    )


def vat_of(company: Company) -> VatOf:
    """How VAT treats each thing of `company`: the code, and the percentage on its day of supply.

    The code is that of what is sold, of the customer or of the company (see `pricing.vat_code`).
    """
    book, default = VatBook.of(company), settings_of(company).vat_code

    def of_thing(kind: str, row: Any) -> tuple[str, Decimal]:
        customer = row.project.customer.vat_code
        code = vat_code(sold=_sold(kind, row), customer=customer, company=default)
        return code, book.percent(code, supplied_on(kind, row)[1])

    return of_thing


def supply_of(things: Iterable[tuple[str, Any]]) -> tuple[date, date]:
    """The first and the last day of supply of all these together."""
    days = [day for kind, row in things for day in supplied_on(kind, row)]
    return min(days), max(days)


def supplied_on(kind: str, row: Any) -> tuple[date, date]:
    """The first and last day of supply: work by its day, a period by its own days."""
    if kind == "subscription_period":
        return row.starts_on, row.ends_on
    day = row.due_on if kind in PLANNED else row.date
    return day, day


def _sold(kind: str, row: Any) -> str:
    if kind == "subscription_period":
        subscription = getattr(row.project, "subscription", None)
        return subscription.vat_code if subscription else ""
    if kind == "expense":
        return str(row.category.vat_code)
    own = row.vat_code if kind == "instalment" else ""
    activity = getattr(row, "activity", None)
    return own or (activity.vat_code if activity else "")


def _measure(kind: str, row: Any) -> Decimal:
    if kind == "hour":
        return Decimal(row.billable_minutes)
    if kind in PLANNED:
        return Decimal(1)
    return Decimal(row.quantity if kind == "expense" else row.kilometres)


def _what(kind: str, row: Any) -> str:
    if kind in PLANNED:
        return str(row.description)
    if kind == "ride":
        return _("Mileage")
    return str(row.activity if kind == "hour" else row.category)
