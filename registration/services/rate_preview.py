"""What rates would change, worked out on copies; and saving exactly what was shown.

Nothing here is written while looking. The token of a preview stands for the rates and for every
entry that changes, with its version: whoever confirms confirms that and nothing else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Company, User
from core.errors import StaleError
from registration.models import Entry, Hour, Project, Rate, Ride
from registration.models.rates import EVER
from registration.selectors.entries import RELATED, kind_of
from registration.services import valuation
from registration.services.rates import RateStep, check_step, rate_set, touched
from registration.services.valuation import UNCLAIMED, Ladder, Rung

MOST_SHOWN = 10
# All that valuation reads of an entry; its project comes from a table kept beside it.
READ: dict[type[Entry], tuple[str, ...]] = {
    Hour: ("activity_id", "minutes", "billable_minutes"),
    Ride: ("distance", "is_return", "purpose"),
}
READ_OF_ALL = (
    *("company_id", "membership_id", "project_id", "date", "billable", "rate_override"),
    *("billing", "version", "rate", "amount", "missing"),
)


@dataclass(frozen=True)
class ShownStep:
    """A rate as it will be, and what the same rung has on that day now: EUR, None is none."""

    step: RateStep
    before: Decimal | None

    @property
    def per(self) -> str:
        """Per hour, per km, or cost per hour, in words."""
        return str(Rate.Unit(self.step.unit).label)

    @property
    def since(self) -> date | None:
        """The first day; None for a rate that always held."""
        return None if self.step.valid_from == EVER else self.step.valid_from


@dataclass(frozen=True)
class Revalued:
    """One entry with its amount now and then (EUR excl. VAT); None is none."""

    entry: Entry
    before: Decimal | None
    after: Decimal | None


@dataclass
class RatePreview:
    """What saving would do. Amounts are EUR excl. VAT over the entries that change.

    `count` entries change, `priced` of them had no rate and get one, `unpriced` lose theirs;
    `kept` are reserved, invoiced or written off and keep a rate that would be another one now.
    `examples` are the newest `MOST_SHOWN` of those that change. `values_entries` is false for what
    an hour costs us, which is on no entry.
    """

    steps: list[ShownStep]
    values_entries: bool
    token: str = ""
    count: int = 0
    priced: int = 0
    unpriced: int = 0
    kept: int = 0
    before: Decimal = Decimal("0.00")
    after: Decimal = Decimal("0.00")
    examples: list[Revalued] = field(default_factory=list)

    @property
    def difference(self) -> Decimal:
        """How much more the open entries are worth."""
        return self.after - self.before


def rate_preview(*, company: Company, steps: Sequence[RateStep]) -> RatePreview:
    """What `rates_set` would do with `steps` now; nothing is changed.

    Raises what `rate_set` would: DomainError for a rate or an amount that cannot be.
    """
    for step in steps:
        check_step(company, step)
    before = Ladder.of(company)
    after = _with(before, steps)
    shown = [ShownStep(step, _at(before, step)) for step in steps]
    preview = RatePreview(shown, any(touched(company, step)[0] for step in steps))
    seen = hashlib.sha256(repr([_named(one) for one in preview.steps]).encode())
    for entry in _in_reach(company, steps, before):
        if entry.billing in UNCLAIMED:
            _look_at_open(preview, entry, after, seen)
        elif _own_rate(entry, before) != _own_rate(entry, after):
            preview.kept += 1
    seen.update(f"|{preview.kept}".encode())
    preview.token = seen.hexdigest()
    _load(preview.examples)
    return preview


def rates_set(*, company: Company, by: User | None, steps: Sequence[RateStep], seen: str) -> None:
    """Save `steps` if they still do what the preview with token `seen` showed; all or none.

    Raises StaleError otherwise, and DomainError as `rate_preview` does.
    """
    with transaction.atomic():
        held = valuation.hold(company)
        if rate_preview(company=held, steps=steps).token != seen:
            raise StaleError(
                _(
                    "Something changed since this was worked out, so nothing was saved. "
                    "Look at what it would do now, then confirm again."
                )
            )
        for step in steps:
            rate_set(company=held, by=by, **vars(step))


def _look_at_open(preview: RatePreview, entry: Entry, after: Ladder, seen: Any) -> None:
    old = (entry.rate, entry.amount, entry.missing)
    valuation.value([entry], after)
    if (entry.rate, entry.amount, entry.missing) == old:
        return
    amount = old[1]
    preview.count += 1
    preview.priced += amount is None and entry.amount is not None
    preview.unpriced += amount is not None and entry.amount is None
    preview.before += amount or 0
    preview.after += entry.amount or 0
    if len(preview.examples) < MOST_SHOWN:
        preview.examples.append(Revalued(entry, amount, entry.amount))
    seen.update(f"|{kind_of(entry)} {entry.pk} {entry.version}".encode())


def _with(ladder: Ladder, steps: Sequence[RateStep]) -> Ladder:
    """The ladder as it would be."""
    rungs = dict(ladder.steps)
    for step in steps:
        key = (step.unit, _rung(step))
        others = [one for one in rungs.get(key, ()) if one[0] != step.valid_from]
        if step.amount is not None:
            others.append((step.valid_from, step.amount))
        rungs[key] = sorted(others, reverse=True)
    return Ladder(rungs, ladder.methods, ladder.rounding)


def _at(ladder: Ladder, step: RateStep) -> Decimal | None:
    """What the rung itself has on the step's first day."""
    begun = ladder.steps.get((step.unit, _rung(step)), ())
    return next((amount for since, amount in begun if since <= step.valid_from), None)


