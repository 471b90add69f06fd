"""The background: two workers, the sweep on two machines, and imports; all of it ours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from integrations.models import AfasConnection, ImportRun
from integrations.services import importing, sending, sweeping
from tests.hostile.hazards import Fate
from tests.hostile.stage import Crash, Stage
from tests.hostile.world import sql

DOCUMENT = "integrations_afasdocument"
# A step is only called when its own question could find something: that spares most of the time.
WORK = {
    "settle_stored": "SELECT 1 FROM integrations_afasattempt WHERE settled_at IS NULL"
    " AND finished_at IS NOT NULL LIMIT 1",
    "end_stale_flights": f"SELECT 1 FROM {DOCUMENT} WHERE state = 'sending' LIMIT 1",
    "count_sweep": f"SELECT 1 FROM {DOCUMENT} WHERE state = 'unknown' LIMIT 1",
    "look_for_unknown": f"SELECT 1 FROM {DOCUMENT} WHERE state = 'unknown'"
    " AND next_look_at <= strftime() LIMIT 1",
    "follow_up_all": f"SELECT 1 FROM {DOCUMENT} WHERE state = 'confirmed'"
    " AND followed_up_at IS NULL LIMIT 1",
    "release_all_waiting": f"SELECT 1 FROM {DOCUMENT} document"
    f" LEFT JOIN {DOCUMENT} first ON first.id = document.after_id"
    " WHERE document.state = 'waiting' AND (first.id IS NULL OR first.state = 'cancelled'"
    " OR first.followed_up_at IS NOT NULL OR document.customer_id IN"
    " (SELECT customer_id FROM integrations_customerlink)) LIMIT 1",
    "see_confirmed": f"SELECT 1 FROM {DOCUMENT} document JOIN integrations_afasconnection link"
    " ON link.id = document.connection_id WHERE document.state = 'confirmed'"
    " AND document.seen_at IS NULL AND document.next_look_at <= strftime()"
    " AND link.closed_at IS NULL AND (document.kind = 'direct_invoice'"
    " AND (link.lookup_proven_at IS NOT NULL OR link.lookup_problem <> '')"
    " OR document.kind = 'sales_booking'"
    " AND (link.booking_proven_at IS NOT NULL OR link.booking_problem <> '')) LIMIT 1",
    "compare_asked": "SELECT 1 FROM integrations_comparison WHERE finished_at IS NULL"
    " AND began_at <= strftime() LIMIT 1",
    "ask_people": f"SELECT 1 FROM {DOCUMENT} WHERE state = 'unknown'"
    " OR state IN ('waiting', 'queued') AND queued_at < strftime('-4 hours') LIMIT 1",
    "fail_stale": "SELECT 1 FROM integrations_importrun WHERE status = 'running' LIMIT 1",
    "book_sent": "SELECT 1 FROM integrations_bookingsettings books JOIN invoicing_invoice invoice"
    " ON invoice.company_id = books.company_id WHERE books.auto_book_since IS NOT NULL"
    " AND invoice.channel = 'ours' AND invoice.delivery = 'sent'"
    " AND invoice.sent_at >= books.auto_book_since AND NOT EXISTS"
    f" (SELECT 1 FROM {DOCUMENT} document WHERE document.invoice_id = invoice.id"
    " AND document.kind = 'sales_booking' AND document.state NOT IN ('cancelled', 'undone'))",
    "ring_for_queued": "SELECT 1 FROM integrations_importrun WHERE status = 'running' LIMIT 1",
}
RARELY = {"ask_people": 0.2}


@dataclass
class Background:
    """Keeps the workers and the sweep going, and starts them anew when they are killed."""

    stage: Stage
    fate: Fate
    beats: int = 0
    next_beat: float = 60.0
    steps: dict[str, Callable[[], None]] = field(
        default_factory=lambda: {step.__name__: step for step in sweeping.STEPS}
    )

    def begin(self) -> None:
        """Two workers and two sweepers; the beat rings once a minute."""
        for name in ("worker 1", "worker 2"):
            self._enter(name, self._send)
        for name in ("sweep 1", "sweep 2"):
            self._enter(name, self._sweep)
        self.stage.at(60, self._beat)
        self.stage.at(self.stage.random.uniform(600, 6000), self._import)

    def _enter(self, name: str, work: Callable[[], None]) -> None:
        def life() -> None:
            try:
                while True:
                    work()
            except Crash:
                again = self.stage.random.uniform(10, 400)
                self.stage.at(again, lambda: self._enter(name, work))

        self.stage.enter(name, life, delay=self.stage.random.uniform(0, 30))

    def _send(self) -> None:
        self.stage.wait(self.stage.random.uniform(10, 60))
        due = (
            f"SELECT 1 FROM {DOCUMENT} WHERE state = 'queued' AND not_before <= strftime() LIMIT 1"
        )
        if sql(due):
            sending.send_due()

    def _beat(self) -> None:
        """One ring a minute; now and then none for a while, and then all of them at once."""
        self.beats = min(self.beats + 1, 20)
        late = not self.fate.calm and self.stage.random.random() < 0.02
        pause = self.stage.random.choice((600, 1800)) if late else 60
        self.next_beat = self.stage.now + pause
        self.stage.at(pause, self._beat)

    def _sweep(self) -> None:
        if not self.beats:
            until = max(0.0, self.next_beat - self.stage.now)
            self.stage.wait(until + self.stage.random.uniform(0.1, 5))
        if self.beats:
            self.beats -= 1
            for name, step in self.steps.items():
                if self._has_work(name):
                    self._do(name, step)

    def _has_work(self, name: str) -> bool:
        if self.stage.random.random() > RARELY.get(name, 1.0):
            return False
        return name in WORK and bool(sql(WORK[name]))

    def _do(self, name: str, step: Callable[[], None]) -> None:
        """As `sweeping.sweep` does it: one step that fails leaves the others alone."""
        try:
            step()
        except Exception as error:
            self.stage.say(name, "fails:", error)

    def _import(self) -> None:
        if self.fate.calm or "imports" not in self.fate.mix:
            return
        self.stage.enter("import", self._import_customers)
        self.stage.at(self.stage.random.uniform(1800, 6000), self._import)

    def _import_customers(self) -> None:
        for connection in AfasConnection.objects.filter(closed_at__isnull=True):
            self._do("import", lambda connection=connection: _import(connection))


def _import(connection: AfasConnection) -> None:
    run = importing.request_import(connection=connection, trigger=ImportRun.Trigger.BUTTON)
    importing.run_import(run.pk)
