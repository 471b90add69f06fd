"""What an hour, an expense or a ride is worth, or why it has no value.

The one place that fills `rate`, `amount`, `missing` and `billable_minutes`, and that moves an entry
between *unbilled* and *not billable*. Source of the ladder: DOMAIN §5, of the rounding: DOMAIN §6.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple, Self

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Company, User
from accounts.services import holding
from core import audit, money
from core.errors import DomainError, StaleError
from registration.models import (
    BillingMethod,
    BillingStatus,
    EarlierMethod,
    Entry,
    Expense,
    Hour,
    Missing,
    Rate,
    Ride,
    RoundingRule,
)

UNCLAIMED = (BillingStatus.UNBILLED, BillingStatus.NOT_BILLABLE)
KINDS: tuple[type[Entry], ...] = (Hour, Expense, Ride)
# Rows of one chunk with the same new value are one statement: larger chunks, fewer statements.
CHUNK = 2000
ATTEMPTS = 5
hold = holding.hold  # for those who lock before they value
# What the columns hold: a rate of at most 999,999.9999 and an amount of at most 9,999,999,999.99.
RATE_BELOW = Decimal(10) ** 6
AMOUNT_BELOW = Decimal(10) ** 10


class Rung(NamedTuple):
    """One subject on the ladder; what is None plays no part in it."""

    customer: int | None = None
    activity: int | None = None
    membership: int | None = None
    project: int | None = None


COMPANY = Rung()


@dataclass(frozen=True)
class Ladder:
    """All that sets a price in a company, ready to be asked without the database.

    `steps` maps (unit, rung) to its rates as (valid from, EUR excl. VAT), latest first; `methods`
    maps a project whose billing method changed to (until, method), earliest first; `rounding` is
    the company's own rule and step.
    """

    steps: dict[tuple[str, Rung], list[tuple[date, Decimal]]]
    methods: dict[int, list[tuple[date, BillingMethod]]] = field(default_factory=dict)
    rounding: tuple[str, int] = (RoundingRule.NONE, 1)

    @classmethod
    def of(cls, company: Company) -> Self:
        """The rates and methods of `company` as they are now, in two queries."""
        steps = defaultdict(list)
        rows = Rate.objects.of(company).order_by("-valid_from")
        for unit, valid_from, amount, *subject in rows.values_list(
            "unit", "valid_from", "amount", *(f"{name}_id" for name in Rung._fields)
        ):
            steps[unit, Rung(*subject)].append((valid_from, amount))
        methods = defaultdict(list)
        for change in EarlierMethod.objects.of(company).order_by("until"):
            methods[change.project_id].append((change.until, BillingMethod(change.method)))
        return cls(dict(steps), dict(methods), (company.rounding_rule, company.rounding_step))

    @classmethod
    def held(cls, company: Company) -> Self:
        """The rates of `company`, which nobody changes before this transaction ends.

        Whoever saves an entry asks for the ladder this way, as the first thing in its transaction:
        an entry valued while a rate changes would otherwise keep the old rate unnoticed. Never ask
        for it while rows of entries are locked; a changing rate locks in the other order.
        """
        return cls.of(hold(company))

    def hour_rate(self, hour: Hour) -> Decimal | None:
        """EUR excl. VAT per hour by the project's billing method; None where no rung has a rate."""
        if hour.rate_override is not None:
            return hour.rate_override
        rungs = _hour_rungs(hour, self.method_of(hour))
        return self._first(Rate.Unit.HOUR, hour.date, rungs)

    def method_of(self, entry: Entry) -> BillingMethod:
        """How the project was billed on the entry's day."""
        for until, method in self.methods.get(entry.project_id, ()):
            if entry.date < until:
                return method
        return entry.project.method

    def minutes_of(self, hour: Hour) -> int:
        """The billable minutes, by the rule of the project, its customer or the company."""
        rule, step = hour.project.rounding_rule, hour.project.rounding_step
        if rule == RoundingRule.INHERIT and (customer := hour.project.customer):
            rule, step = customer.rounding_rule, customer.rounding_step
        if rule == RoundingRule.INHERIT:
            rule, step = self.rounding
        return money.billable_minutes(hour.minutes, rule=rule, step=step)

    def km_rate(self, ride: Ride) -> Decimal | None:
        """EUR excl. VAT per km: own rate, project, customer, company; None where none has one."""
        if ride.rate_override is not None:
            return ride.rate_override
        project = ride.project
        rungs = (Rung(project=project.pk), Rung(customer=project.customer_id), COMPANY)
        return self._first(Rate.Unit.KM, ride.date, rungs)

    def _first(self, unit: str, day: date, rungs: Iterable[Rung]) -> Decimal | None:
        for rung in rungs:
            for valid_from, amount in self.steps.get((unit, rung), ()):
                if valid_from <= day:
                    return amount
        return None


