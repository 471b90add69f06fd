"""Importing customers from AFAS: when, how far, and what came of it.

A run is a row. Whoever executes it takes it with one conditional update and commits page by page;
the heartbeat written with each page is also its proof of being the only one: a worker that was
suspended and overtaken finds another heartbeat and stops. A run that takes long hands itself on
after a slice of time, by way of the queue. A lost ring loses nothing: the sweep finds queued runs.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.db import IntegrityError, OperationalError, transaction
from django.db.models import F
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import User
from core import audit
from core.errors import DomainError
from core.jobs import ring
from core.secrets import scrub
from integrations.afas.client import AMSTERDAM, Condition, Operator
from integrations.afas.errors import AfasError, Denied
from integrations.afas.records import BadRow, DebtorMapping
from integrations.models import AfasConnection, ImportRun
from integrations.services import clients, documents, holding, pausing
from integrations.services.debtor_codes import adopt_usual_codes
from integrations.services.explaining import sentence_of
from integrations.services.imported_rows import Page, mark_missing
from integrations.services.matching import Register

logger = logging.getLogger(__name__)

Status, Trigger = ImportRun.Status, ImportRun.Trigger
PAGE = 500
SLICE = 60.0
"""Seconds after which a run hands itself on; with one slow page still inside Celery's limit."""
SHORT_SLICE = 5.0
"""The same where one process does everything, so that sending does not wait for an import."""
SILENT = timedelta(minutes=3)
STALE = timedelta(minutes=10)
WORTH_RESUMING = timedelta(hours=1)
TRIES = 3
NIGHT_BEGINS, NIGHT_ENDS = 2, 6


class Overtaken(Exception):  # noqa: N818 - no error: somebody else goes on with the run
    """This worker is not the one that runs it any more."""


def why_not(connection: AfasConnection | None) -> str:
    """Why no import can be made now, in a sentence; empty when one can."""
    if connection is None or connection.closed_at or not connection.has_credentials:
        return _("AFAS is not linked yet. Fill in the participant number and the token first.")
    if connection.administration is None:
        return _("Choose the administration on the AFAS page first.")
    if connection.paused_because == AfasConnection.Pause.PERSON:
        return _("The link with AFAS is paused. Resume it in the App Center first.")
    if connection.paused_at:
        return _("AFAS refuses us, so nothing can be imported. Put that right on the AFAS page.")
    if sentence := holding.why_held(connection):
        return sentence
    if not _may_read_debtors(connection):
        return _(
            "The token may not read %(connector)s. Let the AFAS administrator add it to the app "
            "connector and press “Test again” on the AFAS page."
        ) % {"connector": connection.debtor_connector}
    return ""


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
        return _open_runs().get(connection=connection)
    ring("integrations.import_customers", run.pk)
    return run


def run_import(run_id: int, *, seconds: float = SLICE) -> bool:
    """Import until done, or for `seconds`, then ring for the rest; False when it was not ours.

    AFAS's refusal, a pause, or a failure of our own ends the run as failed, with a sentence; what
    was imported stays.
    """
    run = _take(run_id)
    if run is None:
        return False
    language = run.by.language if run.by else run.company.language
    with translation.override(language):
        _run(run, seconds)
    documents.release_waiting(run.connection.environment)
    return True


def run_queued() -> int:
    """Go on with what is queued, a short slice each, for a process without a broker."""
    queued = ImportRun.objects.filter(status=Status.QUEUED).order_by("heartbeat_at", "pk")
    runs = list(queued.values_list("pk", flat=True))
    return sum(run_import(pk, seconds=SHORT_SLICE) for pk in runs)


def fail_stale() -> None:
    """Runs without a sign of life for ten minutes have failed; what they did stays."""
    stale = ImportRun.objects.filter(status=Status.RUNNING, heartbeat_at__lt=timezone.now() - STALE)
    for run in stale.select_related("company", "by"):
        with translation.override(run.by.language if run.by else run.company.language):
            _end(run, Status.FAILED, error=_broke_off())


def ring_for_queued() -> None:
    """Ring for runs that wait, and put those back whose worker has fallen silent."""
    now = timezone.now()
    ImportRun.objects.filter(
        status=Status.RUNNING,
        heartbeat_at__lt=now - SILENT,
        queued_at__gt=now - WORTH_RESUMING,
    ).update(status=Status.QUEUED)
    for pk in ImportRun.objects.filter(status=Status.QUEUED).values_list("pk", flat=True):
        ring("integrations.import_customers", pk)