def _in_reach(company: Company, steps: Sequence[RateStep], ladder: Ladder) -> Iterator[Entry]:
    """Every entry on which one of the rates could count, newest first, in a query per kind."""
    wheres: dict[type[Entry], Q] = {}
    for step in steps:
        kinds, where = touched(company, step)
        for kind in kinds:
            wheres[kind] = wheres.get(kind, Q()) | (where & _days(ladder, step))
    if not wheres:
        return
    projects = {one.pk: one for one in Project.objects.of(company).select_related("customer")}
    for kind, where in wheres.items():
        rows = kind.objects.of(company).filter(where).order_by("-date", "-pk")
        for entry in rows.only(*READ_OF_ALL, *READ[kind]).iterator(chunk_size=2000):
            entry.project = projects[entry.project_id]
            yield entry


def _days(ladder: Ladder, step: RateStep) -> Q:
    """From the step's first day until the rung's next step begins."""
    begun = ladder.steps.get((step.unit, _rung(step)), ())
    later = [since for since, _amount in begun if since > step.valid_from]
    days = Q(date__gte=step.valid_from)
    return days & Q(date__lt=min(later)) if later else days


def _own_rate(entry: Entry, ladder: Ladder) -> Decimal | None:
    """What the ladder says of an entry that keeps its value; None where it is not asked."""
    if not entry.billable or entry.project.customer_id is None:
        return None
    if isinstance(entry, Hour):
        return ladder.hour_rate(entry)
    return ladder.km_rate(entry) if isinstance(entry, Ride) else None


def _rung(step: RateStep) -> Rung:
    return Rung(**{name: part.pk for name, part in step.subject.parts.items()})


def _named(shown: ShownStep) -> tuple[object, ...]:
    step = shown.step
    amounts = [None if one is None else str(one.normalize()) for one in (shown.before, step.amount)]
    return (step.unit, tuple(_rung(step)), step.valid_from.isoformat(), *amounts)


def _load(examples: list[Revalued]) -> None:
    """The names that a list shows, for these few."""
    for place, one in enumerate(examples):
        kind = type(one.entry)
        rows = kind.objects.of(one.entry.company_id).select_related(*RELATED[kind_of(one.entry)])
        examples[place] = Revalued(rows.get(pk=one.entry.pk), one.before, one.after)
