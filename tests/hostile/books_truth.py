"""What must hold of own invoices in AFAS's ledger and its dossier, whatever happens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from integrations.models import State
from tests.hostile.ledger import Entry, Ledger, Subject
from tests.hostile.truth import DOCUMENT, DOUBLE, LOSS, UNWANTED, Truth
from tests.hostile.world import sql

OWN = "SELECT number, total FROM invoicing_invoice invoice WHERE channel = 'ours' AND number <> ''"
SENT = f"{OWN} AND delivery = 'sent' AND number = ?"
UNCLAIMED = (
    "SELECT count(*) FROM invoicing_claim claim"
    " JOIN invoicing_invoiceline line ON line.id = claim.line_id"
    " JOIN invoicing_invoice invoice ON invoice.id = line.invoice_id"
    " WHERE invoice.channel = 'ours' AND claim.released_at IS NOT NULL"
)


@dataclass
class BooksTruth:
    """Looks at every entry and file that AFAS takes, and at all of them in the end."""

    truth: Truth
    ledger: Ledger

    @cached_property
    def totals(self) -> dict[str, Decimal]:
        """What each own invoice asks, EUR incl. VAT, by its number."""
        return {number: Decimal(str(total)).quantize(Decimal("0.01")) for number, total in sql(OWN)}

    def booked(self, entry: Entry) -> None:
        """AFAS has just taken an entry."""
        if not entry.by_hand:
            ours = [one for one in self.ledger.of_invoice(entry.invoice_number) if not one.by_hand]
            self._once(entry.invoice_number, len(ours), "booked")
            self._as_on_paper(entry)
        self.truth.one_at_a_time()

    def filed(self, subject: Subject) -> None:
        """AFAS has just taken a file."""
        same = [one for one in self.ledger.subjects if one.invoice_number == subject.invoice_number]
        self._once(subject.invoice_number, len(same), "in the dossier")
        self.truth.one_at_a_time()

    def deleted(self, entry: Entry, meant: str) -> None:
        """AFAS has just deleted an entry, for the document with the reference `meant`."""
        of = "SELECT invoice.number FROM invoicing_invoice invoice JOIN"
        of += f" {DOCUMENT} document ON document.invoice_id = invoice.id"
        [(number,)] = sql(f"{of} WHERE document.reference = ?", meant)
        ours = number == entry.invoice_number if entry.by_hand else meant == entry.reference
        if not ours:
            found = entry.reference
            self.truth.bad(LOSS, f"entry {found} was deleted in place of {meant}")

    def close(self) -> None:
        """The books must agree now that everything has ended."""
        live = Counter(one.invoice_number for one in self.ledger.entries if not one.deleted)
        for number in self.totals:
            self._once(number, live[number], "booked")
        self._bookings()
        self._attachments()
        self._left_alone()

    def _once(self, number: str, times: int, where: str) -> None:
        if times > 1:
            self.truth.bad(DOUBLE, f"invoice {number} is {where} {times} times in AFAS")

    def _as_on_paper(self, entry: Entry) -> None:
        number = entry.invoice_number
        if self.totals.get(number) != entry.total:
            asked = f"it asks {self.totals.get(number)}"
            self.truth.bad(LOSS, f"invoice {number} is booked for {entry.total}, {asked}")
        if not sql(SENT, number):
            self.truth.bad(UNWANTED, f"invoice {number} is booked, and was not sent")

    def _bookings(self) -> None:
        rows = sql(
            "SELECT document.reference, document.state, document.unit, document.journal,"
            f" document.entry_number, invoice.number FROM {DOCUMENT} document"
            " JOIN invoicing_invoice invoice ON invoice.id = document.invoice_id"
            " WHERE document.kind = 'sales_booking'"
        )
        by_key = {one.key: one for one in self.ledger.entries if not one.deleted}
        for reference, state, *key, number in rows:
            if state == State.CONFIRMED:
                self._confirmed(reference, number, by_key.get(tuple(key)))
            elif state != State.UNKNOWN:
                self._is_gone(f"booking {reference}", state, self.ledger.live(reference))

    def _confirmed(self, reference: str, number: str, entry: Entry | None) -> None:
        name = f"{reference} is confirmed as booking of {number}"
        if entry is None:
            self.truth.bad(LOSS, f"{name}, and AFAS has no such entry")
        elif (entry.invoice_number, entry.total) != (number, self.totals[number]):
            was = f"{entry.invoice_number} for {entry.total}"
            self.truth.bad(LOSS, f"{name}, and AFAS has {was} under its number")
        elif entry.reference != reference and not entry.by_hand:
            self.truth.bad(LOSS, f"{name}, and AFAS has {entry.reference} under its number")

    def _attachments(self) -> None:
        rows = sql(
            f"SELECT reference, state, subject_number FROM {DOCUMENT} WHERE kind = 'attachment'"
        )
        for reference, state, number in rows:
            found = self.ledger.files(reference)
            if state == State.CONFIRMED and [one.number for one in found] != [number]:
                self.truth.bad(LOSS, f"{reference} is confirmed as file {number}, AFAS lacks it")
            elif state not in {State.CONFIRMED, State.UNKNOWN}:
                self._is_gone(f"attachment {reference}", state, found)

    def _is_gone(self, name: str, state: str, found: Iterable[object]) -> None:
        if any(found):
            self.truth.bad(LOSS, f"{name} is {state} here and in AFAS")

    def _left_alone(self) -> None:
        """Booking releases nothing, and what people gave up or reversed is not booked by itself."""
        if released := sql(UNCLAIMED)[0][0]:
            self.truth.bad(LOSS, f"{released} claims of own invoices were released")
        again = sql(
            f"SELECT later.reference FROM {DOCUMENT} later JOIN {DOCUMENT} first"
            " ON first.invoice_id = later.invoice_id AND first.kind = later.kind"
            " AND first.created_at < later.created_at"
            " WHERE later.kind = 'sales_booking' AND later.created_by_id IS NULL"
        )
        for (reference,) in again:
            self.truth.bad(UNWANTED, f"{reference} was booked by itself after somebody reversed it")
