"""How a project is billed, and changing that.

While nothing of a project is billed, another method holds for all its work. Once something is, it
holds from a day on: work before it keeps the method it was done under (`EarlierMethod`), since the
customer has seen invoices made by it. What is planned by the old method is kept or removed, as the
person says.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Company, User
from core import audit
from core.errors import FieldsError
from core.formats import write_day
from registration.models import (
    BillingMethod,
    BillingStatus,
    EarlierMethod,
    Expense,
    Instalment,
    Missing,
    Project,
    SubscriptionPeriod,
)
from registration.services import planned, subscriptions, valuation
from registration.services.refusals import EARLIEST, first_day_refusal

CLAIMED = (BillingStatus.RESERVED, BillingStatus.INVOICED)
PRICED = (BillingMethod.FIXED_PROJECT, BillingMethod.SUBSCRIPTION)
PLANNED: tuple[Any, ...] = (Instalment, SubscriptionPeriod)
Steps = Sequence[tuple[date, BillingMethod]]


@dataclass(frozen=True, kw_only=True)
class MethodData:
    """What the person chose. `starts` is the first day of the new method, None: all work.

    `price` is EUR excl. VAT for a fixed project price or a subscription. `keep_planned` leaves
    unbilled instalments and periods of the old method to be invoiced.
    """

    method: BillingMethod
    starts: date | None = None
    price: Decimal | None = None
    keep_planned: bool = False


@dataclass(kw_only=True)
class MethodPreview:
    """What a change would do, in EUR excl. VAT. `changed` entries get another value, all unbilled
    ones together from `before` to `after`; `without_rate` would then lack a rate; `kept` are billed
    or being billed and stay. `planned` is what the old method still asks, `parts` how many."""

    changed: int = 0
    before: Decimal = Decimal(0)
    after: Decimal = Decimal(0)
    without_rate: int = 0
    kept: int = 0
    planned: Decimal = Decimal(0)
    parts: int = 0


@transaction.atomic
def method_change(*, company: Company, project: Project, data: MethodData, by: User | None) -> None:
    """Bill `project` another way, and value its unbilled entries again.

    Raises FieldsError: no price where there must be one, no day although something is billed, or a
    day that is not after all that is billed. Then nothing is saved.
    """
    valuation.hold(company)
    rows = Project.objects.of(company).select_related("customer", "company")
    held = rows.select_for_update(of=("self",)).get(pk=project.pk)
    if data.method == held.method:
        raise FieldsError({"method": _("The project is billed this way already.")})
    _check(held, data)
    before = audit.values_of(held, ("billing_method", "price"))
    old, held.billing_method = held.method, data.method
    held.price = _price_of(held, data)
    held.save(update_fields=["billing_method", "price"])
    change = audit.difference(before, audit.values_of(held, ("billing_method", "price")))
    if data.starts:
        change.after["method_from"] = data.starts
    audit.record(company=company, by=by, action="project.method", obj=held, change=change)
    switch(held, old, data)
    follow(held, None, begins=True)
    valuation.revalue(company=company, where=Q(project=held), by=by)


def switch(project: Project, old: BillingMethod, data: MethodData) -> None:
    """Remember the old method for the work before, end its plan, and begin that of the new one.

    `project` is saved with its new method, inside a transaction that began with `valuation.hold`.
    Raises FieldsError where a subscription would begin too early or too late.
    """
    _remember(project, old, data)
    _end_plan(project, old, data)
    if data.method is BillingMethod.SUBSCRIPTION:
        _refuse_leftover_periods(project)
        first_day = data.starts or project.starts_on or timezone.localdate()
        if sentence := first_day_refusal(first_day):
            raise FieldsError({"starts_on": sentence})
        subscriptions.subscription_start(project, first_day)


def follow(project: Project, price_before: Decimal | None, *, begins: bool) -> None:
    """Let the instalments or periods of `project` follow its price, which was `price_before`.

    `begins`: it has just got its method. What an earlier fixed price billed counts towards this
    one; the rest is to be billed, whatever the earlier plan lacked.
    """
    if project.method is BillingMethod.FIXED_PROJECT:
        planned.follow_price(project, price_before, begins=begins)
    elif project.method is BillingMethod.FIXED_ACTIVITY:
        for row in project.project_activities.select_related("activity").order_by("pk"):
            amount = row.fixed_amount
            planned.follow_amount(project, row.activity, amount, amount, begins=begins)
    elif project.method is BillingMethod.SUBSCRIPTION:
        subscriptions.replan(project)


def method_preview(company: Company, project: Project, data: MethodData) -> MethodPreview:
    """What `method_change` would do, without doing it; raises FieldsError as it would."""
    _check(project, data)
    found = MethodPreview()
    _preview_planned(project, data, found)
    ladder = valuation.Ladder.of(company)
    steps = steps_after(ladder.methods.get(project.pk, ()), project.method, data)
    asked = replace(ladder, methods={**ladder.methods, project.pk: list(steps)})
    changed = copy(project)
    changed.billing_method = data.method
    for kind in valuation.KINDS:
        rows = kind.objects.of(company).filter(project=project)
        found.kept += rows.filter(billing__in=CLAIMED).count()
        related = ("category",) if kind is Expense else ()
        unbilled = rows.filter(billing__in=valuation.UNCLAIMED).select_related(*related)
        for entry in unbilled.order_by("pk").iterator(chunk_size=2000):
            _preview_entry(entry, changed, asked, found)
    return found


def steps_after(steps: Steps, old: BillingMethod, data: MethodData) -> Steps:
    """The earlier methods as (until, method) once `data` is done; `old` is the present one."""
    if data.starts is None:
        return ()
    eve = data.starts - timedelta(days=1)
    before = next((method for until, method in steps if eve < until), old)
    kept = [(until, method) for until, method in steps if until < data.starts]
    return kept if before is data.method else [*kept, (data.starts, before)]


def has_claimed(company: Company, project: Project) -> bool:
    """Whether anything of this project is invoiced or being invoiced."""
    return any(
        kind.objects.of(company).filter(project=project, billing__in=CLAIMED).exists()
        for kind in (*valuation.KINDS, *PLANNED)
    )


def price_refusal(method: str, price: Decimal | None) -> str:
    """Why a project cannot be billed by `method` at `price` (EUR excl. VAT); empty when it can."""
    if method not in PRICED:
        return ""
    if price is None:
        return _("Type the price, EUR excl. VAT; without it nothing can be invoiced.")
    return _("A price is not below zero, so nothing was saved.") if price < 0 else ""


def _check(project: Project, data: MethodData) -> None:
    errors = {}
    if sentence := price_refusal(data.method, data.price):
        errors["price"] = sentence
    if sentence := _wrong_day(project, data.starts):
        errors["starts"] = sentence
    if errors:
        raise FieldsError(errors)


def _wrong_day(project: Project, starts: date | None) -> str:
    """Why the new method cannot begin then; empty when it can."""
    claimed = has_claimed(project.company, project)
    if starts is None:
        text = _(
            "Something of this project is invoiced, or being invoiced, so another method counts "
            "from a day on. Choose its first day; earlier work keeps the method it has."
        )
        return text if claimed else ""
    if starts < EARLIEST:
        return _("Choose a day from 2000 on.")
    if starts > timezone.localdate() + subscriptions.FURTHEST:
        return _("Choose a day within a year from now.")
    last = last_billed_day(project)
    if last is None or starts > last:
        return ""
    text = _(
        "Work up to %(day)s is invoiced already, or being invoiced, by the present method. Choose "
        "a later day, or credit that invoice first."
    )
    return text % {"day": write_day(last)}


def last_billed_day(project: Project) -> date | None:
    """The last day of what is billed or being billed; an instalment is of no day."""
    days = []
    kinds: list[tuple[Any, str]] = [(kind, "date") for kind in valuation.KINDS]
    for kind, name in (*kinds, (SubscriptionPeriod, "ends_on")):
        rows = kind.objects.of(project.company_id).filter(project=project, billing__in=CLAIMED)
        days.append(rows.aggregate(last=Max(name))["last"])
    return max((day for day in days if day), default=None)


def _price_of(project: Project, data: MethodData) -> Decimal | None:
    return data.price if data.method in PRICED else project.price


def _remember(project: Project, old: BillingMethod, data: MethodData) -> None:
    earlier = EarlierMethod.objects.of(project.company_id).filter(project=project)
    known = [(one.until, BillingMethod(one.method)) for one in earlier.order_by("until")]
    steps = steps_after(known, old, data)
    earlier.delete()
    EarlierMethod.objects.bulk_create(
        EarlierMethod(company_id=project.company_id, project=project, method=method, until=until)
        for until, method in steps
    )


def _end_plan(project: Project, old: BillingMethod, data: MethodData) -> None:
    if old is BillingMethod.SUBSCRIPTION and data.starts and _has_terms(project):
        subscriptions.end_at(project, data.starts - timedelta(days=1))
    if not data.keep_planned:
        planned.drop_unbilled(project)
        subscriptions.drop_unbilled(project)


def _refuse_leftover_periods(project: Project) -> None:
    periods = SubscriptionPeriod.objects.of(project.company_id).filter(project=project)
    if periods.filter(billing=BillingStatus.UNBILLED).exists():
        text = _(
            "Periods of the earlier subscription are not invoiced yet. Invoice them first, or let "
            "them be removed."
        )
        raise FieldsError({"method": text})


def _preview_planned(project: Project, data: MethodData, found: MethodPreview) -> None:
    amounts = _unbilled_amounts(Instalment, project)
    if data.starts and project.method is BillingMethod.SUBSCRIPTION and _has_terms(project):
        amounts += subscriptions.asked_until(project, data.starts - timedelta(days=1))
    else:
        amounts += _unbilled_amounts(SubscriptionPeriod, project)
    found.planned, found.parts = sum(amounts, Decimal(0)), len(amounts)


def _unbilled_amounts(kind: Any, project: Project) -> list[Decimal]:
    rows = kind.objects.of(project.company_id).filter(project=project)
    return list(rows.filter(billing=BillingStatus.UNBILLED).values_list("amount", flat=True))


def _has_terms(project: Project) -> bool:
    return hasattr(project, "subscription")


def _preview_entry(
    entry: Any, project: Project, ladder: valuation.Ladder, found: MethodPreview
) -> None:
    """Value a row that is never saved as if the project were `project` already."""
    before = (entry.rate, entry.amount, entry.missing, entry.billing)
    entry.project = project
    valuation.value([entry], ladder)
    found.changed += before != (entry.rate, entry.amount, entry.missing, entry.billing)
    found.before += before[1] or 0
    found.after += entry.amount or 0
    found.without_rate += entry.missing == Missing.NO_RATE
