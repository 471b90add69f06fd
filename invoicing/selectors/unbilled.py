"""What is still to be invoiced up to a day, per customer or per project.

The database adds up per project and kind; the sums are read back and quantised here (DECISIONS D).
What counts as ready is the rule of `services.sifting`, and a test holds the two together: the total
of this page is what *Check* finds when everything is selected (DOMAIN §12, 8).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Count, Min, Q, QuerySet, Sum

from accounts.models import Company
from core import money
from registration.models import (
    ApprovalStatus,
    BillingMethod,
    BillingStatus,
    Entry,
    Expense,
    Hour,
    Instalment,
    Missing,
    Project,
    Ride,
    SubscriptionPeriod,
)
from registration.services.billing_status import RELATED

# By the attribute of a selection that holds their ids.
ENTRIES: dict[str, type[Entry]] = {"hours": Hour, "expenses": Expense, "rides": Ride}
PLANNED: dict[str, type[Any]] = {"instalments": Instalment, "periods": SubscriptionPeriod}
KINDS: dict[str, type[Any]] = {**ENTRIES, **PLANNED}
NAMES = {"hours": "hour", "expenses": "expense", "rides": "ride"} | {
    "instalments": "instalment",
    "periods": "subscription_period",
}
STATES = (
    *("ready", "waiting", "covered", "later"),
    *("no_rate", "no_customer", "rejected", "archived"),
)
CUSTOMER, PROJECT = "customer", "project"
NOBODY = 0  # the key of what has no customer


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What the page is narrowed to: work up to and including `until`, one row `per` what."""

    until: date
    per: str = CUSTOMER
    customer: int | None = None
    search: str = ""


@dataclass(frozen=True)
class Part:
    """So many things, worth EUR `amount` excl. VAT together; hours have minutes too."""

    count: int = 0
    amount: Decimal = Decimal("0.00")
    minutes: int = 0

    def __add__(self, other: Part) -> Part:
        """Both together."""
        return Part(
            self.count + other.count, self.amount + other.amount, self.minutes + other.minutes
        )

    def __sub__(self, other: Part) -> Part:
        """Without the other."""
        return Part(
            self.count - other.count, self.amount - other.amount, self.minutes - other.minutes
        )

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return self.count > 0


NOTHING = Part()


@dataclass
class Figures:
    """What a project, a customer or all of it holds, by state and kind.

    `figures["hours"]` are the hours that can be billed now, `figures["waiting"]` all that waits for
    approval. `later_on` is the day on which the first of what comes later becomes billable.
    """

    parts: dict[tuple[str, str], Part] = field(default_factory=dict)
    later_on: date | None = None

    def __getitem__(self, name: str) -> Part:
        """A kind that is ready, or a state; KeyError for any other word."""
        if name in KINDS:
            return self.parts.get(("ready", name), NOTHING)
        if name in STATES:
            return sum((part for _kind, part in self.by_kind(name)), NOTHING)
        raise KeyError(name)

    def by_kind(self, state: str) -> list[tuple[str, Part]]:
        """The kinds that have anything in this state."""
        return [(kind, self.parts[state, kind]) for kind in KINDS if (state, kind) in self.parts]

    @property
    def total(self) -> Decimal:
        """EUR excl. VAT that can be billed now."""
        return self["ready"].amount

    @property
    def count(self) -> int:
        """How many things can be billed now."""
        return self["ready"].count

    def add(self, state: str, kind: str, part: Part) -> None:
        """Count `part` in."""
        if part:
            self.parts[state, kind] = self.parts.get((state, kind), NOTHING) + part

    def merge(self, other: Figures) -> None:
        """Count all of the other in."""
        for (state, kind), part in other.parts.items():
            self.add(state, kind, part)
        self.comes_later(other.later_on)

    def comes_later(self, day: date | None) -> None:
        """Remember the first day on which more becomes billable."""
        self.later_on = min((one for one in (self.later_on, day) if one), default=None)


class Place(NamedTuple):
    """A project, with what decides whether its things can be billed."""

    pk: int
    name: str
    code: str
    method: str
    only_approved: bool
    customer_id: int | None
    customer: str | None
    archived: bool | None

    @property
    def method_label(self) -> str:
        """How it is billed, in words."""
        return str(BillingMethod(self.method).label)


@dataclass
class Row:
    """A customer or a project with all that is unbilled; `places` are its projects."""

    key: int
    name: str
    places: list[tuple[Place, Figures]] = field(default_factory=list)
    figures: Figures = field(default_factory=Figures)

    @property
    def projects(self) -> list[int]:
        """The ids of its projects."""
        return [place.pk for place, _figures in self.places]

    @property
    def place(self) -> Place:
        """Its only project, or the first."""
        return self.places[0][0]


