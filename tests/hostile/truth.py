"""What must hold, whatever happens: compared with what AFAS really holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from integrations.models import State
from tests.hostile.afas import Afas, Debtor, Order
from tests.hostile.letters import Key
from tests.hostile.stage import Stage
from tests.hostile.world import sql

DOCUMENT = "integrations_afasdocument"
OPEN = (State.WAITING, State.QUEUED, State.SENDING, State.UNKNOWN, State.REJECTED)
CLAIMS = (
    "SELECT 'h' || claim.hour_id FROM invoicing_claim claim"
    " JOIN invoicing_invoiceline line ON line.id = claim.line_id"
    f" JOIN {DOCUMENT} document ON document.invoice_id = line.invoice_id"
    " WHERE document.reference = ?"
)

DOUBLE, LOSS, STUCK, BROKEN = "double", "loss", "stuck", "broken"
UNWANTED = "unwanted"


@dataclass(frozen=True)
class Violation:
    """What went wrong: its kind, and the whole of it in words."""

    kind: str
    what: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.what}"


def things_of(reference: str) -> set[str]:
    """The entries that a document bills, released or not."""
    word = next((one for one in reference.split(" ") if one.startswith("TC")), reference)
    return {row[0] for row in sql(CLAIMS, word)}


@dataclass
class Truth:
    """Looks at every commit of AFAS, and at everything in the end."""

    stage: Stage
    afas: Afas
    entries_of: Callable[[str], Sequence[object]] = lambda _reference: ()
    violations: list[Violation] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)
    decided: set[str] = field(default_factory=set)

    def bad(self, kind: str, what: str) -> None:
        """One more violation; the same one counts once."""
        if what not in self._seen:
            self._seen.add(what)
            self.stage.say("*** VIOLATION", kind, what)
            self.violations.append(Violation(kind, what))

    def committed(self, what: Order | Debtor) -> None:
        """AFAS has just booked or created something."""
        if isinstance(what, Debtor):
            self._debtor(what)
        else:
            self._billed_once()
        self.one_at_a_time()

    def one_at_a_time(self) -> None:
        """Asked whenever AFAS has just done something."""
        flying = sql(f"SELECT count(*) FROM {DOCUMENT} WHERE state = 'sending'")[0][0]
        if flying > 1:
            self.bad(DOUBLE, "two documents are on their way in one environment")

    def _billed_once(self) -> None:
        billed = Counter(
            thing for one in self.afas.orders if not one.deleted for thing in one.things
        )
        for thing, times in billed.items():
            if times > 1:
                self.bad(DOUBLE, f"{thing} is billed {times} times in AFAS")

    def _debtor(self, made: Debtor) -> None:
        same = [one for one in self.afas.debtors if one.kvk == made.kvk]
        if len(same) > 1 and made.kvk not in self.decided:
            self.bad(DOUBLE, f"the organisation {made.name} is {len(same)} times a debtor in AFAS")

    def meant(self, key: Key) -> str:
        """The reference of what the deletion of this number is about to delete."""
        words = (key,) if isinstance(key, str) else (",".join(key[:2]), key[2])
        path = "%".join(f'"{word}"' for word in words)
        return str(
            sql(
                f"SELECT target.reference FROM {DOCUMENT} deletion"
                f" JOIN {DOCUMENT} target ON target.id = deletion.target_id"
                " WHERE deletion.payload LIKE ? ORDER BY deletion.sending_since DESC LIMIT 1",
                f"%{path}%",
            )[0][0]
        )

    def deleted(self, order: Order, meant: str) -> None:
        """AFAS has just deleted an invoice, for the document with the reference `meant`."""
        if meant not in order.reference:
            self.bad(LOSS, f"invoice {order.reference} was deleted in place of {meant}")

    # ---- in the end

    def close(self) -> None:
        """The books must agree now that everything has ended."""
        self._billed_once()
        self._entries()
        self._documents()
        self._told()

    def _told(self) -> None:
        """What people are told of AFAS is so."""
        tasks = sql(
            "SELECT task.what, task.key, document.reference FROM integrations_persontask task"
            f" LEFT JOIN {DOCUMENT} document ON document.id = task.document_id"
        )
        for what, key, reference in tasks:
            if what == "orphan":
                self.bad(UNWANTED, f"{key} in AFAS was called an orphan, and is ours")
            if what == "lost" and reference and self.is_live(reference):
                self.bad(UNWANTED, f"{reference} was called lost, and is in AFAS")

    def is_live(self, reference: str) -> bool:
        """Whether AFAS holds an invoice or an entry under this reference."""
        return bool(self.afas.live(reference) or self.entries_of(reference))

    def kept(self, told: list[tuple[str, str]]) -> None:
        """Every number that AFAS told us, by reference, was taken up, or a person was told."""
        for reference, number in told:
            taken_up = (
                f"SELECT 1 FROM {DOCUMENT} document"
                " LEFT JOIN integrations_persontask task ON task.document_id = document.id"
                " WHERE document.reference = ? AND ? IN (document.order_number,"
                " document.entry_number, document.subject_number, task.key)"
            )
            if not sql(taken_up, reference, number):
                self.bad(LOSS, f"AFAS told us {number} for {reference}, and it was dropped")

    def _entries(self) -> None:
        billed = Counter(
            thing for one in self.afas.orders if not one.deleted for thing in one.things
        )
        rows = sql(
            "SELECT 'h' || hour.id, hour.billing, count(claim.id), min(invoice.channel)"
            " FROM registration_hour hour LEFT JOIN invoicing_claim claim"
            " ON claim.hour_id = hour.id AND claim.released_at IS NULL"
            " LEFT JOIN invoicing_invoiceline line ON line.id = claim.line_id"
            " LEFT JOIN invoicing_invoice invoice ON invoice.id = line.invoice_id GROUP BY hour.id"
        )
        for thing, billing, claims, channel in rows:
            if (billing in {"reserved", "invoiced"}) != (claims == 1):
                self.bad(LOSS, f"{thing} is {billing} with {claims} claims")
            if billing == "unbilled" and billed[thing]:
                self.bad(LOSS, f"{thing} is unbilled here and stands on an invoice in AFAS")
            if billing == "invoiced" and billed[thing] != (channel == "afas"):
                self.bad(LOSS, f"{thing} is invoiced here and stands {billed[thing]} times in AFAS")

    def _documents(self) -> None:
        rows = sql(
            "SELECT document.reference, document.state, document.kind, document.asks,"
            " document.order_number, document.debtor_number, document.problem,"
            " connection.paused_at IS NOT NULL OR connection.closed_at IS NOT NULL"
            f" FROM {DOCUMENT} document"
            " JOIN integrations_afasconnection connection ON connection.id = document.connection_id"
        )
        for reference, state, kind, asks, order, debtor, problem, rests in rows:
            if state in OPEN:
                self._ends_or_asks(reference, f"{kind} {state} {problem}", state, asks or rests)
            elif kind == "direct_invoice":
                self._invoice(reference, state, order)
            elif kind == "customer" and state == State.CONFIRMED:
                self._is_debtor(reference, debtor)

    def _ends_or_asks(self, reference: str, what: str, state: str, asks: str) -> None:
        if state != State.REJECTED and not asks:
            self.bad(STUCK, f"{reference} ({what}) has not ended and asks nobody")

    def _invoice(self, reference: str, state: str, number: str) -> None:
        live = self.afas.live(reference)
        if state != State.CONFIRMED and live:
            self.bad(LOSS, f"{reference} is {state} here and in AFAS as {live[0].number}")
        if state == State.CONFIRMED and [one.number for one in live] != [number]:
            numbers = ", ".join(one.number for one in live) or "nothing"
            self.bad(LOSS, f"{reference} is confirmed as {number}, in AFAS it is {numbers}")

    def _is_debtor(self, reference: str, number: str) -> None:
        if all(one.number != number for one in self.afas.debtors):
            self.bad(LOSS, f"{reference} is confirmed as debtor {number}, which AFAS lacks")
