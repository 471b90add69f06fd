"""`manage.py work`: all background work in one process, where there is no Redis."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from celery import Celery
from celery.app import app_or_default
from celery.beat import ScheduleEntry
from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import close_old_connections

from integrations.services import importing, open_items, sending, sweeping
from invoicing.services import sending as mailing

logger = logging.getLogger(__name__)

IDLE_SECONDS = 0.5
"""How long to rest when there was nothing to do."""
PAUSE_AFTER_FAILURE = 5.0
"""The same after a failure, so that a database that is away does not fill the log."""
AT_THE_START = ("sweep", "mails")


@dataclass
class Workshop:
    """Does what the schedule asks at its time, and what the database holds in between."""

    stop: threading.Event = field(default_factory=threading.Event)
    app: Celery = field(default_factory=app_or_default)
    failed: bool = False

    def __post_init__(self) -> None:
        self.app.autodiscover_tasks(force=True)
        self.entries = entries_of(self.app, settings.CELERY_BEAT_SCHEDULE)

    def work(self) -> None:
        """Go on until `stop` is set; nothing that fails ends it."""
        for name in AT_THE_START:
            self.run_entry(name)
        while not self.stop.is_set():
            done = self.once()
            pause = PAUSE_AFTER_FAILURE if self.failed else IDLE_SECONDS
            self.stop.wait(0 if done else pause)

    def once(self) -> int:
        """One round: what is due by the clock, then what is queued; returns how much was done."""
        self.failed = False
        for name, entry in list(self.entries.items()):
            is_due, _seconds = entry.is_due()
            if is_due:
                self.run_entry(name)
        moved = self.attempt("releasing", sweeping.release_free)
        sent = self.attempt("sending", sending.send_due)
        moved += self.attempt("importing", importing.run_queued)
        moved += self.attempt("reading payments", open_items.run_queued)
        mailed = self.attempt("mailing", mailing.send_next)
        return sent + moved + mailed

    def run_entry(self, name: str) -> None:
        """Run one task of the schedule now, and reckon its next time from here."""
        entry = self.entries[name]
        self.entries[name] = next(entry)
        task = self.app.tasks[str(entry.task)]
        self.attempt(name, lambda: task(*(entry.args or ()), **(entry.kwargs or {})))

    def attempt(self, name: str, job: Callable[[], Any]) -> int:
        """Do one job with a fresh connection; a failure is a log line."""
        if self.stop.is_set():
            return 0
        close_old_connections()
        try:
            return int(job() or 0)
        except Exception:  # the next round tries again, and the sweep finds what was left
            logger.exception("%s failed; it is tried again.", name)
            self.failed = True
            return 0
        finally:
            close_old_connections()


def entries_of(app: Celery, schedule: Mapping[str, Mapping[str, Any]]) -> dict[str, ScheduleEntry]:
    """Celery's own entries of the one schedule, so that both know the same times."""
    return {name: ScheduleEntry(name=name, app=app, **entry) for name, entry in schedule.items()}


class Command(BaseCommand):
    help = "Send to AFAS, mail, import, and keep the nightly times, in one process without Redis."

    def add_arguments(self, parser: CommandParser) -> None:
        """`--once` for a single round, as tests and cron jobs like it."""
        parser.add_argument("--once", action="store_true", help="do one round and end")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Work until SIGTERM or SIGINT; what is being done is finished first."""
        workshop = Workshop()
        if options["once"]:
            for name in AT_THE_START:
                workshop.run_entry(name)
            while workshop.once():
                pass
            return
        end_on_signals(workshop.stop)
        logger.info("Working: sending, mailing, importing and the schedule, in this one process.")
        workshop.work()
        logger.info("Stopped; nothing was left half done.")


def end_on_signals(stop: threading.Event) -> None:
    """The first signal ends after the job at hand, the second one at once."""

    def end(number: int, _frame: FrameType | None) -> None:
        stop.set()
        signal.signal(number, signal.SIG_DFL)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