def import_due() -> None:
    """Queue the nightly imports whose minute has come, each once a night, until 06:00."""
    local = timezone.now().astimezone(AMSTERDAM)
    if not NIGHT_BEGINS <= local.hour < NIGHT_ENDS:
        return
    began = local.replace(hour=NIGHT_BEGINS, minute=0, second=0, microsecond=0, fold=0)
    minutes = (local.hour - NIGHT_BEGINS) * 60 + local.minute
    wanted = AfasConnection.objects.filter(
        nightly_import=True, closed_at__isnull=True, paused_at__isnull=True
    )
    done = ImportRun.objects.filter(trigger=Trigger.NIGHTLY, queued_at__gte=began)
    for connection in wanted.exclude(imports__in=done).select_related("company").order_by("pk"):
        if nightly_minute(connection) <= minutes and not why_not(connection):
            request_import(connection=connection, trigger=Trigger.NIGHTLY)


def nightly_minute(connection: AfasConnection) -> int:
    """The minute after 02:00 (Europe/Amsterdam) of its nightly import, spread over the hour."""
    return connection.pk * 37 % 60


def _open_runs() -> Any:
    return ImportRun.objects.filter(status__in=(Status.QUEUED, Status.RUNNING))


def _seen_last_time(connection: AfasConnection) -> int:
    runs = ImportRun.objects.filter(connection=connection, status=Status.DONE)
    last = runs.order_by("-pk").first()
    return last.seen if last else 0


def _may_read_debtors(connection: AfasConnection) -> bool:
    name = connection.debtor_connector.lower()
    known = [one for one in connection.findings if str(one.get("connector", "")).lower() == name]
    return all(one.get("granted", True) for one in known)


def _take(run_id: int) -> ImportRun | None:
    """Make the run ours; None when another worker has it, it is over, or it has to wait."""
    now = timezone.now()
    if ImportRun.objects.filter(pk=run_id, connection__held_until__gt=now).exists():
        return None
    taken = ImportRun.objects.filter(pk=run_id, status=Status.QUEUED).update(
        status=Status.RUNNING, heartbeat_at=now
    )
    ImportRun.objects.filter(pk=run_id, started_at__isnull=True).update(started_at=now)
    runs = ImportRun.objects.select_related("connection__company", "company", "by")
    return runs.get(pk=run_id) if taken else None


def _run(run: ImportRun, seconds: float) -> None:
    try:
        _Running(run, ends=time.monotonic() + seconds).go()
    except Overtaken:
        logger.warning("Import %s goes on elsewhere.", run.pk)
    except AfasError as error:
        if isinstance(error, Denied):
            pausing.pause_for(run.connection, error.reason)
        logger.warning("Import %s was ended by AFAS: %s", run.pk, scrub(error.message))
        _end(run, Status.FAILED, error=sentence_of(error), log_reference=error.log_reference)
    except DomainError as error:
        _end(run, Status.FAILED, error=error.message)
    except Exception:
        logger.exception("Import %s broke off.", run.pk)
        _end(run, Status.FAILED, error=_broke_off())


def _end(run: ImportRun, status: str, *, error: str = "", log_reference: str = "") -> bool:
    ours = ImportRun.objects.filter(pk=run.pk, status=Status.RUNNING, heartbeat_at=run.heartbeat_at)
    ended = ours.update(
        status=status,
        finished_at=timezone.now(),
        error=error,
        log_reference=log_reference[:64],
    )
    return bool(ended)


def _broke_off() -> str:
    return _("The import broke off. What was imported is kept; import again for the rest.")


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
                self._hand_on()
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
        usable = AfasConnection.objects.filter(
            pk=self.run.connection_id, paused_at__isnull=True, closed_at__isnull=True
        )
        if not usable.exists():
            raise DomainError(
                _("The link was paused during the import. What was imported is kept.")
            )

    def _keep(self, raw: list[dict[str, Any] | BadRow]) -> None:
        """One page, all or nothing; again when a colleague changed the same rows just now."""
        for left in reversed(range(TRIES)):
            try:
                with transaction.atomic():
                    beat = self._beat()
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

    def _beat(self) -> datetime:
        """The sign of life; raises Overtaken when it is not ours to give any more."""
        now = timezone.now()
        if not self._ours().update(heartbeat_at=now):
            raise Overtaken
        return now

    def _count(self, page: Page, raw: list[dict[str, Any] | BadRow]) -> None:
        more = PAGE if len(raw) == PAGE else 0
        counts = {name: F(name) + number for name, number in page.counts.items()}
        ImportRun.objects.filter(pk=self.run.pk).update(
            **counts,
            last_key=_last_key(raw, self.mapping.number) or self.run.last_key,
            expected=max(self.run.expected if more else 0, self.read + len(raw) + more),
        )

    def _ours(self) -> Any:
        return ImportRun.objects.filter(
            pk=self.run.pk, status=Status.RUNNING, heartbeat_at=self.run.heartbeat_at
        )

    def _hand_on(self) -> None:
        with transaction.atomic():
            if self._ours().update(status=Status.QUEUED):
                ring("integrations.import_customers", self.run.pk)

    def _finish(self) -> None:
        run = self.run
        with transaction.atomic():
            if not _end(run, Status.DONE):
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
