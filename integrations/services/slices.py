"""Runs that read a long list of AFAS in slices: taken, kept alive, handed on and ended.

A run is a row. Whoever executes it takes it with one conditional update and commits page by page;
the heartbeat written with each page is also its proof of being the only one: a worker that was
suspended and overtaken finds another heartbeat and stops. A run that takes long hands itself on
after a slice of time, by way of the queue. A lost ring loses nothing: the sweep finds queued runs.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.functional import Promise

from core.errors import DomainError
from core.jobs import ring
from core.secrets import scrub
from integrations.afas.errors import AfasError, Denied
from integrations.models import AfasConnection
from integrations.models.runs import SlicedRun
from integrations.services import pausing
from integrations.services.explaining import sentence_of

logger = logging.getLogger(__name__)

R = TypeVar("R", bound=SlicedRun)
Status = SlicedRun.Status
SLICE = 60.0
"""Seconds after which a run hands itself on; with one slow page still inside Celery's limit."""
SHORT_SLICE = 5.0
"""The same where one process does everything, so that sending does not wait for an import."""
SILENT = timedelta(minutes=3)
STALE = timedelta(minutes=10)
WORTH_RESUMING = timedelta(hours=1)


class Overtaken(Exception):  # noqa: N818 - no error: somebody else goes on with the run
    """This worker is not the one that runs it any more."""


@dataclass(frozen=True)
class Sliced(Generic[R]):
    """One kind of run: its rows, the task that executes one, and what to say of one that broke."""

    model: type[R]
    task: str
    broke_off: str | Promise

    @property
    def rows(self) -> QuerySet[Any]:
        """Every run of this kind, of all companies."""
        return self.model.objects.all()

    def open_runs(self) -> QuerySet[Any]:
        """Those that still have to run or are running."""
        return self.rows.filter(status__in=(Status.QUEUED, Status.RUNNING))

    def queued(self) -> list[int]:
        """Those that wait, the one that waits longest first."""
        waiting = self.rows.filter(status=Status.QUEUED)
        return list(waiting.order_by("heartbeat_at", "pk").values_list("pk", flat=True))

    def take(self, pk: int) -> R | None:
        """Make the run ours; None when another worker has it, it is over, or it has to wait."""
        now, rows = timezone.now(), self.rows.filter(pk=pk)
        if rows.filter(connection__held_until__gt=now).exists():
            return None
        taken = rows.filter(status=Status.QUEUED).update(status=Status.RUNNING, heartbeat_at=now)
        rows.filter(started_at__isnull=True).update(started_at=now)
        related = rows.select_related("connection__company", "company", "by")
        return related.get() if taken else None

    def execute(self, run: R, go: Callable[[], None]) -> None:
        """Do a slice in the language of whoever asked; AFAS's refusal, a pause, or a failure of our
        own ends the run as failed, with a sentence."""
        with translation.override(language_of(run)):
            try:
                go()
            except Overtaken:
                logger.warning("%s %s goes on elsewhere.", self.task, run.pk)
            except AfasError as error:
                self._refused(run, error)
            except DomainError as error:
                self.end(run, Status.FAILED, error=error.message)
            except Exception:
                logger.exception("%s %s broke off.", self.task, run.pk)
                self.end(run, Status.FAILED, error=str(self.broke_off))

    def ours(self, run: R) -> QuerySet[Any]:
        """The row of the run, as long as nobody has taken it from us."""
        return self.rows.filter(pk=run.pk, status=Status.RUNNING, heartbeat_at=run.heartbeat_at)

    def beat(self, run: R) -> datetime:
        """Give the sign of life, which is to be stored on `run` once the transaction holds.

        Raises Overtaken when it is not ours to give any more.
        """
        now = timezone.now()
        if not self.ours(run).update(heartbeat_at=now):
            raise Overtaken
        return now

    def hand_on(self, run: R) -> None:
        """Let whoever is free go on with it."""
        with transaction.atomic():
            if self.ours(run).update(status=Status.QUEUED):
                ring(self.task, run.pk)

    def end(self, run: R, status: str, *, error: str = "", log_reference: str = "") -> bool:
        """It is over; False when it was not ours any more."""
        ended = self.ours(run).update(
            status=status,
            finished_at=timezone.now(),
            error=error,
            log_reference=log_reference[:64],
        )
        return bool(ended)

    def fail_stale(self) -> None:
        """Runs without a sign of life for ten minutes have failed; what they did stays."""
        stale = self.rows.filter(status=Status.RUNNING, heartbeat_at__lt=timezone.now() - STALE)
        for run in stale.select_related("company", "by"):
            with translation.override(language_of(run)):
                self.end(run, Status.FAILED, error=str(self.broke_off))

    def ring_for_queued(self) -> None:
        """Ring for runs that wait, and put those back whose worker has fallen silent."""
        now = timezone.now()
        self.rows.filter(
            status=Status.RUNNING,
            heartbeat_at__lt=now - SILENT,
            queued_at__gt=now - WORTH_RESUMING,
        ).update(status=Status.QUEUED)
        for pk in self.queued():
            ring(self.task, pk)

    def _refused(self, run: R, error: AfasError) -> None:
        if isinstance(error, Denied):
            pausing.pause_for(run.connection, error.reason)
        logger.warning("%s %s was ended by AFAS: %s", self.task, run.pk, scrub(error.message))
        self.end(run, Status.FAILED, error=sentence_of(error), log_reference=error.log_reference)


def language_of(run: SlicedRun) -> str:
    """That of the person who asked for it, else that of the company."""
    return str(run.by.language if run.by else run.company.language)


def may_go_on(run: SlicedRun) -> bool:
    """Whether its link was neither paused nor closed meanwhile."""
    usable = AfasConnection.objects.filter(paused_at__isnull=True, closed_at__isnull=True)
    return usable.filter(pk=run.connection_id).exists()
