"""Sync history: everything that passed between AFAS and us, newest first, in one list.

Imports, tests of the link, invoicing runs, deletions and corrections lie in tables of their own.
Each is asked for the few rows that a page can hold, from a cursor on, and those are merged; so a
page costs the same whether there are a hundred rows or a hundred thousand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from core.models import AuditEvent
from integrations.models import (
    OPEN_STATES,
    AfasDocument,
    CheckRun,
    ImportRun,
    InvoicingRun,
    Kind,
    State,
)
from integrations.selectors import documents_of, imports_of, runs_of

PAGE = 50
IMPORT, CHECK, RUN, DELETION = "import", "check", "run", "deletion"
UNDO, PART = "undo", "part"
KINDS: dict[str, str | Promise] = {
    IMPORT: _("Import"),
    CHECK: _("Test of the link"),
    RUN: _("Invoicing"),
    DELETION: _("Deletion"),
    UNDO: _("Corrected in AFAS"),
    PART: _("Lines corrected in AFAS"),
}
BUSY, DONE, PARTLY, FAILED = "busy", "done", "partly", "failed"
OUTCOMES: dict[str, str | Promise] = {
    BUSY: _("Under way"),
    DONE: _("Done"),
    PARTLY: _("In part"),
    FAILED: _("Failed"),
}

# A document that waits for a debtor is as stuck as the document of that debtor.
STUCK = Q(after__state=State.REJECTED) | Q(after__state=State.UNKNOWN, after__asks__gt="")
NEEDS = (
    Q(state=State.REJECTED) | Q(state=State.UNKNOWN, asks__gt="") | (Q(state=State.WAITING) & STUCK)
)
MOVES = (
    Q(state__in=(State.QUEUED, State.SENDING))
    | Q(state=State.UNKNOWN, asks="")
    | (Q(state=State.WAITING) & ~STUCK)
)
ARRIVED = Q(state__in=(State.CONFIRMED, State.UNDONE))


@dataclass(frozen=True, kw_only=True)
class Happening:
    """One thing that happened. Counts are None where there is nothing to count; `row` is its row.

    `about` is the document of a correction, None when it is gone.
    """

    kind: str
    at: datetime
    row: Any
    outcome: str
    by: str
    seconds: int | None = None
    ok: int | None = None
    skipped: int | None = None
    failed: int | None = None
    about: AfasDocument | None = None

    @property
    def cursor(self) -> str:
        """From where the next page begins."""
        return f"{self.at.isoformat()}~{self.kind}~{self.row.pk}"


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What to show; empty or None is no bound. `first` and `last` are days, both included."""

    kind: str = ""
    outcome: str = ""
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True)
class Source:
    """One table: its rows of a company, the field that says when, and each outcome as condition."""

    rows: Callable[[Company], QuerySet]
    at: str
    outcomes: Mapping[str, Q] | Callable[[Company], Mapping[str, Q]]
    told: Callable[[Sequence[Any]], list[Happening]]
    by_number: bool = True


def history_of(
    company: Company, filters: Filters, *, before: str = ""
) -> tuple[list[Happening], str]:
    """A page of at most fifty, newest first, and the cursor of the next one, empty at the end.

    `before` is the cursor of an earlier page; one that cannot be read is the beginning.
    """
    start = _read_cursor(before)
    found: list[Happening] = []
    for kind in [filters.kind] if filters.kind else SOURCES:
        found += _some_of(company, kind, filters, start)
    found.sort(key=_place, reverse=True)
    return found[:PAGE], found[PAGE - 1].cursor if len(found) > PAGE else ""


def _place(one: Happening) -> tuple[datetime, str, Any]:
    """Newest first; what happened at one moment by kind and number, so that no page repeats it."""
    return one.at, one.kind, one.row.pk