def value(entries: Iterable[Entry], ladder: Ladder) -> None:
    """Set rate, amount (EUR excl. VAT), reason and billable minutes on `entries`; nothing is saved.

    An entry that is reserved, invoiced or written off stays untouched. Their projects, and an
    expense's category, should be loaded with them. Raises DomainError for an amount too large to
    keep.
    """
    for entry in entries:
        if entry.billing not in UNCLAIMED:
            continue
        reason = _reason(entry, ladder.method_of(entry))
        refused = reason in {Missing.NOT_BILLABLE, Missing.NO_CUSTOMER}
        entry.billing = BillingStatus.NOT_BILLABLE if refused else BillingStatus.UNBILLED
        if isinstance(entry, Hour):
            entry.billable_minutes = 0 if refused else ladder.minutes_of(entry)
        rate = None if reason else _rate(entry, ladder)
        entry.rate = rate
        entry.amount = None if rate is None else _amount(entry, rate)
        entry.missing = Missing.NO_RATE if rate is None and not reason else reason


def revalue(
    *, company: Company, where: Q, by: User | None, kinds: tuple[type[Entry], ...] = KINDS
) -> int:
    """Value the unclaimed entries that match `where` again; returns how many changed.

    `where` may name only what all `kinds` have. A changed value makes a new version, so that a
    check page opened before refuses to confirm an amount nobody has seen. Call it inside the
    transaction of what caused it. Raises StaleError when rows keep changing.
    """
    counts: Counter[str] = Counter()
    with transaction.atomic():
        ladder = Ladder.held(company)
        for kind in kinds:
            for ids in _chunks(kind, company, where):
                counts[kind._meta.model_name or ""] += _revalue_chunk(kind, company, ids, ladder)
        if counts.total():
            change = audit.Change(after={kind: count for kind, count in counts.items() if count})
            audit.record(
                company=company, by=by, action="entries.revalued", obj=company, change=change
            )
    return counts.total()


def _reason(entry: Entry, method: BillingMethod) -> str:
    """Why this entry has no amount whatever the rates are; empty when it should have one."""
    private = isinstance(entry, Ride) and entry.purpose != Ride.Purpose.BUSINESS
    if not entry.billable or private or method is BillingMethod.NONE:
        return Missing.NOT_BILLABLE
    if entry.project.customer_id is None:
        return Missing.NO_CUSTOMER
    if isinstance(entry, Hour) and not method.is_hourly:
        return Missing.COVERED
    return ""


def _hour_rungs(hour: Hour, method: BillingMethod) -> tuple[Rung, ...]:
    project, activity, person = hour.project_id, hour.activity_id, hour.membership_id
    return {
        BillingMethod.HOURLY_ACTIVITY: (
            Rung(project=project, activity=activity),
            Rung(activity=activity),
        ),
        BillingMethod.HOURLY_PERSON: (
            Rung(project=project, membership=person),
            Rung(membership=person),
        ),
        BillingMethod.HOURLY_PROJECT: (Rung(project=project),),
        BillingMethod.HOURLY_CUSTOMER: (Rung(customer=hour.project.customer_id), COMPANY),
    }.get(method, ())


