"""Importing customers from AFAS: when, how far, and what came of it.

A run reads in slices (`slices`) and commits page by page.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from django.db import IntegrityError, OperationalError, transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from core import audit
from core.errors import DomainError
from core.jobs import ring
from integrations.afas.client import Condition, Operator
from integrations.afas.records import BadRow, DebtorMapping
from integrations.models import AfasConnection, ImportRun
from integrations.services import clients, documents, nights, readiness, slices
from integrations.services.debtor_codes import adopt_usual_codes
from integrations.services.imported_rows import Page, mark_missing
from integrations.services.matching import Register
from integrations.services.slices import SHORT_SLICE, SLICE, Overtaken, Sliced

logger = logging.getLogger(__name__)

Status, Trigger = ImportRun.Status, ImportRun.Trigger
PAGE = 500
TRIES = 3
RUNS = Sliced(
    ImportRun,
    "integrations.import_customers",
    gettext_lazy("The import broke off. What was imported is kept; import again for the rest."),
)


def why_not(connection: AfasConnection | None) -> str:
    """Why no import can be made now, in a sentence; empty when one can."""
    if sentence := readiness.why_not_ready(connection):
        return sentence
    if connection is None or _may_read_debtors(connection):
        return ""
    return readiness.not_granted(connection.debtor_connector)


def request_import(
    *, connection: AfasConnection, trigger: str, by: User | None = None
) -> ImportRun:
    """Queue an import; the open one of this connection when there is one already.

    Raises DomainError when the connection is closed, paused or not complete.
    """
    reason = why_not(connection)
    if reason:
        raise DomainError(reason)
    try:
        with transaction.atomic():
            run = ImportRun.objects.create(
                company=connection.company,
                connection=connection,
                trigger=trigger,
                by=by,
                expected=_seen_last_time(connection),
            )
            audit.record(company=run.company, by=by, action="import.requested", obj=run)
    except IntegrityError:  # one_open_import_per_connection
        return RUNS.open_runs().get(connection=connection)
    ring(RUNS.task, run.pk)
    return run


def run_import(run_id: int, *, seconds: float = SLICE) -> bool:
    """Import until done, or for `seconds`, then ring for the rest; False when it was not ours.

    AFAS's refusal, a pause, or a failure of our own ends the run as failed, with a sentence; what
    was imported stays.
    """
    run = RUNS.take(run_id)
    if run is None:
        return False
    RUNS.execute(run, lambda: _Running(run, ends=time.monotonic() + seconds).go())
    documents.release_waiting(run.connection.environment)
    return True


def run_queued() -> int:
    """Go on with what is queued, a short slice each, for a process without a broker."""
    return sum(run_import(pk, seconds=SHORT_SLICE) for pk in RUNS.queued())


def import_due() -> None:
    """Queue the nightly imports whose minute has come, each once a night, until 06:00."""
    began = nights.night_began()
    if began is None:
        return
    wanted = AfasConnection.objects.filter(
        nightly_import=True, closed_at__isnull=True, paused_at__isnull=True
    )
    done = ImportRun.objects.filter(trigger=Trigger.NIGHTLY, queued_at__gte=began)
    for connection in wanted.exclude(importruns__in=done).select_related("company").order_by("pk"):
        if nights.has_come(connection) and not why_not(connection):
            request_import(connection=connection, trigger=Trigger.NIGHTLY)


def _seen_last_time(connection: AfasConnection) -> int:
    runs = ImportRun.objects.filter(connection=connection, status=Status.DONE)
    last = runs.order_by("-pk").first()
    return last.seen if last else 0


def _may_read_debtors(connection: AfasConnection) -> bool:
    name = connection.debtor_connector.lower()
    known = [one for one in connection.findings if str(one.get("connector", "")).lower() == name]
    return all(one.get("granted", True) for one in known)


@dataclass
class _Running:
    """A run in the hands of this worker; `ends` on the monotonic clock."""

    run: ImportRun
    ends: float
    register: Register = field(default_factory=Register)
    mapping: DebtorMapping = field(default_factory=DebtorMapping)
    read: int = 0

    def go(self) -> None:
        """Page after page, until the last one or the end of the slice."""
        self.register = Register.of(self.run.connection)
        self.mapping = msgspec.convert(self.run.connection.debtor_mapping, DebtorMapping)
        self.read = self.run.seen
        for raw in self._pages():
            self._may_go_on()
            self._keep(raw)
            if len(raw) == PAGE and time.monotonic() > self.ends:
                RUNS.hand_on(self.run)
                return
        self._finish()

    def _pages(self) -> Iterator[list[dict[str, Any] | BadRow]]:
        connection = self.run.connection
        key = self.mapping.number
        where = [Condition(key, Operator.GT, self.run.last_key)] if self.run.last_key else []
        return clients.client_of(connection).pages(
            connection.debtor_connector,
            where=where,
            order_by=key,
            key=key,
            page=PAGE,
            row_type=dict[str, Any],
        )

    def _may_go_on(self) -> None:
        """Raises DomainError when the connection was paused or closed meanwhile."""
        if not slices.may_go_on(self.run):
            raise DomainError(
                _("The link was paused during the import. What was imported is kept.")
            )

    def _keep(self, raw: list[dict[str, Any] | BadRow]) -> None:
        """One page, all or nothing; again when a colleague changed the same rows just now."""
        for left in reversed(range(TRIES)):
            try:
                with transaction.atomic():
                    beat = RUNS.beat(self.run)
                    page = Page(self.run, self.mapping, self.register)
                    page.take(raw)
                    page.write()
                    self._count(page, raw)
            except (IntegrityError, OperationalError):
                if not left:
                    raise
                time.sleep(0.2)
            else:
                self.run.heartbeat_at = beat
                self.read += len(raw)
                self.run.last_key = _last_key(raw, self.mapping.number) or self.run.last_key
                return

    def _count(self, page: Page, raw: list[dict[str, Any] | BadRow]) -> None:
        more = PAGE if len(raw) == PAGE else 0
        counts = {name: F(name) + number for name, number in page.counts.items()}
        ImportRun.objects.filter(pk=self.run.pk).update(
            **counts,
            last_key=_last_key(raw, self.mapping.number) or self.run.last_key,
            expected=max(self.run.expected if more else 0, self.read + len(raw) + more),
        )

    def _finish(self) -> None:
        run = self.run
        with transaction.atomic():
            if not RUNS.end(run, Status.DONE):
                raise Overtaken
            mark_missing(run.connection, run.started_at or run.queued_at)
            run.refresh_from_db()
            counts = audit.values_of(run, ("new", "changed", "unchanged", "skipped"))
            audit.record(
                company=run.company,
                by=run.by,
                action="import.done",
                obj=run,
                change=audit.Change(after=counts),
            )
        adopt_usual_codes(run.connection)
        logger.info("Import %s is done: %s.", run.pk, counts)


def _last_key(raw: list[dict[str, Any] | BadRow], key: str) -> str:
    """The key of the last row that has one which fits; the next page begins after it."""
    rows: Iterator[Mapping[str, Any]] = (
        one.row if isinstance(one, BadRow) else one for one in reversed(raw)
    )
    keys = (str(row.get(key) or "") for row in rows)
    return next((found for found in keys if found.strip() and len(found) <= 40), "")
