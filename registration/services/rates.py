"""Setting a rate: one rung of the ladder, from a date on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Company, User
from core import audit
from core.errors import DomainError
from registration.models import BillingMethod, EarlierMethod, Entry, Hour, Project, Rate, Ride
from registration.models.rates import EVER
from registration.selectors.rates import SUBJECTS, RateBook, RateSubject, rates_of
from registration.services import valuation

__all__ = ["EVER", "RateStep", "RateSubject", "box_step", "rate_change", "rate_set", "rates_of"]


# How an entry refers to each subject.
TOUCHES = {
    "customer": "project__customer",
    "activity": "activity",
    "membership": "membership",
    "project": "project",
}

Names = frozenset[str]
COMBINATIONS: dict[str, frozenset[Names]] = {
    Rate.Unit.HOUR: frozenset(
        {
            Names(),
            Names(["customer"]),
            Names(["activity"]),
            Names(["membership"]),
            Names(["project"]),
            Names(["project", "activity"]),
            Names(["project", "membership"]),
        }
    ),
    Rate.Unit.KM: frozenset({Names(), Names(["customer"]), Names(["project"])}),
    Rate.Unit.COST: frozenset({Names(), Names(["membership"])}),
}


@dataclass(frozen=True, kw_only=True)
class RateStep:
    """A rung gets `amount` (EUR excl. VAT per `unit`) from a day on; None takes that row away."""

    subject: RateSubject
    unit: str
    amount: Decimal | None
    valid_from: date = EVER


def rate_set(
    *,
    company: Company,
    by: User | None,
    subject: RateSubject,
    unit: str,
    amount: Decimal | None,
    valid_from: date = EVER,
) -> Rate | None:
    """Let `subject` have `amount` (EUR excl. VAT per hour or km) from `valid_from` on.

    None takes that row away. The same rate again changes nothing. Unclaimed entries that it touches
    are valued again; what is reserved, invoiced or written off keeps its value. What an hour costs
    us (`Rate.Unit.COST`) is for reports and touches nothing. Raises DomainError for an amount below
    zero, of a million or more, or with over four decimals; ValueError for a subject of another
    company or one that has no rung for this unit.
    """
    asked = RateStep(subject=subject, unit=unit, amount=amount, valid_from=valid_from)
    check_step(company, asked)
    with transaction.atomic():
        valuation.hold(company)
        step = Rate(company=company, unit=unit, valid_from=valid_from, **subject.parts)
        existing = _existing(company, step)
        before = existing.amount if existing else None
        if before == amount:
            return existing
        rate = _write(existing or step, amount)
        audit.record(
            company=company,
            by=by,
            action="rate.removed" if amount is None else "rate.set",
            obj=subject.named_after or company,
            change=_change(step, before, amount),
        )
        kinds, where = touched(company, asked)
        where &= Q(date__gte=valid_from)
        if kinds:
            valuation.revalue(company=company, where=where, by=by, kinds=kinds)
        return rate


def rate_change(
    *,
    company: Company,
    by: User | None,
    subject: RateSubject,
    unit: str,
    amount: Decimal | None,
    starts: date | None,
) -> Rate | None:
    """What a rate box does: without `starts` it corrects the rate that holds today, also for work
    already done; with it a new rate begins on that day.

    Raises as `rate_set` does, and DomainError for an empty box with a day.
    """
    book = RateBook.of(company)
    step = box_step(book, subject=subject, unit=unit, amount=amount, starts=starts)
    return rate_set(company=company, by=by, **vars(step))


def box_step(
    book: RateBook, *, subject: RateSubject, unit: str, amount: Decimal | None, starts: date | None
) -> RateStep:
    """Which row a box stands for, as `rate_change` reads it. Raises DomainError as it does."""
    if starts is None:
        known = book.current(subject, unit, timezone.localdate())
        starts = known.valid_from if known else EVER
    elif amount is None:
        raise DomainError(
            _(
                "A rate cannot end on a day, so nothing was saved. Type 0 for work that is free "
                "from then on, or leave the day empty to take the rate away."
            )
        )
    return RateStep(subject=subject, unit=unit, amount=amount, valid_from=starts)


def check_step(company: Company, step: RateStep) -> None:
    """Raise what `rate_set` raises for a rate that cannot be; nothing is read or written."""
    _check_subject(company, step.subject, step.unit)
    _check_amount(step.amount)


def is_rung(unit: str, names: Iterable[str]) -> bool:
    """Whether a rate per `unit` can belong to these (of SUBJECTS) together; none: the company."""
    return frozenset(names) in COMBINATIONS[unit]


def _check_subject(company: Company, subject: RateSubject, unit: str) -> None:
    parts = subject.parts
    if not is_rung(unit, parts):
        raise ValueError(f"There is no {unit} rate for {sorted(parts) or 'the company'}.")
    for name, part in parts.items():
        if part.company_id != company.pk:
            raise ValueError(f"This {name} belongs to another company.")


def _check_amount(amount: Decimal | None) -> None:
    if amount is None:
        return
    if not amount.is_finite() or not 0 <= amount < valuation.RATE_BELOW:
        raise DomainError(
            _(
                "A rate is an amount from 0 up to 999,999.9999 euro, so nothing was saved. "
                "Leave the box empty to take the rate away."
            )
        )
    if amount != round(amount, 4):
        raise DomainError(
            _("A rate has at most four decimals, so nothing was saved. Round it yourself first.")
        )


def _existing(company: Company, step: Rate) -> Rate | None:
    names = ("unit", "valid_from", *SUBJECTS)
    return Rate.objects.of(company).filter(**{name: getattr(step, name) for name in names}).first()


def _write(rate: Rate, amount: Decimal | None) -> Rate | None:
    if amount is None:
        rate.delete()
        return None
    rate.amount = amount
    rate.save()
    return rate


def _change(step: Rate, before: Decimal | None, after: Decimal | None) -> audit.Change:
    about = {"unit": step.unit}
    if step.valid_from != EVER:
        about["valid_from"] = step.valid_from.isoformat()
    if step.project and (step.activity or step.membership):
        about["of"] = str(step.activity or step.membership)
    return audit.Change(
        before={**about, "rate": _plain(before)}, after={**about, "rate": _plain(after)}
    )


def _plain(amount: Decimal | None) -> str | None:
    """The amount without needless zeros, so that a history reads alike before and after."""
    return None if amount is None else f"{amount.normalize():f}"


def touched(company: Company, step: RateStep) -> tuple[tuple[type[Entry], ...], Q]:
    """Which entries may get another value by such a rate: their kinds, and the condition.

    What an hour costs us touches none. Days are not looked at.
    """
    conditions = {TOUCHES[name]: part for name, part in step.subject.parts.items()}
    if step.unit == Rate.Unit.COST:
        return (), Q(**conditions)
    if step.unit == Rate.Unit.KM:
        return (Ride,), Q(**conditions)
    if not conditions:
        return (Hour,), Q(project__in=_by_customers_rate(company))
    return (Hour,), Q(**conditions)


def _by_customers_rate(company: Company) -> QuerySet[Project]:
    """The projects that are, or once were, billed by the customer's rate."""
    method = BillingMethod.HOURLY_CUSTOMER
    earlier = EarlierMethod.objects.of(company).filter(method=method)
    now = Q(billing_method=method)
    projects: QuerySet[Project] = Project.objects.of(company)
    return projects.filter(now | Q(pk__in=earlier.values("project")))
