"""Keeping projects: what they are, what is done on them, and by whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from accounts.models import Company, Membership, User
from core import audit
from core.errors import FieldsError
from registration.models import (
    Activity,
    BillingMethod,
    BillingStatus,
    Instalment,
    Project,
    ProjectActivity,
    ProjectMember,
    RoundingRule,
    SubscriptionPeriod,
)
from registration.services import valuation
from relations.models import Customer

CLAIMED = (BillingStatus.RESERVED, BillingStatus.INVOICED)
PRICED = (BillingMethod.FIXED_PROJECT, BillingMethod.SUBSCRIPTION)
# A change of one of these changes what entries are worth.
VALUES_ENTRIES = frozenset({"customer", "billing_method", "rounding_rule", "rounding_step"})


@dataclass(frozen=True, kw_only=True)
class ProjectData:
    """What can be filled in about a project; `price` is EUR excl. VAT."""

    name: str
    customer: Customer | None = None
    code: str = ""
    billing_method: str = BillingMethod.HOURLY_ACTIVITY
    price: Decimal | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    only_approved: bool = False
    rounding_rule: str = RoundingRule.NONE
    rounding_step: int = 15
    reference: str = ""


def project_save(
    *, company: Company, project: Project | None, data: ProjectData, by: User | None
) -> Project:
    """Make a project (None) or change one; another method or customer values its entries again.

    Raises FieldsError, a sentence per field: no name, a code another project has, an end before the
    start, a fixed price without price, or another customer for what is invoiced or being invoiced.
    """
    values = _checked(company, data)
    try:
        with transaction.atomic():
            return _write(company, project, values, by)
    except IntegrityError:
        _refuse_taken_code(company, values["code"], project)
        raise


def project_close(*, company: Company, project: Project, by: User | None) -> Project:
    """Take a project off the lists to choose from. What is still to be invoiced stays so."""
    return _set_active(company, project, by, active=False)


def project_reopen(*, company: Company, project: Project, by: User | None) -> Project:
    """Let people register on a closed project again."""
    return _set_active(company, project, by, active=True)


@transaction.atomic
def project_activities_set(
    *,
    company: Company,
    project: Project,
    amounts: Mapping[Activity, Decimal | None],
    by: User | None,
) -> None:
    """Let `project` list exactly these activities; the value is its fixed amount (EUR excl. VAT).

    A project that lists none allows them all. Rates stay as they are.
    """
    _same_company(company, project, *amounts)
    rows = ProjectActivity.objects.of(company).filter(project=project)
    known = {row.activity_id: row for row in rows.select_related("activity")}
    before = [_told(row.activity, row.fixed_amount) for row in known.values()]
    rows.exclude(activity__in=amounts).delete()
    for activity, amount in amounts.items():
        row = known.get(activity.pk)
        if row is None:
            rows.create(company=company, project=project, activity=activity, fixed_amount=amount)
        elif row.fixed_amount != amount:
            row.fixed_amount = amount
            row.save(update_fields=["fixed_amount"])
    after = [_told(activity, amount) for activity, amount in amounts.items()]
    _record_list(company, by, project, ("project.activities", before, after))


@transaction.atomic
def project_people_set(
    *, company: Company, project: Project, managers: Mapping[Membership, bool], by: User | None
) -> None:
    """Let exactly these people be on `project`; the value says who manages it, and so approves.

    Everybody may register on any project; being on it is what managing and rates hang on.
    """
    _same_company(company, project, *managers)
    rows = ProjectMember.objects.of(company).filter(project=project)
    known = {row.membership_id: row for row in rows.select_related("membership__user")}
    before = [_person(row.membership, row.is_manager) for row in known.values()]
    rows.exclude(membership__in=managers).delete()
    for person, is_manager in managers.items():
        row = known.get(person.pk)
        if row is None:
            rows.create(company=company, project=project, membership=person, is_manager=is_manager)
        elif row.is_manager != is_manager:
            row.is_manager = is_manager
            row.save(update_fields=["is_manager"])
    after = [_person(person, is_manager) for person, is_manager in managers.items()]
    _record_list(company, by, project, ("project.people", before, after))


def _write(
    company: Company, project: Project | None, values: dict[str, Any], by: User | None
) -> Project:
    valuation.hold(company)
    saved = _locked(company, project)
    _refuse_taken_code(company, values["code"], project)
    before = _facts(saved, values) if project else {}
    old_customer = saved.customer_id
    for name, value in values.items():
        setattr(saved, name, value)
    change = audit.difference(before, _facts(saved, values))
    if not change.after:
        return saved
    saved.save()
    action = "project.changed" if project else "project.created"
    audit.record(company=company, by=by, action=action, obj=saved, change=change)
    if project and VALUES_ENTRIES & set(change.after):
        valuation.revalue(company=company, where=Q(project=saved), by=by)
    if project and saved.customer_id != old_customer:
        _move_to_customer(company, saved)
    return saved


def _move_to_customer(company: Company, project: Project) -> None:
    """Whoever is looking at a check page must look again, and what is invoiced must not move.

    The entries are locked by now, so nothing can become reserved behind this.
    """
    for kind in valuation.KINDS:
        rows = kind.objects.of(company).filter(project=project)
        rows.filter(billing__in=valuation.UNCLAIMED).update(version=F("version") + 1)
    if has_claimed(company, project):
        raise FieldsError(
            {
                "customer": _(
                    "Work on this project is invoiced or being invoiced, so it keeps its customer. "
                    "Make a new project for the other customer and move the open entries there."
                )
            }
        )


def has_claimed(company: Company, project: Project) -> bool:
    """Whether anything of this project is invoiced or being invoiced."""
    kinds: tuple[Any, ...] = (*valuation.KINDS, Instalment, SubscriptionPeriod)
    return any(
        kind.objects.of(company).filter(project=project, billing__in=CLAIMED).exists()
        for kind in kinds
    )


@transaction.atomic
def _set_active(company: Company, project: Project, by: User | None, *, active: bool) -> Project:
    saved: Project = Project.objects.of(company).select_for_update().get(pk=project.pk)
    if saved.active != active:
        saved.active = active
        saved.save(update_fields=["active"])
        action = "project.reopened" if active else "project.closed"
        audit.record(company=company, by=by, action=action, obj=saved)
    return saved


def _locked(company: Company, project: Project | None) -> Project:
    if project is None:
        return Project(company=company)
    rows = Project.objects.of(company).select_for_update(of=("self",)).select_related("customer")
    found: Project = rows.get(pk=project.pk)
    return found


def _checked(company: Company, data: ProjectData) -> dict[str, Any]:
    values = vars(data) | {"name": " ".join(data.name.split())}
    if data.customer is not None:
        _same_company(company, data.customer)
    errors = {} if values["name"] else {"name": _("Type the project's name.")}
    if data.starts_on and data.ends_on and data.ends_on < data.starts_on:
        errors["ends_on"] = _("The end lies before the start. Change one of the two.")
    if data.billing_method in PRICED and data.price is None:
        errors["price"] = _("Type the price, EUR excl. VAT; without it nothing can be invoiced.")
    if errors:
        raise FieldsError(errors)
    return values


def _refuse_taken_code(company: Company, code: str, project: Project | None) -> None:
    others = Project.objects.of(company).filter(code=code).exclude(pk=project.pk if project else 0)
    other = others.first() if code else None
    if other is not None:
        raise FieldsError(
            {
                "code": _("Code %(code)s belongs to %(name)s already. Choose another one.")
                % {"code": code, "name": other.name}
            }
        )


def _facts(project: Project, values: Mapping[str, Any]) -> dict[str, Any]:
    """What the history tells; the customer by name, since that is what people know."""
    return audit.values_of(project, values) | {"customer": str(project.customer or "")}


def _same_company(company: Company, *rows: Any) -> None:
    for row in rows:
        if row.company_id != company.pk:
            raise ValueError(f"{row!r} belongs to another company.")


def _told(activity: Activity, amount: Decimal | None) -> str:
    return activity.name if amount is None else f"{activity.name} € {amount:.2f}"


def _person(person: Membership, is_manager: bool) -> str:  # noqa: FBT001  as it is stored
    return _("%(name)s (manager)") % {"name": person} if is_manager else str(person)


def _record_list(
    company: Company, by: User | None, project: Project, what: tuple[str, list[str], list[str]]
) -> None:
    action, before, after = what
    if sorted(before) != sorted(after):
        name = action.partition(".")[2]
        change = audit.Change(before={name: sorted(before)}, after={name: sorted(after)})
        audit.record(company=company, by=by, action=action, obj=project, change=change)