def _some_of(
    company: Company, kind: str, filters: Filters, start: tuple[datetime, str, str] | None
) -> list[Happening]:
    source = SOURCES[kind]
    rows = source.rows(company)
    if filters.outcome:
        known = source.outcomes(company) if callable(source.outcomes) else source.outcomes
        if filters.outcome not in known:
            return []
        rows = rows.filter(known[filters.outcome])
    rows = rows.filter(_in_period(source.at, filters))
    if start:
        rows = rows.filter(_before(source, kind, start))
    return source.told(list(rows.order_by(f"-{source.at}", "-pk")[: PAGE + 1]))


def _in_period(at: str, filters: Filters) -> Q:
    inside = Q()
    if filters.first:
        inside &= Q(**{f"{at}__gte": _midnight(filters.first)})
    if filters.last:
        inside &= Q(**{f"{at}__lt": _midnight(filters.last + timedelta(days=1))})
    return inside


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _before(source: Source, kind: str, start: tuple[datetime, str, str]) -> Q:
    at, last_kind, pk = start
    older = Q(**{f"{source.at}__lt": at})
    if kind == last_kind:
        return older | Q(**{source.at: at, "pk__lt": int(pk) if source.by_number else UUID(pk)})
    return older | Q(**{source.at: at}) if kind < last_kind else older


def _read_cursor(text: str) -> tuple[datetime, str, str] | None:
    at, _mark, rest = text.partition("~")
    kind, _mark, pk = rest.partition("~")
    try:
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None or kind not in KINDS:
            return None
        int(pk) if SOURCES[kind].by_number else UUID(pk)
    except ValueError:
        return None
    return moment, kind, pk


def _seconds(start: datetime | None, end: datetime | None) -> int | None:
    return round((end - start).total_seconds()) if start and end else None


def _imports(runs: Sequence[ImportRun]) -> list[Happening]:
    names = {"done": DONE, "failed": FAILED}
    return [
        Happening(
            kind=IMPORT,
            at=run.queued_at,
            row=run,
            outcome=names.get(run.status, BUSY),
            by=str(run.by or run.get_trigger_display()),
            seconds=run.seconds,
            ok=run.new + run.changed + run.unchanged,
            skipped=run.skipped,
        )
        for run in runs
    ]


def _checks(checks: Sequence[CheckRun]) -> list[Happening]:
    return [
        Happening(
            kind=CHECK,
            at=check.started_at,
            row=check,
            outcome=FAILED if not check.accepted else PARTLY if check.missing else DONE,
            by=str(check.by or check.get_trigger_display()),
            seconds=_seconds(check.started_at, check.finished_at),
            ok=check.granted,
            failed=check.missing,
        )
        for check in checks
    ]


def _runs(runs: Sequence[InvoicingRun]) -> list[Happening]:
    invoices = AfasDocument.objects.filter(run__in=runs, kind=Kind.DIRECT_INVOICE)
    counted = invoices.values("run").annotate(
        ok=Count("pk", filter=ARRIVED),
        needs=Count("pk", filter=NEEDS),
        moves=Count("pk", filter=MOVES),
        cancelled=Count("pk", filter=Q(state=State.CANCELLED)),
        last=Max("confirmed_at"),
    )
    by_run = {one["run"]: one for one in counted.order_by()}
    return [_run(run, by_run.get(run.pk, {})) for run in runs]


def _run(run: InvoicingRun, counts: Mapping[str, Any]) -> Happening:
    ok, failed = counts.get("ok", 0), counts.get("needs", 0) + len(run.refusals)
    outcome = (PARTLY if ok else FAILED) if failed else DONE
    moves = counts.get("moves", 0)
    return Happening(
        kind=RUN,
        at=run.created_at,
        row=run,
        outcome=BUSY if moves else outcome,
        by=str(run.by or ""),
        seconds=None if moves else _seconds(run.created_at, counts.get("last")),
        ok=ok,
        skipped=counts.get("cancelled", 0),
        failed=failed,
    )