@dataclass(frozen=True, kw_only=True)
class Ticks:
    """What a person ticked: whole rows, single things, and what a long row did not show.

    A row in `rest` is ticked but for what was `shown` of it; single things are by kind.
    """

    everything: bool = False
    rows: frozenset[int] = frozenset()
    rest: frozenset[int] = frozenset()
    things: Mapping[str, frozenset[int]] = field(default_factory=dict)
    shown: Mapping[str, frozenset[int]] = field(default_factory=dict)

    def holds(self, row: Row) -> bool:
        """Whether the row is ticked as a whole."""
        return self.everything or row.key in self.rows


def rows_of(company: Company, scope: Scope) -> list[Row]:
    """Every customer or project with something unbilled, by name; without a customer comes last.

    At most ten queries, whatever there is.
    """
    rows: dict[int, Row] = {}
    for place, figures in _by_project(company, scope):
        key, name = place.pk, place.name
        if scope.per == CUSTOMER:
            key, name = place.customer_id or NOBODY, place.customer or ""
        row = rows.setdefault(key, Row(key, name))
        row.places.append((place, figures))
        row.figures.merge(figures)
    return sorted(rows.values(), key=lambda row: (not row.name, row.name.casefold(), row.key))


def total_of(rows: Iterable[Row]) -> Figures:
    """All rows together."""
    total = Figures()
    for row in rows:
        total.merge(row.figures)
    return total


def _by_project(company: Company, scope: Scope) -> list[tuple[Place, Figures]]:
    sums = [
        *(one for kind in ENTRIES for one in _entry_sums(company, kind, scope.until)),
        *_homeless_sums(company, scope.until),
    ]
    planned = [one for kind in PLANNED for one in _planned_sums(company, kind, scope.until)]
    places = _places(company, scope, {one[0] for one in (*sums, *planned)})
    found: dict[int, Figures] = defaultdict(Figures)
    for pk, kind, approval, missing, part in sums:
        if place := places.get(pk):
            found[pk].add(_state(place, approval, missing), kind, part)
    for pk, kind, now, later, later_on in planned:
        if place := places.get(pk):
            found[pk].add(_state(place, ApprovalStatus.APPROVED, ""), kind, now)
            found[pk].add("later", kind, later)
            found[pk].comes_later(later_on)
    return [(places[pk], figures) for pk, figures in found.items() if figures.parts]


def _state(place: Place, approval: str, missing: str) -> str:
    """What `sifting.why_left_out` would say, of many at once."""
    if missing == Missing.NO_CUSTOMER or place.customer_id is None:
        return "no_customer"
    if missing:
        return {Missing.NO_RATE: "no_rate"}.get(Missing(missing), "covered")
    if approval == ApprovalStatus.REJECTED:
        return "rejected"
    if place.only_approved and approval != ApprovalStatus.APPROVED:
        return "waiting"
    return "archived" if place.archived else "ready"


Sums = list[tuple[int, str, str, str, Part]]


def _entry_sums(company: Company, kind: str, until: date) -> Sums:
    rows = ENTRIES[kind].objects.of(company).filter(billing=BillingStatus.UNBILLED, date__lte=until)
    return _grouped(rows, kind)


def _homeless_sums(company: Company, until: date) -> Sums:
    """Work for nobody counts as not billable, so it is found by its project."""
    projects = Project.objects.of(company).filter(customer=None)
    homeless = list(
        projects.exclude(billing_method=BillingMethod.NONE).values_list("pk", flat=True)
    )
    if not homeless:
        return []
    found: Sums = []
    for kind, model in ENTRIES.items():
        rows = model.objects.of(company).filter(project__in=homeless, date__lte=until)
        found += _grouped(rows.filter(missing=Missing.NO_CUSTOMER), kind)
    return found


def _grouped(rows: QuerySet[Any], kind: str) -> Sums:
    columns: dict[str, Any] = {"count": Count("*"), "worth": Sum("amount")}
    if kind == "hours":
        columns["time"] = Sum("billable_minutes")
    groups = rows.order_by().values("project_id", "approval", "missing").annotate(**columns)
    return [
        (one["project_id"], kind, one["approval"], one["missing"], _part(one)) for one in groups
    ]


def _part(row: Mapping[str, Any], prefix: str = "") -> Part:
    """Sums of money come back as SQLite likes them; the cent is restored here."""
    return Part(
        row[f"{prefix}count"] or 0,
        money.cents(Decimal(row[f"{prefix}worth"] or 0)),
        row.get("time") or 0,
    )