def _rate(entry: Entry, ladder: Ladder) -> Decimal | None:
    if isinstance(entry, Hour):
        return ladder.hour_rate(entry)
    if isinstance(entry, Ride):
        return ladder.km_rate(entry)
    return _unit_price(entry) if isinstance(entry, Expense) else None


def _unit_price(expense: Expense) -> Decimal:
    """EUR excl. VAT per unit: own price, else the category's sales price, else what it cost."""
    if expense.rate_override is not None:
        return expense.rate_override
    price = expense.category.sales_price
    return expense.unit_cost if price is None else price


def _amount(entry: Entry, rate: Decimal) -> Decimal:
    amount = money.line_net(_quantity(entry), rate)
    if abs(amount) >= AMOUNT_BELOW or abs(rate) >= RATE_BELOW:
        raise DomainError(
            _(
                "An amount of more than € 9,999,999,999.99, or a price of € 1,000,000 or more per "
                "unit, cannot be kept, so nothing was saved. Check the quantity and the rate."
            )
        )
    return amount


def _quantity(entry: Entry) -> Decimal:
    """Hours, pieces or kilometres, rounded as they are printed."""
    if isinstance(entry, Hour):
        return money.hours_of(entry.billable_minutes)
    if isinstance(entry, Ride):
        return money.kilometres(entry.distance * (2 if entry.is_return else 1))
    return entry.quantity if isinstance(entry, Expense) else Decimal(0)


class _Worth(NamedTuple):
    """What `value` sets on an entry."""

    rate: Decimal | None
    amount: Decimal | None
    missing: str
    billing: str
    billable_minutes: int | None

    @classmethod
    def of(cls, entry: Entry) -> Self:
        minutes = entry.billable_minutes if isinstance(entry, Hour) else None
        return cls(entry.rate, entry.amount, entry.missing, entry.billing, minutes)

    def columns(self) -> dict[str, object]:
        columns = self._asdict()
        if self.billable_minutes is None:
            del columns["billable_minutes"]
        return columns


def _chunks(kind: type[Entry], company: Company, where: Q) -> Iterator[list[int]]:
    """The ids of what may be valued again, ascending, so that locks never cross."""
    rows = kind.objects.of(company).filter(where, billing__in=UNCLAIMED)
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]


def _revalue_chunk(kind: type[Entry], company: Company, ids: list[int], ladder: Ladder) -> int:
    """Value these rows, and again those that somebody changed between reading and writing."""
    changed = 0
    for _attempt in range(ATTEMPTS):
        groups = _changed_groups(kind, company, ids, ladder)
        written = sum(
            _write(kind, company, before, after, group) for (before, after), group in groups.items()
        )
        changed += written
        if written == sum(map(len, groups.values())):
            return changed
    raise StaleError(
        _("The entries are being changed by others, so nothing was saved. Try again in a moment.")
    )


def _changed_groups(
    kind: type[Entry], company: Company, ids: list[int], ladder: Ladder
) -> dict[tuple[tuple[int, str], _Worth], list[int]]:
    """Rows whose value changes, grouped so that one statement writes many."""
    rows = kind.objects.of(company).filter(pk__in=ids, billing__in=UNCLAIMED).order_by("pk")
    entries = list(rows.select_for_update(of=("self",)).select_related(*_needed(kind)))
    before = [(entry.version, _Worth.of(entry)) for entry in entries]
    value(entries, ladder)
    groups = defaultdict(list)
    for entry, (version, old) in zip(entries, before, strict=True):
        new = _Worth.of(entry)
        if new != old:
            groups[(version, old.billing), new].append(entry.pk)
    return dict(groups)


def _write(
    kind: type[Entry], company: Company, before: tuple[int, str], after: _Worth, ids: list[int]
) -> int:
    version, billing = before
    rows = kind.objects.of(company).filter(pk__in=ids, version=version, billing=billing)
    return rows.update(**after.columns(), **Entry.another_version())


def _needed(kind: type[Entry]) -> tuple[str, ...]:
    return ("project__customer", "category") if kind is Expense else ("project__customer",)
