"""What passes between AFAS and us, kind by kind: where it lies, and what is told of it.

`history` makes one list of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from core.models import AuditEvent
from integrations.models import (
    OPEN_STATES,
    AfasDocument,
    BookingRun,
    CheckRun,
    ImportRun,
    InvoicingRun,
    Kind,
    PaymentRun,
    State,
)
from integrations.models.runs import SlicedRun
from integrations.selectors import booking_runs_of, documents_of, imports_of, runs_of

IMPORT, CHECK, RUN, DELETION = "import", "check", "run", "deletion"
UNDO, PART, PAYMENTS = "undo", "part", "payments"
BOOKINGS, BOOKED = "bookings", "booked"
KINDS: dict[str, str | Promise] = {
    IMPORT: _("Import"),
    CHECK: _("Test of the link"),
    RUN: _("Invoicing"),
    BOOKINGS: _("Booking"),
    BOOKED: _("Booked on sending"),
    PAYMENTS: _("Payments read"),
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

ENDED: dict[str, str] = {SlicedRun.Status.DONE: DONE, SlicedRun.Status.FAILED: FAILED}
OF_RUNS = {
    BUSY: Q(status__in=(SlicedRun.Status.QUEUED, SlicedRun.Status.RUNNING)),
    DONE: Q(status=SlicedRun.Status.DONE),
    FAILED: Q(status=SlicedRun.Status.FAILED),
}

# A document that waits for a debtor is as stuck as the document of that debtor; annexes may stand
# between the two.
STUCK = (
    Q(after__state=State.REJECTED)
    | Q(after__state=State.UNKNOWN, after__asks__gt="")
    | Q(after__state=State.WAITING, after__after__state=State.REJECTED)
    | Q(
        after__state=State.WAITING,
        after__after__state=State.UNKNOWN,
        after__after__asks__gt="",
    )
)
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


@dataclass(frozen=True)
class Source:
    """One table: its rows of a company, the field that says when, and each outcome as condition."""

    rows: Callable[[Company], QuerySet]
    at: str
    outcomes: Mapping[str, Q] | Callable[[Company], Mapping[str, Q]]
    told: Callable[[Sequence[Any]], list[Happening]]
    by_number: bool = True


def _seconds(start: datetime | None, end: datetime | None) -> int | None:
    return round((end - start).total_seconds()) if start and end else None


def _imports(runs: Sequence[ImportRun]) -> list[Happening]:
    return [
        Happening(
            kind=IMPORT,
            at=run.queued_at,
            row=run,
            outcome=ENDED.get(run.status, BUSY),
            by=str(run.by or run.get_trigger_display()),
            seconds=run.seconds,
            ok=run.new + run.changed + run.unchanged,
            skipped=run.skipped,
        )
        for run in runs
    ]


def _payments(runs: Sequence[PaymentRun]) -> list[Happening]:
    return [
        Happening(
            kind=PAYMENTS,
            at=run.queued_at,
            row=run,
            outcome=ENDED.get(run.status, BUSY),
            by=str(run.by or run.get_trigger_display()),
            seconds=run.seconds,
            ok=run.matched,
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
    counts = _counted("run", Kind.DIRECT_INVOICE, runs)
    return [_run(RUN, run.created_at, run, counts.get(run.pk, {})) for run in runs]


def _booking_runs(runs: Sequence[BookingRun]) -> list[Happening]:
    counts = _counted("booking_run", Kind.SALES_BOOKING, runs)
    return [
        _run(BOOKINGS, run.confirmed_at or run.created_at, run, counts.get(run.pk, {}))
        for run in runs
    ]


def _counted(field: str, kind: Kind, runs: Sequence[Any]) -> dict[Any, Mapping[str, Any]]:
    """By run how its documents fare."""
    documents = AfasDocument.objects.filter(**{f"{field}__in": runs}, kind=kind)
    counted = documents.values(field).annotate(
        ok=Count("pk", filter=ARRIVED),
        needs=Count("pk", filter=NEEDS),
        moves=Count("pk", filter=MOVES),
        cancelled=Count("pk", filter=Q(state=State.CANCELLED)),
        last=Max("confirmed_at"),
    )
    return {one[field]: one for one in counted.order_by()}


def _run(kind: str, at: datetime, run: Any, counts: Mapping[str, Any]) -> Happening:
    ok, failed = counts.get("ok", 0), counts.get("needs", 0) + len(run.refusals)
    outcome = (PARTLY if ok else FAILED) if failed else DONE
    moves = counts.get("moves", 0)
    return Happening(
        kind=kind,
        at=at,
        row=run,
        outcome=BUSY if moves else outcome,
        by=str(run.by or ""),
        seconds=None if moves else _seconds(at, counts.get("last")),
        ok=ok,
        skipped=counts.get("cancelled", 0),
        failed=failed,
    )


def _documents(kind: str, documents: Sequence[AfasDocument]) -> list[Happening]:
    told = []
    for one in documents:
        outcome = _outcome_of(one)
        told.append(
            Happening(
                kind=kind,
                at=one.created_at,
                row=one,
                outcome=outcome,
                by=str(one.created_by or ""),
                seconds=_seconds(one.created_at, one.confirmed_at),
                ok=int(one.state in {State.CONFIRMED, State.UNDONE}),
                skipped=int(one.state == State.CANCELLED),
                failed=int(outcome == FAILED),
                about=one.about,
            )
        )
    return told


def _outcome_of(document: AfasDocument) -> str:
    if document.state == State.REJECTED or (document.state == State.UNKNOWN and document.asks):
        return FAILED
    over = document.state in {State.CONFIRMED, State.UNDONE, State.CANCELLED}
    return DONE if over else BUSY


def _undone(kind: str, outcome: str, events: Sequence[AuditEvent]) -> list[Happening]:
    documents = AfasDocument.objects.select_related("customer", "invoice")
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


def _payment_runs_of(company: Company) -> QuerySet[PaymentRun]:
    return PaymentRun.objects.of(company).select_related("by", "connection")


def _checks_of(company: Company) -> QuerySet[CheckRun]:
    return CheckRun.objects.of(company).select_related("by", "connection")


def _deletions_of(company: Company) -> QuerySet[AfasDocument]:
    deletions = documents_of(company).filter(kind=Kind.DELETION, target__isnull=False)
    return deletions.select_related("customer", "connection", "created_by", "target__customer")


def _bookings_by_themselves(company: Company) -> QuerySet[AfasDocument]:
    """What was booked because it was sent, with no person and no run behind it."""
    return documents_of(company).filter(kind=Kind.SALES_BOOKING, booking_run__isnull=True)


def _confirmed_runs_of(company: Company) -> QuerySet[BookingRun]:
    return booking_runs_of(company).filter(confirmed_at__isnull=False)


def _run_outcomes(field: str, kind: Kind, company: Company) -> dict[str, Q]:
    """The few documents that move or need somebody are found first, then their runs."""
    made = AfasDocument.objects.of(company).filter(kind=kind, **{f"{field}__isnull": False})
    still_open = made.filter(state__in=OPEN_STATES)
    moves = Q(pk__in=still_open.filter(MOVES).values(field))
    stays = Q(pk__in=still_open.filter(NEEDS).values(field)) | ~Q(refusals=[])
    arrived = Q(Exists(made.filter(ARRIVED, **{field: OuterRef("pk")})))
    return {
        BUSY: moves,
        DONE: ~moves & ~stays,
        PARTLY: ~moves & stays & arrived,
        FAILED: ~moves & stays & ~arrived,
    }


OF_DOCUMENTS = {BUSY: MOVES, DONE: ARRIVED | Q(state=State.CANCELLED), FAILED: NEEDS}
SOURCES: dict[str, Source] = {
    IMPORT: Source(imports_of, "queued_at", OF_RUNS, _imports),
    PAYMENTS: Source(_payment_runs_of, "queued_at", OF_RUNS, _payments),
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
    RUN: Source(
        runs_of,
        "created_at",
        partial(_run_outcomes, "run", Kind.DIRECT_INVOICE),
        _runs,
        by_number=False,
    ),
    BOOKINGS: Source(
        _confirmed_runs_of,
        "confirmed_at",
        partial(_run_outcomes, "booking_run", Kind.SALES_BOOKING),
        _booking_runs,
        by_number=False,
    ),
    BOOKED: Source(
        _bookings_by_themselves,
        "created_at",
        OF_DOCUMENTS,
        partial(_documents, BOOKED),
        by_number=False,
    ),
    DELETION: Source(
        _deletions_of,
        "created_at",
        OF_DOCUMENTS,
        partial(_documents, DELETION),
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