def _planned_sums(
    company: Company, kind: str, until: date
) -> list[tuple[int, str, Part, Part, date | None]]:
    now, later = Q(due_on__lte=until), Q(due_on__gt=until)
    groups = (
        PLANNED[kind]
        .objects.of(company)
        .filter(billing=BillingStatus.UNBILLED)
        .order_by()
        .values("project_id")
        .annotate(
            count=Count("pk", filter=now),
            worth=Sum("amount", filter=now),
            later_count=Count("pk", filter=later),
            later_worth=Sum("amount", filter=later),
            later_on=Min("due_on", filter=later),
        )
    )
    return [
        (one["project_id"], kind, _part(one), _part(one, "later_"), one["later_on"])
        for one in groups
    ]


def _places(company: Company, scope: Scope, ids: set[int]) -> dict[int, Place]:
    projects = Project.objects.of(company).filter(pk__in=ids)
    if scope.customer is not None:
        projects = projects.filter(customer=scope.customer)
    for word in scope.search.split():
        projects = projects.filter(
            Q(name__icontains=word) | Q(code__icontains=word) | Q(customer__name__icontains=word)
        )
    columns = ("pk", "name", "code", "billing_method", "only_approved", "customer_id")
    found = projects.order_by("name", "pk").values_list(
        *columns, "customer__name", "customer__archived"
    )
    return {row[0]: Place(*row) for row in found}


def ready(company: Company, kind: str, until: date) -> QuerySet[Any]:
    """The things of one kind that can be billed now, oldest first."""
    rows: QuerySet[Any] = (
        KINDS[kind]
        .objects.of(company)
        .filter(billing=BillingStatus.UNBILLED, project__customer__archived=False)
    )
    if kind in PLANNED:
        return rows.filter(due_on__lte=until).order_by("due_on", "pk")
    agreed = Q(project__only_approved=False) | Q(approval=ApprovalStatus.APPROVED)
    rows = rows.filter(agreed, missing="", date__lte=until)
    return rows.exclude(approval=ApprovalStatus.REJECTED).order_by("date", "pk")


def things_of(company: Company, scope: Scope, row: Row, most: int) -> list[tuple[str, Any]]:
    """The first `most` things of a row that can be billed now, as (kind, row), kind by kind."""
    found: list[tuple[str, Any]] = []
    for kind in KINDS:
        if (left := most - len(found)) > 0 and row.figures[kind]:
            rows = ready(company, kind, scope.until).filter(project__in=row.projects)
            found += [(kind, one) for one in rows.select_related(*RELATED[NAMES[kind]])[:left]]
    return found


def ids_of(
    company: Company, scope: Scope, rows: Sequence[Row], ticks: Ticks, most: int
) -> dict[str, list[int]]:
    """What the ticks come to now, as ids by kind; what cannot be billed, or is not there, is not.

    Stops soon after more than `most`.
    """
    whole = _projects(row for row in rows if ticks.holds(row))
    rest = _projects(row for row in rows if row.key in ticks.rest)
    found: dict[str, list[int]] = {}
    for kind in KINDS:
        wanted = Q(project__in=whole) | Q(pk__in=ticks.things.get(kind, ()))
        wanted |= Q(project__in=rest) & ~Q(pk__in=ticks.shown.get(kind, ()))
        ids = ready(company, kind, scope.until).filter(wanted).values_list("pk", flat=True)
        found[kind] = sorted(ids[: most + 1])
    return found


def picked(company: Company, scope: Scope, rows: Sequence[Row], ticks: Ticks) -> Figures:
    """What the ticks add up to: whole rows from their figures, single things by a query a kind."""
    whole = [row for row in rows if ticks.holds(row)]
    rest = [row for row in rows if row.key in ticks.rest and not ticks.holds(row)]
    total = total_of(whole)
    for kind in KINDS:
        singles = ready(company, kind, scope.until).exclude(project__in=_projects(whole))
        total.add("ready", kind, _ready_sum(singles, kind, ticks.things.get(kind)))
        hidden = sum((row.figures[kind] for row in rest), NOTHING)
        of_rest = singles.filter(project__in=_projects(rest))
        total.add("ready", kind, hidden - _ready_sum(of_rest, kind, ticks.shown.get(kind)))
    return total


def _ready_sum(rows: QuerySet[Any], kind: str, ids: Iterable[int] | None) -> Part:
    if not ids:
        return NOTHING
    columns: dict[str, Any] = {"count": Count("*"), "worth": Sum("amount")}
    if kind == "hours":
        columns["time"] = Sum("billable_minutes")
    return _part(rows.filter(pk__in=ids).order_by().aggregate(**columns))


def _projects(rows: Iterable[Row]) -> list[int]:
    return [pk for row in rows for pk in row.projects]