def _deletions(documents: Sequence[AfasDocument]) -> list[Happening]:
    told = []
    for one in documents:
        outcome = _outcome_of(one)
        told.append(
            Happening(
                kind=DELETION,
                at=one.created_at,
                row=one,
                outcome=outcome,
                by=str(one.created_by or ""),
                seconds=_seconds(one.created_at, one.confirmed_at),
                ok=int(one.state == State.CONFIRMED),
                skipped=int(one.state == State.CANCELLED),
                failed=int(outcome == FAILED),
                about=one.target,
            )
        )
    return told


def _outcome_of(document: AfasDocument) -> str:
    if document.state == State.REJECTED or (document.state == State.UNKNOWN and document.asks):
        return FAILED
    over = document.state in {State.CONFIRMED, State.UNDONE, State.CANCELLED}
    return DONE if over else BUSY


def _undone(kind: str, outcome: str, events: Sequence[AuditEvent]) -> list[Happening]:
    documents = AfasDocument.objects.select_related("customer")
    found = documents.in_bulk({event.object_id for event in events})
    known = {(str(pk), one.company_id): one for pk, one in found.items()}
    return [
        Happening(
            kind=kind,
            at=event.at,
            row=event,
            outcome=outcome,
            by=event.by_name,
            about=known.get((event.object_id, event.company_id)),
        )
        for event in events
    ]


def _undo_events(action: str, company: Company) -> QuerySet[AuditEvent]:
    """What a person stated; what AFAS deleted is told by its deletion."""
    events = AuditEvent.objects.of(company).filter(action=action)
    return events.filter(after__deleted__isnull=True)


def _checks_of(company: Company) -> QuerySet[CheckRun]:
    return CheckRun.objects.of(company).select_related("by", "connection")


def _deletions_of(company: Company) -> QuerySet[AfasDocument]:
    deletions = documents_of(company).filter(kind=Kind.DELETION, target__isnull=False)
    return deletions.select_related("customer", "connection", "created_by", "target__customer")


def _run_outcomes(company: Company) -> dict[str, Q]:
    """The few invoices that move or need somebody are found first, then their runs."""
    invoices = AfasDocument.objects.of(company).filter(kind=Kind.DIRECT_INVOICE, run__isnull=False)
    still_open = invoices.filter(state__in=OPEN_STATES)
    moves = Q(pk__in=still_open.filter(MOVES).values("run"))
    stays = Q(pk__in=still_open.filter(NEEDS).values("run")) | ~Q(refusals=[])
    arrived = Q(Exists(invoices.filter(ARRIVED, run=OuterRef("pk"))))
    return {
        BUSY: moves,
        DONE: ~moves & ~stays,
        PARTLY: ~moves & stays & arrived,
        FAILED: ~moves & stays & ~arrived,
    }


SOURCES: dict[str, Source] = {
    IMPORT: Source(
        imports_of,
        "queued_at",
        {
            BUSY: Q(status__in=("queued", "running")),
            DONE: Q(status="done"),
            FAILED: Q(status="failed"),
        },
        _imports,
    ),
    CHECK: Source(
        _checks_of,
        "started_at",
        {
            DONE: Q(accepted=True, missing=0),
            PARTLY: Q(accepted=True, missing__gt=0),
            FAILED: Q(accepted=False),
        },
        _checks,
    ),
    RUN: Source(runs_of, "created_at", _run_outcomes, _runs, by_number=False),
    DELETION: Source(
        _deletions_of,
        "created_at",
        {
            BUSY: MOVES,
            DONE: ARRIVED | Q(state=State.CANCELLED),
            FAILED: NEEDS,
        },
        _deletions,
        by_number=False,
    ),
    UNDO: Source(
        partial(_undo_events, "afas_document.undone"),
        "at",
        {DONE: Q()},
        partial(_undone, UNDO, DONE),
    ),
    PART: Source(
        partial(_undo_events, "afas_document.partly_undone"),
        "at",
        {PARTLY: Q()},
        partial(_undone, PART, PARTLY),
    ),
}
