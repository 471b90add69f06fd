"""Keeping projects: what they are, what is done on them, and by whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Company, Membership, User
from core import audit
from core.errors import FieldsError
from registration.models import (
    Activity,
    ApprovalStatus,
    BillingMethod,
    BillingStatus,
    Project,
    ProjectActivity,
    ProjectMember,
    RoundingRule,
)
from registration.services import methods, planned, subscriptions, valuation
from registration.services.planned_rows import revise
from registration.services.refusals import price_refusal
from relations.models import Customer

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


def filled_in(project: Project | None, *, sets_prices: bool) -> frozenset[str]:
    """Which fields of ProjectData somebody fills in about `project` (None: a new one).

    A project that exists is billed another way by `methods.method_change`, and its price is filled
    in only where it is one for the whole.
    """
    names = frozenset(ProjectData.__dataclass_fields__)
    if project is not None:
        names -= {"billing_method"}
    priced = project is None or project.method is BillingMethod.FIXED_PROJECT
    return names if sets_prices and priced else names - {"price"}


def refuse_kept(project: Project | None, given: Mapping[str, Any], *, sets_prices: bool) -> None:
    """Raise FieldsError for what is `given` although it is not `filled_in`, unless it stays so."""
    kept = given.keys() - filled_in(project, sets_prices=sets_prices)
    errors = {
        name: _kept_sentence(name, sets_prices=sets_prices)
        for name in kept
        if given[name] != getattr(project, name, None)
    }
    if errors:
        raise FieldsError(errors)


def _kept_sentence(name: str, *, sets_prices: bool) -> str:
    if name == "price" and not sets_prices:
        return price_refusal()
    if name == "price":
        return _("Nothing on this project is billed at a price that is set here.")
    return _("A project that exists is billed another way by an action of its own.")


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
    due: Mapping[Activity, date | None] | None = None,
    by: User | None,
) -> None:
    """Let `project` list exactly these activities; the value is its fixed amount (EUR excl. VAT).

    A project that lists none allows them all. Rates stay as they are. An amount is billable from
    its day in `due`, else at once; unbilled instalments follow it, and go when it goes. Raises
    FieldsError for an amount below what is billed of it.
    """
    _same_company(company, project, *amounts)
    valuation.hold(company)
    project = _locked(company, project)  # how it is billed may have changed since it was shown
    rows = ProjectActivity.objects.of(company).filter(project=project)
    known = {row.activity_id: row for row in rows.select_related("activity")}
    before = [_told(row.activity, row.fixed_amount) for row in known.values()]
    rows.exclude(activity__in=amounts).delete()
    if project.method is BillingMethod.FIXED_ACTIVITY:
        _follow_amounts(project, known, amounts, due or {})
    for activity, amount in amounts.items():
        row = known.get(activity.pk)
        if row is None:
            rows.create(company=company, project=project, activity=activity, fixed_amount=amount)
        elif row.fixed_amount != amount:
            row.fixed_amount = amount
            row.save(update_fields=["fixed_amount"])
    after = [_told(activity, amount) for activity, amount in amounts.items()]
    _record_list(company, by, project, ("project.activities", before, after))


def _follow_amounts(
    project: Project,
    known: Mapping[int, ProjectActivity],
    amounts: Mapping[Activity, Decimal | None],
    due: Mapping[Activity, date | None],
) -> None:
    """The instalments of activities follow their amounts and days."""
    for row in known.values():
        if row.activity not in amounts:
            planned.drop_unbilled(project, row.activity)
    for activity, amount in amounts.items():
        stored = known.get(activity.pk)
        before = stored.fixed_amount if stored else None
        begins = before is None  # listed again: what it billed before counts towards the amount
        instalment = planned.follow_amount(project, activity, amount, before, begins=begins)
        if instalment is not None and (day := due.get(activity)):
            revise(instalment, due_on=day)


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
    old_customer, old_price, old_method = saved.customer_id, saved.price, saved.method
    for name, value in values.items():
        setattr(saved, name, value)
    change = audit.difference(before, _facts(saved, values))
    if not change.after:
        return saved
    saved.save()
    action = "project.changed" if project else "project.created"
    audit.record(company=company, by=by, action=action, obj=saved, change=change)
    begins = not project or saved.method is not old_method
    if begins:
        _begin_method(saved, old_method)
    methods.follow(saved, old_price if project else None, begins=begins)
    if project and VALUES_ENTRIES & set(change.after):
        valuation.revalue(company=company, where=Q(project=saved), by=by)
    if project and change.after.get("only_approved"):
        _touch_unapproved(company, saved)
    if project and saved.customer_id != old_customer:
        _move_to_customer(company, saved)
    return saved


def _touch_unapproved(company: Company, project: Project) -> None:
    """Whoever saw these on a check page must look again: they cannot be billed any more."""
    for kind in valuation.KINDS:
        unbilled = kind.objects.of(company).filter(project=project, billing=BillingStatus.UNBILLED)
        rows = unbilled.exclude(approval=ApprovalStatus.APPROVED).select_for_update()
        ids = list(rows.order_by("pk").values_list("pk", flat=True))
        kind.objects.of(company).filter(pk__in=ids).update(**kind.another_version())


def _begin_method(project: Project, old: BillingMethod) -> None:
    """Begin the plan of a new method, which holds for all work; refused once something is billed.

    `methods.method_change` is the way that asks from when, and what becomes of the old plan.
    """
    if methods.has_claimed(project.company, project):
        raise FieldsError(
            {
                "billing_method": _(
                    "Something of this project is invoiced, or being invoiced, so another billing "
                    "method needs a first day. Change it under Billing on the project's page."
                )
            }
        )
    methods.switch(project, old, methods.MethodData(method=project.method))


def _move_to_customer(company: Company, project: Project) -> None:
    """Whoever is looking at a check page must look again, and what is invoiced must not move.

    The entries are locked by now, so nothing can become reserved behind this.
    """
    for kind in valuation.KINDS:
        rows = kind.objects.of(company).filter(project=project)
        rows.filter(billing__in=valuation.UNCLAIMED).update(**kind.another_version())
    for planned_kind in methods.PLANNED:
        rows = planned_kind.objects.of(company).filter(project=project)
        rows.filter(billing=BillingStatus.UNBILLED).update(version=F("version") + 1)
    if methods.has_claimed(company, project):
        raise FieldsError(
            {
                "customer": _(
                    "Work on this project is invoiced or being invoiced, so it keeps its customer. "
                    "Make a new project for the other customer and move the open entries there."
                )
            }
        )


@transaction.atomic
def _set_active(company: Company, project: Project, by: User | None, *, active: bool) -> Project:
    valuation.hold(company)
    if not active:  # what is due by now stays due; no later period is made
        subscriptions.periods_due(company, timezone.localdate())
    saved: Project = Project.objects.of(company).select_for_update().get(pk=project.pk)
    if saved.active != active:
        if not active and saved.method is BillingMethod.SUBSCRIPTION:
            # whoever looked ahead made later ones, which would become due of their own
            subscriptions.drop_unbilled(saved, after=timezone.localdate())
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
    if sentence := methods.price_refusal(data.billing_method, data.price):
        errors["price"] = sentence
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
