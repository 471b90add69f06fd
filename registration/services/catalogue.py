"""Keeping activities and expense categories: the kinds of work and of cost."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Company, User
from core import audit
from core.errors import FieldsError
from core.tenancy import CompanyOwned
from registration.models import Activity, Expense, ExpenseCategory
from registration.services import valuation

Named = TypeVar("Named", Activity, ExpenseCategory)


@dataclass(frozen=True, kw_only=True)
class ActivityData:
    """What can be filled in about an activity; an empty `vat_code` follows the customer."""

    name: str
    code: str = ""
    billable: bool = True
    vat_code: str = ""
    archived: bool = False


@dataclass(frozen=True, kw_only=True)
class CategoryData:
    """What can be filled in about an expense category; `sales_price` is EUR excl. VAT per unit."""

    name: str
    sales_price: Decimal | None = None
    unit: str = ""
    billable: bool = True
    vat_code: str = ""
    archived: bool = False


def activity_save(
    *, company: Company, activity: Activity | None, data: ActivityData, by: User | None
) -> Activity:
    """Make an activity (None) or change one.

    Raises FieldsError without a name or with the name of another. *Billable by default* is for new
    entries; those that exist keep their own flag.
    """
    saved, _changed = _save(company, activity or Activity(company=company), dict(vars(data)), by)
    return saved


def category_save(
    *, company: Company, category: ExpenseCategory | None, data: CategoryData, by: User | None
) -> ExpenseCategory:
    """Make an expense category (None) or change one; another sales price values its expenses again.

    Raises FieldsError as `activity_save` does, and for a price of a million or more, which no
    expense could carry.
    """
    price = data.sales_price
    if price is not None and not 0 <= price < valuation.RATE_BELOW:
        raise FieldsError({"sales_price": _("A price per unit is at most € 999,999.9999.")})
    with transaction.atomic():
        valuation.hold(company)
        empty = ExpenseCategory(company=company)
        saved, changed = _save(company, category or empty, dict(vars(data)), by)
        if category is not None and "sales_price" in changed:
            where = Q(category=saved)
            valuation.revalue(company=company, where=where, by=by, kinds=(Expense,))
        return saved


def _save(
    company: Company, row: Named, values: dict[str, Any], by: User | None
) -> tuple[Named, set[str]]:
    """Save what differs and record it; returns the row and the names that changed."""
    values["name"] = " ".join(values["name"].split())
    _refuse_name(company, row, values["name"])
    try:
        with transaction.atomic():
            known = row.pk is not None
            saved = _locked(company, row) if known else row
            before = audit.values_of(saved, values) if known else {}
            for name, value in values.items():
                setattr(saved, name, value)
            change = audit.difference(before, audit.values_of(saved, values))
            if change.after:
                saved.save()
                action = f"{_word(saved)}.{'changed' if known else 'created'}"
                audit.record(company=company, by=by, action=action, obj=saved, change=change)
            return saved, set(change.after)
    except IntegrityError:
        _refuse_name(company, row, values["name"])
        raise


def _locked(company: Company, row: Named) -> Named:
    found: Named = type(row).objects.of(company).select_for_update().get(pk=row.pk)
    return found


def _refuse_name(company: Company, row: Activity | ExpenseCategory, name: str) -> None:
    if not name:
        raise FieldsError({"name": _("Type a name.")})
    others = type(row).objects.of(company).filter(name=name).exclude(pk=row.pk or 0)
    other = others.first()
    if other is not None:
        sentence = _("“%(name)s” exists already; it is archived. Bring that one back instead.")
        if not other.archived:
            sentence = _("“%(name)s” exists already. Choose another name.")
        raise FieldsError({"name": sentence % {"name": name}})


def _word(row: CompanyOwned) -> str:
    return "activity" if isinstance(row, Activity) else "category"
