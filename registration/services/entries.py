"""Hours, expenses and rides: logged, changed and deleted, one at a time.

Every change is a conditional update on the version that the person saw (DECISIONS A8) and values
the entry again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeVar, cast

from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Membership
from core import audit, formats, money
from core.errors import DomainError, FieldsError, StaleError
from registration.models import (
    Activity,
    ApprovalStatus,
    BillingStatus,
    Entry,
    Expense,
    ExpenseCategory,
    Hour,
    Project,
    Ride,
)
from registration.selectors.entries import (
    KINDS,
    RELATED,
    kind_of,
    listed_activities,
    minutes_on,
    project_now,
)
from registration.selectors.reach import Reach, reach_of
from registration.services.receipt_files import ReceiptFile
from registration.services.receipts import receipts_add
from registration.services.refusals import change_refusal
from registration.services.valuation import Ladder, value

E = TypeVar("E", bound=Entry)
DAY = 24 * 60
FARTHEST = timedelta(days=2 * 366)
UNCLAIMED = (BillingStatus.UNBILLED, BillingStatus.NOT_BILLABLE)
DERIVED = ("rate", "amount", "missing", "billing", "approval", "approval_comment")


@dataclass(frozen=True, kw_only=True)
class EntryData:
    """What a person says about any entry. `date` is a day in their own zone."""

    date: date
    project: Project
    note: str = ""
    billable: bool = True


@dataclass(frozen=True, kw_only=True)
class HourData(EntryData):
    """Work of `minutes`, 1 to 1440."""

    activity: Activity
    minutes: int


@dataclass(frozen=True, kw_only=True)
class ExpenseData(EntryData):
    """A cost of `quantity` times `unit_cost` (EUR excl. VAT).

    `receipt_vat` is the percentage on the receipt. With `unit_cost_incl` (EUR incl. VAT) it has to
    be known: `unit_cost` then follows from these two (DOMAIN §5), and what is given is not read.
    """

    category: ExpenseCategory
    quantity: Decimal = Decimal(1)
    unit_cost: Decimal
    unit_cost_incl: Decimal | None = None
    receipt_vat: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class RideData(EntryData):
    """A ride of `distance` km one way; a return trip counts twice."""

    origin: str
    destination: str
    distance: Decimal
    is_return: bool = False
    purpose: str = Ride.Purpose.BUSINESS


def hour_log(*, by: Membership, data: HourData) -> Hour:
    """`by` worked. Raises FieldsError for what cannot be, such as a day of over 24 hours."""
    return _log(Hour, by, data)


def hour_change(*, by: Membership, hour: Hour, version: int, data: HourData) -> Hour:
    """Change an hour that `by` saw as `version`.

    Raises StaleError when somebody changed or deleted it meanwhile, DomainError when it is locked.
    """
    return _change(hour, by, version, data)


def hour_delete(*, by: Membership, hour: Hour, version: int) -> None:
    """Delete an hour that `by` saw as `version`; raises as `hour_change` does."""
    _delete(hour, by, version)


def expense_log(
    *, by: Membership, data: ExpenseData, receipts: Sequence[ReceiptFile] = ()
) -> Expense:
    """`by` spent money, as `receipts` prove; all is saved or nothing.

    Raises FieldsError for what cannot be.
    """
    with transaction.atomic():
        expense = _log(Expense, by, data)
        if receipts:
            receipts_add(expense=expense, files=receipts, by=by)
    return expense


def expense_change(*, by: Membership, expense: Expense, version: int, data: ExpenseData) -> Expense:
    """Change an expense that `by` saw as `version`; raises as `hour_change` does."""
    return _change(expense, by, version, data)


def expense_delete(*, by: Membership, expense: Expense, version: int) -> None:
    """Delete an expense that `by` saw as `version`; raises as `hour_change` does."""
    _delete(expense, by, version)


def ride_log(*, by: Membership, data: RideData) -> Ride:
    """`by` drove. Raises FieldsError for what cannot be."""
    return _log(Ride, by, data)


def ride_change(*, by: Membership, ride: Ride, version: int, data: RideData) -> Ride:
    """Change a ride that `by` saw as `version`; raises as `hour_change` does."""
    return _change(ride, by, version, data)


def ride_delete(*, by: Membership, ride: Ride, version: int) -> None:
    """Delete a ride that `by` saw as `version`; raises as `hour_change` does."""
    _delete(ride, by, version)


def _log(model: type[E], by: Membership, data: EntryData) -> E:
    with transaction.atomic():
        ladder = Ladder.held(by.company)
        data = _as_now(data)
        entry = model(company=by.company, membership=by, **_values(data))
        _check(entry, None)
        value([entry], ladder)
        entry.save(force_insert=True)
        audit.record(
            company=by.company,
            by=by.user,
            action=f"{entry._meta.model_name}.logged",
            obj=entry,
            change=audit.Change(after=audit.values_of(entry, _told(data))),
        )
    return entry


def _change(seen: E, by: Membership, version: int, data: EntryData) -> E:
    with transaction.atomic():
        ladder = Ladder.held(by.company)
        data, reach = _as_now(data), reach_of(by)
        entry = _current(seen, reach, version)
        old_project, approval = entry.project, entry.approval
        before = audit.values_of(entry, _told(data))
        for name, new in _values(data).items():
            setattr(entry, name, new)
        _check(entry, old_project)
        if approval == ApprovalStatus.REJECTED and reach.is_own(entry):
            entry.approval, entry.approval_comment = ApprovalStatus.OPEN, ""
        value([entry], ladder)
        _write(entry, version, approval, _columns(entry, data))
        audit.record(
            company=by.company,
            by=by.user,
            action=f"{entry._meta.model_name}.changed",
            obj=entry,
            change=audit.difference(before, audit.values_of(entry, _told(data))),
        )
    entry.refresh_from_db(fields=["version", "changed_at", *_generated(entry)])
    return entry


def _delete(seen: Entry, by: Membership, version: int) -> None:
    with transaction.atomic():
        entry = _current(seen, reach_of(by), version)
        audit.record(
            company=by.company,
            by=by.user,
            action=f"{entry._meta.model_name}.deleted",
            obj=entry,
            change=audit.Change(before=audit.values_of(entry, ("date", "project", "note"))),
        )
        try:
            entry.delete()
        except ProtectedError as error:
            raise DomainError(
                _(
                    "This was once on an invoice, and the invoice's history keeps it, so it was "
                    "not deleted. Mark it as not billable instead."
                )
            ) from error


def _current(seen: E, reach: Reach, version: int) -> E:
    """The row as it is now, locked for us, if it is still what the person saw and may change."""
    kind = kind_of(seen)
    rows = type(seen).objects.of(reach.company).select_related(*RELATED[kind])
    entry = cast("E | None", rows.select_for_update(of=("self",)).filter(pk=seen.pk).first())
    if entry is None:
        raise StaleError(_("Somebody deleted this meanwhile, so there is nothing left to change."))
    if reason := change_refusal(reach, entry):
        raise DomainError(_("This cannot be changed: %(reason)s.") % {"reason": reason})
    if entry.version != version:
        raise StaleError(
            _(
                "Somebody changed this meanwhile, so nothing was saved. "
                "Look at it as it is now, then change it again."
            )
        )
    return entry


def _write(entry: Entry, version: int, approval: str, columns: dict[str, Any]) -> None:
    rows = (
        KINDS[kind_of(entry)]
        .objects.of(entry.company_id)
        .filter(pk=entry.pk, version=version, approval=approval, billing__in=UNCLAIMED)
    )
    if not rows.update(**columns, **Entry.another_version()):
        raise StaleError(
            _("Somebody changed or invoiced this at this very moment, so nothing was saved.")
        )


def _as_now(data: EntryData) -> EntryData:
    """`data` with what sets its price read again: the form loaded that before we held the company,
    and whoever changed it since could not value what was not saved yet.
    """
    data = replace(data, project=project_now(data.project))
    if isinstance(data, ExpenseData):
        rows = ExpenseCategory.objects.of(data.category.company_id)
        return replace(data, category=rows.get(pk=data.category.pk))
    return data


def _values(data: EntryData) -> dict[str, Any]:
    values = {field.name: getattr(data, field.name) for field in fields(data)}
    if isinstance(data, ExpenseData):
        values["unit_cost"] = _net(data)
    return values


def _net(data: ExpenseData) -> Decimal:
    """EUR excl. VAT per unit, as DOMAIN §5 rounds it; what cannot be is refused by `_check`."""
    incl, percent = data.unit_cost_incl, data.receipt_vat
    if incl is None or percent is None or not 0 <= percent < 100:
        return data.unit_cost
    return money.without_vat(incl, percent)


def _told(data: EntryData) -> list[str]:
    return [field.name for field in fields(data)]


def _columns(entry: Entry, data: EntryData) -> dict[str, Any]:
    """What a change writes: what was said, and what follows from it."""
    names = [*_told(data), *DERIVED]
    if isinstance(entry, Hour):
        names.append("billable_minutes")
    return {name: getattr(entry, name) for name in names}


def _generated(entry: Entry) -> list[str]:
    return ["kilometres"] if isinstance(entry, Ride) else []


def _check(entry: Entry, old_project: Project | None) -> None:
    """Raise FieldsError with every sentence that applies; `old_project` may be closed by now."""
    if entry.project.company_id != entry.company_id:
        raise ValueError("This project belongs to another company.")
    errors = {"date": _date_error(entry.date), "project": _project_error(entry, old_project)}
    if len(entry.note) > 500:
        errors["note"] = _("Keep the note within 500 characters.")
    if isinstance(entry, Hour):
        errors |= _hour_errors(entry)
    elif isinstance(entry, Expense):
        errors |= _expense_errors(entry)
    elif isinstance(entry, Ride):
        errors |= _ride_errors(entry)
    found = {name: sentence for name, sentence in errors.items() if sentence}
    if found:
        raise FieldsError(found)


def _date_error(day: date) -> str:
    if abs(day - timezone.localdate()) <= FARTHEST:
        return ""
    return _("%(day)s is more than two years away. Check the year.") % {
        "day": formats.write_day(day)
    }


def _project_error(entry: Entry, old: Project | None) -> str:
    if entry.project.active or (old is not None and old.pk == entry.project_id):
        return ""
    return _("%(project)s is not active any more. Choose another project.") % {
        "project": entry.project
    }


def _hour_errors(hour: Hour) -> dict[str, str]:
    if hour.activity.company_id != hour.company_id:
        raise ValueError("This activity belongs to another company.")
    return {"activity": _activity_error(hour), "minutes": _minutes_error(hour)}


def _activity_error(hour: Hour) -> str:
    listed = listed_activities(hour.project)
    if not listed or hour.activity_id in listed:
        return ""
    return _("%(activity)s is not an activity of %(project)s. Choose one that is.") % {
        "activity": hour.activity,
        "project": hour.project,
    }


def _minutes_error(hour: Hour) -> str:
    if not 1 <= hour.minutes <= DAY:
        return _("Type a duration from one minute to 24 hours.")
    others = minutes_on(hour.membership, hour.date, without=hour.pk)
    if others + hour.minutes <= DAY:
        return ""
    return _("With the %(others)s already on this day that makes more than 24 hours.") % {
        "others": formats.write_minutes(others)
    }


def _expense_errors(expense: Expense) -> dict[str, str]:
    if expense.category.company_id != expense.company_id:
        raise ValueError("This category belongs to another company.")
    errors = {}
    if not 0 < abs(expense.quantity) < 10**8:
        errors["quantity"] = _("Type how many, for instance 1.")
    incl, percent = expense.unit_cost_incl, expense.receipt_vat
    if not 0 <= expense.unit_cost < 10**10 or not 0 <= (incl or 0) < 10**10:
        errors["unit_cost"] = _("Type what one costs, 0 or more.")
    if incl is not None and percent is None:
        errors["receipt_vat"] = _(
            "Choose the VAT on the receipt, so that the amount without VAT can be worked out."
        )
    elif percent is not None and not 0 <= percent < 100:
        errors["receipt_vat"] = _("Type a percentage from 0 up to 99.99.")
    return errors


def _ride_errors(ride: Ride) -> dict[str, str]:
    errors = {}
    for name in ("origin", "destination"):
        if not 1 <= len(getattr(ride, name).strip()) <= 80:
            errors[name] = _("Type a place of at most 80 characters.")
    if not 0 < ride.distance < 10**5:
        errors["distance"] = _("Type the distance one way, more than 0 km.")
    return errors


def dates_warning(project: Project, day: date) -> str:
    """A sentence when `day` lies outside the project's dates; it does not keep one from saving."""
    if project.starts_on and day < project.starts_on:
        return _("Saved, although %(project)s only starts on %(day)s.") % {
            "project": project,
            "day": formats.write_day(project.starts_on),
        }
    if project.ends_on and day > project.ends_on:
        return _("Saved, although %(project)s ended on %(day)s.") % {
            "project": project,
            "day": formats.write_day(project.ends_on),
        }
    return ""
