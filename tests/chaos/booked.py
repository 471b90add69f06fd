"""What must hold of own invoices at the end: each is booked once, and its file is there once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from integrations.models import AfasDocument, Kind, State
from invoicing.models import Channel, Claim
from registration.models import BillingStatus
from tests.chaos.ledger import BY_HAND
from tests.chaos.pretend import Booked, Books
from tests.chaos.telling import DOUBLE, told


@dataclass(frozen=True)
class BookedVerdict:
    """Compares bookings and attachments with what AFAS's environments hold. `in_doubt` are
    bookings whose deletion may have happened, and waits for a person to say so."""

    documents: list[AfasDocument]
    books: dict[str, Books]
    in_doubt: set[object]

    def wrong(self) -> Iterator[str]:
        """A sentence for each thing that must not be."""
        yield from self._entries()
        for one in self.documents:
            if one.kind == Kind.SALES_BOOKING:
                yield from self._booking(one)
            elif one.kind == Kind.ATTACHMENT:
                yield from self._attachment(one)
        yield from self._claims()

    def _entries(self) -> Iterator[str]:
        by_reference = {one.reference: one for one in self.documents}
        for name, books in self.books.items():
            all_of_them = books.entries + books.deleted_entries
            ours = [one for one in all_of_them if not one.reference.startswith(BY_HAND)]
            made = Counter(one.reference for one in ours)
            standing = Counter((one.unit, one.invoice_number) for one in books.entries)
            for reference, times in made.items():
                if times > 1:
                    yield f"{name}: {reference} {DOUBLE}: AFAS made {times} entries of it."
                if reference not in by_reference:
                    yield f"{name}: AFAS holds entry {reference}, of which we know nothing."
            for (_unit, number), times in standing.items():
                if times > 1:
                    yield f"{name}: invoice {number} {DOUBLE}: it has {times} entries."
            for gone in books.deleted_entries:
                yield from self._deleted(gone, by_reference.get(gone.reference))

    def _deleted(self, gone: Booked, document: AfasDocument | None) -> Iterator[str]:
        """Nothing is deleted that was not reversed."""
        if document and document.state != State.UNDONE and document.pk not in self.in_doubt:
            yield f"{told(document)} was deleted in AFAS by {gone.deleted_by}, not reversed."

    def _booking(self, one: AfasDocument) -> Iterator[str]:
        held = [entry for entry in self._held(one).entries if entry.reference == one.reference]
        if one.state == State.CONFIRMED:
            yield from self._as_confirmed(one, held)
        elif held and one.state != State.UNKNOWN:
            yield f"{told(one)} is in AFAS as entry {held[0].number}."

    def _as_confirmed(self, one: AfasDocument, held: list[Booked]) -> Iterator[str]:
        if not held:
            if one.pk not in self.in_doubt:
                yield f"{told(one)} is not in the books."
        elif held[0].number != one.entry_number:
            yield f"{told(one)} is in AFAS as entry {held[0].number}."
        elif one.invoice and held[0].total != one.invoice.total:
            yield f"{told(one)} is of {one.invoice.total}, in the books of {held[0].total}."

    def _attachment(self, one: AfasDocument) -> Iterator[str]:
        """What AFAS made of it, in its dossier."""
        numbers = self._held(one).files(one.reference)
        if len(numbers) > 1:
            yield f"{told(one)} is in the dossier {len(numbers)} times."
        elif one.state == State.CONFIRMED and numbers != [one.subject_number]:
            yield f"{told(one)} is item {one.subject_number}, the dossier has {numbers}."
        elif numbers and one.state not in (State.CONFIRMED, State.UNKNOWN):
            yield f"{told(one)} is in the dossier as {numbers[0]}."

    def _held(self, document: AfasDocument) -> Books:
        return self.books[document.environment]

    def _claims(self) -> Iterator[str]:
        """Whatever becomes of a booking, what our own invoice billed stays billed on it."""
        own = Claim.objects.filter(line__invoice__channel=Channel.OURS, hour__isnull=False)
        for claim in own.select_related("hour", "line__invoice"):
            hour, invoice = claim.hour, claim.line.invoice
            is_billed = hour is not None and hour.billing == BillingStatus.INVOICED
            if claim.released_at or not is_billed:
                yield f"hour {claim.hour_id} is not billed any more on {invoice.number}."
